"""Text that went through a wrong encoding, read as what it was. Pure."""

from __future__ import annotations

import re

LAYERS = 4  # of wrong encodings, one over the other
WINDOWS = {code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))}
_BYTES = {ord(char): code for code, char in WINDOWS.items()}
# What the second and third byte of a character in UTF-8 look like, read as Latin-1 or as Windows has it.
_NEXT = "[\x80-\xbf" + "".join(WINDOWS.values()) + "]"
# Letters with accents, ligatures, quotation marks, dashes and symbols; no pair that stands in ordinary texts, where
# `É` may well come before a blank that does not break.
_SECOND = "€‚„†‡ˆ‰"  # behind `â`, of quotation marks, dashes and symbols
GARBLED = re.compile(f"[ÂÃ]{_NEXT}|Å[’“\x92\x93]|â[{_SECOND}\x80\x82\x84\x86-\x89]{_NEXT}")
HINTS = ("Â", "Ã", "Å", *(f"â{sign}" for sign in _SECOND))  # one of which is in such a text without controls
CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")  # from U+0080 to U+009F in UTF-8, where they are found quickly


def mend_encoding(text: str) -> str:
    """``CompÃ©tences`` and ``donâ€™t``, UTF-8 that was read as something else, as what they were.

    Once or several times over, wherever in a text; characters of Windows that went through as controls are read as
    such, too.
    """
    for _ in range(LAYERS):
        if text.isascii():
            break
        has_controls = CONTROLS.search(text.encode("utf-8", "surrogatepass")) is not None
        if not has_controls and not any(map(text.__contains__, HINTS)):  # as most texts
            break
        mended = _reread(text, has_controls)
        if mended == text:
            break
        text = mended
    return text


def _reread(text: str, has_controls: bool) -> str:
    if not has_controls:
        return GARBLED.sub(_reread_one, text)
    try:
        return text.encode("latin-1").decode("utf-8")  # all of it, in any script: no text has controls in earnest
    except UnicodeError:
        return GARBLED.sub(_reread_one, text).translate(WINDOWS)


def _reread_one(garbled: re.Match[str]) -> str:
    try:
        return garbled[0].translate(_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return garbled[0]
