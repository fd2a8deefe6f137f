"""Where an event is: its place and country, and whether one may take part from afar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from veille.items.records import SYNONYMS, Record, find_text, read_record, text_of
from veille.items.text import clean_text

ONLINE = (
    r"\b(?:online|on-line|en ligne|visio(?:conf[ée]rence)?|webinaire|webinar|virtual(?:ly)?|virtuel|distanciel"
    r"|à distance|remote(?:ly)?|zoom|teams|livestream|youtube|webex|jitsi|bigbluebutton)\b"
)
HYBRID = r"\bhybrid(?:e|es|a|o)?\b"
IN_PERSON = (
    r"\b(?:in[- ]person|face[- ]to[- ]face|on[- ]?site|sur (?:place|site)|(?:en )?pr[ée]sentiel|presencial|vor ort"
    r"|in presenza)\b"
)
ONLINE_WORD, HYBRID_WORD, IN_PERSON_WORD = (re.compile(words, re.IGNORECASE) for words in (ONLINE, HYBRID, IN_PERSON))
MEETING_WORD = re.compile(
    r"\b(?:event|événement|meeting|réunion|training|formation|workshop|atelier|seminar|séminaire|conference|conférence"
    r"|talk|social|only|uniquement|microsoft|google|via|the|live|link|lien|and|et|100)\b",
    re.IGNORECASE,
)
MODE = f"(?:{ONLINE}|{HYBRID}|{IN_PERSON})"
JOINED = r"\b(?:and|et|und|ou|or)\b"
MODE_FIRST = re.compile(rf"^{MODE}(?:\s*(?:[&/+]|{JOINED})\s*{MODE})?\s*[:;,(–-]\s*", re.IGNORECASE)
MODE_LAST = re.compile(rf"(?:\s*[,;(&/+–]|\s+-|\s+{JOINED})+\s*(?:{JOINED}\s+)?{MODE}\)?$", re.IGNORECASE)
ADDRESS = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)

MORE_COUNTRIES = {"usa", "u.s.a.", "u.s.", "us", "uk", "u.k.", "the netherlands", "england", "scotland", "wales",
                  "korea", "south korea", "czech republic", "turkey", "turquie", "uae", "corée du sud"}  # fmt: skip
ALSO_A_STATE = {"georgia"}  # of another country: `Atlanta, Georgia`


def find_place(record: Record) -> tuple[str | None, str | None, bool | None]:
    """Place, country, and whether these words say that it is online."""
    places = [one for name in SYNONYMS["venue"] if (value := record.get(name)) for one in list_of(value)]
    country = find_text(record, "country")
    city = find_text(record, "city")
    names: list[str] = []
    online: bool | None = None
    for one in places[:4]:
        name, locality, its_country, virtual = _read_place(one)
        online = online or virtual
        names += [part for part in (name, locality) if part]
        country = country or its_country
    words = [_unquoted(clean_text(word, 200)) for word in (*names[:2], city)]
    place, is_online = split_online(", ".join(_without_repeats(words)))
    place, country = _with_country(place, clean_text(country, 100))
    return (
        place if _is_somewhere(place) else None,
        country or None,
        online if is_online is None else online or is_online,
    )


def _unquoted(word: str) -> str:
    """Without the quotation marks that a table left in it."""
    return word.replace('"', "").strip() if word.startswith('"') else word


def _with_country(place: str, country: str) -> tuple[str, str]:
    """The last part of a place where it is a country and none is told, or where something else is told as one."""
    if country and place.lower().endswith(f", {country.lower()}"):
        return place[: -len(country)].rstrip(" ,"), country
    if not country and place.lower() in country_names():
        return "", place
    rest, last = split_country(place)
    told = country.lower() in country_names() | ALSO_A_STATE or (len(country) < 4 and country.isupper())  # a code
    return (place, country) if told or not last else (rest, last)


def _read_place(one: object) -> tuple[str, str, str, bool | None]:
    if not isinstance(one, Mapping):
        return text_of(one), "", "", None
    kinds = text_of(one.get("@type"))
    record = read_record(one)
    if kinds.endswith("VirtualLocation") or "uri" in one:  # the link to a meeting
        return "", "", "", True
    name = find_text(record, "title")
    address = record.get("address")
    inner = next((read_record(one) for one in mappings_in(address)), record)
    locality = find_text(inner, "city") or text_of(inner.get("addressregion"))
    street = text_of(inner.get("streetaddress")) if not name else ""
    if isinstance(address, str) and not locality:
        street = address
    return name or street, locality or (street if name else ""), find_text(inner, "country"), None


def split_country(place: str) -> tuple[str, str]:
    """``Vienna, Austria`` in two; a place whose last part is no country stays whole."""
    head, comma, last = place.rpartition(",")
    last = last.strip()
    return (head.strip(), last) if comma and last.lower() in country_names() else (place, "")


@cache
def country_names() -> frozenset[str]:
    """Names of countries in English and French, in lower case (CLDR's, and the usual short forms)."""
    from babel import Locale

    names = {name.lower() for tag in ("en", "fr") for code, name in Locale(tag).territories.items() if code.isalpha()}
    return frozenset(names | MORE_COUNTRIES) - ALSO_A_STATE


def split_online(place: str) -> tuple[str, bool | None]:
    """A place without the addresses of meetings and what says how one takes part, and whether one may do so online.

    False where it says that one has to be there; None where it says nothing.
    """
    without = ADDRESS.sub("", place).strip(" ,;-|")
    online: bool | None = None
    if without != place.strip(" ,;-|") or ONLINE_WORD.search(place) or HYBRID_WORD.search(place):
        online = True
    elif IN_PERSON_WORD.search(place):
        online = False
    without = MODE_LAST.sub("", MODE_FIRST.sub("", without)).strip(" ,;-|")
    if without.count(")") > without.count("("):
        without = without.removesuffix(")")
    return (without if _is_somewhere(without) else ""), online


def _is_somewhere(place: str) -> bool:
    """Whether more than how one takes part, and in what, is said."""
    return bool(re.search(r"\w", MEETING_WORD.sub("", re.sub(MODE, "", place, flags=re.IGNORECASE))))


def list_of(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def mappings_in(value: object) -> list[Mapping[str, Any]]:
    return [one for one in list_of(value) if isinstance(one, Mapping)]


def _without_repeats(words: Iterable[str]) -> list[str]:
    """In order, without a word that another one of them already says."""
    kept: list[str] = []
    for word in words:
        if word and not any(word.lower() in other.lower() for other in kept):
            kept = [*(other for other in kept if not word.lower().startswith(f"{other.lower()} ")), word]
    return kept
