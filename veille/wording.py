"""Every word of ours that a reader sees, in French and in English, and how dates and numbers are written.

A text is a string, or a pair (one, several) chosen by ``count``. Non-breaking spaces are written as ``~`` (wide:
before a colon, inside « ») and ``^`` (narrow: before ; ! ?), so that they can be seen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

NBSP, NARROW = "\u00a0", "\u202f"
Text = str | tuple[str, str]

CATALOGUES: Mapping[str, Mapping[str, Text]] = {
    "fr": {
        "default_title": "Veille de {organisation}",
        "week": "semaine {week}",
        "quote": "«~{text}~»",
        "opening": (
            "{number} actualité retenue parmi {items} dans {sources}.",
            "{number} actualités retenues parmi {items} dans {sources}.",
        ),
        "items": ("{number} publication", "{number} publications"),
        "items_read": ("{number} publication lue", "{number} publications lues"),
        "from_sources": ("{number} source", "{number} sources"),
        "opening_first": "À la une~: {title}.",
        "opening_most_told": "La plus reprise, par {number} sources~: {title}.",
        "opening_research": ("{number} travail de recherche~: {title}.",
                             "{number} travaux de recherche, dont {title}."),
        "opening_agenda": ("{number} date à l’agenda~: {title}.", "{number} dates à l’agenda, d’abord {title}."),
        "opening_courses": ("{number} cours en ligne~: {title}.", "{number} cours en ligne, dont {title}."),
        "empty": "Rien de nouveau sur vos sujets cette semaine.",
        "empty_read": "{items} dans {sources}, aucune ne correspond à un sujet.",
        "empty_unread": "Aucune nouvelle publication n’a été trouvée dans {sources}.",
        "subject": "{title}, semaine {week}~: {rest}",
        "subject_rest": ("{number} actualité, {first}", "{number} actualités, dont {first}"),
        "subject_empty": "rien de nouveau",
        "section_agenda": "Agenda",
        "section_courses": "Cours en ligne",
        "in_language": "en {name}",
        "also_in": "Aussi dans~:",
        "and_more": "et {number} de plus",
        "why": "Pourquoi~:",
        "reason_meaning": "correspond au sujet",
        "reason_keyword": ("mot-clé~: {terms}", "mots-clés~: {terms}"),
        "reason_words": ("mot du sujet~: {terms}", "mots du sujet~: {terms}"),
        "reason_sources": ("{number} source", "{number} sources"),
        "reason_fresh": "tout récent",
        "reason_rated": "jugé utile",
        "in_topic": "correspond à {topic}",
        "other_topics": "aussi pour {topics}",
        "rolled_over": "reporté d’une édition précédente",
        "retracted": "Article rétracté",
        "preprint": "prépublication",
        "open_access": "accès libre",
        "and_others": "{first} et~al.",
        "online": "en ligne",
        "event_cancelled": "Annulé",
        "event_moved": "Reporté ou déplacé",
        "deadline_submission": "soumission jusqu’au {day}",
        "deadline_early-bird": "tarif réduit jusqu’au {day}",
        "deadline_registration": "inscription jusqu’au {day}",
        "deadline_notification": "réponse aux auteurs le {day}",
        "deadline_other": "échéance le {day}",
        "day_range": "du {first} au {last}",
        "day_one": "le {day}",
        "course_starts": "débute le {day}",
        "course_ends": "finit le {day}",
        "course_enrolment": "inscription jusqu’au {day}",
        "course_effort": "{number}~h de travail",
        "coverage": "Ce que couvre cette édition",
        "coverage_counts": "{items}, {stories}, {relevant}, {shown}.",
        "count_stories": ("{number} actualité distincte", "{number} actualités distinctes"),
        "count_relevant": ("{number} dans vos sujets", "{number} dans vos sujets"),
        "count_shown": ("{number} présentée ici", "{number} présentées ici"),
        "coverage_quiet": "Rien cette fois sur~:",
        "coverage_cut": ("En attente de place ({number})~:", "En attente de place ({number})~:"),
        "coverage_failed": ("Source en échec ({number})~:", "Sources en échec ({number})~:"),
        "coverage_stale": ("Source sans nouveauté depuis longtemps ({number})~:",
                           "Sources sans nouveauté depuis longtemps ({number})~:"),
        "coverage_silent": ("Source silencieuse sur la période ({number})~:",
                            "Sources silencieuses sur la période ({number})~:"),
        "coverage_unsupported": ("Source d’un type pas encore pris en charge ({number})~:",
                                 "Sources d’un type pas encore pris en charge ({number})~:"),
        "since_day": "depuis le {day}",
        "newest_day": "dernière publication le {day}",
        "cause_gone": "retirée du web par son éditeur",
        "cause_unreachable": "injoignable",
        "cause_status": "répond par l’erreur {status}",
        "cause_unreadable": "sa réponse n’est pas lisible",
        "database": "Tout ce qui a été collecté se lit avec DuckDB dans {path}.",
        "imprint": "{organisation} · édition {digest_id} · {day}",
    },
    "en": {
        "default_title": "{organisation} watch",
        "week": "week {week}",
        "quote": "“{text}”",
        "opening": (
            "{number} story kept out of {items} in {sources}.",
            "{number} stories kept out of {items} in {sources}.",
        ),
        "items": ("{number} publication", "{number} publications"),
        "items_read": ("{number} publication read", "{number} publications read"),
        "from_sources": ("{number} source", "{number} sources"),
        "opening_first": "First: {title}.",
        "opening_most_told": "Most told, by {number} sources: {title}.",
        "opening_research": ("{number} piece of research: {title}.",
                             "{number} pieces of research, among them {title}."),
        "opening_agenda": ("{number} date: {title}.", "{number} dates, the next one {title}."),
        "opening_courses": ("{number} online course: {title}.", "{number} online courses, among them {title}."),
        "empty": "Nothing new on your topics this week.",
        "empty_read": "{items} in {sources}, none of them on a topic.",
        "empty_unread": "No new publication was found in {sources}.",
        "subject": "{title}, week {week}: {rest}",
        "subject_rest": ("{number} story, {first}", "{number} stories, among them {first}"),
        "subject_empty": "nothing new",
        "section_agenda": "Agenda",
        "section_courses": "Online courses",
        "in_language": "in {name}",
        "also_in": "Also in:",
        "and_more": "and {number} more",
        "why": "Why:",
        "reason_meaning": "matches the topic",
        "reason_keyword": ("keyword: {terms}", "keywords: {terms}"),
        "reason_words": ("topic word: {terms}", "topic words: {terms}"),
        "reason_sources": ("{number} source", "{number} sources"),
        "reason_fresh": "very recent",
        "reason_rated": "rated useful",
        "in_topic": "matches {topic}",
        "other_topics": "also for {topics}",
        "rolled_over": "carried over from an earlier issue",
        "retracted": "Retracted article",
        "preprint": "preprint",
        "open_access": "open access",
        "and_others": "{first} et~al.",
        "online": "online",
        "event_cancelled": "Cancelled",
        "event_moved": "Postponed or moved",
        "deadline_submission": "submissions until {day}",
        "deadline_early-bird": "early bird until {day}",
        "deadline_registration": "registration until {day}",
        "deadline_notification": "authors notified on {day}",
        "deadline_other": "deadline on {day}",
        "day_range": "{first} to {last}",
        "day_one": "{day}",
        "course_starts": "starts on {day}",
        "course_ends": "ends on {day}",
        "course_enrolment": "enrolment until {day}",
        "course_effort": "{number}~h of work",
        "coverage": "What this issue covers",
        "coverage_counts": "{items}, {stories}, {relevant}, {shown}.",
        "count_stories": ("{number} distinct story", "{number} distinct stories"),
        "count_relevant": ("{number} on your topics", "{number} on your topics"),
        "count_shown": ("{number} shown here", "{number} shown here"),
        "coverage_quiet": "Nothing this time on:",
        "coverage_cut": ("Waiting for a place ({number}):", "Waiting for a place ({number}):"),
        "coverage_failed": ("Failing source ({number}):", "Failing sources ({number}):"),
        "coverage_stale": ("Source with nothing new for long ({number}):",
                           "Sources with nothing new for long ({number}):"),
        "coverage_silent": ("Source silent in the period ({number}):", "Sources silent in the period ({number}):"),
        "coverage_unsupported": ("Source of a kind not supported yet ({number}):",
                                 "Sources of a kind not supported yet ({number}):"),
        "since_day": "since {day}",
        "newest_day": "newest publication on {day}",
        "cause_gone": "taken off the web by its publisher",
        "cause_unreachable": "cannot be reached",
        "cause_status": "answers with error {status}",
        "cause_unreadable": "its answer cannot be read",
        "database": "All that was collected can be read with DuckDB in {path}.",
        "imprint": "{organisation} · issue {digest_id} · {day}",
    },
}  # fmt: skip


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
    """French text with its spaces before ``: ; ! ? »`` and after ``«`` made non-breaking; other text as it is."""
    if language is None or not language.startswith("fr"):
        return text
    text = re.sub(r" +([:»])", NBSP + r"\1", text)
    text = re.sub(r" +([;!?])", NARROW + r"\1", text)
    return re.sub(r"« +", "«" + NBSP, text)
