"""What the operator writes, ``organisation.yaml`` and ``sources.yaml``, as validated values.

Keys, kinds and defaults are the public contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Section = Literal["press", "research", "technology", "regulation", "events", "moocs"]
SourceKind = Literal[
    "rss", "page", "ical", "events", "hal", "openalex", "eric", "arxiv", "crossref", "oai", "doaj", "courses"
]
# These kinds search a public endpoint of their own when no address is given.
KINDS_WITH_DEFAULT_URL = frozenset({"hal", "openalex", "eric", "arxiv", "crossref", "doaj"})


def _refuse(allowed: str) -> PydanticCustomError:
    return PydanticCustomError("not_allowed", "{allowed}", {"allowed": allowed})


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refuse("an IANA time zone such as Europe/Paris") from None
    return name


def _check_cron(line: str) -> str:
    from croniter import CroniterBadDateError, croniter

    # What is drawn at random would be another schedule at each start.
    valid = len(line.split()) == 5 and not re.search(r"(^|[\s,])[RrHh]\b", line) and croniter.is_valid(line)
    if valid:
        try:
            croniter(line, datetime(2026, 1, 1)).get_next()  # noqa: DTZ001 - only whether there is any
        except CroniterBadDateError:  # a thirtieth of February
            valid = False
    if not valid:
        raise _refuse("five cron fields, such as '0 7 * * 1' for Mondays at seven")
    return line


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s\x00-\x1f]", url)
        valid = valid and (parts.port is None or 0 < parts.port < 65536)
        if not (parts.hostname or "").isascii() or ":" not in (parts.hostname or ""):
            (parts.hostname or "").rstrip(".").encode("idna")  # raises for labels that no host name has
    except ValueError:
        valid = False
    if not valid or parts.username:
        raise _refuse("an http:// or https:// address, without a password in it")
    return url


def _check_host_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise _refuse("host:port, such as 127.0.0.1:8765")
    return text.lower()


def _check_address(text: str) -> str:
    """The address itself, where a name stands before it: ``Jan Peeters <jan@example.org>``."""
    if named := re.fullmatch(r'(?:"[^"]*"\s*|[^<>"]*)<([^<>]*)>', text):
        text = named[1].strip()
    if not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", text):
        raise _refuse("an e-mail address")
    return text


def _check_sender(text: str) -> str:
    if "\n" in text or "\r" in text or not re.search(r"[^\s@<>]+@[^\s@<>]+", text):
        raise _refuse("an e-mail address, with a name before it if you like: Veille <veille@example.org>")
    return text


def _check_plain(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]+", text):
        raise _refuse("printable ASCII characters")
    return text


def _check_host(text: str) -> str:
    if not re.fullmatch(r"[^\s\x00-\x1f/@]+", text):
        raise _refuse("a host name or an IP address")
    return text


def _check_day(text: str) -> str:
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        raise _refuse("a date: 2025, 2025-03 or 2025-03-31") from None
    return text


def _check_selectors(selectors: dict[str, str]) -> dict[str, str]:
    if selectors:
        from veille.config.selectors import check_selectors

        try:
            check_selectors(selectors)
        except ValueError as error:
            raise _refuse(f"fields of a page, each with a CSS selector ({error})") from None
    return selectors


def _as_text(value: object) -> object:
    # YAML reads `2026`, `1.5` and `2026-01-31` as numbers and a date; as a keyword or a name they are meant as written.
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else value


def _as_line(value: object) -> object:
    """One line: what is said in a subject, a header or a heading."""
    value = _as_text(value)
    return " ".join("".join(c if c.isprintable() else " " for c in value).split()) if isinstance(value, str) else value


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=5_000)]
Line = Annotated[str, BeforeValidator(_as_line), Field(min_length=1, max_length=500)]
Host = Annotated[str, AfterValidator(_check_host)]
Day = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{4}(-\d\d){0,2}$"), AfterValidator(_check_day)]
Cron = Annotated[str, AfterValidator(_check_cron)]
Address = Annotated[str, AfterValidator(_check_address)]
Url = Annotated[str, AfterValidator(_check_url)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Organisation(Model):
    name: Line
    language: Literal["fr", "en"] = "fr"
    timezone: Annotated[str, AfterValidator(_check_zone)] = "Europe/Paris"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Topic(Model):
    """A training topic; ``description`` is what items are compared with, keywords count, ``exclude`` vetoes."""

    id: Slug
    name: Line
    description: str = Field("", max_length=20_000)
    keywords: tuple[Text, ...] = ()
    exclude: tuple[Text, ...] = ()
    weight: float = Field(1.0, gt=0, le=10)


class Audience(Model):
    """One digest, for one audience."""

    id: Slug
    title: Annotated[str, BeforeValidator(_as_line), Field(max_length=500)] = ""
    language: Literal["fr", "en"] = "fr"
    topics: Literal["all"] | tuple[str, ...] = "all"
    items_per_topic: int = Field(5, ge=1, le=50)
    max_age_days: dict[Literal["default"] | Section, Annotated[int, Field(ge=1, le=36_500)]] = Field(
        default_factory=dict
    )
    to: tuple[Address, ...] = ()

    def max_age(self, section: str) -> int:
        """Days after which an item of this section is too old by its own date."""
        ages: dict[str, int] = {"default": 90, "research": 730}
        ages |= dict(self.max_age_days.items())
        return ages.get(section, ages["default"])


class Schedule(Model):
    """Cron lines, in the organisation's time zone."""

    collect: Cron = "0 6 * * *"
    digest: Cron = "0 7 * * 1"


class Mail(Model):
    host: Host = "localhost"
    port: int = Field(25, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[str, AfterValidator(_check_sender)] = Field("Veille <veille@localhost>", alias="from")
    username: str | None = None
    operator: Address | None = None


class Web(Model):
    url: Url = "http://127.0.0.1:8420"
    host: Host = "127.0.0.1"
    port: int = Field(8420, ge=1, le=65535)


class Embedding(Model):
    model: Line = "bundled"
    threads: Literal["all", "all-but-one"] | Annotated[int, Field(ge=1, le=1_024)] = "all"


class Network(Model):
    contact: Annotated[Text, AfterValidator(_check_plain)] | None = None
    per_host: int = Field(6, ge=1, le=32)
    allow_private: tuple[Annotated[str, AfterValidator(_check_host_port)], ...] = ()


class Source(Model):
    id: Slug
    kind: SourceKind
    url: Annotated[str, AfterValidator(lambda url: _check_url(url) if url else url)] = ""
    section: Section = "press"
    language: Language | None = None
    weight: float = Field(1.0, gt=0, le=10)
    enabled: bool = True
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def limit(self) -> int | None:
        """Records a run, for the kinds that have such a limit."""
        options = OPTIONS[self.kind].model_validate(self.options)
        return getattr(options, "limit", None)


class NoOptions(Model):
    pass


class PageOptions(Model):
    selectors: Annotated[dict[str, str], AfterValidator(_check_selectors)] = Field(default_factory=dict)
    watch: bool = False


class CalendarOptions(Model):
    horizon_days: int = Field(365, ge=1, le=3650)


class SearchOptions(Model):
    query: Text
    limit: int = Field(200, ge=1, le=10_000)
    from_on: Day | None = Field(None, alias="from")


class HarvestOptions(Model):
    set: Text | None = None
    metadata_prefix: str = "oai_dc"
    limit: int = Field(200, ge=1, le=10_000)
    from_on: Day | None = Field(None, alias="from")


class CatalogueOptions(Model):
    platform: str | None = None
    limit: int = Field(200, ge=1, le=10_000)


OPTIONS: Mapping[str, type[Model]] = {
    "rss": NoOptions,
    "events": NoOptions,
    "page": PageOptions,
    "ical": CalendarOptions,
    **dict.fromkeys(KINDS_WITH_DEFAULT_URL, SearchOptions),
    "oai": HarvestOptions,
    "courses": CatalogueOptions,
}


class OrganisationFile(Model):
    organisation: Organisation
    topics: tuple[Topic, ...] = Field(min_length=1)
    digests: tuple[Audience, ...] = Field(min_length=1)
    schedule: Schedule = Schedule()
    mail: Mail = Mail()
    web: Web = Web()
    embedding: Embedding = Embedding()
    network: Network = Network()


class SourcesFile(Model):
    sources: tuple[Source, ...] = ()


_Named = TypeVar("_Named", Source, Audience)


class UnknownNameError(Exception):
    """A source or digest was asked for that the configuration does not have."""


class Config(OrganisationFile, SourcesFile):
    """Both files of a home, valid together."""

    def pick_sources(self, only: Sequence[str] = ()) -> list[Source]:
        """The enabled sources, or those named, enabled or not; raises `UnknownNameError`."""
        return _pick(self.sources, only, "source") if only else [source for source in self.sources if source.enabled]

    def pick_audiences(self, only: Sequence[str] = ()) -> list[Audience]:
        """Every audience, or those named; raises `UnknownNameError`."""
        return _pick(self.digests, only, "digest") if only else list(self.digests)

    def topics_of(self, audience: Audience) -> tuple[Topic, ...]:
        return tuple(topic for topic in self.topics if audience.topics == "all" or topic.id in audience.topics)


def _pick(known: Sequence[_Named], only: Sequence[str], what: str) -> list[_Named]:
    by_id = {one.id: one for one in known}
    unknown = sorted(set(only) - by_id.keys())
    if unknown:
        raise UnknownNameError(f"No {what} is called {', '.join(unknown)}; there are: {', '.join(by_id)}.")
    return [by_id[name] for name in dict.fromkeys(only)]
