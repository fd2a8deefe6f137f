"""Quasi-experiments that are described without being named: people were given something, of which the effect is asked,
and stood beside others, or beside themselves before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from veille.evidence.sentences import Sentence

_PEOPLE = (
    r"(?:patients?|participants?|students?|pupils?|learners?|teachers?|subjects|children|adolescents|individuals|women"
    r"|men|adults|volunteers|eyes|athletes|players|couples|families|mothers|parents|caregivers|veterans|smokers|infants"
    r"|residents|nurses|employees|cases|groups?|class(?:es)?|schools)\b"
)
_GIVEN = re.compile(
    rf"\b{_PEOPLE}(?: \([^)]{{0,20}}\))?[^.;()]{{0,60}} "
    r"(?:(?:received|receiving|followed (?!up\b)|attended|took part in|participated in|(?:was|were) (?:[\w-]+ ){0,2}"
    r"(?:treated|given|administered|implanted|trained|taught|injected|vaccinated|offered))\b"
    r"|(?:underwent|undergoing|completed) (?!(?:[\w-]+ ){0,3}(?:questionnaire|survey|interview|assessment|evaluation"
    r"|test|scale|measure|ultraso|imaging|tomograph|magnetic|mri|ct\b|scan|biops|examin|screening)))"
    r"|\b(?:according to|by) (?:the )?(?:treatment|regimen|therapy|intervention)[^.;]{0,60}\bgroups\b"
    r"|\b(?:from )?pre-? ?(?:treatment )?(?:and|/|to|-|versus) ?post-? ?treatment\b"
    r"|\b(?:élèves|étudiante?s|patiente?s|participante?s|enfants|adultes|enseignante?s|femmes|hommes|groupes?|classes)"
    r"\b[^.;()]{0,60} (?:a|ont) (?:tous |toutes )?(?:reçu|suivi|bénéficié|participé|pris part|été (?:traité|formé"
    r"|opéré|vacciné|entraîné))"
)
_EFFECT = (
    r"(?:efficacy|effectiveness|effects?|safety|tolerability|feasibility|impact|influence|benefits?|outcomes? of"
    r"|efficacité|effets?|faisabilité|tolérance|bénéfices?|apports?)"
)
_ASKED_IN_TITLE = re.compile(
    rf"\b{_EFFECT} (?:(?:and|et) \w+ )?(?:of|du|de|des|d')"
    r"|\b(?:treatment|therapy|training|treated|traitement|entraînement) (?:of|with|for|by|de|des|par|avec)\b"
    r"|\b(?:versus|vs)\b"
)
_ASKED = re.compile(
    r"\b(?:evaluat|assess|determin|investigat|compar|examin|stud|explor|test|analy[sz]|establish|describ|report|évalu"
    rf"|mesur|étudi|détermin)\w* (?:[\w'-]+,? ){{0,8}}(?:[dl]')?{_EFFECT}\b"
    r"|\b(?:whether|si) (?:[\w'-]+ ){1,10}(?:improves?|reduces?|increases?|decreases?|enhances?|affects?|lowers?"
    r"|prevents?|améliore|réduit|augmente|diminue)\b"
)
_COMPARED = re.compile(
    r"\b(?:before|prior to|avant) (?:and|&|or|et|/) (?:[\w-]+,? ){0,6}(?:after|après)\b|\bbaseline\b"
    r"|\bpre-? ?(?:and|to|/) ?post|\bpré-?tests?\b|\bpre-?operative|\bpost-?(?:operative|treatment|intervention)"
    r"|\b(?:after|at|at the|après|à) (?:the )?(?:\d+|one|two|three|four|six|eight|twelve|trois|six)[- ]"
    r"(?:weeks?|months?|semaines|mois)\b"
    r"|\b(?:\d+|one|two|three|four|six|twelve)[- ](?:weeks?|months?|years?)'?s? (?:of )?follow-?up"
    r"|\bsuivi de \w+ (?:mois|semaines)"
    r"|\b(?:after|end of) (?:the )?(?:treatment|therapy|intervention|surgery|training|course|program(?:me)?)\b"
    r"|\bgroups? (?:[1-4]|i{1,3}|a|b|c)\b|\b(?:both|the two|between)(?: \w+)? groups\b|\bles deux groupes\b"
    r"|\b(?:control|comparison) groups?\b|\bgroupes? (?:témoin|contrôle)s?\b"
)
# Animals, and what people were asked.
_NOT_THEM = re.compile(
    r"\b(?:dogs?|cats?|horses?|mares?|cows?|cattle|calves|lambs?|sheep|goats?|pigs?|piglets?|hens|rats?|mice"
    r"|rabbits?|animals?|animaux|chiens?|chevaux|souris)\b"
    r"|\b(?:questionnaires?|surveys?|scales?|index|inventory|tests?|interviews?)\b[^.;]{0,40} (?:was|were) "
)
# Whose study it is: `Ten male dogs were used`, not `children who read to dogs`.
_ANIMAL_STUDY = re.compile(
    r"\b(?:male|female|adult|healthy|normal|beagle|mongrel|ana?esthetized|\d+|two|four|six|eight|ten|twelve)"
    r" (?:[\w-]+ ){0,3}(?:dogs|cats|sheep|goats|horses|mares|pigs|calves|cows|lambs|hens|rabbits)\b"
)
# What was there already, and was only looked at, was not given to anyone by those who write.
_LOOKED_BACK = re.compile(
    r"\br[eé]trospecti|\bcohorte?s?\b|(?<!trial )(?<!trials )\bregist(?:ry|ries)\b|\bdatabases?\b|\brecords\b"
    r"|\bcharts?\b|\bcase[- ](?:control|reports?|series)\b|\bcross-? ?sectional|\bobservational"
    r"|\bobservationnelle|\bregistres?\b"
)


def find_intervention(own: Sequence[Sentence]) -> str | None:
    """The sentence that tells what people were given, where the whole describes an intervention and its effect.

    Takes the sentences that tell of the work itself.
    """
    texts = [one for one in own if one.part != "title"]
    given = next((one.quote for one in texts if _GIVEN.search(one.plain) and not _NOT_THEM.search(one.plain)), None)
    is_asked = any((_ASKED_IN_TITLE if one.part == "title" else _ASKED).search(one.plain) for one in own)
    is_compared = any(_COMPARED.search(one.plain) for one in texts)
    looks_back = any(_LOOKED_BACK.search(one.plain) for one in own)
    is_of_animals = any(_ANIMAL_STUDY.search(one.plain) for one in own)
    return given if is_asked and is_compared and not looks_back and not is_of_animals else None
