"""What a text says when it claims a study design: cues in English and French, written by hand, as data.

A cue is worth the more, the more plainly it claims:

    5  the title names the design              4  the text says of itself that it is one
    3  its own methods name it                 2  its own methods describe it
    1  it sounds like it: two such cues count as a 2

and 6 or 7 what holds whatever else is named: a plan for a trial is a plan, a quasi-experiment may draw lots too.

Cues are looked for in plain text (lower case, `-` and `'` of one kind), in sentences that tell of the work itself.
``stem`` is a part of every match, so that most cues need no search at all.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Where = Literal["title", "text", "both", "start"]  # `start`: the first words of a sentence of the summary


class Cue(NamedTuple):
    design: str
    worth: int
    where: Where
    stem: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None  # in the words around the match


def cue(design: str, worth: int, where: Where, stem: str, pattern: str, unless: str = "") -> Cue:
    return Cue(design, worth, where, stem, re.compile(_spell(pattern)), re.compile(_spell(unless)) if unless else None)


# Shorthand of the patterns below, what holds others before these.
_SHORT = {
    # More than one trial, which is what a text is about rather than what it is.
    "{many}": r"(?:{ran}ed,? (?:[\w/-]+,? ){0,4}(?:trials|studies|experiments)\b|\bessais [^.:]{0,30}randomisés)",
    # Randomisation as an act, not as a subject.
    "{randomisation}": r"\b(?:after|before|following|since|at|until|by|prior to|time of|post-?|via|through|stratified"
    r"|block(?:ed)?|cluster|computer(?:i[sz]ed)?|simple|adaptive|permuted|concealed|central|individual|\d ?: ?\d)[ -]"
    r"{ran}ation\b|\b{ran}ation (?:was|were|to|into|list|sequence|code|ratio|schedule|procedure|by|using|stratified"
    r"|occurred|took|produced|resulted|visit)\b",
    # Chance that gives the watched to those who watch, deals out things, or parts data: nobody is given a thing to try.
    "{dealt}": r"(?:\b(?:raters|scorers|examiners|assessors|evaluators|interviewers|annotators) were (?:\w+ )?random"
    r"|random\w* (?:assign|allocat|distribut|divid)\w* (?:[\w-]+ ){0,3}(?:to|among|between|amongst) (?:[\w-]+ ){0,4}"
    r"(?:raters?|coders|graders|scorers?|judges|examiners?|assessors?|evaluators?|interviewers?|markers|annotators?)\b"
    r"|\b(?:assess|rat|judg|grad|scor|cod|mark|diagnos|observ|watch|visit|evaluat|interview|view|read)(?:e[sd]?|ing"
    r"|ed|s)? (?:(?:an?|the|one|two|three|four|five|six|ten|\d+|some|several) )?random"
    r"|\b(?:items?|questions?|stimuli|words|sentences|passages|texts|essays|papers|articles|documents|records|scans"
    r"|images|pictures|photographs|recordings|videos|posts|tweets|booklets|test forms|problems|functions|observations"
    r"|studies|data) (?:were|was) (?:\w+ )?random"
    r"|\b(?:training|derivation|development|calibration|learning)(?:,| and|/| or) (?:\w+ )?(?:validation\b"
    r"|test(?:ing)? (?:data)?(?:sets?|samples?|subsets?)\b)"
    r"|\b(?:validation|hold-?out|derivation) (?:data)?(?:sets?|samples?|subsets?|cohorts?|groups?|data)\b"
    r"|\b(?:training|testing|test) (?:data)?sets?\b|\btraining data\b|\bfor training\b[^.]{0,40}\b(?:validation"
    r"|testing)\b|\brandom\w* (?:split|divid)\w* [^.;]{0,60}\b(?:halves|exploratory|factor analys)"
    r"|\b(?:échantillons?|jeux?|ensembles?|corpus) (?:d'apprentissage|d'entraînement|de validation)\b"
    r"|\b(?:copies|textes|images|questions|articles|documents) (?:(?:sont|ont été|étaient) )?\w+ (?:au hasard"
    r"|aléatoirement|par tirage))",
    # Chance that others made and that is made use of, or that a thing is held against.
    "{found}": r"(?:\bsettings?,? (?:where|in which) [^.;]{0,80}\brandom"
    r"|\b(?:exploit|leverag|tak\w+ advantage of|capitali[sz])\w* (?:[\w'-]+ ){0,5}random (?:assign|alloc|variation"
    r"|place|timing)"
    r"|\b(?:as[- ]good[- ]as|as[- ]if|near(?:ly)?|plausibly|conditionally)[- ]random"
    r"|\b(?:exploit\w*|tir\w* parti|profit\w*|mett\w* à profit)\b[^.;]{0,40}\baléatoire)",
    "{beaten}": r"\b(?:than|over|versus|vs|against|outperform\w*|(?:compared|relative) (?:to|with)) (?:an? |the )?"
    r"random (?:assign|alloc)",
    # What a synthesis goes through.
    "{literature}": r"\b(?:literature|studies|articles|papers|publications|trials|evidence|reports|reviews"
    r"|research(?! (?:issue|question|problem|direction|topic|gap|design|team|data)))\b",
    # Reviews as a subject.
    "{on reviews}": r"\breviews? (?:publication|methodolog|process|software|searching|searches|automation|tools?|teams?"
    r"|authors?|production|updat|training|standards?|quality)"
    r"|\b(?:support|conduct|perform|writ|teach|apply|do|updat)(?:e|ing)? (?:an? )?(?:systematic|scoping|umbrella) "
    r"|\b(?:trends? in|use of|role of|quality of|growth of|number of|importance of|need for|reporting of|the term)"
    r" (?:systematic|scoping|umbrella) ",
    "{qualitative}": r"\bqualitative (?:[\w-]+ )?meta-? ?analy|\bméta-? ?analyse qualitative",
    "{their own}": r"\b(?:conducted|carried out|led|collected|done) by (?:the authors?|us|our)\b|\b(?:our|their"
    r"|my) own\b|\b(?:our|my) (?:\w+ )?(?:earlier|previous|prior|past)\b|\bmen[ée]+s par (?:les auteur|nous|notre)"
    r"|\bnos (?:propres|précédent|enquêtes)",
    "{w2}": r"(?:[\w'/-]+,? ){0,2}",
    "{w4}": r"(?:[\w'/-]+,? ){0,4}",
    "{w8}": r"(?:[\w'/-]+,? ){0,8}",
    "{own}": r"\b(?:this|our|the present|the current|cette|notre|la présente)",
    "{did}": r"(?:perform|conduct|carr(?:y|ied)|undert[ao]|did|r[ua]n\b|complet|implement|use|employ|apply|appli|adopt"
    r"|realis|réalis|men[éo]|effectu)",
    "{ran}": r"(?:(?!non-|quasi-)\w{1,15}-)?randomi[sz]",
    "{unran}": r"(?:non|quasi|pseudo)-? ?randomi[sz]",
    "{people}": r"(?:participants?|patients?|subjects?|students?|pupils?|learners?|children|teachers?|schools?"
    r"|class(?:es|rooms?)|women|men|girls|boys|adults|adolescents|volunteers|individuals|families|parents|households"
    r"|villages|clusters|infants|eyes|nurses|employees|workers|respondents|cases|people|persons|residents|athletes"
    r"|players|undergraduates|adultes|élèves|étudiants?|enfants|enseignants|participantes?|écoles|établissements"
    r"|sujets|personnes|apprenants|volontaires)",
    # Where a title, or a part of it, begins with a noun: up to the noun itself.
    "{head}": r"(?:^|[:;.?!] |,\W*(?=an? |une? )|- |-(?=an? |the )|\()\W?(?:(?:the|an?|our|une?|les?|notre) )?{noun}",
    # Protocols that are studied rather than presented, and words of other meaning.
    "{tried}": r"\b(?:evaluat\w+|test(?:s|ing)?|trial|effects?|effectiveness|efficacy|impact|outcomes?|results"
    r"|feasibility|safety|implement\w+|adherence|compliance|adopti\w+|appl(?:ication|ying)|us(?:e|es|ing|ability)"
    r"|utility|validat\w+|assess\w+|experiences?|lessons|benefits?|role|performance|accuracy|influence|compar\w+"
    r"|reviews?|survey|audit|quality|versus|vs|effets?|évaluation|efficacité|mise en œuvre|utilisation|usages?"
    r"|retours?)"
    r" (?:(?:of|with|to|from|in|for|on|between|du?|des|sur|avec) ?(?:an? |the |our |une? |l')?|d'une? |(?:an?|the"
    r"|our) ){noun}protocole?s?\b"
    r"|\bprotocole?s? (?:versus|vs|compar\w+)\b|: an? (?:[\w-]+ )?r[eé]trospective",
    "{unlike}": r"think-aloud|protocol analysis|\b(?:observation|verbal|kyoto|montr[eé]al|nagoya|optional|additional"
    r"|internet|network|routing|communications?|multicast|transport|transfer|authentication|cryptographic|consensus)"
    r" protocols?\b|\bprotocols? (?:[\w-]+ ){0,4}(?:between agents|wireless|(?:sensor|computer|ad[- ]hoc) networks?"
    r"|agent-oriented|multi-?agent|blockchains?)\b"
    r"|\bprotocole (?:d'observation|additionnel|de (?:kyoto|montréal|nagoya|communication|transport|routage))",
    "{noun}": r"(?:(?!(?:of|in(?! (?:vitro|vivo|situ|silico)\b)|for|with|on|by|from|to|within|using|under|after|during"
    r"|between|versus|vs|the|is|are|an?|de|du|des|dans|pour|avec|sur|une?)\b|d')\w[\w'/-]*,? ){0,8}",
    # What follows a noun that is not the subject of a verb.
    "{stands}": r"(?=\W*$|[.):;,]| - | d'| \w+ing\b| (?:for|of|to|in|on|with|by|from|at|after|following|during|under"
    r"|within|without|among|as|via|based|that|pour|de|du|des|en|à|après|chez|development|design|optimi[sz]ation"
    r"|proposal)\b| (?:and|et) (?:\w+ ){0,2}(?:rationale|design|methods|baseline|guidelines?|recommendations"
    r"|méthodes?|recommandations)\b)",
    # A synthesis of figures that was planned, or that could not be made, or that sums up experiments of one's own.
    "{unmade}": r"\b(?:no|not|unable to|could not|cannot|impossible|preclud\w+|prevent\w*|prohibit\w*|inappropriate"
    r"|unfeasible|rather than|instead of|without|planned|planning|pas|sans|prévu|prévoyait) (?:[\w-]+ ){0,5}(?:d')?"
    r"m[eé]ta-? ?analy|\bm[eé]ta-? ?analy\w+ (?:\w+ ){0,4}(?:not|impossible|preclude\w*|inappropriate|unfeasible"
    r"|planned|prévue)\b|\bm[eé]ta-? ?analyse (?:n'|était im|est im)|\b(?:mini|internal)[- ]meta"
    r"|\bm[eé]ta-? ?analy\w+ (?:of|across|over|des?) (?:all )?(?:(?:of )?our|nos|the (?:present|current|two|three"
    r"|four|five|six)|these|(?:two|three|four|five|six)) (?:[\w-]+ ){0,2}(?:experiments|expériences)",
    "{earlier}": r"\b(?:recent|previous|earlier|prior|parent|original|larger|published|completed|past)",
    # Animals and things that are allotted; not those that people are allotted to (`assigned to read to dogs`).
    "{allotted}": r"{things}[^.;]{0,80}\brandom|\brandom\w* \w+ (?:(?!to\b)[\w-]+ ){0,4}{things}",
    "{things}": r"(?:{animals}|{rodents})",
    "{rodents}": r"\b(?:rats?|mice|mouse|rabbits?|pigs?|piglets?|rodents?|broilers?|zebrafish|souris)\b",
    "{animals}": r"\b(?:dogs?|cells?|plots?|samples|larvae|animals|cows|calves|lambs|sheep|goats|horses|fish|hens"
    r"|seeds?|plants?)\b",
}


def _spell(pattern: str) -> str:
    for short, long in _SHORT.items():
        pattern = pattern.replace(short, long)
    return pattern
