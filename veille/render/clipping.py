"""Texts of sources made fit to be quoted: one clean line, cut between words, links that may be followed. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from veille.items.address import drop_tracking
from veille.wording import NBSP, say, set_spaces

EXTRACT_LENGTH = 280
FACT_LENGTH = 120  # of what is said of a thing in a few words: a place, a venue, a name
OPENING_TITLE_LENGTH = 110
LINK_LENGTH = 2000  # more is no address that a reader needs, and would swell the mail

# Control characters, and those that change the direction of what follows.
UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
BREAKING_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
SENTENCE_END = re.compile(r"([.!?…]+(?:\s?[»”]|[\"’)])?)\s+(?=[«“\"(]?[A-ZÀ-ÖØ-Þ0-9])")


def clean_line(text: str) -> str:
    """One line without control and direction-changing characters: it goes into headers and beside our own words."""
    return BREAKING_SPACES.sub(" ", UNSEEN.sub("", text)).strip()


def cut_words(text: str, length: int) -> str:
    """The text, or its first whole words and an ellipsis, within ``length``; only a word that is longer is broken."""
    if len(text) <= length:
        return text
    words = text[: length + 1].split()
    within = words if text[length].isspace() else words[:-1]
    head = " ".join(within) or text[:length]
    return head.rstrip(" ,;:.–-(«" + NBSP) + "…"


def build_extract(summary: str, title: str, length: int = EXTRACT_LENGTH) -> str:
    """The first whole sentences within ``length`` characters, else the first words; nothing that repeats the title."""
    text = clean_line(summary)
    bare = clean_line(title).rstrip(" .…")
    if bare and text.lower().startswith(bare.lower()):
        text = text[len(bare) :].lstrip(" .:–—-…")
    if len(text) <= length:
        return text
    ends = [match.end(1) for match in SENTENCE_END.finditer(text[: length + 2])]
    ends = [end for end in ends if length // 3 <= end <= length]
    return text[: ends[-1]] if ends else cut_words(text, length)


def quote_title(title: str, language: str, length: int = OPENING_TITLE_LENGTH) -> str:
    """A title within our own sentence, in quotation marks."""
    return say(language, "quote", text=fit_title(title, language, length))


def fit_title(title: str, language: str, length: int = OPENING_TITLE_LENGTH) -> str:
    """A title as it stands between quotation marks: short, without its full stop, its own marks those of the inside."""
    return set_spaces(nest_marks(cut_words(clean_line(title), length).rstrip(" ."), language), language)


def nest_marks(text: str, language: str) -> str:
    """A text with its quotation marks as they are within a quotation: ``« “…” »``, ``“‘…’”``."""
    if language == "fr":
        return re.sub(r"«\s*([^«»]*?)\s*»", r"“\1”", text)
    return re.sub(r"“([^“”]*)”", r"‘\1’", text)


def find_link(url: str | None) -> str | None:
    """The address if a reader may follow it: absolute http or https, without spaces or control characters."""
    if not url or len(url) > LINK_LENGTH or re.search(r"[\s\x00-\x1f\x7f\"<>]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def find_page(url: str | None) -> str | None:
    """The address of what was told, as `find_link`, without the marks that a feed puts into it to count its readers."""
    link = find_link(url)
    return drop_tracking(link) if link else None
