"""What a web page says of itself for machines (JSON-LD, microdata, RDFa), and what it says to its readers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from veille.items.text import BLOCK

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

Thing = dict[str, Any]  # property to value, as JSON-LD has it; "@type" is a string or a list

UNREAD = "script style noscript template svg iframe nav aside form button select dialog"
FRAME = "header footer"  # of the page; those of an article belong to it
COMMENT = re.compile(
    r"^\s*(?:<!--|(?://\s*|/\*\s*)?<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://\s*|/\*\s*)?\]\]>(?:\s*\*/)?|;)\s*$"
)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")
LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "source": "src", "iframe": "src", "object": "data"}
FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # bytes that no text has
NESTED = re.compile(rb"(?:<[A-Za-z][\w:.-]*+>\s*+){300,}+")
MOST_THINGS = 20_000  # objects of a page that are looked at


def drop_nested(body: bytes) -> bytes:
    """The document without elements in elements in elements as no document has them: each costs a parser room."""
    return NESTED.sub(b"", body)


def open_page(body: bytes, declared: str | None = None) -> BeautifulSoup:
    """The page as a tree, broken markup mended; ``declared`` is the encoding that the server names."""
    from warnings import catch_warnings, simplefilter

    from bs4 import BeautifulSoup

    with catch_warnings():
        simplefilter("ignore")  # that it is XHTML
        body = body.translate(None, FORBIDDEN) if body[:2] not in (b"\xff\xfe", b"\xfe\xff") else body
        body = drop_nested(body)
        try:
            return BeautifulSoup(body.decode("utf-8-sig"), "lxml")
        except UnicodeDecodeError:
            return BeautifulSoup(body, "lxml", from_encoding=declared)


# --- for machines


def find_things(page: BeautifulSoup) -> list[Thing]:
    """Everything with a type in the page: JSON-LD, then microdata, then RDFa, each in its order; inner things stay
    in theirs."""
    return [*_find_json_ld(page), *_find_marked(page, "itemscope", "itemtype", "itemprop"), *_find_rdfa(page)]


def types_of(thing: Mapping[str, Any]) -> list[str]:
    """The names of its types, without their vocabulary: `https://schema.org/Event` is `Event`."""
    types = thing.get("@type", [])
    return [re.split(r"[/#:]", str(one))[-1] for one in (types if isinstance(types, list) else [types]) if one]


def _find_json_ld(page: BeautifulSoup) -> list[Thing]:
    found: list[Thing] = []
    for script in page.find_all("script", type=re.compile(r"ld\+json", re.IGNORECASE)):
        found += [one for one in _as_list(_read_json(script.get_text())) if isinstance(one, dict)]
    by_id: dict[str, Thing] = {}
    for thing in walk_things(found):
        if isinstance(thing.get("@id"), str) and len(thing) > 1:
            by_id.setdefault(thing["@id"], thing)
    for thing in list(walk_things(found)):
        for key, value in thing.items():
            if isinstance(value, dict) and set(value) == {"@id"} and value["@id"] in by_id and key == "location":
                thing[key] = by_id[value["@id"]]
    return found


def _read_json(text: str) -> object:
    text = COMMENT.sub("", COMMENT.sub("", text))
    for attempt in (text, TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def walk_things(things: object) -> Iterator[Thing]:
    """Every object in these, outer ones first, in order; at most `MOST_THINGS`."""
    waiting = [things]
    for _ in range(MOST_THINGS):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)


def _find_rdfa(page: BeautifulSoup) -> list[Thing]:
    return _find_marked(page, "typeof", "typeof", "property")


def _find_marked(page: BeautifulSoup, scope: str, kind: str, name: str) -> list[Thing]:
    """Microdata or RDFa Lite, which differ in the names of three attributes."""
    by_tag: dict[int, Thing] = {}
    found: list[Thing] = []
    for tag in page.find_all(lambda tag: tag.has_attr(scope) or tag.has_attr(name)):
        thing: Thing | None = None
        if tag.has_attr(scope):
            types = _words(tag, kind)
            thing = {"@type": types, **({"@id": _words(tag, "itemid")[0]} if tag.get("itemid") else {})}
        owner = next((by_tag[id(parent)] for parent in tag.parents if id(parent) in by_tag), None)
        properties = [re.split(r"[/#:]", word)[-1] for word in _words(tag, name)]
        if owner is not None:
            for one in properties:
                owner.setdefault(one, []).append(_value(tag) if thing is None else thing)
        if thing is not None:
            by_tag[id(tag)] = thing
            if owner is None or not properties:
                found.append(thing)
    return found


def _words(tag: Tag, name: str) -> list[str]:
    value = tag.get(name)
    return value.split() if isinstance(value, str) else list(value or [])


def _value(tag: Tag) -> str:
    """A property's value: `content`, the link, the machine's form of a date, else the text."""
    for name in ("content", "datetime", LINKS.get(tag.name, ""), "value" if tag.name in ("data", "meter") else ""):
        value = tag.get(name) if name else None
        if isinstance(value, str) and value:
            return value
    return tag.get_text(" ", strip=True)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


# --- for readers


def find_meta(page: BeautifulSoup, *names: str) -> str:
    """The first of these `<meta>` names or properties that says something."""
    for name in names:
        for tag in page.find_all("meta", attrs={"name": name}) + page.find_all("meta", attrs={"property": name}):
            if content := str(tag.get("content") or "").strip():
                return content
    return ""


def find_page_title(page: BeautifulSoup) -> str:
    heading = page.h1.get_text(" ", strip=True) if page.h1 else ""
    named = page.title.get_text(" ", strip=True) if page.title else ""
    return find_meta(page, "og:title") or heading or named


def read_text(page: BeautifulSoup) -> list[str]:
    """The lines that a reader reads: those of the main part where there is one, without menus, forms and frames."""
    from bs4 import Tag
    from bs4.element import NavigableString

    main = page.find("main") or page.find(role="main")
    body = main or page.body or page
    left_out = set(UNREAD.split()) | (set() if main else set(FRAME.split()))
    skipped: set[int] = set()
    lines: list[str] = []
    block: Tag | None = None  # that of the present line
    for node in body.descendants:
        if id(node.parent) in skipped:
            skipped.add(id(node))
        elif isinstance(node, Tag):
            if node.name in left_out or node.has_attr("hidden"):
                skipped.add(id(node))
            elif node.name == "br":
                block = None
        elif type(node) is NavigableString and node.strip():
            its_block = next((parent for parent in node.parents if parent.name in BLOCK), body)
            if its_block is not block:
                lines.append("")
            block = its_block
            lines[-1] += node
        elif lines and type(node) is NavigableString:
            lines[-1] += " "
    return [text for line in lines if (text := " ".join(line.split()))]
