"""Cues of trials: with chance, and without. See `veille.evidence.cues` for what the numbers mean."""

from __future__ import annotations

from veille.evidence.cues import cue

TRIALS = (
    # --- randomised trial
    cue(
        "rct",
        5,
        "title",
        "",
        r"\b{ran}ed,?[ -](?:[\w/-]+,? ){0,6}(?:trials?|stud(?:y|ies)|experiments?|evaluation|design|comparison"
        r"|crossover|cross-over)\b|\b(?:cluster|group|block)[- ]{ran}ed\b"
        r"|\b{ran}ed,?[ -](?:placebo-)?(?:controlled|clinical|double|single)|\b(?:trial|study"
        r"|experiment)[^.:]{0,40}\brandomly\b|\brandom assignment\b"
        r"|\b(?:essai|étude|expérimentation|expérience)s? [^.:]{0,40}randomisée?s?\b|\bpar tirage au sort\b",
        r"non-? ?{ran}|quasi-? ?{ran}|mendelian|(?:from|of|in) (?:\w+ ){0,3}{ran}ed (?:[\w-]+ ){0,4}(?:trials"
        r"|studies)\b|(?:review|meta-analysis) of|\blessons|reporting of|quality of (?:reporting|{ran})",
    ),
    cue("rct", 5, "title", "", r"\brct\b", r"rcts|review"),
    cue("rct", 4, "title", "", r"\bdouble-blind(?:ed)?\b"),
    cue("rct", 3, "title", "", r"\bplacebo-controlled\b"),
    cue(
        "rct",
        4,
        "text",
        "random",
        r"{own} {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trials?|study|experiment|design|comparison)\b"
        r"|\b(?:in|of|from) (?:an?|the|this|our) {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment)\b"
        r"|\b(?:we|authors?) {w8}{did}\w* (?:an?|the) {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment"
        r"|evaluation)"
        r"|\bwe (?:\w+ )?(?:{ran}ed|randomly (?:assign|allocat|divid))"
        r"|\bdesign(?:ed)? (?:\w+ ){0,3}(?:as )?(?:an? )?{w8}{ran}ed"
        r"|^an? {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment|design)\b"
        r"|\b{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment) (?:[\w-]+ ){0,6}(?:was"
        r"|were) (?:\w+ ){0,2}(?:{did}|design)",
        r"non-? ?{ran}|quasi-? ?{ran}|mendelian|meta-analys|systematic review|subset of|{animals}",
    ),
    cue(
        "rct",
        4,
        "text",
        "random",
        r"\b{people}\b[^.;]{0,120}\b(?:were|was|are|being|then|who|been) (?:[\w-]+ ){0,4}(?:{ran}ed\b"
        r"|randomly (?:and \w+ )?(?:assign|allocat|divid|distribut|split|separat|categori|plac|put|enrol|receiv"
        r"|group|classif))"
        r"|\brandomly (?:and \w+ )?(?:assign|allocat|divid)\w* (?:[\w-]+ ){0,6}{people}",
        r"non-? ?{ran}|not {ran}|not random|{animals}",
    ),
    cue(
        "rct",
        3,
        "text",
        "random",
        r"\brandom(?:ly|i[sz]ed)? (?:assign|allocat|divid)\w*|\b{ran}ation\b|\b(?:were|was) (?:\w+ ){0,2}{ran}ed\b"
        r"|\b{ran}ed (?:in a )?(?:\d ?: ?\d|to (?:receive|either|one|the|a|an|two|three|intervention|control)|into"
        r"|in (?:two|three))",
        r"non-? ?{ran}|not {ran}|mendelian|{animals}|without {ran}|lack of {ran}",
    ),
    cue("rct", 2, "text", "random", r"\b(?:in|with) (?:a )?random(?:i[sz]ed)? order\b"),
    cue(
        "rct",
        4,
        "text",
        "hasard",
        r"\b(?:assign|affect|répart|attribu|sélect)\w*[^.]{0,40}\b(?:au hasard|par tirage au sort|de (?:façon"
        r"|manière) aléatoire)",
    ),
    cue(
        "rct",
        4,
        "text",
        "aléatoire",
        r"\b(?:répart|assign|affect|attribu|allou)\w*[^.]{0,20}\baléatoirement\b|\baléatoirement (?:répart|assign"
        r"|affect|attribu)|\b(?:répartition|affectation|assignation) aléatoire",
    ),
    cue(
        "rct",
        4,
        "text",
        "randomis",
        r"\b(?:un|cet|notre|d'un|l')? ?essai [^.]{0,40}randomisé|\bétude [^.]{0,30}randomisée\b|\b(?:ont été"
        r"|étaient|été) randomisé",
        r"non randomis|méta-analyse",
    ),
    cue("rct", 2, "text", "double-blind", r"\bdouble-blind(?:ed)?\b", r"{animals}"),
    cue("rct", 2, "text", "placebo", r"\bplacebo[- ](?:controlled|group)\b", r"{animals}|trials\b"),
    # --- quasi-experiment: an intervention and a comparison, over time or between groups, without chance
    cue("quasi-experimental", 6, "title", "", r"\bquasi-? ?exp[eé]riment|\bquasi-? ?randomi"),
    cue("quasi-experimental", 6, "title", "", r"\bnon-? ?{ran}|\bessai non randomisé"),
    cue("quasi-experimental", 5, "title", "", r"\bsingle[- ](?:arm|group)\b"),
    cue("quasi-experimental", 4, "title", "", r"\bopen-? ?label\b"),
    cue(
        "quasi-experimental",
        4,
        "title",
        "",
        r"\bphase (?:i{1,3}|[123])(?:[ab]|/i{1,3}|/[123])? (?:[\w-]+ ){0,5}(?:trial|study)",
    ),
    cue(
        "quasi-experimental",
        3,
        "title",
        "",
        r"\b(?:clinical|controlled|pilot|feasibility|field|prospective) (?:[\w-]+ ){0,2}trial\b"
        r"|\bproof[- ]of[- ]concept trial",
        r"meta-analys|review|registr",
    ),
    cue("quasi-experimental", 3, "title", "", r"\bbefore[- ]and[- ]after|\bbefore-after|\bavant-après"),
    cue("quasi-experimental", 3, "title", "", r"\bpre-? ?(?:test)?(?:-| and | )post-? ?test"),
    cue(
        "quasi-experimental",
        5,
        "both",
        "discontinuit",
        r"\bregression[- ]discontinuit|\brégression[- ]discontinuit|\brégression sur discontinuité",
    ),
    cue(
        "quasi-experimental",
        5,
        "both",
        "",
        r"\bdifferences?-in-differences?|\bdoubles? différences?\b|\bdifférences de différences\b",
    ),
    cue("quasi-experimental", 4, "both", "natur", r"\bnatural(?:ly occurring)? experiment|\bexpérience naturelle"),
    cue("quasi-experimental", 4, "both", "interrupted", r"\binterrupted time[- ]series"),
    cue("quasi-experimental", 3, "both", "instrumental", r"\binstrumental[- ]variables?"),
    cue("quasi-experimental", 5, "text", "quasi", r"\bquasi-? ?exp[eé]riment|\bquasi-? ?randomi"),
    cue(
        "quasi-experimental",
        4,
        "text",
        "non",
        r"\bnon-? ?{ran}ed\b|\bwithout {ran}ation|\bnon randomisée?\b",
        r"trials\b|studies\b",
    ),
    cue("quasi-experimental", 4, "text", "single", r"\bsingle[- ](?:arm|group)\b"),
    cue("quasi-experimental", 4, "text", "open", r"\bopen-? ?label\b", r"trials\b"),
    cue(
        "quasi-experimental",
        4,
        "text",
        "phase",
        r"\bphase (?:i{1,3}|[123])(?:[ab]|/i{1,3}|/[123])? (?:[\w-]+ ){0,5}(?:trial|study)\b",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "trial",
        r"{own} {w4}(?:clinical|controlled|interventional|pilot|feasibility|prospective) (?:[\w-]+ ){0,3}trial\b"
        r"|\b(?:in|was) an? (?:[\w-]+,? ){0,4}(?:clinical|controlled|pilot|intervention) trial\b",
        r"review|meta-analys|registry|protocol",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "intervention",
        r"\b(?:interventional|intervention) (?:pilot )?study\b|\bétude interventionnelle"
        r"|\bintervention and (?:a )?(?:control|comparison) (?:groups?|schools?|conditions?|class)",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "test",
        r"\bpre-? ?(?:test)?(?:-|/| and |, | )(?:a )?post-? ?tests?\b|\bpré-?tests? et (?:un |des "
        r"|de )?post-?tests?\b|\btested before and after\b",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "group",
        r"\b(?:experimental|intervention|treatment|treated|study|training|test"
        r"|exercise) groups?\b[^.]{0,120}\b(?:control|comparison) (?:groups?|class)|\b(?:control"
        r"|comparison) groups?\b[^.]{0,120}\b(?:experimental|intervention|treatment|treated|training"
        r"|exercise) groups?\b"
        r"|\bmatched (?:control|comparison) (?:group|school|class)",
        r"{animals}|retrospective",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "groupe",
        r"\bgroupes? (?:expérimental|contrôle|témoin)[^.]{0,120}\bgroupes? (?:expérimental|contrôle|témoin)"
        r"|\bgroupe (?:témoin|contrôle)\b",
    ),
    cue(
        "quasi-experimental",
        2,
        "text",
        "",
        r"\bbefore and (?:\w+ ){0,4}after (?:the |an? |this |each )?(?:intervention|treatment|training|program"
        r"|course|therapy|surgery|implement|exercise|teaching|module)|\b(?:pre|before)-? ?(?:and|/|to"
        r"|-) ?post-? ?intervention|\bavant et après (?:l'|la |le )?(?:intervention|formation|dispositif)",
        r"{animals}",
    ),
    cue("quasi-experimental", 1, "both", "pilot", r"\bpilot (?:study|intervention|program)|\bétude pilote"),
    cue(
        "quasi-experimental",
        1,
        "text",
        "week",
        r"\b(?:\d+|four|six|eight|ten|twelve)[- ]weeks?(?:[- ]long)? (?:[\w-]+ ){0,3}(?:intervention|training"
        r"|program|course|treatment|exercise)",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        1,
        "title",
        "",
        r"\b(?:effects?|efficacy|effectiveness|feasibility) (?:and \w+ )?of\b|\beffets? d(?:e|u|'|es)\b",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        1,
        "text",
        "",
        r"\b(?:patients|participants|students|subjects|children|groups?|women|men|adults|volunteers|eyes"
        r"|pupils) (?:\([^)]{0,20}\) )?(?:who |then |each |all )?(?:received|underwent|were (?:\w+ )?treated"
        r"|completed) [^.;]{0,80}(?:weeks?|months|mg|sessions?|training|program|treatment|therapy|intervention"
        r"|daily|surgery)\b",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        1,
        "text",
        "baseline",
        r"\b(?:from|at|to|with|versus|vs\.?) (?:the )?baseline\b|\bbaseline and\b",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        1,
        "text",
        "group",
        r"\bdivided into (?:two|three|four|2|3|4) (?:\w+ )?groups",
        r"{animals}",
    ),
)
