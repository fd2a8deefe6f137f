"""The level of education, or the place of learning, that a text is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from veille.evidence.sentences import Sentence, plain_of

_LEVELS = {
    "early-years":
        r"\b(?:pre-?schools?(?:ers?)?|kindergart(?:en|ens|ners|eners)|nursery|early[- ]childhood|early[- ]years"
        r"|toddlers?|pre-?k|pre-?kindergarten|head start|day-?care"
    r"|(?:école )?maternelle|crèches?|petite enfance)\b",
    "primary":
        r"\b(?:primary[- ](?:schools?|education|pupils?|students?|teachers?|grades?|classrooms?|level)"
        r"|elementary(?:[- ]school)?|grade[s]? (?:[1-5]|one|two|three|four|five)\b|(?:first|second|third|fourth"
        r"|fifth)[- ]grade(?:rs?|s)?"
    r"|years? [1-6] (?:pupils|students|children|classes)|[ée]coles? (?:primaires?|élémentaires?)|primaire"
    r"|enseignement primaire|(?:ce|cm)[12]"
    r"|(?:classe|élèves|enseignants?) de cp|cours préparatoire|cycles? [23]|école élémentaire)\b",
    "secondary":
        r"\b(?:secondary[- ](?:schools?|education|pupils?|students?|teachers?|level|classrooms?)|high[- ]?schools?"
        r"|middle[- ]schools?|junior high|(?:upper|lower)[- ]secondary|grades? (?:[6-9]|1[0-2])\b"
    r"|(?:sixth|seventh|eighth|ninth|tenth|eleventh|twelfth)[- ]grade(?:rs?|s)?|gcse|a-levels?|collégiens?|lycéens?"
    r"|lycéennes?|lycées?|au collège|de collège|collèges|enseignement secondaire|second degré|baccalauréat)\b",
    "vocational":
        r"\b(?:vocational(?:[- ](?:schools?|education|training|students?|colleges?|teachers?))?"
        r"|apprentices(?:hips?)?|vet (?:sector|system|teachers?|students?|provider)|tvet|trade schools?"
        r"|career and technical education"
    r"|lycées? professionnels?|enseignement professionnel|apprentis|bac pro|centres? de formation d'apprentis"
    r"|voie professionnelle)\b",
    "higher":
        r"\b(?:universit(?:y|ies)(?! (?:of|hospital|medical|clinic|children|center|school of medicine))"
        r"|undergraduates?|higher[- ]education|post-?secondary|tertiary education|community colleges?"
    r"|colleges?(?! of\b)|graduate (?:students?|school|programs?)|(?:medical|nursing|engineering|dental|pharmacy"
    r"|pre-?service|doctoral|phd|master's|law|business) (?:students?|schools?)|student nurses|freshmen"
    r"|enseignement supérieur"
    r"|universités?|universitaires?|à l'université|étudiante?s?|premier cycle universitaire|grandes? écoles?"
    r"|licence|doctorants?)\b",
    "workplace":
        r"\b(?:work-?places?|on-the-job|employees?|corporate (?:training|learning)|in-service training|workforce"
        r"|human resource development|organizational learning|professional training"
    r"|en entreprises?|salariés?|monde du travail|lieux? de travail|milieu de travail|au travail)\b",
    "adult":
        r"\b(?:adult (?:education|learners?|learning|literacy|basic education|students)|lifelong learning"
        r"|continuing education|formation (?:des adultes|d'adultes|pour adultes|continue|tout au long)"
        r"|éducation des adultes|adultes en formation)\b",
    "online":
        r"\b(?:online (?:learning|courses?|education|teaching|instruction|students?|class(?:es|rooms?)|programs?"
        r"|training|environments?)|moocs?|massive open online|e-learning|distance (?:education|learning)"
        r"|virtual (?:learning|schools?|classrooms?)"
    r"|blended (?:learning|courses?)|(?:cours|formations?|enseignement|apprentissage) (?:en ligne|à distance"
    r"|hybrides?)|cloms?|classe virtuelle)\b",
}  # fmt: skip
_PATTERNS = {level: re.compile(words) for level, words in _LEVELS.items()}
# Institutions by name (`Capital Medical University`), which say where the authors or the data come from.
_NAMED = re.compile(
    r"\b(?:[A-ZÀ-Þ][\w.'-]{0,30} ){1,4}(?:University|College|Universität|Hospital|School|Institute)\b"
    r"|\b(?:University|Université|College|Universidad) (?:of|de|d'|du) ?(?:the )?[A-ZÀ-Þ]\w+"
)
_NAMED_IN_TITLE = re.compile(r"\b(?:University|Université|College|Hospital) (?:of|de) [A-ZÀ-Þ]\w+")
# Places of teaching that say less than a level does.
_WEAKER = frozenset({"online"})
_TITLE_COUNTS = 3


def find_setting(sentences: Sequence[Sentence]) -> str | None:
    """The level named most, in the title above all; None where none is, or where none stands out."""
    counts: dict[str, int] = {}
    for sentence in sentences:
        if sentence.part == "background":
            continue
        text = plain_of((_NAMED_IN_TITLE if sentence.part == "title" else _NAMED).sub(" ", sentence.quote))
        for level in ("vocational", *(level for level in _PATTERNS if level != "vocational")):
            text, times = _PATTERNS[level].subn(" ", text)
            if times:
                counts[level] = counts.get(level, 0) + times * (_TITLE_COUNTS if sentence.part == "title" else 1)
    levels = {level: count for level, count in counts.items() if level not in _WEAKER} or counts
    ranked = sorted(levels, key=lambda level: -levels[level])
    if not ranked or (len(ranked) > 1 and levels[ranked[0]] == levels[ranked[1]]):
        return None
    return ranked[0]
