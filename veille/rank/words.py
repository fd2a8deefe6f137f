"""Words of French and English texts: folding, stems, exact terms and BM25.

Two readings of one text. *Stems* (`tokens`) forgive endings and serve BM25; *exact terms* (`find_terms`) forgive only
case, accents, hyphens, elision and plurals, and serve what a person listed on purpose: keywords and exclusions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse, pairwise
from math import log
from string import ascii_lowercase
from typing import TYPE_CHECKING, TypeVar, cast
from unicodedata import normalize

from veille.rank.stopwords import GENERAL, STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.5.
K1 = 1.2
B = 0.75

_LETTERS = frozenset(ascii_lowercase)
_ANY_STOP_WORD = STOP_WORDS["fr"] | STOP_WORDS["en"] | _LETTERS
_SILENT = {code: words | _LETTERS for code, words in STOP_WORDS.items()}  # what carries no meaning of its own
_MARKS = re.compile("[\u0300-\u036f]+")
_SPELLINGS = (("’", "'"), ("ʼ", "'"), ("‘", "'"), ("‑", "-"), ("œ", "oe"), ("Œ", "OE"), ("æ", "ae"), ("Æ", "AE"))
# What stands before an apostrophe in French, and the English possessive.
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|(?:jus|lors|puis|quoi)qu)'|'s\b")
_WORD = re.compile(r"[^\W_]+[+#]*")
_SIGNS = "'+#_"  # that a word may hold, or that tell where one ends
_WESTERN = "cp1252"  # letters with accents, dashes and quotation marks in a byte each: most texts need no others
_STEMMED = {"fr": "french", "en": "english"}
REMEMBERED = 1 << 16  # words


@lru_cache(maxsize=4)  # a text is often asked for again, for another topic or sign
def fold(text: str) -> str:
    """The text in lower case and without accents or ligatures."""
    return text.lower() if text.isascii() else _drop_marks(_respell(text))


def _drop_marks(text: str) -> str:
    return _MARKS.sub("", normalize("NFKD", text.lower()))


def _respell(text: str) -> str:
    for sign, plain in _SPELLINGS:  # much faster than str.translate
        text = text.replace(sign, plain)
    return text


def split_words(text: str) -> list[str]:
    """The folded words of a text in order: hyphens separate, elided articles (l', d', qu') are dropped."""
    plain = _fold_western(text)
    if plain is None:
        text = _respell(text)
        plain = _fold_western(text)
    if plain is None:
        return _split(_drop_marks(text))
    tokens = plain.split()
    if not any(map(plain.__contains__, _SIGNS)):
        return tokens
    place = 0
    for odd in [*filterfalse(str.isalnum, tokens)]:  # few: elided, `c++`, `snake_case`
        place = tokens.index(odd, place)
        words = _WORDS_OF[odd]
        tokens[place : place + 1] = words
        place += len(words)
    return tokens


def _fold_western(text: str) -> str | None:
    """The folded text, blank where no word can be, or None where a letter is beyond a to z: five times as fast."""
    try:
        plain = text.encode("ascii" if text.isascii() else _WESTERN).translate(_PLAIN)
    except UnicodeEncodeError:
        return None
    return None if b"\0" in plain else plain.decode("ascii")


def _plain_byte(byte: int) -> int:
    """What a byte of western text counts as in words: itself folded, a blank, or 0 where that cannot be told alone."""
    folded = _drop_marks(_respell(bytes([byte]).decode(_WESTERN, "replace")))
    if len(folded) != 1 or not folded.isascii():
        return 0 if any(map(str.isalnum, folded)) else ord(" ")
    return ord(folded) if folded.isalnum() or folded in _SIGNS else ord(" ")


_PLAIN = bytes(map(_plain_byte, range(256)))


def _split(folded: str) -> list[str]:
    return _WORD.findall(_ELISION.sub(" ", folded) if "'" in folded else folded)


class _Remembered(dict[str, T]):
    """What a function makes of each word, looked up rather than made again; forgotten when it grows too large."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __missing__(self, word: str) -> T:
        if len(self) >= REMEMBERED:
            self.clear()
        made = self[word] = self._make(word)
        return made


_WORDS_OF = _Remembered(_split)


def find_as_written(text: str, words: Sequence[str]) -> list[str]:
    """Some of a text's `split_words` as the text first writes each, with capitals and accents."""
    written = text if text.isascii() else _respell(normalize("NFC", text))
    folded = _MARKS.sub("", normalize("NFD", written.lower()))  # not `fold`, which makes three dots of an ellipsis
    if len(folded) != len(written):
        return [*words]
    places = ((_find_word(folded, word), word) for word in words)
    return [written[at : at + len(word)] if at >= 0 else word for at, word in places]


def _find_word(text: str, word: str) -> int:
    """Where a word stands by itself in a text, or -1."""
    at = text.find(word)
    while at >= 0 and (text[at - 1 : at].isalnum() or text[at + len(word) : at + len(word) + 1].isalnum()):
        at = text.find(word, at + 1)
    return at


def guess_language(words: Iterable[str]) -> str | None:
    """``fr`` or ``en`` by the function words among folded words; None when they do not tell."""
    seen = set(words)
    french, english = len(seen & STOP_WORDS["fr"]), len(seen & STOP_WORDS["en"])
    return None if french == english else "fr" if french > english else "en"


@lru_cache(maxsize=2)
def _stemmer(name: str) -> Callable[[str], str]:
    import snowballstemmer  # uses PyStemmer's C code where that is installed

    stemmer = snowballstemmer.stemmer(name)
    stemmer.maxCacheSize = 0  # of PyStemmer: what is kept here is found sooner
    return cast("Callable[[str], str]", stemmer.stemWord)


@lru_cache(maxsize=2)
def _stems_in(name: str) -> _Remembered[str]:
    return _Remembered(_stemmer(name))


@lru_cache(maxsize=2)
def _telling_stems_in(code: str) -> _Remembered[str]:
    """Stems by word; empty for the function words of the language."""
    stem_of, silent = _stemmer(_STEMMED[code]), _SILENT[code]
    return _Remembered(lambda word: "" if word in silent else stem_of(word))


def stem(word: str, language: str) -> str:
    """The Snowball stem of a folded word, in ``fr`` or ``en``. A word of another language stays as it is."""
    name = _STEMMED.get(language)
    return _stems_in(name)[word] if name else word


def tokens(text: str, language: str | None = None) -> list[str]:
    """Stems of a text's words without function words; an unknown language is guessed from the function words."""
    return stem_words(split_words(text), language)


def stem_words(words: Sequence[str], language: str | None = None) -> list[str]:
    """What `tokens` makes of words already split."""
    return [*filter(None, align_stems(words, language))]


def align_stems(words: Sequence[str], language: str | None = None) -> list[str]:
    """The stem of each of these words; empty for function words. An unknown language is guessed from these."""
    code = (language or "")[:2].lower() or guess_language(words) or "en"
    if code not in _STEMMED:
        return ["" if word in _ANY_STOP_WORD else word for word in words]
    return [*map(_telling_stems_in(code).__getitem__, words)]


Query = Mapping[tuple[str, ...], float]
"""Weights of query words; a word is the tuple of stems that it has in French and in English."""


def build_query(*parts: tuple[str, float]) -> Query:
    """The words of some texts with the weight given beside each; a word in two texts keeps its higher weight.

    A query is short and may mix languages, so each word stands for its French and its English stem. `GENERAL` words are
    asked for only where a text has no others.
    """
    query: dict[tuple[str, ...], float] = {}
    for text, weight in parts:
        words = find_content(text)
        for word in [word for word in words if word not in GENERAL] or words:
            key = tuple(sorted({stem(word, "fr"), stem(word, "en")}))
            query[key] = max(query.get(key, 0.0), weight)
    return query


def find_content(text: str) -> list[str]:
    """The folded words of a text that carry meaning, in whichever language."""
    return [word for word in split_words(text) if word not in _ANY_STOP_WORD]


def pair_of(stem: str, next_stem: str) -> str:
    """Two neighbouring stems as one, which a query may ask for and `add_pairs` finds."""
    return f"{stem} {next_stem}"


def add_pairs(documents: Sequence[list[str]], queries: Sequence[Query]) -> list[list[str]]:
    """The documents, each with the pairs of its neighbouring stems behind it that one of the queries asks for."""
    wanted = {variant for query in queries for key in query for variant in key if " " in variant}
    firsts, seconds = ({pair.split(" ")[place] for pair in wanted} for place in (0, 1))
    extended = []
    for document in documents:
        if firsts.isdisjoint(document):
            extended.append(document)
            continue
        near = [pair_of(a, b) for a, b in pairwise(document) if a in firsts and b in seconds]
        found = [pair for pair in near if pair in wanted]
        extended.append(document + found if found else document)
    return extended


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many documents of a collection each stem occurs. Stems that occur nowhere may be left out."""

    documents: int
    average_length: float  # stems a document
    counts: Mapping[str, int]


def count_documents(documents: Iterable[Sequence[str]]) -> Frequencies:
    """Document frequencies of some documents, each the list of its stems."""
    counts: Counter[str] = Counter()
    number = length = 0
    for document in documents:
        counts.update(set(document))
        number, length = number + 1, length + len(document)
    return Frequencies(number, length / number if number else 0.0, counts)


def rank_bm25(
    queries: Sequence[Query], documents: Sequence[Sequence[str]], frequencies: Frequencies
) -> NDArray[np.float32]:
    """BM25 of each document (row, its stems) for each query (column), with the given document frequencies.

    Inverse document frequency is Lucene's, ``log(1 + (N - n + .5) / (n + .5))``, which is never negative.
    """
    import numpy as np

    table = np.zeros((len(documents), len(queries)), dtype=np.float32)
    place, weights = _query_weights(queries, frequencies)
    average = frequencies.average_length or 1.0
    starts, filled, stems = list[int](), list[int](), list[int]()
    parts: list[float] = []
    for row, document in enumerate(documents):
        wanted = [*filter(place.__contains__, document)]
        if wanted:
            times = Counter(wanted)
            damping = K1 * (1 - B + B * len(document) / average)
            starts.append(len(stems))
            filled.append(row)
            stems.extend(place[stem] for stem in times)
            parts.extend(count * (K1 + 1) / (count + damping) for count in times.values())
    if filled:
        worths = np.multiply(weights[stems], np.array(parts, dtype=np.float32)[:, None])
        table[filled] = np.add.reduceat(worths, starts)
    return table


def _query_weights(queries: Sequence[Query], frequencies: Frequencies) -> tuple[dict[str, int], NDArray[np.float32]]:
    """The row of each wanted stem, and what one full occurrence of it is worth in each query."""
    import numpy as np

    place: dict[str, int] = {}
    for query in queries:
        for key in query:
            for variant in key:
                place.setdefault(variant, len(place))
    weights = np.zeros((len(place), len(queries)), dtype=np.float32)
    for column, query in enumerate(queries):
        for key, weight in query.items():
            worth = weight * inverse_frequency(key, frequencies)
            for variant in key:
                weights[place[variant], column] = max(weights[place[variant], column], worth)
    return place, weights


def inverse_frequency(key: tuple[str, ...], frequencies: Frequencies) -> float:
    """How much a word tells, by how few documents have it; of a word's two stems the commoner one speaks."""
    count = max(frequencies.counts.get(variant, 0) for variant in key)
    return log(1 + (max(frequencies.documents - count, 0) + 0.5) / (count + 0.5))


_PLURALS = (
    ("lyses", "lys"), ("lysis", "lys"), ("lyse", "lys"), ("eaux", "eau"), ("aux", "al"), ("sses", "ss"), ("ies", "y"),
    ("ie", "y"),
)  # fmt: skip


def singular(word: str) -> str:
    """A folded word without its plural, in French and in English; the same for both numbers is what counts."""
    if len(word) < 4 or word.isdigit():
        return word
    for plural, one in _PLURALS:
        if word.endswith(plural):
            return word[: -len(plural)] + one
    return word[:-1] if word[-1] in "sx" and word[-2] != "s" else word


def _words_with(one: str) -> set[str]:
    """All words with this `singular`."""
    near = {one, one + "s", one + "x"}
    near |= {one[: -len(end)] + plural for plural, end in _PLURALS if one.endswith(end)}
    return {word for word in near if singular(word) == one}


TermIndex = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
"""Exact terms by each word that can stand first in them: the words of the term, in the singular, and the term as it
was written."""


def build_terms(terms: Iterable[str]) -> TermIndex:
    """An index of exact terms, to find all of them in one reading of a text."""
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for term in dict.fromkeys(terms):
        words = tuple(singular(word) for word in split_words(term))
        for first in _words_with(words[0]) if words else ():
            index.setdefault(first, []).append((words, term))
    return index


def find_terms(index: TermIndex, text: str, words: Sequence[str] | None = None) -> set[str]:
    """The terms, as written, that occur in a text as whole words, in either number, with or without accents.

    A term of one or two capitals must stand in capitals: AI is not the French « j'ai ».
    ``words`` are the text's `split_words`, where they are known already.
    """
    words = split_words(text) if words is None else words
    firsts = index.keys() & words
    if not firsts:
        return set()
    singulars: list[str] = []
    found: set[str] = set()
    for first in firsts:
        for term_words, term in index[first]:
            if term in found or not _has_capitals(text, term):
                continue
            if len(term_words) > 1 and not singulars:
                singulars = [_SINGULARS[word] for word in words]
            if len(term_words) == 1 or _has_sequence(singulars, term_words):
                found.add(term)
    return found


_SINGULARS = _Remembered(singular)


def _has_sequence(words: Sequence[str], wanted: tuple[str, ...]) -> bool:
    size = len(wanted)
    return any(tuple(words[i : i + size]) == wanted for i, word in enumerate(words) if word == wanted[0])


def _has_capitals(text: str, term: str) -> bool:
    return not (len(term) <= 2 and term.isupper()) or re.search(rf"\b{re.escape(term)}\b", text) is not None
