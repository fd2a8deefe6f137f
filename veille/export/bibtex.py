"""References as BibTeX in UTF-8: read by Zotero, JabRef, biblatex and BibTeX itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from veille.export.names import Name
from veille.export.references import Reference, build_references
from veille.export.values import Record

# Zotero knows `online`; BibTeX's own styles take a type that they do not know for `misc`.
ENTRY_TYPES = {
    "article": "article",
    "conference": "inproceedings",
    "thesis": "phdthesis",
    "report": "techreport",
    "chapter": "incollection",
    "book": "book",
    "press": "online",
    "web": "online",
}
VENUE_FIELDS = {
    "article": "journal",
    "conference": "booktitle",
    "chapter": "booktitle",
    "thesis": "school",
    "report": "institution",
    "press": "organization",
    "web": "organization",
}
# What the field `type` says where the entry type says more than is known, or less.
GENRES = {"thesis": "Thesis", "preprint": "Preprint", "dataset": "Dataset"}
SPECIAL = {
    "\\": r"{\textbackslash}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    **{sign: f"\\{sign}" for sign in "&%#_$"},
}
BRACES = {"{": r"\{", "}": r"\}"}
# BibTeX counts braces also behind a backslash: each that has no partner in the text gets one that prints nothing.
LONE_BRACES = {"{": r"\{\vphantom{\}}", "}": r"\vphantom{\{}\}"}
WORD = re.compile(r"[^\W_]+")
WORDS_AND_SIGNS = re.compile(r"[^\W_]+|[\\{}~^&%#_$]")
SEPARATORS = re.compile(r"\s*[,;]\s*")


def render_bibtex(records: Sequence[Record], language: str = "en") -> str:
    """An entry for each work; empty without any, which is a valid file. Our own words are in ``language``."""
    return "\n".join(_render_entry(reference) for reference in build_references(records, language))


def _render_entry(reference: Reference) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(reference) if value)
    return f"@{ENTRY_TYPES.get(reference.type, 'misc')}{{{reference.key},\n{fields}}}\n"


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    """Fields in reading order. ``date`` comes before ``year``: readers that take both keep the fuller one."""
    yield "author", " and ".join(map(write_name, reference.names))
    yield "title", protect_capitals(reference.title, reference.language)
    yield VENUE_FIELDS.get(reference.type, "publisher"), escape(reference.venue)
    yield "type", GENRES.get(reference.type, "")
    yield "date", reference.date
    yield "year", reference.year
    yield "volume", escape(reference.volume)
    yield "pages", escape(re.sub(r"(?<=\w)\s*[-–]\s*(?=\w)", "--", reference.pages))
    yield "doi", _verbatim(reference.doi)
    if reference.arxiv:
        yield "eprint", _verbatim(reference.arxiv)
        yield "archiveprefix", "arXiv"
        yield "eprinttype", "arxiv"
    yield "url", _verbatim(reference.url)
    yield "language", escape(reference.language)
    yield "keywords", ", ".join(escape(SEPARATORS.sub(" / ", keyword)) for keyword in reference.keywords)
    yield "note", escape(reference.note)
    yield "abstract", escape(reference.abstract)


def write_name(name: Name) -> str:
    """``Last, First`` or ``Last, Jr., First``; what cannot be taken apart in braces, so that nothing else does."""
    if not name.first:
        return f"{{{escape(name.last)}}}"
    parts = [name.last, name.suffix, name.first] if name.suffix else [name.last, name.first]
    return ", ".join(escape(part.replace(",", "")) for part in parts)


def protect_capitals(title: str, language: str) -> str:
    """The title, escaped, with the capitals that styles must not lower in braces.

    Those within a word (LLM, ChatGPT) are always meant. One that begins a word is meant in a language whose titles are
    written like sentences, not in English ones; and none is in a title written in capitals throughout.
    """
    words = WORD.findall(title)
    letters = [letter for letter in title if letter.isalpha()]
    if sum(map(str.isupper, letters)) > len(letters) / 2:
        return escape(title)
    sentence_like = bool(language) and not language.startswith("en")
    kept = {
        word
        for number, word in enumerate(words)
        if any(map(str.isupper, word[1:])) or (sentence_like and number > 0 and word[0].isupper())
    }
    return escape(title, kept)


def escape(text: str, kept: Set[str] = frozenset()) -> str:
    """Text as LaTeX: only what it would take for orders is escaped. Words in ``kept`` get braces."""
    lone = _find_lone_braces(text)
    return WORDS_AND_SIGNS.sub(lambda found: _escape_one(found[0], found.start() in lone, kept), text)


def _escape_one(piece: str, lone: bool, kept: Set[str]) -> str:
    if piece in BRACES:
        return (LONE_BRACES if lone else BRACES)[piece]
    return f"{{{piece}}}" if piece in kept else SPECIAL.get(piece, piece)


def _find_lone_braces(text: str) -> set[int]:
    """Positions of the braces that have no partner."""
    opened: list[int] = []
    lone: set[int] = set()
    for position, sign in enumerate(text):
        if sign == "{":
            opened.append(position)
        elif sign == "}" and opened:
            opened.pop()
        elif sign == "}":
            lone.add(position)
    return lone | set(opened)


def _verbatim(text: str) -> str:
    """An address or identifier: taken as it stands, so that what would end the field is percent-encoded."""
    return "".join(f"%{ord(sign):02X}" if sign in "{}\\" else sign for sign in text)
