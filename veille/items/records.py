"""A record of a list or a page, whatever words its publisher uses for its fields: one vocabulary for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

Record = Mapping[str, Any]

# Names of fields as `plain_key` leaves them, the first that says something wins. English and French.
FIELDS = {
    "title": "title name titre nom intitule headline label displayname",
    "full_title": "fullname fulltitle longname",
    "year": "year annee",
    "summary": (
        "description desc summary abstract resume body content texte text details excerpt presentation notes note"
    ),
    "tags": "keywords tags topics themes scientifictopics",
    "url": "url link website homepage href permalink lien siteweb site web weburl officialurl",
    "guid": "uid guid id identifier slug",
    "starts": (
        "startdate start starts startson startsat startdatetime begindate begin begins datestart datedebut debut from"
        " dtstart dateiso startdatelocal firstday datetime jour day date period when"
    ),
    "ends": "enddate end ends endson endsat enddatetime dateend datefin fin until to dtend lastday",
    "period": "date dates period when quand",
    "venue": (
        "venue venuename location place lieu where salle adresse address placename placeaddr placeaddress venueaddress"
    ),
    "city": "city ville town addresslocality commune",
    "country": "country countryname pays addresscountry countrycode",
    "online": "online isonline onlineevent virtual isvirtual enligne distanciel remote webinar",
    "mode": "attendancemode mode format modality modalite",
    "status": "status state statut etat",
    "cancelled": "cancelled canceled iscancelled iscanceled annule",
    "before": "previousstartdate originalstartdate",
    "published": "datepublished published publishedat publicationdate postedat created createdat datecreated",
    "language": "inlanguage language langcode lang locale locales langue",
}
SYNONYMS = {field: tuple(names.split()) for field, names in FIELDS.items()}
OWNER = re.compile(r"^(?:field|event|evenement|activity|conference|conf|exhibition|session|course)(?=.)")


def plain_key(key: object) -> str:
    """A field's name in lower case without punctuation, vocabulary and owner: `startdate` for `event_start_date`."""
    name = re.split(r"[:/#]", str(key).rstrip("/"))[-1].replace("@", "")
    name = re.sub(r"[\W_]", "", name.lower())
    return OWNER.sub("", OWNER.sub("", name))


def read_record(raw: Record) -> dict[str, Any]:
    """A record by plain keys, what says nothing left out; the first of two keys that come out alike counts."""
    if isinstance(raw, _PlainRecord):
        return raw
    record = _PlainRecord()
    inner = raw.get("attributes")  # JSON:API
    for layer in (raw, inner if isinstance(inner, Mapping) else {}):
        for key, value in layer.items():
            if value not in (None, "", [], {}) and key not in ("attributes", "@context"):
                record.setdefault(key if key == "@type" else plain_key(key), value)
    return record


class _PlainRecord(dict[str, Any]):
    """Already read."""


def find_text(record: Record, field: str) -> str:
    return next((text for name in SYNONYMS[field] if (text := text_of(record.get(name)))), "")


def find_words(record: Record, field: str) -> str:
    """A list of words in one line, without the hyphens of slugs."""
    for name in SYNONYMS[field]:
        value = record.get(name)
        words = [text_of(one) for one in value] if isinstance(value, list) else [text_of(value)]
        if any(words):
            return ", ".join(word if " " in word else word.replace("-", " ") for word in words if word)
    return ""


def text_of(value: object, depth: int = 0) -> str:
    """The text in a value: itself, the first of a list, or what a wrapper (`{"text": ...}`, `{"name": ...}`) holds."""
    if isinstance(value, str):
        text = value.strip()
        return "" if text.lower() in SAYS_NOTHING else text
    if isinstance(value, bool) or value is None or depth > 4:
        return ""
    if isinstance(value, int | float | date):
        return str(value)
    if isinstance(value, list | tuple):
        return next((text for one in value if (text := text_of(one, depth + 1))), "")
    if isinstance(value, Mapping):
        for key in WRAPPED:
            if key in value and (text := text_of(value[key], depth + 1)):
                return text
    return ""


SAYS_NOTHING = frozenset({"null", "none", "~", "tba", "tbc", "tbd", "n/a", "-"})
WRAPPED = (
    "@value", "value", "local", "dateTime", "text", "rendered", "processed", "html", "name", "title", "label",
    "preferred-label", "date", "fr", "en", "utc", "@id",
)  # fmt: skip


def find_title(record: Record) -> str:
    """The title, with its year and its full form where the record keeps them apart (`CHI`, 2026)."""
    title, full, year = (find_text(record, field) for field in ("title", "full_title", "year"))
    title = title or full
    if title and year.isdigit() and year not in title and year not in full:
        title = f"{title} {year}"
    return f"{title} – {full}" if full and full != title and title not in full else full or title


def find_link(record: Record) -> str:
    for name in SYNONYMS["url"]:
        value = record.get(name)
        for one in value if isinstance(value, list) else [value]:
            link = text_of(one.get("@id") or one.get("url") or one.get("href") if isinstance(one, Mapping) else one)
            if link:
                return link
    main = record.get("mainentityofpage")
    return text_of(main.get("@id") if isinstance(main, Mapping) else main) or _id_address(record)


def _id_address(record: Record) -> str:
    own = text_of(record.get("id"))
    return own if own.startswith(("http://", "https://")) else ""


def read_flag(value: object) -> bool | None:
    """True or False for what says so; None for the rest."""
    if isinstance(value, bool):
        return value
    text = text_of(value).lower()
    if text in ("true", "yes", "oui", "1", "y", "vrai", "online"):
        return True
    return False if text in ("false", "no", "non", "0", "n", "faux") else None
