"""The designs, and what is said of them: the cues of all, and what makes a sentence one about the work itself."""

from __future__ import annotations

import re

from veille.evidence.cues import Cue
from veille.evidence.cues_arguments import ARGUMENTS
from veille.evidence.cues_comparisons import COMPARISONS
from veille.evidence.cues_observations import OBSERVATIONS
from veille.evidence.cues_syntheses import SYNTHESES
from veille.evidence.cues_trials import TRIALS

# Of designs that are claimed alike: a plan for a trial is a plan, a synthesis of trials is a synthesis.
ORDER = (
    "protocol", "meta-analysis", "systematic-review", "rct", "quasi-experimental", "qualitative", "observational",
    "methods-or-theory", "opinion",
)  # fmt: skip
CLAIMED = 2  # what a design must be worth to be named


CUES: tuple[Cue, ...] = (*SYNTHESES, *TRIALS, *COMPARISONS, *OBSERVATIONS, *ARGUMENTS)

# Trials on laboratory animals are of another kind than trials with people: they claim none of these designs.
LABORATORY = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rabbits?|piglets?|pigs|broilers?|chicks|chickens|hens|cows|heifers|steers|cattle"
    r"|calves|lambs|ewes|sows|hamsters|macaques|zebrafish|larvae|seedlings|cultivars|wistar|sprague|in vitro|ex vivo"
    r"|souris)\b"
)
WITH_PEOPLE = frozenset({"rct", "quasi-experimental"})

# Titles of works that search the literature on their way to something else, or without a claim to have it all: only
# what they say plainly makes them a systematic review.
ADVICE = re.compile(
    r"\brecommendations (?:for|on|of|from)\b|\bpoints to consider\b|\bconsensus\b|\bguidelines? (?:for|on)\b"
    r"|\bpractice guidelines?\b|\bdelphi\b|\b(?:position|white) paper\b|\brecommandations (?:pour|sur|de)\b"
)
OVERVIEW = re.compile(
    r"(?<!systematic )\b(?:narrative|literature|comparative|mini|critical|theoretical|historical|brief|short|topical"
    r"|clinical|state-of-the-art|expert)[- ]review\b|\b(?:bibliom|scientom)[eé]tri"
    r"|\breview of (?:the )?literature\b|\brevue (?:narrative|critique"
    r"|de (?:la )?littérature)\b|\bétat de l'art\b"
)

# Titles of works on an estimator, which is studied there rather than used.
_ESTIMATION = r"(?:discontinuit|differences?[- ]in[- ]difference|instrumental variable|quasi-experiment|propensity)"
_MANUAL = r"\b(?:guide|guidelines|tutorial|primer|introduction)\b"
ESTIMATOR = re.compile(
    r"^how (?:much )?(?:should|to) (?:we )?(?:trust|estimate|analy[sz]e)\b|\bestimators?\b|\bestimateurs?\b"
    rf"|\basymptotic|\bnon-?parametric\b|{_ESTIMATION}.*{_MANUAL}|{_MANUAL}.*{_ESTIMATION}"
)
# What makes syntheses is none.
INSTRUMENT = re.compile(
    r"\b(?:is|present\w*|introduc\w+|describ\w+|develop\w*) (?:an? |the |our )(?:[\w-]+,? ){0,4}(?:software|package"
    r"|program|toolkit|library|web application|macro)\b[^.;]{0,40}\b(?:for|to|that) (?:[\w-]+ ){0,4}meta-? ?analy"
)

# Plans: `will be` and `sera`, in sentences that are not about the future of the field. What a paper itself will do
# (`we will argue`, `nous analyserons`) is none.
PLANNED = re.compile(
    r"\b(?:we|study|trial|protocol|participants?|patients?|students|data|outcomes?|outcome measures?|endpoints?"
    r"|interviews|analys[ei]s|review(?:ers)?|studies|schools|children|assessments?|randomi[sz]ation|intervention"
    r"|groups?"
    r"|measures|searche?s?|women|project|it|they|who|which|and|teachers|pupils|adults)"
    r" (?:arms? |questionnaires? )?will (?:also |then |first |each )?(?:be|include|compare|receive|undergo|evaluate"
    r"|assess|use|examine|investigate|recruit|collect|conduct|search|have|enroll?|test|follow|explore|determine"
    r"|complete|provide|develop|analy[sz]e|consist|involve|identify)\b"
    r"|(?<!that )(?<!which )\bwill (?:also |then |first |each |all )?be (?:\w+ )?(?:collected|obtained|measured"
    r"|assessed|analy[sz]ed|compared|recruited|randomi[sz]ed|enrolled|invited|conducted|performed|evaluated|recorded"
    r"|allocated"
    r"|assigned|interviewed|searched|extracted|screened|synthesi[sz]ed|estimated|administered|carried out)\b"
    r"|\b(?:seront|sera) (?:ensuite )?(?:inclus|recrut|randomis|réparti|évalu|mesur|analys|mené|recueill|interrog"
    r"|réalis|invit|compar|suivi|collect|tiré|affect|observ|conduit|interview)"
    r"|\b(?:nous|on) (?:(?:va|allons) (?:recruter|inclure|recueillir|randomiser|suivre)\b"
    r"|(?:recruter|inclur|recueiller|randomiser|suivr)(?:a|ons)\b)"
    r"|\b(?:étude|essai|projet|enquête) (?:va (?:recruter|comparer|mesurer|évaluer|inclure|suivre)\b"
    r"|(?:recruter|comparer|mesurer|évaluer|inclur|suivr|porter)a\b)"
    r"|\b(?:participants?|participantes|élèves|patients?|patientes|étudiante?s|enseignante?s|classes|enfants|groupes?)"
    r" (?:participer|répondr|recevr|passer|suivr|bénéficier)(?:a|ont)\b"
)
TO_TAKE_PART = re.compile(
    r"\b(?:participants?|patients?|students|pupils|children|adolescents|adults|women|men|teachers|schools|families"
    r"|volunteers|élèves|étudiante?s|patientes|enfants|enseignante?s|classes|adultes|familles|participantes|écoles"
    r"|lycées"
    r"|collèges)\b|\b(?:recruit|enrol|randomi[sz]|recrut|tirage au sort)"
)
# Results that are told: what keeps a few words in the future from being a plan.
REPORTED = re.compile(
    r"\bp ?[<=>≤] ?0?\.|\b(?:results?|findings|analys[ei]s|data|we|study|trial) (?:[\w-]+ ){0,2}(?:show(?:ed|s)?|found"
    r"|find|reveal(?:ed|s)?|indicated?|suggest(?:ed|s)?|demonstrated?|confirm(?:ed|s)?|observed|identified"
    r"|highlighted)\b"
    r"|\b(?:increased|improved|decreased|declined|reduced|rose|fell|gained|scored|predicted|outperformed|resulted in)\b"
    r"|\b(?:was|were) (?:\w+ )?(?:associated|higher|lower|significant|significantly|greater|better|observed|found"
    r"|identified|included|similar|reported|related)\b|\brésultats (?:\w+ )?(?:montrent|indiquent|révèlent|suggèrent"
    r"|ont)\b|\b(?:a|ont) (?:\w+ )?(?:augmenté|diminué|progressé|amélioré|baissé|réduit)\b"
)

# A sentence about other people's studies, or about those still to be made, claims nothing.
OTHERS = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|past|existing|several|many|few|fewer|numerous|most|some|recent|other"
    r"|larger?|further|future|more"
    r"|additional|high[- ]quality|well[- ]designed|rigorous|other|large-scale|well-conducted"
    r"|robust)\s+(?:[\w-]+,? ){0,5}"
    r"(?:studies|trials?|research|reviews?|meta-analys[ei]s|literature|work|investigations?|experiments?|rcts?"
    r"|reports|papers)\b"
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
