"""What the tests of the research kinds share: a case read and shown as its reader wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from veille.config import Source, SourceKind, Topic
from veille.kinds import Ask, load_kind
from veille.values import Item, Page, Paper

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASES = Path(__file__).parent / "cases"
TOPICS = (
    Topic(id="ia", name="IA générative : usages", keywords=("IA générative", "generative AI", "LLM", "LLM")),
    Topic(id="tutorat", name="Le tutorat et la persévérance"),
)


def research_source(kind: SourceKind, **options: Any) -> Source:
    needed = {} if kind == "oai" else {"query": "topics"}
    url = "https://archive.example.org/oai" if kind == "oai" else ""
    return Source(id="s", kind=kind, url=url, section="research", options={**needed, **options})


def ask(contact: str | None = None, api_key: str | None = None) -> Ask:
    return Ask(TOPICS, NOW, contact, api_key)


def parse_body(kind: SourceKind, body: bytes, url: str, headers: Mapping[str, str] | None = None) -> Page:
    module = load_kind(kind)
    assert module is not None
    return module.parse(research_source(kind), body, headers or {}, url, NOW)


def read_case(
    kind: SourceKind, name: str, url: str, suffix: str = "json"
) -> tuple[dict[str, object], dict[str, object]]:
    """What a recorded answer yields, and what the file beside it says that it must."""
    page = parse_body(kind, (CASES / kind / f"{name}.{suffix}").read_bytes(), url)
    expected = json.loads((CASES / kind / f"{name}.items.json").read_text("utf-8"))
    return show_page(page), expected


def show_page(page: Page) -> dict[str, object]:
    return {
        "items": [show_item(item) for item in page.items],
        "rejected": [[one.where, one.why] for one in page.rejected],
        "next": page.next.url if page.next else None,
    }


def show_item(item: Item) -> dict[str, object]:
    """All that a reader of a case wants to see of a paper; what is None is left out."""
    assert isinstance(item.details, Paper)
    return {
        "guid": item.guid,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "authors": list(item.authors),
        "language": item.language,
        "published_at": item.published_at.date().isoformat() if item.published_at else None,
        "identifiers": dict(item.identifiers),
        **{name: value for name, value in asdict(item.details).items() if value is not None},
    }
