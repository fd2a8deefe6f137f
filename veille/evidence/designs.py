"""The designs, and what is said of them: the cues of all, and what makes a sentence one about the work itself."""

from __future__ import annotations

import re

from veille.evidence.cues import Cue
from veille.evidence.cues_arguments import ARGUMENTS
from veille.evidence.cues_observations import OBSERVATIONS
from veille.evidence.cues_syntheses import SYNTHESES
from veille.evidence.cues_trials import TRIALS

# Of designs that are claimed alike: a plan for a trial is a plan, a synthesis of trials is a synthesis.
ORDER = (
    "protocol", "meta-analysis", "systematic-review", "rct", "quasi-experimental", "qualitative", "observational",
    "methods-or-theory", "opinion",
)  # fmt: skip
CLAIMED = 2  # what a design must be worth to be named


CUES: tuple[Cue, ...] = (*SYNTHESES, *TRIALS, *OBSERVATIONS, *ARGUMENTS)

# Trials on laboratory animals are of another kind than trials with people: they claim none of these designs.
LABORATORY = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rabbits?|piglets?|pigs|broilers?|chicks|zebrafish|wistar|sprague|in vitro|souris)\b"
)
WITH_PEOPLE = frozenset({"rct", "quasi-experimental"})

# Plans: `will be` and `sera`, in sentences that are not about the future of the field.
PLANNED = re.compile(
    r"\b(?:we|study|trial|protocol|participants?|patients?|students|data|outcomes?|interviews|analys[ei]s"
    r"|review(?:ers)?|studies|schools"
    r"|children|assessments?|randomi[sz]ation|intervention|groups?|measures|searche?s?|women|project|it|they|who"
    r"|which|and|teachers)"
    r" (?:arms? |questionnaires? )?will (?:also |then |first |each )?(?:be|include|compare|receive|undergo|evaluate"
    r"|assess|use|examine|investigate"
    r"|recruit|collect|conduct|search|have|enrol|test|follow|explore|determine|complete|provide|develop|analy[sz]e"
    r"|consist|involve|identify)\b"
    r"|\b(?:seront|sera) (?:ensuite )?(?:inclus|recrut|randomis|réparti|évalu|mesur|analys|mené|recueill|interrog"
    r"|réalis|invit|compar|suivi)"
)

# A sentence about other people's studies, or about those still to be made, claims nothing.
OTHERS = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|past|existing|several|many|few|fewer|numerous|most|some|recent|other"
    r"|larger?|further|future|more"
    r"|additional|high[- ]quality|well[- ]designed|rigorous|other|large-scale|well-conducted"
    r"|robust)\s+(?:[\w-]+,? ){0,5}"
    r"(?:studies|trials?|research|reviews?|meta-analys[ei]s|literature|work|investigations?|experiments?|rcts?"
    r"|reports)\b"
    r"|\b(?:is|are|remains?) (?:still )?(?:needed|warranted|required|necessary|lacking|scarce)\b|\bneed for\b"
    r"|\bto date\b"
    r"|\b(?:has|have) (?:been|not been|never been|long been) (?:\w+ )?(?:shown|studied|demonstrated|reported"
    r"|investigated|found|proposed|examined|explored)"
    r"|\blittle is known\b|\bet al\b|\bétudes antérieures\b|\bde nombreuses (?:études|recherches)\b"
    r"|\bpeu d'études\b|\brecherches (?:futures|ultérieures)\b"
    r"|\bla littérature\b|\bfutures? recherches?\b"
)
OWN = re.compile(
    r"\b(?:we|our|i|my)\b|\bthis (?:[\w-]+ ){0,5}(?:study|paper|article|review|meta-analysis|trial|research|work"
    r"|analysis|protocol|essay|project"
    r"|chapter|report|investigation|dissertation|thesis|survey|experiment)\b"
    r"|\b(?:the|this) (?:present|current)\b|\bpresent (?:study|paper|review|meta-analysis)\b|\b(?:aims?|purpose"
    r"|objectives?|goal) (?:of|was|is|were)\b"
    r"|\b(?:nous|notre|nos)\b|\bcette (?:[\w-]+ ){0,2}(?:étude|recherche|revue|thèse|enquête|contribution"
    r"|méta-analyse|expérimentation)\b"
    r"|\bcet (?:article|essai)\b|\bl'(?:étude|objectif|enquête|article)\b|\bce (?:papier|travail|mémoire|rapport"
    r"|texte|protocole)\b"
)
