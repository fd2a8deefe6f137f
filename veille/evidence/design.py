"""The study design that an abstract claims, and the sentence that claims it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from veille.evidence.cues import Cue
from veille.evidence.designs import (
    ADVICE,
    CLAIMED,
    CUES,
    ESTIMATOR,
    INSTRUMENT,
    LABORATORY,
    ORDER,
    OTHERS,
    OVERVIEW,
    OWN,
    PLANNED,
    REPORTED,
    TO_TAKE_PART,
    WITH_PEOPLE,
)
from veille.evidence.interventions import find_intervention
from veille.evidence.sentences import Sentence

Claims = dict[str, tuple[int, str]]  # by design: what the claim is worth, and the sentence it is worth that for

_DESCRIBED = 2  # what an intervention is worth that is described rather than named
_AROUND = 60  # characters before and after a match in which `unless` is looked for
_PLANS, _PLANS_ALONE = 3, 2  # sentences in the future tense that make a plan; clauses, where no result is told


def find_design(sentences: Sequence[Sentence]) -> tuple[str, str | None]:
    """One of `ORDER` and the sentence that says it; `unknown` and None where nothing claims enough."""
    claims = weigh_claims(sentences)
    best = max(ORDER, key=lambda design: (claims.get(design, (0, ""))[0], -ORDER.index(design)))
    worth, quote = claims.get(best, (0, ""))
    return (best, quote) if worth >= CLAIMED else ("unknown", None)


def weigh_claims(sentences: Sequence[Sentence]) -> Claims:
    """The plainest claim of each design."""
    own = [one for one in sentences if one.part == "title" or not _is_about_others(one)]
    claims: Claims = {}
    hints: dict[str, dict[Cue, str]] = {}
    for sentence in own:
        for cue in find_cues(sentence):
            if cue.worth == 1:
                hints.setdefault(cue.design, {}).setdefault(cue, sentence.quote)
            elif cue.worth > claims.get(cue.design, (0, ""))[0]:
                claims[cue.design] = (cue.worth, sentence.quote)
    claims |= _add_hints(hints, claims)
    if (given := find_intervention(own)) and not claims.keys() & WITH_PEOPLE:
        claims["quasi-experimental"] = (_DESCRIBED, given)
    claims = {design: claim for design, claim in claims.items() if not _is_outweighed(design, claim[0], sentences)}
    if (plan := find_plan(sentences)) and "protocol" not in claims:
        claims["protocol"] = (6, plan)
    return claims


def find_plan(sentences: Sequence[Sentence]) -> str | None:
    """The first sentence of a plan, where most of what is told is still to come."""
    told = [one for one in sentences if one.part not in ("title", "conclusion")]
    plans = [one for one in told if PLANNED.search(one.plain)]
    if len(plans) >= _PLANS:
        return plans[0].quote
    clauses = sum(1 for one in plans for _ in PLANNED.finditer(one.plain))
    return plans[0].quote if clauses >= _PLANS_ALONE and _is_all_to_come(told, plans) else None


def _is_all_to_come(told: Sequence[Sentence], plans: Sequence[Sentence]) -> bool:
    """Whether people are still to take part, and nothing is reported of any who did."""
    reported = any(one.part == "results" or (one.part != "background" and _reports(one)) for one in told)
    return not reported and any(TO_TAKE_PART.search(one.plain) for one in plans)


def _reports(sentence: Sentence) -> bool:
    return bool(REPORTED.search(sentence.plain)) and not PLANNED.search(sentence.plain)


def _is_outweighed(design: str, worth: int, sentences: Sequence[Sentence]) -> bool:
    """Whether the whole speaks against a claim: laboratory animals, a work on methods, advice, an overview."""
    title = sentences[0].plain if sentences[0].part == "title" else ""
    match design:
        case "meta-analysis":
            return any(INSTRUMENT.search(one.plain) for one in sentences)
        case "systematic-review":
            return bool((worth <= 4 and ADVICE.search(title)) or (worth <= 3 and OVERVIEW.search(title)))
        case "rct" | "quasi-experimental":
            in_laboratory = sum(1 for one in sentences if LABORATORY.search(one.plain)) > 1
            return in_laboratory or (design == "quasi-experimental" and bool(ESTIMATOR.search(title)))
    return False


def _add_hints(hints: Mapping[str, Mapping[Cue, str]], claims: Claims) -> Claims:
    """Designs that only hints speak for, two at least; figures that are pooled make no synthesis without a search."""
    has_search = "systematic-review" in claims or len(hints.get("systematic-review", ())) > 1
    return {
        design: (2, list(quotes.values())[-1])
        for design, quotes in hints.items()
        if len(quotes) > 1 and design not in claims and (design != "meta-analysis" or has_search)
    }


def find_cues(sentence: Sentence) -> Iterator[Cue]:
    """The cues that a sentence about the work itself gives."""
    plain, in_title = sentence.plain, sentence.part == "title"
    for cue in CUES:
        if (cue.where == "title") != in_title and cue.where != "both":
            continue
        if cue.stem and cue.stem not in plain:
            continue
        found = cue.pattern.match(plain) if cue.where == "start" else cue.pattern.search(plain)
        if found and not _is_barred(cue, plain, found):
            yield cue


def _is_barred(cue: Cue, plain: str, found: re.Match[str]) -> bool:
    around = max(0, found.start() - _AROUND), found.end() + _AROUND
    return bool(cue.unless and cue.unless.search(plain, *around))


def _is_about_others(sentence: Sentence) -> bool:
    if sentence.part == "background" and not OWN.search(sentence.plain):
        return True
    return bool(OTHERS.search(sentence.plain)) and not OWN.search(sentence.plain) and sentence.part != "methods"
