"""XML answers as trees: read leniently, and without ever leaving the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from veille.kinds import UnreadableError
from veille.kinds.scholarly import unreadable

Element = Any  # lxml's, which has no types

FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # bytes that XML 1.0 has no place for and records hold all the same
ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"']([\w.-]+)", re.IGNORECASE)


def read_tree(body: bytes, headers: Mapping[str, str], root: str, expected: str) -> Element:
    """The root element, whose local name must be ``root``. Raises `UnreadableError`; ``expected`` names the answer.

    Entities are not expanded, nothing is fetched, and libxml2's limits on depth and size hold. A damaged record costs
    itself; a document that breaks off is refused as a whole, for nobody knows what it would have said of the next page.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
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
    """Without the bytes that end a parse early; a page in UTF-8 has any number of them."""
    body = body.strip()
    declared = ENCODING.match(body[:200].removeprefix(b"\xef\xbb\xbf"))
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1].lower() not in (b"utf-8", b"utf8")):
        return body
    return body.translate(None, FORBIDDEN).decode("utf-8-sig", "replace").encode()


def local_name(element: Element) -> str:
    """The tag without its namespace; empty for what is no element (an entity, a processing instruction)."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: Element) -> str:
    """All the text in an element, in order; empty for None."""
    return "".join(element.itertext()).strip() if element is not None else ""
