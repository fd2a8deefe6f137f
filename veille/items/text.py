"""Plain text out of whatever a feed puts into a field.

Markup is read for its text only: nothing here makes HTML safe to show, whoever renders the text escapes it.
"""

from __future__ import annotations

import re
from html import unescape

from veille.items.encodings import mend_encoding

INLINE_WORDS = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark math mi mn mo mrow ms msub
    msup mtext nobr q s samp semantics small span strike strong sub sup time tt u var wbr
"""
INLINE = frozenset(INLINE_WORDS.split())
BLOCK_WORDS = """
    address applet area article aside audio base basefont blockquote body br button canvas caption center col
    colgroup datalist dd details dialog dir div dl dt embed fieldset figcaption figure footer form frame
    frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe image img input legend li link main map menu
    meta meter nav noframes noscript object ol optgroup option output p param picture pre progress rp rt ruby
    script section select slot source style summary svg path table tbody td template textarea tfoot th thead
    title tr track ul video
"""
BLOCK = frozenset(BLOCK_WORDS.split())
GAPS = dict.fromkeys(INLINE, "") | dict.fromkeys(BLOCK, " ")

TAG = re.compile(r"""</?([A-Za-z][\w:.-]*+)(?:>|\s(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>|/>)""")
LOOSE_TAG = re.compile(r"</?([A-Za-z][\w:.-]*)(?:\s[^<>]*|/)?>")
CUT_TAG = re.compile(r"</?(?:[A-Za-z][\w:.-]*(?:\s[^<>]*)?)?$|<!--.*$", re.DOTALL)
UNSEEN = re.compile(
    r"<!--.*?-->|<(script|style|template|svg|object)\b.*?</\1\s*>|<[!?][^<>]*>", re.DOTALL | re.IGNORECASE
)
MAY_BE_UNSEEN = re.compile(r"<[!?]|</[sSto]")  # a quick look, before that

# Control, format (zero-width, bidirectional, soft hyphen, tags) and surrogate characters.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)

# What publishing software adds at the end of a summary: its words, and those that the sentence begins with.
APPEARED = (
    ("est apparu en premier sur ", ("l'article ", "l’article ", "cet article ")),
    ("appeared first on ", ("the post ", "this post ", "this article ", "the article ")),
    ("first appeared on ", ("the post ", "this post ", "this article ", "the article ")),
    ("was first published on ", ("the post ", "this post ", "this article ")),
    ("erschien zuerst auf ", ("der beitrag ", "der artikel ")),
    ("se publicó primero en ", ("la entrada ", "el artículo ")),
    ("apareció primero en ", ("la entrada ", "el post ")),
    ("proviene da ", ("l'articolo ", "l’articolo ")),
    ("apareceu primeiro em ", ("o post ",)),
)
READ_ON = re.compile(
    r"\s*[»→>(]?\s?(?:lire la suite|lire plus|en savoir plus|voir l[’']article|continuer la lecture|continue reading|"
    r"read more|read the full (?:article|story)|read full article)(?: (?:de|of|on) .{0,150}|[\s.…→»>›)]*)$"
)
READ_ON_HINTS = (" suite", "lire plus", "savoir plus", "voir l", "la lecture", "continue reading", "read ")
HINTS = (*(words for words, _ in APPEARED), *READ_ON_HINTS)


def clean_text(raw: str, limit: int) -> str:
    """Plain text on one line, of at most ``limit`` characters.

    Markup becomes text (block elements part words, inline ones do not), entities are decoded even when encoded
    twice, invisible characters and runs of white space go. Words in angle brackets that are not HTML stay:
    ``vector<int>`` is text.
    """
    text = raw[: limit * 8]  # markup may be long where its text is short
    cut = len(text) < len(raw)
    for _ in range(3):
        if "<" in text:
            text = strip_markup(text, cut)
        if "&" not in text:
            break
        text, before = unescape(text), text
        if text == before:
            break
    text = " ".join(mend_encoding(text).split())
    if not (text.isascii() and text.isprintable()):  # some of the invisible ones count as printable
        seen = INVISIBLE.sub("", text)
        text = text if seen == text else " ".join(seen.split())
    return shorten(text, limit)


def plain_line(text: str, limit: int) -> str:
    """The text as it stands (markup included), on one line and without invisible characters."""
    return shorten(" ".join(INVISIBLE.sub("", " ".join(text[: limit * 8].split())).split()), limit)


def strip_markup(text: str, cut: bool = False) -> str:
    """The text between the tags; with ``cut``, a tag that the end of the text cuts in two goes as well."""
    if MAY_BE_UNSEEN.search(text):
        if "[" in text or "]" in text:  # one character is found at no cost
            text = text.replace("<![CDATA[", "").replace("]]>", "")
        text = UNSEEN.sub(" ", text)
    text = TAG.sub(_gap, text)
    if "<" in text:
        text = LOOSE_TAG.sub(_gap, text)
        if cut or "<a " in text[-300:] or "<img " in text[-300:]:
            text = CUT_TAG.sub("", text)
    return text


def _gap(tag: re.Match[str]) -> str:
    name = tag[1]
    gap = GAPS.get(name)
    if gap is None:
        # Elements with a prefix or a hyphen (`o:p`, `fb:like`, `my-widget`) are markup whatever their name.
        gap = " " if ":" in name or "-" in name else GAPS.get(name.lower(), tag[0])
    return gap


def shorten(text: str, limit: int) -> str:
    """The text, cut at a word and marked with an ellipsis where it is longer than ``limit``."""
    if len(text) <= limit:
        return text
    head = text[:limit].rpartition(" ")[0]
    kept = head if len(head) > limit // 2 else text[: limit - 1]
    return kept.rstrip(" ,;:.-–—") + "…"


def drop_boilerplate(text: str) -> str:
    """The text without what publishing software adds at its end: "The post X appeared first on Y", "Lire la suite"."""
    if any(map(text[-200:].lower().__contains__, HINTS)):  # few texts have any
        end = text[-700:].lower()
        cut = _find_appeared(end)
        if cut is None and (found := READ_ON.search(end, len(end) - 200)):
            cut = found.start()
        text = text if cut is None else text[: len(text) - len(end) + cut].rstrip()
    return text[: text.rindex("[")].rstrip() + "…" if text.endswith(("[…]", "[...]", "[..]")) else text


def _find_appeared(end: str) -> int | None:
    for words, openers in APPEARED:
        at = end.rfind(words)
        if at >= 0 and len(end) - at - len(words) < 80:
            begins = max(end.rfind(opener, 0, at) for opener in openers)
            if begins == 0 or (begins > 0 and end[begins - 1] in " .…]»"):
                return begins
    return None


def first_words(text: str, limit: int = 100) -> str:
    """A headline for a text that has none: its first sentence, or as many first words as fit."""
    sentence = re.match(r"(.{15,}?[.!?…])\s", text[: limit + 1])
    return sentence[1].rstrip(".") if sentence else shorten(text, limit)
