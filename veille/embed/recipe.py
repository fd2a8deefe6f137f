"""What of an item is embedded: the text recipe. Pure."""

from __future__ import annotations

import unicodedata

RECIPE = "r1"  # part of a vector's identity: another recipe embeds anew
SUMMARY_CHARACTERS = 300


def passage_text(title: str, summary: str) -> str:
    """The title and about the first 300 characters of the summary, cut at a word; the shape the stories' figures
    were measured on."""
    return f"{title.strip()}\n{cut_at_word(summary.strip(), SUMMARY_CHARACTERS)}".strip()


def cut_at_word(text: str, characters: int) -> str:
    """The text's beginning of at most so many characters, without half a word where words are of usual length."""
    if len(text) <= characters:
        return text
    head = text[: characters + 1].rpartition(" ")[0].rstrip()
    return head if len(head) > characters // 2 else text[:characters]


def clean_text(text: str) -> str:
    """The text as every tokenizer can read it alike: accents composed, no lone surrogate, no NUL."""
    whole = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return unicodedata.normalize("NFC", whole).strip()
