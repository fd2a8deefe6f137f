"""Cues of trials, where chance decides who gets what. See `veille.evidence.cues` for what the numbers mean."""

from __future__ import annotations

from veille.evidence.cues import cue

TRIALS = (
    cue(
        "rct",
        5,
        "title",
        "",
        r"\b{ran}ed,?[ -](?:[\w/-]+,? ){0,6}(?:trials?|stud(?:y|ies)|experiments?|evaluation|design|comparison"
        r"|crossover|cross-over)\b|\b(?:cluster|group|block)[- ]{ran}ed\b"
        r"|\b{ran}ed,?[ -](?:placebo-)?(?:controlled|clinical|double|single)|\b(?:trial|study"
        r"|experiment)[^.:]{0,40}\brandomly (?!select|sampl|chosen|drawn|pick|recruit)|\brandom assignment\b"
        r"|\b(?:essai|étude|expérimentation|expérience) [^.:]{0,40}randomisée?\b|\bpar tirage au sort\b",
        r"{unran}|mendelian|{many}|(?:review|meta-analysis) of|\blessons|reporting of|quality of (?:reporting|{ran})",
    ),
    cue(
        "rct",
        5,
        "title",
        "",
        r"\b(?:two|three|four|five|six|\d+) (?:[\w-]+,? ){0,4}{ran}ed,? (?:[\w/-]+,? ){0,4}(?:trials|experiments"
        r"|studies)\b|\b(?:deux|trois|quatre|cinq|\d+) (?:essais|études|expérimentations) [^.:]{0,40}randomisée?s\b",
        r"{unran}|mendelian|review|revue|m[eé]ta-? ?analy|pooled|post[- ]hoc|secondary|synthes",
    ),
    # `Evidence from a randomized resettlement`: whatever it was that chance gave.
    cue(
        "rct",
        5,
        "title",
        "",
        r"\b(?:evidence|results|findings) (?:from|of) (?:an? |the )?{w2}{ran}ed\b",
        r"{unran}|mendelian|{many}|review|m[eé]ta-? ?analy",
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
        r"|\b(?:in|of|from|within|through|via) (?:an?|the|this|our) {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study"
        r"|experiment|design|crossover|cross-over)\b"
        r"|\b(?:we|authors?) {w8}{did}\w* (?:an?|the) {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment"
        r"|evaluation)"
        r"|\bwe (?:\w+ )?(?:{ran}ed|randomly (?:assign|allocat|divid))"
        r"|\bdesign(?:ed)? (?:\w+ ){0,3}(?:as )?(?:an? )?{w8}{ran}ed"
        r"|^an? {w8}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment|design)\b"
        r"|\b{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment) (?:[\w-]+ ){0,6}(?:was"
        r"|were) (?:\w+ ){0,2}(?:{did}|design)",
        r"{unran}|mendelian|meta-analys|systematic review|subset of|{animals}"
        r"|nested (?:in|within)|ancillary|embedded|block design|completely {ran}|{earlier} (?:[\w-]+,? ){0,3}{ran}"
        r"|\b(?:to be|never been|not been|not yet been) (?:evaluated|tested|studied|examined|assessed|compared)\b"
        r"|\b(?:presence|absence|use|lack) of an? {w2}{ran}",
    ),
    # A sentence that begins by naming the work: `Randomised controlled trial.`, `A pragmatic, cluster-randomised ...`.
    cue(
        "rct",
        4,
        "start",
        "random",
        r"(?:an? |this |the |our )?(?:(?!(?:of|from|in|to|on|for|by|with|within|data|results|that|who"
        r"|and)\b)[\w/-]+,? ){0,6}"
        r"{ran}ed,?[ -](?:[\w/-]+,? ){0,6}(?:trial|study|experiment|design)"
        r"(?:\W*$| \(| (?:was|in|of|with|among|at|on|comparing|compare[ds]|tested|provided|involving|including"
        r"|conducted|enrolling|enrolled|assigned|evaluated|examined)\b)",
        r"{unran}|mendelian|meta-analys|review|subset of|{animals}|{rodents}|\b(?:would|should"
        r"|could"
        r"|may|might|need|needed|warranted|required|future)\b|{earlier} (?:[\w-]+,? ){0,3}{ran}",
    ),
    cue(
        "rct",
        4,
        "text",
        "random",
        r"\b{people}\b[^.;]{0,120}\b(?:were|was|are|being|then|who|been) (?:[\w-]+ ){0,4}(?:{ran}ed\b(?!\W*$)"
        r"|randomly (?:and \w+ )?(?:assign|allocat|divid|distribut|split|separat|categori|plac|put|receiv"
        r"|group|classif|given|offered|treated|exposed|prescrib|administer|enrol\w+ (?:in|into|to) (?:one|two|three"
        r"|four|either|the|\d)))"
        r"|\brandomly (?:and \w+ )?(?:assign|allocat|divid)\w* (?:[\w-]+ ){0,6}{people}"
        r"|\b{people}\b[^.;]{0,120}\b(?:assigned|allocated|divided|distributed|split|separated)"
        r" (?:[\w-]+ ){0,6}randomly\b",
        r"{unran}|not {ran}|not random|{allotted}|{dealt}|{found}",
    ),
    cue(
        "rct",
        3,
        "text",
        "random",
        r"\w, an? {w4}{ran}ed,? (?:[\w/-]+,? ){0,6}(?:trial|study|experiment) (?:of|comparing|that compared)\b"
        r"|\brandom(?:ly|i[sz]ed)? (?:assign|allocat|divid)\w*|{randomisation}|\b(?:were|was) (?:\w+ ){0,2}{ran}ed\b"
        r"|\b{ran}ed (?:in a )?(?:\d ?: ?\d|to (?:receive|either|one|the|a|an|two|three|intervention|control)|into"
        r"|in (?:two|three))",
        r"(?:non|quasi|pseudo)-? ?random|not random|mendelian|{allotted}|without random|lack of {ran}"
        r"|selected (?:\w+ ){0,3}random|nested (?:in|within)|\b(?:degree|amount|level|source|lots)s? of {ran}"
        r"|\b(?:domain|input|environment|weight|address space) {ran}|{dealt}|{found}|{beaten}",
    ),
    cue(
        "rct",
        4,
        "text",
        "",
        r"\b(?:assigned|allocated|allotted|divided) [^.;]{0,60}\bby (?:(?:the )?(?:toss of a coin|coin[- ]toss)|lot\b"
        r"|(?:a )?lottery|drawing lots|chance\b)",
        r"not (?:assigned|allocated)|{allotted}",
    ),
    cue("rct", 2, "text", "random", r"\b(?:in|with) (?:a )?random(?:i[sz]ed)? order\b"),
    cue(
        "rct",
        4,
        "text",
        "hasard",
        # Not `sélectionnés au hasard`: who is drawn for a sample is not allotted to anything.
        r"\b(?:assign|affect|répart|attribu)\w*[^.]{0,40}\b(?:au hasard|par tirage au sort|de (?:façon"
        r"|manière) aléatoire)",
        r"{things}|{dealt}|{found}|\bpas\b|\bnon\b|\bsans\b",
    ),
    cue(
        "rct",
        4,
        "text",
        "aléatoire",
        r"\b(?:répart|assign|affect|attribu|allou)\w*[^.]{0,20}\baléatoirement\b|\baléatoirement (?:répart|assign"
        r"|affect|attribu)|\b(?:répartition|affectation|assignation) aléatoire",
        r"{things}|{dealt}|{found}|\bpas\b|\bsans\b",
    ),
    cue(
        "rct",
        4,
        "text",
        "randomis",
        r"\b(?:un|cet|notre|d'un|l')? ?essai [^.]{0,40}randomisé|\bétude [^.]{0,30}randomisée\b|\b(?:ont été"
        r"|étaient|été) randomisé",
        r"non randomis|méta-analyse|{rodents}|\bessais? (?:randomisés? )?(?:récent|antérieur|précédent)"
        r"|\bprécédents? essai",
    ),
    # Drawn for what is given, not for a sample.
    cue(
        "rct",
        4,
        "text",
        "au sort",
        r"\btir(?:é|ée|és|ées|age|ages) au sort\b[^.;]{0,40}\b(?:pour (?:recevoir|suivre|bénéficier|participer"
        r"|intégrer)|(?:le|les|du|des|deux|trois) (?:groupes?|bras)|(?:entre|dans) (?:le |un |deux "
        r"|trois )?(?:groupes?|bras))\b",
        r"{things}|{dealt}|\b(?:enquête|échantillon|questionnaire|entretien)|\bpas\b|\bsans\b",
    ),
    cue("rct", 1, "text", "randomly", r"\brandomly (?:perform|complet|consum|receiv|underw|drank|ingest|wore|took)"),
    # Readers of images may be blind, too: alone it says little.
    cue("rct", 1, "text", "double-blind", r"\bdouble-blind(?:ed)?\b", r"{animals}"),
    cue("rct", 1, "text", "placebo", r"\bplacebo\b", r"{animals}|{rodents}"),
    # Not all of these draw lots.
    cue(
        "rct",
        1,
        "text",
        "exp",
        r"\b(?:survey|vignette|conjoint) experiment\b|\b(?:expérience|expérimentation) (?:factorielle|conjointe"
        r"|par vignettes)\b",
        r"{earlier}|review|m[eé]ta-? ?analy|\bwould\b|\bcould\b",
    ),
    # Named, not told: it may as well be a subject that is discussed.
    cue("rct", 1, "text", "andomi", r"\b{ran}ation\b"),
    cue("rct", 1, "text", "", r"\b(?:crossover|cross-over|intention[- ]to[- ]treat|controlled (?:clinical )?trial)\b"),
    cue("rct", 2, "text", "placebo", r"\bplacebo[- ](?:controlled|group)\b", r"{animals}|trials\b"),
)
