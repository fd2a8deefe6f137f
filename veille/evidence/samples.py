"""How many took part: participants, and of a synthesis its studies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from veille.evidence.designs import OTHERS, OWN
from veille.evidence.numbers import COUNT, parse_count
from veille.evidence.sentences import Sentence

SYNTHESES = frozenset({"meta-analysis", "systematic-review"})

_PEOPLE = (
    r"(?:participants?|students|pupils|learners|children|adolescents|teens|youths?|young people|adults|teachers"
    r"|educators|professors|instructors"
    r"|faculty members|principals|parents|mothers|fathers|families|households|respondents|individuals|people"
    r"|persons|patients|subjects|women|men"
    r"|girls|boys|undergraduates|graduates|freshmen|sophomores|seniors|graders|preschoolers|kindergart[en]+ers"
    r"|infants|toddlers|trainees|apprentices"
    r"|employees|workers|nurses|physicians|residents|volunteers|interviewees|informants|users|adolescentes"
    r"|candidates|counselors|administrators"
    r"|leaders|caregivers|veterans|players|athletes|smokers|dyads|cases|veterans|schoolchildren|staff|interns"
    r"|academics|researchers|practitioners|managers"
    r"|élèves|étudiante?s|étudiant·e·s|apprenante?s|enfants|adolescents|adultes|enseignante?s|enseignant·e·s"
    r"|professeure?s|formateurs|parents|familles"
    r"|personnes|participante?s|répondante?s|sujets|salarié(?:e|·e)?s|travailleurs|apprentis|stagiaires|collégiens"
    r"|lycéens|patients|infirmi[eè]re?s|chercheurs|individus|femmes|hommes|directeurs|internes|candidats)"
)
_STUDIES = (
    r"(?:studies|trials|articles|papers|publications|reports|rcts|records|experiments|effect sizes|reviews"
    r"|meta-analyses|samples|manuscripts|études|essais|articles|publications|recherches)"
)
_ADJECTIVES = (
    r"(?:(?!(?:and|or|to|of|in|the|from|with|than|et|ou|de|à|years?|ans|weeks?|months?|hours?|minutes?|times?|items?"
    r"|points?|percent|days?|groups?|out|per|for|on|by|as|were|was)\b)[^\W\d][\w'·/-]*,? ){0,5}"
)

_TOTAL = re.compile(rf"\bn ?(?:total ?)?= ?({COUNT})")
_PAREN = re.compile(rf"\({_ADJECTIVES}n ?= ?({COUNT})")
_OF_PEOPLE = re.compile(rf"(?<![\d.,%=/-])\b({COUNT}) {_ADJECTIVES}{_PEOPLE}\b")
_SAMPLE_OF = re.compile(
    rf"\b(?:samples? (?:size )?(?:of|included|comprised|consisted of|was|=)|échantillon (?:de|composé de|comprend)"
    rf"|cohorte? (?:of|de)|auprès de|panel of|population of) (?:(?:about|approximately|nearly|over|some|more than"
    rf"|around|environ|près de|plus de) )?({COUNT})\b(?! (?:years?|ans|%|percent|schools|écoles))"
)
_OF_STUDIES = re.compile(rf"(?<![\d.,%=/-])\b({COUNT}) {_ADJECTIVES}{_STUDIES}\b")
_KEPT_AFTER = re.compile(
    r"^(?: \([^()]{0,60}\))?,? (?:[\w-]+ ){0,6}?(?:were|was|that|which|met|meeting|fulfill\w*|satisf\w+|ont"
    r"|ayant)? ?(?:[\w-]+ ){0,3}?"
    r"(?:includ|met\b|eligible|selected|retained|reviewed|analy[sz]ed|synthesi|contribut|(?:inclusion|eligibility"
    r"|selection) criteria|inclus|retenu|analysé)"
)
_KEPT_BEFORE = re.compile(
    r"\b(?:includ\w*|identified|analy[sz]ed|analys[ei]s of|synthesi\w+|review(?:ed|s)?(?: of)?|examined|from|across"
    r"|based on|drew on|results of|findings of|summari[sz]\w+|inclus|retenu|analysé|méta-analyse de|porte sur"
    r"|regroup\w+|comprising|comprised|total of)(?: \w+){0,3} ?$"
)
_FOUND = re.compile(
    r"\b(?:retriev|screen|search|yield|initial|excluded|duplicates|hits|identified \d[\d ,]* (?:records|citations)"
    r"|full[- ]text|abstracts)"
)
_K = re.compile(rf"\bk = ({COUNT})")
_BEFORE_YEAR = re.compile(
    r"\b(?:in|since|from|until|of|to|and|between|by|en|depuis|de|à|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|fall|spring|summer|winter)\s$"
)
_COMPARED = re.compile(r"\b(?:groups?|arms?|versus|vs|compared (?:with|to)|controls?|groupes?|comparés? à)\b")
_WHOLE = re.compile(r"\b(?:total|of whom|of which|of these|divided|among|out of|overall|dont|au total|parmi)\b")
_EACH = re.compile(r"\beach (?:of |with |including |comprising |had )?$|\bgroups of $")
_LARGEST = 2_000_000_000


def find_sample_size(sentences: Sequence[Sentence], design: str) -> int | None:
    """Participants of the work itself; of a synthesis, how many studies it took in. None where nothing says it."""
    own = [sentence for sentence in sentences if sentence.part == "title" or not _is_about_others(sentence)]
    if design in SYNTHESES:
        return _find_studies(own)
    return _find_people(own)


def _is_about_others(sentence: Sentence) -> bool:
    return (sentence.part == "background" or bool(OTHERS.search(sentence.plain))) and not OWN.search(sentence.plain)


def _find_people(sentences: Sequence[Sentence]) -> int | None:
    """The plainest first: `N = 120`; `a sample of 120`; the largest group of people in the first sentence with any."""
    texts = [sentence.plain for sentence in sentences]
    for sentence in sentences:
        stated = [count for count in _counts(_TOTAL, sentence.plain) if count > 1]
        if stated and re.search(rf"\bN\s?=\s?{stated[0]:,}|\bN\s?=\s?{stated[0]}\b|\bN\s?=\s?\d", sentence.quote):
            return max(stated)
    for text in texts:
        if found := list(_counts(_SAMPLE_OF, text)):
            return found[0]
    for text in texts:
        if found := [count for count in _counts(_OF_PEOPLE, text) if count > 1]:
            return _join_groups(found, text)
    for text in texts:
        if found := [count for count in _counts(_TOTAL, text) if count > 1]:
            return _join_groups(found, text)
    return None


def _join_groups(counts: Sequence[int], text: str) -> int:
    """Two groups that are compared make up the sample together, unless one of the numbers is the whole already."""
    largest, rest = max(counts), sum(counts) - max(counts)
    if len(counts) == 2 and largest != rest and _COMPARED.search(text) and not _WHOLE.search(text):
        return largest + rest
    return 2 * largest if len(counts) == 2 and largest == rest and _COMPARED.search(text) else largest


def _find_studies(sentences: Sequence[Sentence]) -> int | None:
    kept: list[int] = []
    for sentence in sentences:
        if (found := list(_counts(_K, sentence.plain))) and sentence.part != "background":
            kept.append(found[0])
            continue
        for match in _OF_STUDIES.finditer(sentence.plain):
            count = parse_count(match[1])
            before = sentence.plain[max(0, match.start() - 50) : match.start()]
            after = sentence.plain[match.end() : match.end() + 60]
            is_kept = _KEPT_AFTER.search(after) or (_KEPT_BEFORE.search(before) and not _FOUND.search(before + after))
            if count and count > 1 and is_kept and not _is_year(match):
                kept.append(count)
                break
    return kept[0] if kept else None


def _counts(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for match in pattern.finditer(text):
        count = parse_count(match[1])
        if count and 0 < count < _LARGEST and not _is_year(match) and not _EACH.search(text, 0, match.start(1)):
            yield count


def _is_year(match: re.Match[str]) -> bool:
    said = match[1]
    return (
        len(said) == 4 and said.isdigit() and 1800 <= int(said) <= 2100
        and bool(_BEFORE_YEAR.search(match.string[max(0, match.start(1) - 12) : match.start(1)]))
    )  # fmt: skip
