"""The markup of a feed document, whatever its encoding, and its tree: the first half of reading it directly. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Element = Any  # of lxml, which has no types

UTF_8 = frozenset({"utf-8", "utf8"})
FIRST_TAG = re.compile(rb"<[^\s!?]")
# How documents in characters of two or four bytes begin; the longer marks first.
MARKS = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
WIDER = {"gb2312": "gb18030"}
DECLARED = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
XML_TYPE = re.compile(r"\s*(?:text/|application/(?:xml\b|[\w.+-]*\+xml\b))", re.IGNORECASE)


def find_markup(body: bytes, headers: Mapping[str, str]) -> bytes | None:
    """The document in UTF-8: what its first bytes say of its encoding counts most, then the server, then itself.

    A statement that makes no markup of it is false. What is not UTF-8 after all of that is found by the parser.
    """
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return _decoded(body, encoding)
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith(b"<"):
        return None
    served = headers.get("content-type", "")
    charset = CHARSET.search(served) if XML_TYPE.match(served) else None
    declared = DECLARED.match(body[:300])
    for encoding in (charset[1] if charset else "", declared[1].decode("ascii") if declared else ""):
        if encoding.lower() in UTF_8:
            return body
        if encoding and (document := _decoded(body, encoding)):
            return document
    return body


def _decoded(body: bytes, encoding: str) -> bytes | None:
    try:
        document = body.decode(WIDER.get(encoding.lower(), encoding)).lstrip("\ufeff \t\r\n").encode()
    except (UnicodeError, LookupError):
        return None
    return document if document.startswith(b"<") else None


def has_dtd(document: bytes) -> bool:
    """Whether anything before the root element declares entities, or may."""
    root = FIRST_TAG.search(document)
    return document.find(b"<!DOCTYPE", 0, root.start() if root else len(document)) >= 0


def parse_markup(document: bytes, url: str) -> Element:
    """The root element; None for what is not well-formed. A prefix that nobody declared costs nothing.

    Raises MemoryError.
    """
    from lxml import etree

    for recover in (False, True):
        parser = etree.XMLParser(
            encoding="utf-8", recover=recover, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        try:
            return etree.fromstring(document, parser, base_url=url)
        except (etree.XMLSyntaxError, ValueError):
            if any(error.type_name == "ERR_NO_MEMORY" for error in parser.error_log):
                raise MemoryError from None  # another parser would need more
            if not len(parser.error_log) or any(error.domain_name != "NAMESPACE" for error in parser.error_log):
                return None
    return None
