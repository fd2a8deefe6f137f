"""The language of a short text, quickly.

Words that carry grammar decide most texts, spelling the rest: tens of microseconds a text. Only what stays unclear
goes to py3langid, whose model takes a second to load and a millisecond a text.
"""

from __future__ import annotations

import re
from functools import cache
from struct import Struct
from typing import Any

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl", "ca")

WORDS = {
    "fr": """
        le la les un une des du de d l et est sont à au aux en dans par pour sur avec sans sous que qu qui quoi
        dont où ou ne n pas plus ce c cet cette ces se s sa son ses leur leurs il elle ils elles on nous vous je
        j tu y mais donc car ni si être avoir fait faire été ont a avait était étaient peut peuvent doit doivent
        aussi comme entre vers chez depuis pendant après avant contre tout tous toute toutes même très moins
        encore toujours jamais déjà alors quand comment pourquoi quel quelle quels quelles lors afin ainsi autre
        autres deux trois nouveau nouvelle nouveaux nouvelles selon voici mes mon ma notre nos votre vos eux lui
        cela ça sera seront vont va m t jusqu quelque quelques chaque plusieurs puis trop peu beaucoup rien ici
        là face ans an année années jours jour appel France français française d'un enfants école écoles
        formation élèves enseignants étude recherche travail loi
    """,
    "en": """
        the a an of and is are was were be been being to in on at by for from with without within into about as
        that this these those which who whom whose what when where why how not no or but if than then so it its
        he she they we you i his her their our your my me him them us do does did has have had can could will
        would should may might must more most less least very also only just over under between through during
        after before against up down out off all any some each every other new using based toward towards among
        via there here such while because until again further own same few both nor too get one two first says
        said study students learning teaching education
    """,
    "es": """
        el la los las un una unos unas de del al y e o u en a con sin por para sobre entre que quien como cuando
        donde es son fue era ser estar está están no más menos muy ya se su sus lo le les me te nos mi tu si
        pero porque este esta estos estas ese esa eso esto aquel hay ha han había hasta desde también otro otra
        otros otras todo todos toda todas qué cómo según tras durante contra hace ante dos años año nuevo nueva
        usted ni ella ellos él yo cual puede pueden
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war
        waren wird werden wurde wurden hat haben hatte zu zum zur in im an am auf aus bei mit nach von vom vor
        für über unter durch gegen ohne um als wie wenn dass daß weil ob auch noch nur schon sehr mehr sich er
        sie es wir ihr ich du mein sein seine ihre unser so da hier dort was wer wo warum alle kann können muss
        müssen soll bis zwischen seit neue neuen diese dieser dieses man mich mir dir uns
    """,
    "it": """
        il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla
        dai dalle in nel nello nella nei nelle con su sul sulla sui per tra fra e ed o ma non che chi cui come
        quando dove è sono era erano essere avere ha hanno più meno molto anche ancora già si suo sua suoi loro
        mi ti ci vi se questo questa questi queste quello quella tutti tutto dopo prima contro senza perché anni
        anno nuovo nuova può dell all nell sull dall c'è io lei lui noi
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das e ou em no na nos nas ao aos à às por pelo pela pelos pelas
        para com sem sobre entre que quem como quando onde é são foi era ser estar está não mais menos muito já
        se seu sua seus suas lhe me te nós mas porque este esta estes estas esse essa isso isto há até desde
        também outro outra todo todos toda todas você ele ela eles num numa após ano anos tem têm foram pode eu
    """,
    "nl": """
        de het een en of maar niet geen is zijn was waren wordt worden werd heeft hebben had te in op aan bij
        met naar van voor over onder door tegen zonder om als dat die dit deze er ook nog maar al zeer meer zich
        hij zij ze wij we jullie ik je mijn uw haar hun ons onze u hier daar wat wie waar waarom hoe kan kunnen
        moet moeten zal tot tussen uit na dan zo veel alle andere nieuwe bent ben heb kun wil deze uit
    """,
    "ca": """
        el la els les un una uns unes de d del dels al als i o a en amb sense per sobre entre que qui com quan
        on és són era ser estar està no més menys molt ja es s seu seva seus seves li l em et ens però perquè
        aquest aquesta aquests aquestes això hi ha han fins des també altre altra altres tot tots tota totes si
        us vos va vaig van pot dos anys any nou nova seva amb pels pel cap ho ne jo ell ella
    """,
}

# Letters and endings that point to a language: (pattern over the lower-case text, weights).
SPELLING: tuple[tuple[re.Pattern[str], dict[str, float]], ...] = tuple(
    (re.compile(pattern), weights)
    for pattern, weights in (
        (
            r"[êîûœ]|où\b|ç(?=[ao])|è(?=[a-z])|\b[cdjlmnst]['’](?=[aeéèêiouyh])|\bqu['’]",
            {"fr": 1.0, "ca": 0.2, "it": 0.2},
        ),
        (r"\bl['’](?=[aeéèêiouyh])|é", {"fr": 0.6, "it": 0.1, "es": 0.3, "ca": 0.2, "pt": 0.3}),
        (
            r"(?:eux|euse|eur|eurs|aux|ette|elle|ement|ière|ères|ées|ée|és|oir|oire|ais|ait|ez|age|ique|iques|isme|ille)\b",
            {"fr": 0.6},
        ),
        (
            r"(?:ing|ings|ly|ness|ful|less|ght|ough|tion|tions|ed|ers|th|ck|ship|wn|ty|'s|’s|n't|n’t)\b|\bwh|\bkn",
            {"en": 0.5},
        ),
        (r"(?:tion|tions)\b", {"fr": 0.4}),
        (r"[ñ¿¡]|(?:ción|ciones|dad|dades|ando|iendo|aje)\b", {"es": 1.2}),
        (r"[äöüß]|(?:ung|ungen|keit|heit|isch|ische|lich|schaft|en)\b|sch|tz", {"de": 0.6, "nl": 0.1}),
        (r"(?:zione|zioni|mente|tà|ità|aggio|etto|etti|zza|ono|ano|are|ere|ire)\b|gli|cch|zz", {"it": 0.8}),
        (r"[ãõ]|(?:ção|ções|dade|dades|agem|ário|ência)\b|nh|lh", {"pt": 1.2}),
        (r"ij|aa|ee|oo|uu|sch|(?:heid|lijk|lijke|atie|en|tje)\b", {"nl": 0.6, "en": 0.05}),
        (r"l·l|ny|(?:ció|cions|tat|tats|atge|ment|eix|ència|ar-se)\b|[àèò]", {"ca": 0.6}),
    )
)

WORD = re.compile(r"[^\W\d_]+")
ACRONYM = re.compile(r"[A-Z\u00c0-\u00d6\u00d8-\u00de]{2,}(?![^\W_])")
# The letters and marks of Western Europe in one byte each: words are found in a third of the time among its bytes, by a
# space for each that is no letter.
WESTERN = "cp1252"
SPACED = bytes(byte if WORD.fullmatch(bytes((byte,)).decode(WESTERN, "replace")) else ord(" ") for byte in range(256))
ENOUGH_WORDS = 60
READ_CHARACTERS = 400
FULL_OF_GRAMMAR = 200  # characters, from which on a few words in capitals turn no balance
UNIT = 10_000  # of a word's weight
BITS = 32  # that the sum of the weights of all words read has room in
SUMS = Struct(f"<{len(LANGUAGES)}I")  # such sums, one after the other
LONG_FOR_A_NAME = 40
A_WORD = 1.5  # what a word of grammar weighs that no other language has
SHORT = 16  # characters without a word of grammar, in which nobody can tell a language
DECISIVE = 2.0  # lead over the second language, in words of grammar
DECISIVE_RATIO = 1.25
PRIOR_WEIGHT = 1.5
PRIOR_WEIGHT_OF_ENGLISH = 0.5


# What a source may declare of its own accord: software comes with none of these.
CODE = re.compile(r"[A-Za-z]{2}")
OTHERS_WORDS = """
    af ar az bg bn bs cs cy da el et eu fa fi ga gl he hi hr hu hy id is ja ka kk ko lt lv mk mn ms nb nn no pl ro ru
    sk sl sq sr sv sw th tr uk ur uz vi zh
"""
OTHERS = frozenset(OTHERS_WORDS.split())

# Writing systems and the languages that they stand for, the first where none is declared; kana before the Chinese
# characters that it stands among.
SCRIPTS = tuple(
    (re.compile(f"[{letters}]"), languages.split())
    for letters, languages in (
        ("\u3040-\u30ff", "ja"), ("\uac00-\ud7af", "ko"), ("\u4e00-\u9fff", "zh ja"), ("\u0370-\u03ff", "el"),
        ("\u0400-\u04ff", "ru uk bg sr mk kk mn"), ("\u0590-\u05ff", "he"), ("\u0600-\u06ff", "ar fa ur"),
        ("\u0900-\u097f", "hi"), ("\u0e00-\u0e7f", "th"),
    )
)  # fmt: skip
FOREIGN = re.compile("[\u0370-\u1cff\u2e80-\ud7ff]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def _script_language(text: str, expected: str) -> str | None:
    """The language that mostly has this script, of a text that is mostly not in Latin letters."""
    if not FOREIGN.search(text):
        return None
    letters = "".join(FOREIGN.findall(text))
    if len(letters) * 2 <= len(LATIN.findall(text)):
        return None
    for pattern, languages in SCRIPTS:
        if len(pattern.findall(letters)) * 5 > len(letters):
            return expected if expected in languages else languages[0]
    return None


@cache
def _weights() -> dict[str, int]:
    """Each word's weights in all languages, as one number that sums of weights have room in: adding is fast so.

    The fewer languages have a word, the heavier it is.
    """
    owners: dict[str, list[int]] = {}
    for index, language in enumerate(LANGUAGES):
        for word in dict.fromkeys(WORDS[language].lower().split()):
            owners.setdefault(word, []).append(index)
    return {word: sum(_weight(word, len(own)) << index * BITS for index in own) for word, own in owners.items()}


def _weight(word: str, languages: int) -> int:
    return round(UNIT * (0.5 if len(word) == 1 else 1.0) * (1.5 if languages == 1 else 1.0 / languages + 0.3))


def detect_language(title: str, summary: str = "", prior: str | None = None, *, is_name: bool = False) -> str | None:
    """The language of a title and its summary as an ISO 639-1 code, mostly one of `LANGUAGES`; None when nothing tells.

    ``prior`` is what the source declares for all its texts; it decides between languages that are close, no more:
    many French sites declare the English of their software. One that is not of `LANGUAGES` is believed for what is
    not clearly one of these, and another script than the Latin one tells its own. ``is_name`` says that the title is
    rather the name of something than a sentence: `GOTO Copenhagen` is no Portuguese.
    """
    text = f"{title} . {summary[:READ_CHARACTERS]}" if summary else title
    beginning = text[:READ_CHARACTERS]
    lowered = beginning.lower()
    without = _without_acronyms(beginning) if len(text) < FULL_OF_GRAMMAR else beginning
    spoken = lowered if without is beginning else without.lower()
    words = _western_words(spoken)
    scores = _score(lowered, WORD.findall(spoken) if words is None else words)
    expected = prior[:2].lower() if prior and CODE.match(prior) else ""
    if expected in LANGUAGES:
        scores[LANGUAGES.index(expected)] += PRIOR_WEIGHT_OF_ENGLISH if expected == "en" else PRIOR_WEIGHT
    *_, second, best = sorted(scores)
    if words is None and (written := _script_language(beginning, expected)):
        return written
    if best - second >= DECISIVE and best >= DECISIVE_RATIO * second:
        return LANGUAGES[scores.index(best)]
    if expected in OTHERS:
        return expected
    if expected in LANGUAGES and best - scores[LANGUAGES.index(expected)] < 0.01:
        return expected
    doubtful = best <= A_WORD if expected or beginning.isupper() else best < A_WORD
    if is_name and doubtful and len(text) < LONG_FOR_A_NAME:
        return expected or None
    return _ask_model(beginning, scores, expected)


def _without_acronyms(text: str) -> str:
    """Without words in capitals, which spell no word of grammar (AI, EU, IT, UN), where others are written small."""
    acronyms = ACRONYM.findall(text)
    if not acronyms or 3 * sum(map(len, acronyms)) > 2 * sum(map(str.isalpha, text)):
        return text
    return ACRONYM.sub(" ", text)


def _western_words(lowered: str) -> list[str] | None:
    """What `WORD` finds; None where other letters or signs are in the text than those of Western Europe."""
    try:
        return lowered.encode(WESTERN).translate(SPACED).decode(WESTERN).split()
    except UnicodeEncodeError:
        return None


def _score(lowered: str, words: list[str]) -> list[float]:
    total = sum(filter(None, map(_weights().get, words[:ENOUGH_WORDS])))
    scores = [sum_of_language / UNIT for sum_of_language in SUMS.unpack(total.to_bytes(SUMS.size, "little"))]
    *_, second, best = sorted(scores)
    if best - second < 2 * DECISIVE or best < 1.5 * second:
        for pattern, hints in SPELLING:
            if count := len(pattern.findall(lowered)):
                for language, weight in hints.items():
                    scores[LANGUAGES.index(language)] += min(count, 6) * weight
    return scores


def _ask_model(text: str, scores: list[float], expected: str) -> str | None:
    """py3langid's opinion beside ours, for a text that words and spelling leave open."""
    if not WORD.search(text) or (not any(scores) and len(text) < SHORT):
        return expected or None  # a name, an acronym
    ranked = dict(_model().rank(text))
    top = max(ranked.values())
    return max(LANGUAGES, key=lambda language: scores[LANGUAGES.index(language)] + (ranked[language] - top) * 0.15)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(LANGUAGES)
    return model
