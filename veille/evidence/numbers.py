"""Numbers as abstracts write them: `12,509`, `12 509`, `twenty-eight`, `vingt-huit`, `1.2 million`."""

from __future__ import annotations

import re

_EN = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_FR = [
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "soixante-dix": 70,
    "quatre-vingt": 80, "quatre-vingts": 80, "quatre-vingt-dix": 90,
}  # fmt: skip
_UNITS = {word: value for words in (_EN, _FR) for value, word in enumerate(words, 1)} | {"une": 1}
_HUNDREDS = {"hundred": 100, "cent": 100, "cents": 100, "thousand": 1000, "mille": 1000}

_WORDS = "|".join(sorted({*_UNITS, *_TENS, *_HUNDREDS}, key=len, reverse=True))
# One number in plain text; `parse_count` reads it.
COUNT = (
    r"(?:\d{1,3}(?:[ ,]\d{3}){1,3}(?![\d.])|\d{1,9}(?![\d]|[.,]\d))(?: millions?(?: d[e'])?)?"
    rf"|\d\.\d{{1,2}} million|(?:{_WORDS})(?:[ -](?:and |et )?(?:{_WORDS})\b){{0,4}}(?![\w-])"
)


def parse_count(text: str) -> int | None:
    """The whole number that this text is; None where it is none."""
    text = text.strip().lower()
    if text[:1].isdigit():
        number = text.partition(" million")[0]
        million = " million" in text
        digits = number.replace(",", "").replace(" ", "")
        return round(float(digits) * 1_000_000) if million else int(digits) if digits.isdigit() else None
    return _parse_words(text)


def _parse_words(text: str) -> int | None:
    if text in _TENS:
        return _TENS[text]
    total = current = 0
    rest = text.replace("quatre-vingt", "vingtsquatre").replace("soixante-dix", "septante")
    for word in re.split(r"[ -]", rest):
        if word in ("and", "et", ""):
            continue
        if word in ("vingtsquatre", "vingtsquatres"):
            current += 80
        elif word == "septante":
            current += 70
        elif word in _HUNDREDS:
            if _HUNDREDS[word] == 100:
                current = max(current, 1) * 100
            else:
                total, current = total + max(current, 1) * 1000, 0
        elif (value := _UNITS.get(word, _TENS.get(word))) is not None:
            current += value
        else:
            return None
    return total + current or None
