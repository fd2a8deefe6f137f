"""XML answers as trees: read leniently, and without ever leaving the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from veille.kinds import UnreadableError
from veille.kinds.scholarly import unreadable

Element = Any  # lxml's, which has no types

FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # bytes that XML 1.0 has no place for and records hold all the same
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
SURROGATES = range(0xD800, 0xE000)
ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"']([\w.-]+)", re.IGNORECASE)


def read_tree(body: bytes, headers: Mapping[str, str], root: str, expected: str) -> Element:
    """The root element, whose local name must be ``root``. Raises `UnreadableError`; ``expected`` names the answer.

    Entities are not expanded, nothing is fetched, and libxml2's limits on depth and size hold. A damaged record costs
    itself; a document that breaks off is refused as a whole, for nobody knows what it would have said of the next page.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True,
        encoding="utf-8",
    )  # fmt: skip
    try:
        tree = etree.fromstring(_readable(body), parser)
    except (etree.XMLSyntaxError, ValueError):
        tree = None
    if tree is None or local_name(tree) != root:
        raise unreadable(body, headers, expected)
    if len(tree) and not re.search(rb"</(?:[\w.-]+:)?" + root.encode() + rb"\s*>", body[-300:]):
        raise UnreadableError(f"{expected} that breaks off in its middle; it will be asked again")
    return tree


def _readable(body: bytes) -> bytes:
    """In UTF-8, without the characters that end a parse early; a page has any number of them."""
    body = body.strip()
    declared = ENCODING.match(body[:200].removeprefix(b"\xef\xbb\xbf"))
    marked = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = body.decode("utf-16" if marked else declared[1].decode() if declared else "utf-8", "replace")
    except (LookupError, UnicodeError):  # no encoding of texts
        text = body.decode("utf-8", "replace")
    text = REFERENCE.sub(_drop_no_character, text.removeprefix("\ufeff"))
    return text.encode("utf-8", "replace").translate(None, FORBIDDEN)


def _drop_no_character(reference: re.Match[str]) -> str:
    """Nothing for the number of no character: the parser would make one of it that cannot be read."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits.lstrip("0")[:8] or "0", base)
    return "" if number in SURROGATES or not 0 < number < 0x110000 else reference[0]


def local_name(element: Element) -> str:
    """The tag without its namespace; empty for what is no element (an entity, a processing instruction)."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: Element) -> str:
    """All the text in an element, in order; empty for None."""
    return "".join(element.itertext()).strip() if element is not None else ""
