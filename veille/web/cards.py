"""A story, an event or a paper as the pages show it: from what the database says to words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from veille.config import Config
from veille.digest.values import Telling
from veille.export.values import Record
from veille.render.balance import word_week
from veille.render.clipping import build_extract, clean_line, cut_words, find_page
from veille.render.lines import (
    TITLE_LENGTH,
    Linked,
    build_evidence,
    build_facts,
    build_meta,
    build_quote,
    find_banner,
    find_lang,
)
from veille.values import Evidence
from veille.wording import say, set_spaces, word_day

SHORT, LONG = 200, 900  # characters of an extract, in a list and on the page of its story


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom a page is made, and when."""

    language: str
    organisation: str
    zone: ZoneInfo
    now: datetime
    topic_names: Mapping[str, str]

    @property
    def today(self) -> date:
        return self.local_day(self.now)

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def say(self, key: str, *, count: int | None = None, **values: object) -> str:
        return say(self.language, key, count=count, **values)

    def word_day(self, when: date | datetime) -> str:
        """The day as the page's language writes it, the year where it is another one."""
        day = self.local_day(when) if isinstance(when, datetime) else when
        return word_day(day, self.language, year=day.year != self.today.year)

    def word_week(self, week: str) -> str:
        """An ISO week such as ``2026-W10``, in words."""
        return word_week(week, self.language)

    def name_topic(self, topic_id: str) -> str:
        """As the configuration calls it; one that left it goes by its id."""
        return self.topic_names.get(topic_id, topic_id)


def build_setting(config: Config, now: datetime) -> Setting:
    own = config.organisation
    return Setting(
        own.language, clean_line(own.name), own.zone, now, {one.id: clean_line(one.name) for one in config.topics}
    )


@dataclass(frozen=True, slots=True)
class Card:
    """One story in a list; empty where there is nothing to say."""

    story_id: str
    title: Linked  # links to where it was told
    meta: tuple[str, ...]
    banner: str
    facts: tuple[Linked, ...]
    evidence: str
    quotes: tuple[Linked, ...]
    extract: Linked


def build_card(record: Record, setting: Setting, evidence: Evidence | None = None, length: int = SHORT) -> Card:
    """What is said of a story, by the item that leads it."""
    telling, language = record.telling, setting.language
    lang, own = find_lang(telling.language, language), telling.language or language
    extract = build_extract(telling.summary, telling.title, length)
    return Card(
        story_id=record.story_id,
        title=word_title(telling, setting),
        meta=word_meta(telling, setting),
        banner=find_banner(telling, language),
        facts=build_facts(telling, language, setting.today, setting.zone),
        evidence=build_evidence(evidence, language),
        quotes=tuple(Linked(set_spaces(quote, own), None, lang) for quote in _find_quotes(evidence, telling)),
        extract=Linked(set_spaces(extract, own), None, lang),
    )


def word_title(telling: Telling, setting: Setting) -> Linked:
    """Its title in its own language, with the address of where it was told."""
    own = telling.language or setting.language
    text = set_spaces(cut_words(clean_line(telling.title), TITLE_LENGTH), own)
    return Linked(text, find_page(telling.url), find_lang(telling.language, setting.language))


def word_meta(telling: Telling, setting: Setting) -> tuple[str, ...]:
    """Source, date, and the language where it is another one, as an issue says them."""
    return build_meta(telling, setting.zone, setting.today, setting.language)


def _find_quotes(evidence: Evidence | None, telling: Telling) -> list[str]:
    """The sentences that state the effect and the design, as they stand; a title is read already."""
    if evidence is None:
        return []
    stated = [build_quote(evidence), clean_line(evidence.design_quote or "")]
    return [quote for quote in dict.fromkeys(stated) if quote and quote != clean_line(telling.title)]
