"""What the operator writes: ``organisation.yaml`` and ``sources.yaml``, as validated values."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=80)]
Section = Literal["press", "research", "technology", "regulation", "events", "moocs"]
SourceKind = Literal[
    "rss", "page", "ical", "events", "hal", "openalex", "eric", "arxiv", "crossref", "oai", "doaj", "courses"
]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Organisation(Model):
    name: str = Field(min_length=1)
    language: Literal["fr", "en"] = "fr"
    timezone: str = "Europe/Paris"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Topic(Model):
    id: Slug
    name: str = Field(min_length=1)
    description: str = ""
    keywords: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    weight: float = Field(1.0, gt=0, le=10)


class Audience(Model):
    """One digest, for one audience."""

    id: Slug
    title: str = ""
    language: Literal["fr", "en"] = "fr"
    topics: Literal["all"] | tuple[str, ...] = "all"
    items_per_topic: int = Field(5, ge=1, le=50)
    max_age_days: dict[str, int] = Field(default_factory=lambda: {"default": 90, "research": 730})
    to: tuple[str, ...] = ()


class Schedule(Model):
    collect: str = "0 6 * * *"
    digest: str = "0 7 * * 1"


class Mail(Model):
    host: str = "localhost"
    port: int = Field(25, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = Field("Veille <veille@localhost>", alias="from")
    username: str | None = None
    operator: str | None = None


class Web(Model):
    url: str = "http://127.0.0.1:8420"
    host: str = "127.0.0.1"
    port: int = Field(8420, ge=1, le=65535)


class Embedding(Model):
    model: str = "bundled"
    threads: Literal["all", "all-but-one"] | Annotated[int, Field(ge=1)] = "all"


class Network(Model):
    contact: str | None = None
    per_host: int = Field(6, ge=1, le=32)
    allow_private: tuple[str, ...] = ()


class Source(Model):
    id: Slug
    kind: SourceKind
    url: str = ""
    section: Section = "press"
    language: str | None = None
    weight: float = Field(1.0, gt=0, le=10)
    enabled: bool = True
    options: dict[str, object] = Field(default_factory=dict)


class Config(Model):
    """Both files of a home, valid together."""

    organisation: Organisation
    topics: tuple[Topic, ...]
    digests: tuple[Audience, ...]
    schedule: Schedule = Schedule()
    mail: Mail = Mail()
    web: Web = Web()
    embedding: Embedding = Embedding()
    network: Network = Network()
    sources: tuple[Source, ...] = ()
