"""Lists of feeds as other readers keep them: OPML 1.0 and 2.0, in and out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from veille.config import Source

MOST_BYTES = 10_000_000
MOST_FEEDS = 20_000
DEEPEST = 50

# What every second list has: an address with its ampersands as they are, and bytes that XML does not allow.
BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
# A description with quotes and tags as they are, up to the next attribute. Nobody needs it here.
DESCRIPTION = re.compile(
    rb"""\sdescription="[^\n]{0,5000}?(?:\n[^\n]{0,5000}?){0,20}?"(?=\s+(?:xmlUrl|htmlUrl|type|title|text|language|category)=")""",
    re.IGNORECASE,
)
FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})


class OpmlError(ValueError):
    """A document that is no OPML; says on which line and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str
    folders: tuple[str, ...] = ()  # from the outermost to the innermost, then categories of its own
    language: str | None = None
    line: int = 0


def parse_opml(body: bytes) -> list[Outline]:
    """The feeds of a list, in its order. Raises `OpmlError` for broken XML, entities of its own and other documents."""
    if len(body) > MOST_BYTES:
        raise OpmlError(1, f"the file has over {MOST_BYTES:,} bytes")
    mended = BARE_AMPERSAND.sub(b"&amp;", body.translate(None, FORBIDDEN).lstrip())
    try:
        return _read(mended)
    except OpmlError as error:
        without = DESCRIPTION.sub(b"", mended)
        if without == mended:
            raise
        try:
            return _read(without)
        except OpmlError:
            raise error from None  # its line is that of the file


def _read(body: bytes) -> list[Outline]:
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise OpmlError(error.lineno, f"{expat.ErrorString(error.code)}; mend it there, or export it anew") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, OpmlError):
            raise
        raise OpmlError(1, f"an encoding that is not known ({error})") from None
    return reader.feeds


class _Reader:
    """Follows outlines as they open and close."""

    def __init__(self) -> None:
        self.feeds: list[Outline] = []
        self._open: list[str] = []
        self._seen_root = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entity

    def _refuse_entity(self, name: str, *_rest: object) -> None:
        """An entity can name a file of this machine or grow without end; no reader writes any."""
        raise OpmlError(self.parser.CurrentLineNumber, f"it defines the entity {name!r}, which is not read")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if not self._seen_root and tag.lower() != "opml":
            raise OpmlError(line, f"a document <{tag[:50]}>, not OPML")
        self._seen_root = True
        if tag.lower() != "outline":
            return
        named = {name.lower(): " ".join(value.split()) for name, value in attributes.items()}
        title = named.get("title") or named.get("text") or ""
        if url := named.get("xmlurl"):
            categories = [part.strip("/ ") for part in named.get("category", "").split(",") if part.strip("/ ")]
            folders = (*(name for name in self._open if name), *categories)
            self.feeds.append(Outline(title, url, folders, named.get("language") or None, line))
        if len(self._open) >= DEEPEST or len(self.feeds) > MOST_FEEDS:
            raise OpmlError(line, "it is too deep or too long for a list of feeds")
        self._open.append("" if url else title)

    def _end(self, tag: str) -> None:
        if tag.lower() == "outline":
            self._open.pop()


def render_opml(title: str, sources: Iterable[Source]) -> str:
    """An OPML 2.0 document with a folder for each section; only feeds, which is all that OPML has."""
    by_section: dict[str, list[Source]] = {}
    for source in sources:
        by_section.setdefault(source.section, []).append(source)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["  <head>", f"    <title>{_escape(title)}</title>", "  </head>", "  <body>"]
    for section, listed in by_section.items():
        lines.append(f"    <outline text={quoteattr(section)} title={quoteattr(section)}>")
        lines += [f"      {_render_feed(source)}" for source in listed]
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _render_feed(source: Source) -> str:
    language = f" language={quoteattr(source.language)}" if source.language else ""
    name = quoteattr(source.id)
    return f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(source.url)}{language}/>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
