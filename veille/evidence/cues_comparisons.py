"""Cues of quasi-experiments: an intervention and a comparison, over time or between groups, without chance.

See `veille.evidence.cues` for what the numbers mean.
"""

from __future__ import annotations

from veille.evidence.cues import cue

COMPARISONS = (
    cue("quasi-experimental", 6, "title", "", r"\b(?:quasi|semi)-? ?exp[eé]riment|\b(?:quasi|pseudo)-? ?randomi"),
    cue(
        "quasi-experimental",
        6,
        "title",
        "",
        r"\bnon-? ?{ran}|\b(?:essai|étude) [^.:]{0,30}non randomisée?",
        r"m[eé]ta-? ?anal|review|revue",
    ),
    cue("quasi-experimental", 5, "title", "", r"\bsingle[- ](?:arm|group)\b"),
    cue("quasi-experimental", 4, "title", "", r"\bopen-? ?label\b"),
    cue(
        "quasi-experimental",
        4,
        "title",
        "",
        r"\bphase (?:i{1,3}|iv|[1-4])[ab]?(?:[/-](?:i{1,3}|[123])[ab]?)?,? (?:[\w-]+,? ){0,6}(?:trial|study)",
    ),
    cue(
        "quasi-experimental",
        3,
        "title",
        "",
        r"\b(?:clinical|controlled|pilot|feasibility|field|prospective) (?:[\w-]+ ){0,2}trial\b"
        r"|\bproof[- ]of[- ]concept trial",
        r"meta-analys|review|registr|trial (?:research|methodolog|conduct|recruitment|participation|networks?|data"
        r"|and error)",
    ),
    cue(
        "quasi-experimental",
        3,
        "title",
        "",
        r"\bbefore-and-after\b|\bbefore(?:-| and )after (?:an?|the|[\w-]+ (?:intervention|training|programme?|course"
        r"|module|therapy|treatment|study|trial|design|comparison|evaluation))\b|\bbefore-after\b|\bavant-après\b"
        r"|\b{people}\b[^.:;]{0,60}\b(?:before and after|avant et après)\b",
        r"{animals}|{rodents}",
    ),
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
        r"\bdifferences?[- ]in[- ]differences?|\bdoubles? différences?\b|\bdifférences?[- ](?:de|en|dans les)[- ]"
        r"différences?\b",
    ),
    cue("quasi-experimental", 4, "both", "natur", r"\bnatural(?:ly occurring)? experiment|\bexpérience naturelle"),
    cue("quasi-experimental", 4, "both", "interrupt", r"\binterrupted time[- ]series"),
    cue("quasi-experimental", 4, "both", "interrompue", r"\bséries? (?:chronologique|temporelle)s? interrompues?"),
    cue("quasi-experimental", 3, "both", "instrumental", r"\binstrumental[- ]variables?|\bvariables? instrumentales?"),
    # Not what a synthesis takes in: `randomised and quasi-randomised trials`, `quasi-experimental data`.
    cue(
        "quasi-experimental",
        5,
        "text",
        "quasi",
        r"\bquasi-? ?(?:exp[eé]riment|randomi)",
        r"(?:randomi[sz]ed|exp[eé]riment\w*|\brcts?)(?: \(rcts?\))?(?:,| and| or|/|,? (?:et|ou)) (?:\w+ )?quasi-? ?\w+"
        r" (?:[\w-]+ ){0,3}(?:trials|studies|research|data|evidence|reports|articles|études|essais|recherches)\b"
        r"|quasi-? ?\w+ (?:and|or|et|ou) (?:non-?)?\w+ (?:trials|studies|research|data|études|essais)\b",
    ),
    # Chance that others made.
    cue("quasi-experimental", 4, "text", "random", "{found}"),
    cue("quasi-experimental", 4, "text", "aléatoire", "{found}"),
    cue(
        "quasi-experimental",
        5,
        "text",
        "pseudo",
        r"\bpseudo-? ?randomi",
        r"randomi\w+ (?:\w+ )?(?:numbers?|sequences?|orders?|generat)",
    ),
    cue("quasi-experimental", 5, "text", "semi", r"\bsemi-? ?exp[eé]riment"),
    cue(
        "quasi-experimental",
        3,
        "text",
        "",
        r"\bcontrolled before[- ](?:and[- ])?after\b|\bbefore[- ](?:and[- ])?after (?:[\w-]+ ){0,2}(?:study|design"
        r"|comparison|evaluation|trial)\b|\b(?:étude|comparaison|évaluation) (?:[\w-]+ )?(?:avant[-/]après"
        r"|avant et après)",
        r"{animals}",
    ),
    cue(
        "quasi-experimental",
        4,
        "text",
        "non",
        r"\bnon-? ?{ran}ed\b|\bwithout {ran}ation|\bnon randomisée?\b",
        r"trials\b|studies\b",
    ),
    # Groups that were made by other means than chance, and say so.
    cue(
        "quasi-experimental",
        4,
        "text",
        "",
        r"\bnot (?:\w+ )?randomly (?:assign|allocat|divid)|\b(?:assign|allocat)\w* (?:\w+ ){0,4}alternately\b"
        r"|\balternately (?:assign|allocat)|\balternate allocation\b|\b(?:pas|sans) [^.]{0,40}\b(?:répart|affect"
        r"|attribu"
        r"|assign)\w* (?:au hasard|aléatoirement|par tirage au sort)|\b(?:répartition|affectation) non aléatoire"
        r"|\bgroupes? non équivalents?\b|\bnon-? ?equivalent (?:[\w-]+ )?groups?\b",
        r"{things}",
    ),
    cue("quasi-experimental", 4, "text", "single", r"\bsingle[- ](?:arm|group)\b"),
    cue("quasi-experimental", 4, "text", "open", r"\bopen-? ?label\b", r"trials\b"),
    cue(
        "quasi-experimental",
        4,
        "both",
        "",
        r"\b(?:uncontrolled|non-? ?controlled|open|one-group|single-group) (?:[\w-]+ ){0,2}(?:trial|study|experiment)\b"
        r"|\b(?:étude|essai) (?:ouverte?|non contrôlée?)\b",
        r"trials\b|studies\b|{ran}",
    ),
    cue(
        "quasi-experimental",
        4,
        "text",
        "phase",
        r"\bphase (?:i{1,3}|iv|[1-4])[ab]?(?:[/-](?:i{1,3}|[123])[ab]?)?,? (?:[\w-]+,? ){0,6}(?:trial|study)\b",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "trial",
        r"{own} {w4}(?:clinical|controlled|interventional|pilot|feasibility|prospective) (?:[\w-]+ ){0,3}trial\b"
        r"|\b(?:in|was) an? (?:[\w-]+,? ){0,4}(?:clinical|controlled|pilot|intervention) trial\b",
        r"review|meta-analys|regist(?:ry|er|ration)|protocol|observation|{earlier}|{ran}",
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
        r"\b(?:experimental|intervention|treatment|treated|study|training|test|main"
        r"|exercise) groups?\b[^.]{0,120}\b(?:control|comparison|comparative|comparator) (?:groups?|class)|\b(?:control"
        r"|comparison) groups?\b[^.]{0,120}\b(?:experimental|intervention|treatment|treated|training"
        r"|exercise) groups?\b"
        r"|\bmatched (?:control|comparison) (?:group|school|class)",
        r"{animals}|retrospective",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "",
        r"\bgroupes? (?:expérimental|contrôle|témoin)[^.]{0,120}\bgroupes? (?:expérimental|contrôle|témoin)"
        r"|\bgroupe (?:témoin|contrôle)\b|\b(?:classe|école|collège|lycée|établissement|ville|commune)s? témoins?\b",
    ),
    # Units matched by propensity, where it is an intervention that some of them had.
    cue(
        "quasi-experimental",
        4,
        "text",
        "propensi",
        r"\b(?:intervention|program(?:me)?s?|training|treatment|treated|participat\w+|dispositif|programme|formation)\b"
        r"[^.]{0,120}\b(?:propensity[- ](?:scores? )?(?:[\w-]+ )?match|scores? de propension)"
        r"|\b(?:propensity[- ](?:scores? )?(?:[\w-]+ )?match|scores? de propension)[^.]{0,120}\b(?:intervention"
        r"|program(?:me)?s?|training|treated|participants|non-?participants|dispositif|programme|formation)\b",
        r"retrospective|cohort|registr|rétrospective|surgery|patients",
    ),
    cue(
        "quasi-experimental",
        3,
        "text",
        "group",
        r"\bgroups?\b[^.;]{0,40}\b(?:received|underwent|were (?:treated|given|taught|trained)|followed the|attended)\b"
        r"[^.]{0,120}\b(?:control|comparison|comparative) (?:groups?|class)\b"
        r"|\b(?:control|comparison|comparative) groups?\b[^.;]{0,60}\b(?:received|were (?:treated|given|taught))\b",
        r"{animals}|{rodents}|retrospective",
    ),
    cue(
        "quasi-experimental",
        2,
        "text",
        "",
        r"\bbefore and (?:\w+ ){0,4}after (?:the |an? |this |each )?(?:intervention|treatment|training|program"
        r"|course|therapy|surgery|implement|exercise|teaching|module)|\b(?:pre|before)-? ?(?:and|/|to"
        r"|-) ?post-? ?(?:intervention|training|program)|\bavant et après (?:l'|la |le )?(?:intervention"
        r"|formation|dispositif|traitement|programme|séance)",
        r"{animals}",
    ),
)
