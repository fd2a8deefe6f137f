"""The effect that an abstract states, with its interval, and the sentence that states it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from veille.evidence.designs import OTHERS, OWN
from veille.evidence.sentences import Sentence

_NUMBER = r"[-+]? ?\d{0,4}(?:[.,·]\d{1,4}|\d)"
_IS = r" ?(?:\([^()]{1,12}\) ?)?(?:=|:|≈|was|were|is|of|de|est de|,)? ?(?:about |approximately |environ )?"
_DASH = r" ?(?:-|to|,|;|à|and|et|\.\.) ?"
_INTERVAL = re.compile(
    rf"^[^\d(\[]{{0,6}}[(\[;,]? ?[([]?(?:\d{{2}} ?% ?(?:c\.?i\.?|i\.?c\.?|cri|confidence intervals?"
    rf"|credible intervals?|intervalle de confiance)?|c\.?i\.?(?: ?\d\d ?%?)?|ic ?95 ?%?)?"
    rf" ?(?:=|:|,|of|from|de)? ?[(\[]? ?({_NUMBER}){_DASH}({_NUMBER}) ?[)\]]?"
)
_MARK = re.compile(
    r"\b(?:ci|c\.i\.|ic|cri|confidence interval|credible interval|intervalle de confiance)\b|^[^\d]{0,3}\[|95 ?%"
)


class Measure(NamedTuple):
    name: str  # as the effect is printed
    rank: int  # the lower, the rather it is what a reader looks for
    pattern: re.Pattern[str]
    words: tuple[str, ...]  # of which a text that states it has one; none where the pattern is quick by itself


def _measure(name: str, rank: int, pattern: str, *words: str) -> Measure:
    return Measure(
        name,
        rank,
        re.compile(pattern.replace("{=}", _IS).replace("{n}", f"({_NUMBER})(?! ?(?:to|-|à) ?\\d)(?![\\d%])")),
        words,
    )


_MEASURES = (
    _measure("d", 1,
        r"\b(?:cohen's |cohens )?d(?: ?\([^()]{1,12}\)) ?= ?{n}|(?<![\w-])(?:cohen's |cohens )?d ?= ?{n}"
        r"|\bcohen's d{=}{n}|\bd de cohen{=}{n}"),
    _measure("g", 1, r"(?<![\w-])(?:hedges'? ?s? )?g ?= ?{n}|\bhedges'? ?s? g{=}{n}|\bg de hedges{=}{n}"),
    _measure("Δ", 1, r"\bglass'?s? (?:delta|δ){=}{n}"),
    _measure("SMD", 1, r"\b(?:pooled )?smd{=}{n}|\bstandardi[sz]ed mean differences?(?: \(smd\))?{=}{n}"),
    _measure("ES", 1,
        r"\b(?:[\w-]+ )?effect sizes? ?(?:\(\w{1,3}\) ?)?(?:=|:|of|was|were|is) ?(?:about |approximately "
        r"|only )?{n}|\btailles? d'effet(?: \w+)? ?(?:=|:|de|est de|était de) ?{n}|(?<![\w-])es ?= ?{n}"),
    _measure("SD", 2,
        r"{n} ?(?:of an? )?(?:sds?\b|standard deviations?\b|écarts?-types?\b)", "sd", "standard d", "écart"),
    _measure("OR", 3,
        r"(?<![\w-])(?:a|adjusted |pooled |crude )?or{=}{n}|\bodds[- ]ratios?(?: \(a?or\))?{=}{n}"
        r"|\brapports? de cotes{=}{n}"),
    _measure("RR", 3,
        r"(?<![\w-])(?:a|adjusted |pooled )?rr{=}{n}|\b(?:relative risk|risk ratio|rate ratio)s?(?: \(rr\))?{=}{n}"
        r"|\brisque relatif{=}{n}"),
    _measure("HR", 3, r"(?<![\w-])(?:a|adjusted |pooled )?hr{=}{n}|\bhazard ratios?(?: \(hr\))?{=}{n}"),
    _measure("IRR", 3, r"(?<![\w-])irr ?= ?{n}|\bincidence rate ratios?(?: \(irr\))?{=}{n}"),
    _measure("MD", 4,
        r"(?<![\w-])w?md ?(?:=|:) ?{n}|\b(?:weighted )?mean differences?(?: \(w?md\))? ?(?:=|:|of|was) ?{n}"),
    _measure("η²", 4, r"(?:partial |partiel )?η ?p?(?:2|²)?p? ?= ?{n}|\b(?:partial )?eta[- ]squared{=}{n}"),
    _measure("R²", 5, r"(?<![\w-])r ?(?:2|²) ?= ?{n}"),
    _measure("r", 4,
        r"(?<![\w-])(?:r|rs|rho|ρ)(?: ?\(\d{1,5}\))? ?= ?{n}|\bcorrelation(?: coefficient)?s? (?:of|was|=) ?{n}"
        r"|\bcorrélation de {n}"),
    _measure("β", 5, r"(?<![\w-])(?:β|beta|standardi[sz]ed b) ?= ?{n}"),
    _measure("b", 6, r"(?<![\w-])b ?= ?{n}"),
    _measure("percentage points", 6,
        r"{n}(?:-| )?(?:percentage|percent|%)(?:-| )points?\b|{n} points? de pourcentage|{n} pp\b", "point", " pp"),
    _measure("months", 6, r"{n} (?:additional )?months'? (?:of )?(?:additional )?(?:progress|learning)\b", "month"),
    _measure("%", 7,
        r"({N}) ?(?:%|percent\b|per cent\b|pour cent\b) ?(?:increase|decrease|reduction|improvement|rise|drop"
        r"|decline|gain|higher|lower|greater|fewer|less|more likely|less likely|de hausse|de baisse|d'augmentation"
        r"|de plus|de moins)".replace("{N}", _NUMBER), "%", "cent"),
    _measure("%", 7,
        r"\b(?:increas\w+|decreas\w+|reduc\w+|improv\w+|rose|fell|declin\w+|dropp\w+|augment\w+|diminu\w+|baiss\w+"
        r"|améliorat\w+|progress\w+) (?:[\w-]+ ){0,4}(?:by|of|de) ({N}) ?(?:%|percent\b|per cent\b"
        r"|pour cent\b)(?! ?(?:ci|confidence))".replace("{N}", _NUMBER), "%", "cent"),
    _measure("points", 8,
        r"\b(?:increas\w+|decreas\w+|reduc\w+|improv\w+|gain\w*|rose|higher|lower|score\w*|augment\w+"
        r"|progress\w+) (?:[\w-]+ ){0,5}(?:by|of|de) {n} points?\b|{n} points? (?:higher|lower|more|less|de plus"
        r"|de moins)", "point"),
)  # fmt: skip
_LONG_NAME = re.compile(r"ratio|risk|risque|difference|size|effet|cotes|sd|deviation|type")
_DOWN = re.compile(r"decreas|reduc|fell|declin|dropp|diminu|baiss|drop|lower|fewer|less|de moins")
_UNITS = frozenset({"%", "percentage points", "months", "points", "SD"})
_PLAIN_LIMIT = {"d": 10, "g": 10, "Δ": 10, "SMD": 10, "ES": 10, "r": 1, "R²": 1, "η²": 1, "SD": 5}
_QUICK = re.compile(r"\d")


class Effect(NamedTuple):
    stated: str
    quote: str


def find_effect(sentences: Sequence[Sentence]) -> Effect | None:
    """The first effect of the most telling kind that the work states of itself, as `d = 0.35 [0.20, 0.50]`."""
    best: tuple[int, int, Effect] | None = None
    for place, sentence in enumerate(sentences):
        if not _QUICK.search(sentence.plain) or _is_background(sentence):
            continue
        found = _read_effect(sentence)
        if found and (best is None or found[0] < best[0]):
            best = found[0], place, Effect(found[1], sentence.quote)
    return best[2] if best else None


def _is_background(sentence: Sentence) -> bool:
    if sentence.part in ("background", "aim"):
        return True
    return sentence.part == "text" and bool(OTHERS.search(sentence.plain)) and not OWN.search(sentence.plain)


def _read_effect(sentence: Sentence) -> tuple[int, str] | None:
    found: list[tuple[int, int, str]] = []
    for measure in _MEASURES:
        if measure.words and not any(word in sentence.plain for word in measure.words):
            continue
        match = measure.pattern.search(sentence.plain)
        if match is None or not _is_named(measure.name, match[0], sentence.quote[match.start() : match.end()]):
            continue
        number = next(group for group in match.groups() if group is not None)
        value = _clean(number)
        if (
            value is None
            or abs(float(value)) > _PLAIN_LIMIT.get(measure.name, 1e6)
            or _is_p_value(sentence.plain, match)
        ):
            continue
        found.append(
            (measure.rank, match.start(), _word(measure.name, value, match[0], sentence.plain[match.end() :][:90]))
        )
    if not found:
        return None
    rank, _, stated = min(found)
    return rank, stated


def _is_named(name: str, said: str, quote: str) -> bool:
    """Whether it is the measure and not a word like it: `OR`, and not `two or 3`."""
    return not name.isupper() or name in quote or bool(_LONG_NAME.search(said))


def _is_p_value(text: str, match: re.Match[str]) -> bool:
    return text[max(0, match.start() - 3) : match.start()].rstrip().endswith((" p", "(p"))


def _word(name: str, value: str, said: str, after: str) -> str:
    if name in _UNITS:
        sign = "-" if name in ("%", "points") and _DOWN.search(said) and not value.startswith("-") else ""
        stated = f"{sign}{value} {name}"
    else:
        stated = f"{name} = {value}"
    between = _find_interval(after)
    return f"{stated} [{between[0]}, {between[1]}]" if between else stated


def _find_interval(after: str) -> tuple[str, str] | None:
    found = _INTERVAL.search(after)
    if found is None or not _MARK.search(found[0]):
        return None
    low, high = _clean(found[1]), _clean(found[2])
    return (low, high) if low and high and float(low) <= float(high) else None


def _clean(number: str) -> str | None:
    """`-.35`, `0,35` and `0·35` as `-0.35`, `0.35`."""
    plain = number.replace(" ", "").replace(",", ".").replace("·", ".").lstrip("+")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    digits = "0" + digits if digits.startswith(".") else digits
    return sign + digits if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
