"""Cues of methods and theory, and of opinion: what is argued rather than found (see `veille.evidence.cues`)."""

from __future__ import annotations

from veille.evidence.cues import cue

ARGUMENTS = (
    # --- methods and theory
    cue(
        "methods-or-theory",
        4,
        "title",
        "",
        r"\b(?:validation|validity|reliability|psychometric properties|adaptation|measurement invariance"
        r"|factor structure) (?:and \w+ )?of\b|\b(?:scale|questionnaire|inventory|instrument"
        r"|measure) (?:development|validation)\b|\bdevelopment (?:and|&) (?:\w+ )?validation\b|\bvalidation (?:d'"
        r"|de )",
    ),
    cue(
        "methods-or-theory",
        3,
        "title",
        "",
        r"\b(?:conceptual|theoretical|analytic(?:al)?|new|novel|integrative) (?:\w+ )?(?:framework|model"
        r"|approach)\b|\ba framework for\b|\bcadre (?:conceptuel|théorique)|\btoward (?:a|an) (?:\w+ )?(?:theory"
        r"|framework|model)",
    ),
    cue("methods-or-theory", 3, "title", "", r"\balgorithms?\b|\bneural networks?\b|\bdeep learning\b"),
    cue(
        "methods-or-theory",
        3,
        "title",
        "",
        r"\ba (?:\w+ )?theory of\b|\btheory and (?:method|research)|\b(?:une|vers une) théorie",
    ),
    cue(
        "methods-or-theory",
        3,
        "title",
        "",
        r"\b(?:new|novel|improved|rapid|simple) (?:[\w-]+ ){0,3}(?:method|technique|tool|approach)\b"
        r"|\bmethods? for\b|\btutorial\b|\bguidelines? for\b",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "",
        r"\bwe (?:[\w-]+ )?propose (?:an?|the|two|to use|and) (?:[\w-]+,? ){0,5}(?:method|model|framework|algorithm"
        r"|approach|architecture|system|technique|network|metric|strategy|theory|tool|taxonomy|typology)"
        r"|\bnous proposons (?:une?|des|le|la) (?:[\w-]+ ){0,4}(?:méthode|modèle|cadre|algorithme|approche"
        r"|architecture|système|outil|formalis|typologie)"
        r"|\b(?:paper|article) (?:also )?(?:proposes|develops|introduces|presents) (?:an?"
        r"|the) (?:[\w-]+,? ){0,5}(?:method|model|framework|algorithm|approach|architecture|technique|theory"
        r"|taxonomy|typology)|\bcet article (?:propose|présente|introduit) (?:une?|le"
        r"|la) (?:[\w-]+ ){0,4}(?:méthode|modèle|cadre|algorithme|approche|architecture|système|outil)",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "",
        r"\bwe (?:\w+ )?(?:develop|introduce|present|describe)(?:ed)? (?:an?|the) (?:[\w-]+,? ){0,4}(?:method|model"
        r"|framework|algorithm|architecture|technique|toolkit|software|package|pipeline|dataset|corpus|benchmark)\b"
        r"|\bnous (?:présentons|décrivons|introduisons|développons) (?:une?|le|la) (?:[\w-]+ ){0,4}(?:méthode"
        r"|modèle|cadre|algorithme|architecture|système|outil|corpus|approche)",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "",
        r"\bpsychometric (?:propert|evaluat|validat|character)|\b(?:confirmatory|exploratory) factor analys"
        r"|\binternal consistency\b|\bpropriétés psychométriques",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "",
        r"\b(?:this|a|the) (?:conceptual|theoretical) (?:paper|article|analysis|framework|model|chapter|essay)\b"
        r"|\bpresents? (?:a|an) (?:[\w-]+ ){0,3}(?:conceptual|theoretical) (?:framework|model)|\bdevelops? (?:a"
        r"|an) (?:[\w-]+ ){0,3}(?:framework|model|theory)",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "théorique",
        r"\b(?:réflexion|article|analyse|contribution|cadre|modèle) théorique",
    ),
    cue(
        "methods-or-theory",
        3,
        "text",
        "",
        r"\b(?:outperform|state-of-the-art)\w* (?:[\w-]+ ){0,4}(?:method|model|result|performance|approach|baseline"
        r"|system|accuracy)",
    ),
    cue(
        "methods-or-theory",
        2,
        "text",
        "",
        r"\bsimulation (?:study|stud|results|experiments?)|\bmonte carlo\b|\bnumerical (?:experiments|simulations)",
    ),
    cue("methods-or-theory", 2, "text", "", r"\bwe prove\b|\btheorem\b"),
    # --- opinion: what is argued rather than found
    cue(
        "opinion",
        6,
        "title",
        "",
        r"^\W?(?:a |an )?(?:[\w-]+ )?comment(?:ary|aries|s)?(?: on\b|:|$| to\b)|: (?:a "
        r"|an )?(?:[\w-]+ )?comment(?:ary)?\b|\binvited commentary|\bcommentaire\b",
    ),
    cue(
        "opinion",
        6,
        "title",
        "",
        r"^\W?(?:guest )?editorial\b|\bletter to the editor|: editorial|\beditor's (?:note|page|comment)",
    ),
    cue("opinion", 6, "title", "", r"\béditorial\b"),
    cue(
        "opinion",
        5,
        "title",
        "",
        # Not `Immune response to vaccines`, which a body gives.
        r"(?:^|[:;.?!] )\W?(?:an? |in |the )?(?:(?:[\w']+ )?(?:reply|replies|rejoinder|rebuttal|comments?)"
        r"|(?:(?:authors?'?|brief|short|critical|final|further|our|my|\w+'s) )?(?:response"
        r"|reaction)) (?:to|from)\b|\ba (?:reply|rejoinder|rebuttal|response)\W*$|\bréponse à\b",
    ),
    cue(
        "opinion",
        5,
        "title",
        "",
        r"\b(?:critique|criticism|critical (?:comment|review|note|reflection|response)s?)\b (?:of|on)?"
        r"|\bnote critique\b",
    ),
    cue("opinion", 5, "title", "", r"\b(?:opinion|opinions)(?: piece| paper|:|$)|^opinion\b"),
    cue("opinion", 5, "title", "", r"\bview-?points?\b(?:\W|$)"),
    cue(
        "opinion",
        5,
        "title",
        "",
        r"\bpoint(?:s)? (?:of|de) (?:view|vue)\W*$|^point of view|\bcounterpoint\b|\btribune\b",
    ),
    cue("opinion", 4, "title", "", r"(?:^|: )(?:a |an |the )?(?:[\w-]+ ){0,2}perspectives?\W*$"),
    cue("opinion", 5, "title", "", r"\bposition (?:paper|statement)\b"),
    cue(
        "opinion",
        5,
        "title",
        "",
        # The genre: not what pupils write and machines mark, nor the studies of a thesis (`Three essays on ...`).
        r"\b(?:review|photo|critical) essay\b|\ban essay (?:on|in|concerning|about|into|towards?)\b"
        r"|(?:^|[:.;?!(] ?|- )\W?(?:(?:an?|the) )?(?:[\w-]+ )?essay(?:\W*$| (?:on|in|concerning|about|into|towards?)\b)"
        r"|\bessai (?:sur|critique|philosophique|politique"
        r"|théorique|d'interprétation|de réflexion)\b|(?:^|[:(] ?)(?:un )?essai\W*$",
    ),
    cue(
        "opinion",
        5,
        "title",
        "",
        r"\b(?:a )?(?:book )?review of [\"“«'&]|\bbook reviews?\b|\bessay review\b|\breview essay\b"
        r"|\bcompte rendu\b",
    ),
    cue(
        "opinion",
        4,
        "title",
        "",
        r"\b(?:some |personal )?(?:reflections?|musings|thoughts|notes) (?:on|of|about|toward)\b"
        r"|\bréflexions? (?:sur|autour)\b",
    ),
    cue(
        "opinion",
        4,
        "title",
        "",
        r"\bthe case (?:for|against)\b|\bin (?:defen[sc]e|praise) of\b|\ba (?:plea|call) (?:for|to)\b|\bplaidoyer\b",
    ),
    cue("opinion", 2, "title", "", r"\bshould\b|\bmust\b|\bfaut-il\b"),
    cue(
        "opinion",
        2,
        "title",
        "",
        r"\bcrisis\b|\bdilemmas?\b|\bmyths?\b|\bpolitics of\b|\bwhither\b|\brethinking\b|\breconsidered\b"
        r"|\brevisited\b",
    ),
    cue("opinion", 2, "title", "", r"\b(?:rethinking|reconsider\w+|revisit\w+|reimagining|reclaiming|repenser)\b"),
    cue("opinion", 2, "title", "", r"^towards? (?:an?|the)\b"),
    cue(
        "opinion",
        4,
        "start",
        "",
        r"(?:the |this )?(?:author'?s?'? |authors |essay |article |writer |paper |commentary |editorial "
        r"|(?:in )?response )?(?:strongly |also |critically |briefly )?"
        r"(?:argu|contend|assert|advocat|criticiz|criticis|critiqu|urg|maintain|claim|posit|challeng|defend|refut"
        r"|rebut|lament|plead|respond|repl|comment|reflect|deplor"
        r"|disput|warn|react|recommend|believ|conclud\w* that (?:[\w'-]+ ){1,8}(?:should|must))(?:e?s"
        r"|ies)\b(?! (?:of|in|for|to|and|facing)\b)",
    ),
    cue(
        "opinion",
        4,
        "text",
        "",
        r"\b(?:i|we|the authors?|this (?:essay|article|paper|commentary|chapter|editorial|response)|it is"
        r"|author) (?:\w+ ){0,2}(?:argue[sd]?|contend(?:s|ed)?|advocate[sd]?|assert(?:s|ed)?|critique[sd]?"
        r"|reflects?|maintains?|urges?|lament|calls? for|(?:is|are|be) argued)\b",
        r"interview|analy[sz]e data|findings",
    ),
    cue(
        "opinion",
        4,
        "text",
        "",
        r"\b(?:nous|l'auteure?|les auteurs|cet article|cet essai|ce texte|on) (?:\w+ )?(?:soutenons|plaid\w+"
        r"|défend\w*|soutien\w+|argumente\w*|critique\w*|dénonce\w*|s'interroge\w*)",
    ),
    cue(
        "opinion",
        4,
        "text",
        "",
        r"\bthis (?:essay|commentary|editorial|opinion|viewpoint|perspective|position paper|reply|rejoinder)\b"
        r"|\b(?:in|of) (?:my|our) (?:opinion|view)\b|\bà mon avis\b|\bcet éditorial\b|\bce point de vue\b",
    ),
    cue(
        "opinion",
        2,
        "start",
        "",
        r"(?:discuss|consider|outlin|offer|suggest|propos|describ|explain|present|review|address|defin|prais"
        r"|express|questions|question |speculat|summariz|provid|emphasiz|stress|clarif|not(?:es|ed) that"
        r"|points? out|focus|recount|recall|attempt|seek|asks|cit|trac|raise|interpret|deal)(?:e?s|ies)\b",
    ),
    cue(
        "opinion",
        1,
        "start",
        "",
        r"(?:this|the) (?:article|paper|document|chapter|report|authors?) (?:also |briefly )?(?:discuss|consider"
        r"|outlin|offer|suggest|propos|describ|explain|present|review|address|defin|prais|express|questions"
        r"|question |speculat|summariz|provid|emphasiz|stress|clarif|not(?:es|ed) that|points? out|focus|recount"
        r"|recall|attempt|seek|asks|cit|trac|raise|interpret|deal)(?:e?s|ies)?\b",
    ),
    cue(
        "opinion",
        1,
        "text",
        "",
        r"\b(?:teachers|educators|schools?|we|they|education|students|policy-?makers|universities|researchers"
        r"|administrators|society|nurses|curricul\w+|programs?|reforms?|governments?|colleges|teaching|counselors"
        r"|librarians|it|there) (?:should|must|ought to|needs? to)\b|\b(?:should|must) (?:be|not|have|seek|focus"
        r"|include)\b|\b(?:doit|doivent|devrait|devraient)\b|\bil faut\b",
    ),
    cue(
        "opinion",
        1,
        "text",
        "",
        r"\b(?:is|are) (?:discussed|presented|described|reviewed|considered|outlined|explored|suggested|offered"
        r"|proposed|criticized|explained|addressed|advocated|emphasized)\b",
    ),
)
