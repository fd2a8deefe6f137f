"""Every word of ours that a reader sees, in French and in English, and how dates and numbers are written.

A text is a string, or a pair (one, several) chosen by ``count``. Non-breaking spaces are written as ``~`` (wide:
before a colon, inside « ») and ``^`` (narrow: before ; ! ?), so that they can be seen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cache

from veille.wording import en, fr

NBSP, NARROW = "\u00a0", "\u202f"
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
NUMBER_SPACES = re.compile(rf"(?:(?<=\d)|(?<=\b1er)|(?<=n°)) +(?=[%€]|\d{{3}}\b|(?:{MONTHS})\b)|(?<=n°) +(?=\d)")
Text = str | tuple[str, str]

CATALOGUES: Mapping[str, Mapping[str, Text]] = {"fr": fr.TEXTS, "en": en.TEXTS}


def say(language: str, key: str, *, count: int | None = None, **values: object) -> str:
    """Our text for ``key``. ``count`` chooses between one and several, and fills ``{number}``.

    Raises KeyError for a key, language or placeholder that does not exist.
    """
    text = CATALOGUES[language][key]
    if not isinstance(text, str):
        text = text[0 if _is_one(language, count) else 1]
    if count is not None:
        values["number"] = word_number(count, language)
    return text.replace("~", NBSP).replace("^", NARROW).format(**values)


def _is_one(language: str, count: int | None) -> bool:
    # French has zero in the singular, English in the plural.
    return count == 1 or (count == 0 and language == "fr")


def has_text(language: str, key: str) -> bool:
    return key in CATALOGUES[language]


def word_number(number: float, language: str) -> str:
    """A number as the language writes it: ``1 204`` or ``1,204``."""
    from babel.numbers import format_decimal

    return format_decimal(number, locale=language)


def word_day(day: date, language: str, *, year: bool = True) -> str:
    """A day as the language writes it: ``1er mars 2026``, ``5 mars``, ``March 5, 2026``. Spaces do not break."""
    from babel.dates import format_date

    pattern = {"fr": ("d MMMM", "d MMMM y"), "en": ("MMMM d", "MMMM d, y")}[language][year]
    worded = format_date(day, pattern, locale=language)
    if language == "fr" and day.day == 1:
        worded = worded.replace("1", "1er", 1)
    return worded.replace(" ", NBSP)


def word_time(moment: time, language: str) -> str:
    """``14 h 30`` in French, ``14:30`` in English."""
    if language != "fr":
        return f"{moment:%H:%M}"
    minutes = f"{NBSP}{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour}{NBSP}h{minutes}"


def word_month(day: date, language: str) -> str:
    """The month of a day, as a heading: ``Mars 2026``, ``March 2026``."""
    from babel.dates import format_date

    worded = format_date(day, "LLLL y", locale=language)
    return worded[:1].upper() + worded[1:]


def word_period(first: date, last: date, language: str) -> str:
    """Both days, the year once where that is enough: ``du 2 au 9 mars 2026``."""
    if first == last:
        return say(language, "day_one", day=word_day(last, language))
    start = word_day(first, language, year=first.year != last.year)
    if language == "fr" and (first.year, first.month) == (last.year, last.month):
        start = start.split(NBSP)[0]
    return say(language, "day_range", first=start, last=word_day(last, language))


@cache
def word_language(code: str, language: str) -> str:
    """The name of a language: ``anglais`` for ``en`` in French; the code itself when it has no known name."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(code.replace("_", "-"), sep="-").get_language_name(language)
    except (ValueError, TypeError, UnknownLocaleError):
        name = None
    return name or code


def set_spaces(text: str, language: str | None) -> str:
    """French text with its spaces before ``: ; ! ? » % €``, after ``«`` and within numbers and days non-breaking.

    Other text is left as it is.
    """
    if language is None or not language.startswith("fr"):
        return text
    text = re.sub(r" +([:»])", NBSP + r"\1", text)
    text = re.sub(r" +([;!?])", NARROW + r"\1", text)
    text = NUMBER_SPACES.sub(NBSP, text)
    return re.sub(r"« +", "«" + NBSP, text)
