"""The demo's calendar, as data: four weeks of March 2026, collected some mornings, mailed on Mondays; and its home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY = date(2026, 3, 2)
COLLECT_AT = time(6, 0)
DIGEST_AT = time(7, 0)
COLLECT_ON = tuple(date(2026, 3, day) for day in (2, 5, 9, 12, 16, 19, 23, 26, 30))
DIGEST_ON = tuple(date(2026, 3, day) for day in (2, 9, 16, 23, 30))


@dataclass(frozen=True)
class Step:
    """Something that the demo does, and the instant at which it believes to do it (Paris time)."""

    does: Literal["collect", "digest"]
    at: datetime


def build_steps() -> Iterator[Step]:
    """The demo from its first morning to its last, in order."""
    for day in COLLECT_ON:
        yield Step("collect", datetime.combine(day, COLLECT_AT, ZONE))
        if day in DIGEST_ON:
            yield Step("digest", datetime.combine(day, DIGEST_AT, ZONE))


def save_demo_home(home: Path, url: str, smtp_port: int) -> None:
    """Writes ``organisation.yaml`` and ``sources.yaml`` for a sample web at ``url`` (no slash at its end)."""
    home.mkdir(parents=True, exist_ok=True)
    address = url.removeprefix("http://")
    for template in files(__package__).joinpath("home").iterdir():
        text = template.read_text("utf-8")
        filled = text.replace("{url}", url).replace("{address}", address).replace("{smtp_port}", str(smtp_port))
        (home / template.name).write_text(filled, "utf-8")
