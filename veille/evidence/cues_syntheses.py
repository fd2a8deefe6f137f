"""Cues of plans and of syntheses. See `veille.evidence.cues` for what the numbers mean."""

from __future__ import annotations

from veille.evidence.cues import cue

SYNTHESES = (
    # --- protocol
    cue(
        "protocol",
        7,
        "title",
        "protocol",
        r"\b(?:stud(?:y|ies)|trial|research|review|clinical|evaluation|survey|cohort|meta-analysis|synthesis"
        r"|project) protocols?\b"
        r"|\bprotocol (?:study|paper|article|description|synopsis|update)\b|\b(?:rationale|design) and protocol"
        r"|protocol and (?:rationale|design)"
        r"|\bprotocole (?:(?:pour|d'|de) ?(?:une? |la |l')?)(?:étude|essai|recherche|revue|évaluation|enquête)",
        r"observation protocol|think-aloud|protocol analysis|verbal protocol"
        r"|\b(?:reviews?|analys[ei]s|comparison|survey|audit|quality|reporting|adherence|deviations?|overview)"
        r" (?:of|to|in|from) (?:[\w-]+ ){0,4}protocols\b",
    ),
    cue("protocol", 7, "title", "protocol", r"\bprotocol (?:for|of) (?:an?|the|our) ", "{tried}|{unlike}"),
    # The head of the title or of a part of it: `Protocols for isolating ...`, `...: a systematic review protocol`.
    cue(
        "protocol",
        6,
        "title",
        "protocol",
        r"{head}protocole?s?\b(?: (?:standardis|simplifi|optimis)és?\b)?{stands}",
        r"{tried}|{unlike}",
    ),
    cue(
        "protocol",
        6,
        "title",
        "protocol",
        r"{head}protocole?s? (?:and|et) (?:(?:the|first|early|initial|preliminary|premiers|les) ){0,2}(?:results"
        r"|findings|experience|data|résultats)\b",
    ),
    # What the title says is made here: `Development of a referral protocol`. What tries one out studies it.
    cue(
        "protocol",
        6,
        "title",
        "protocol",
        r"\b(?:develop(?:ment|ing)|design(?:ing)?|establish(?:ment|ing)|standardi[sz](?:ation|ing)"
        r"|optimi[sz](?:ation|ing)|creat(?:ion|ing)|determin(?:ation|ing)|introducing|descri(?:ption|bing)"
        r"|propos(?:al|ing)|presenting"
        r"|building|defin(?:ition|ing)|elaboration|construction|setting up|refin(?:ement|ing)|improv(?:ement|ing)"
        r"|simplif(?:ication|ying)|modif(?:ication|ying)|adapt(?:ation|ing)|towards?) (?:and (?:[\w-]+ ){1,2})?"
        r"(?:(?:of|for) )?(?:(?:an?|the|our) )?{noun}protocols?\b"
        r"|\b(?:développement|mise au point|mise en place|élaboration|conception|proposition|optimisation|description"
        r"|présentation|vers) (?:et (?:[\w-]+ ){1,2})?(?:(?:d'|de )(?:un |notre )?|un |des )(?:nouveaux? )?"
        r"protocoles?\b",
        r"\b(?:lessons|effects?|impacts?|reviews?|survey|audit|effets?|leçons) (?:of|from|de|du|d')|{unlike}",
    ),
    cue(
        "protocol",
        6,
        "title",
        "",
        r"\b(?:study )?design,? (?:and|&) (?:[\w-]+ ){0,2}rationale\b|\brationale,? (?:and|&) (?:study "
        r"|trial )?(?:design|methods|methodology)\b|\brationale, (?:study |trial )?design",
    ),
    # `...: study design and methods`, `Conception d'un essai ...`
    cue(
        "protocol",
        6,
        "title",
        "",
        r"[:.,;] (?:the )?(?:trial|study|research|evaluation) (?:design|rationale|methodology)(?:,? (?:and"
        r"|&) (?:study )?"
        r"(?:methods?|methodology|objectives|analysis plans?|conduct))?\W*$"
        r"|^(?:the )?design (?:and (?:[\w-]+ ){1,2})?of"
        r" (?:an?|the) (?:[\w-]+,? ){0,8}(?:trial|cohort|longitudinal study|randomi[sz]ed study)\b"
        r"|\b(?:conception|plan) (?:et méthodes? )?(?:d'un essai|d'une (?:étude|évaluation|enquête)|de l'(?:étude|essai"
        r"|évaluation|enquête))\b",
        r"baseline|results|findings|lessons|résultats|methods? for|choice|review",
    ),
    cue(
        "protocol",
        6,
        "title",
        "",
        r"\bstatistical analysis plan\b|\bpre-? ?analysis plan\b|\bplan d'analyse statistique\b"
        r"|\bstage (?:1|i|one)[ :-]+registered report\b",
    ),
    cue(
        "protocol",
        6,
        "text",
        "registered",
        r"{own} (?:[\w-]+ ){0,2}stage (?:1|i|one) registered report\b|\bin[- ]principle accept",
    ),
    cue(
        "protocol",
        6,
        "text",
        "protocol",
        r"{own} (?:[\w-]+ ){0,3}protocole? (?:describe|present|outline|detail|report|aim|provide|décrit|présente"
        r"|expose)"
        r"|\b(?:describ|present|outlin|report|detail)\w{1,3} (?:here )?(?:the|a"
        r"|our) (?:[\w-]+ ){0,3}protocol (?:for|of|to)\b"
        r"|\bprovid\w{1,3} (?:here )?(?:the|a|our) (?:[\w-]+ ){0,3}protocol (?:for|of)\b"
        r"|\b(?:study|trial|review|this) protocol (?:describe|present|outline|detail)"
        r"|\b(?:décri|présent)\w+ le protocole (?:d'|de )",
    ),
    cue(
        "protocol",
        6,
        "text",
        "design",
        r"\b(?:we|article|paper|report) (?:\w+ )?(?:describes?|presents?|outlines?) the (?:rationale (?:and|for)"
        r" (?:the )?|study )?design (?:and (?:rationale|methods) )?(?:of|for) (?:an?|the|our|this) (?:[\w-]+,? ){0,8}"
        r"(?:trial|study|intervention|program(?:me)?|cohort|evaluation)\b",
        r"baseline|results|findings|résultats|participants'? characteristics",
    ),
    # Where nothing else is claimed: `Isolating spores by a simplified protocol`.
    cue(
        "protocol",
        2,
        "title",
        "protocol",
        r"\b(?:an?|the|our) {noun}(?:new|novel|improved|optimi[sz]ed|modified|standardi[sz]ed|simplified|simple|rapid"
        r"|fast|efficient|reproducible|reliable|robust|detailed|step-by-step|alternative) {noun}protocol\b"
        r"|\b(?:un|notre) (?:nouveau )?protocole {noun}(?:simplifié|optimisé|standardisé|amélioré|modifié|rapide"
        r"|reproductible)\b",
        r"\b(?:effects?|impact|outcomes?|results|evaluat\w+|comparison|effets?"
        r"|résultats|évaluation|r[eé]trospective|versus|vs)\b",
    ),
    # --- meta-analysis
    cue(
        "meta-analysis",
        5,
        "title",
        "",
        r"\bm[eé]ta-? ?(?:regression )?analy(?:s[ei]s|ses?|tic|tiques?)\b|\bmega-analysis\b",
        r"(?:reviews?|overview|appraisal|quality|compliance|reporting|summary|survey|critique|revue|synthèse) (?:of"
        r"|des?) (?:[\w-]+ ){0,3}(?:and )?m[eé]ta-analyses"
        r"|meta-analyses (?:published|in the)|reviews and meta-analyses (?!of)"
        r"|\b(?:in|into|about|dans les) m[eé]ta-? ?analys[ei]s\b(?! of)|{qualitative}"
        r"|meta-? ?analytic (?:methods?|techniques?|tools?|software|practices?|standards|thinking)\b"
        r"|\b(?:software|packages?|programs?|tools?|tutorial|guide|guidelines?|introduction|primer|methods?|logiciel)"
        r" (?:[\w-]+ ){0,2}(?:for|to|on|of|pour) (?:[\w-]+ ){0,3}m[eé]ta-? ?analy",
    ),
    cue("meta-analysis", 4, "title", "", r"\bpooled[ -](?:data )?analys[ei]s\b"),
    cue(
        "meta-analysis",
        4,
        "title",
        "individu",
        r"\bindividual[- ](?:patient|participant)[- ]data\b|\bdonnées individuelles (?:d'|de \w+ )essais",
    ),
    cue(
        "meta-analysis",
        4,
        "both",
        "regression",
        r"\bmeta-?regressions? (?:was|were|analys|of)\b|\bmeta-?regressions? showed",
    ),
    cue(
        "meta-analysis",
        4,
        "text",
        "meta",
        r"{own} {w4}(?:\()?meta-? ?analy(?!tical? (?!(?:[\w-]+ ){0,2}(?:stud|review|synthes|investigat|evaluat|assess"
        r"|approach|compar|method|techni|model|procedure|examin|evidence|result|finding|estimat|data|work|project"
        r"|article|paper|analys|regress)))"
        r"|\b(?:aim|purpose|objective|goal)s? of (?:the|this) {w4}meta-? ?analysis"
        r"|\bwe {w8}{did}\w* {w8}meta-? ?analys[ei]s"
        r"|\bmeta-? ?analys[ei]s {w4}(?:was|were|is) (?:\w+ ){0,2}{did}"
        r"|\b{did}\w* (?:a|an|the|systematic) {w4}meta-? ?analy",
        r"preferred reporting|prisma|guideline|statement|{unmade}|{qualitative}",
    ),
    cue(
        "meta-analysis",
        4,
        "text",
        "meta",
        r"\b(?:in|by|through|via|with|using) (?:an?|the|this) {w4}meta-? ?analy"
        r"|\bmeta-? ?analys[ei]s of (?:the )?(?:\d|individual|eligible|data|available|included|published|all|relevant)"
        r"|\bmeta-? ?analys[ei]s (?:\w+ )?(?:show|indicat|reveal|suggest|demonstrat|includ|found|confirm|synthesi)"
        r"|\bthe {w4}meta-? ?analysis (?:was|were|showed|revealed|includ)|\bmeta-? ?analy(?:zed|sed)\b",
        r"preferred reporting|prisma|guideline|statement|{unmade}|{qualitative}",
    ),
    cue(
        "meta-analysis",
        4,
        "text",
        "méta",
        r"\b(?:cette|notre|une|la|présente) {w2}méta-?analyse|\bméta-?analyse (?:de|portant|a été|montre|inclu"
        r"|réalis)",
        r"{unmade}|{qualitative}",
    ),
    cue(
        "meta-analysis",
        1,
        "text",
        "",
        r"\b(?:random|fixed)[- ]effects? (?:model|meta|inverse)|\bmodèle à effets aléatoires",
    ),
    cue(
        "meta-analysis",
        1,
        "text",
        "pool",
        r"\bpooled (?:[\w-]+ ){0,3}(?:odds|or\b|ors\b|hazard|risk|relative|estimate|effect|prevalence|mean|sensitiv"
        r"|hr\b|rr\b|smd|result|analys|standard)",
    ),
    cue(
        "meta-analysis",
        1,
        "text",
        "",
        r"\b(?:between[- ]study |significant |no |statistical |study )heterogeneity\b|\bi2\b",
    ),
    # --- systematic review
    cue(
        "systematic-review",
        5,
        "title",
        "",
        r"\bsystematic(?:ally|ized|ised)?,? (?:[\w/-]+,? ){0,4}(?:reviews?|overview)\b|\b(?:scoping|umbrella"
        r"|rapid evidence|cochrane|mapping) (?:[\w-]+ )?reviews?\b|(?:^|[:.?!] "
        r"|\()(?:an? )?integrative (?:[\w-]+ )?reviews?"
        r" of (?:the )?(?:literature|research|\w+ studies|studies|evidence)\b|[:.?!] (?:an? )?integrative (?:[\w-]+ )?"
        r"review\W*$|\bintegrative (?:literature|research) review\b",
        r"(?:published in|quality|compliance|reporting) (?:[\w-]+ ){0,4}|how to|guide to|systematic reviews\b"
        r"|methods? for systematic|automat|{on reviews}",
    ),
    # What stands behind a colon is what the work is, whatever it is about.
    cue(
        "systematic-review",
        5,
        "title",
        "",
        r"(?:[:.?!]|-) (?:an? |une? )?(?:systematic|scoping|umbrella|integrative) (?:[\w/-]+ ){0,2}(?:reviews?|overview"
        r"|mapping study)(?: of (?:the )?(?:literature|studies|evidence|research))?\W*$",
    ),
    cue(
        "systematic-review",
        5,
        "title",
        "",
        r"\b(?:overview|umbrella review|review|synthesis) of (?:[\w-]+ ){0,2}(?:systematic )?reviews\b",
    ),
    cue(
        "systematic-review",
        4,
        "title",
        "",
        r"\bsystematic (?:literature |evidence )?(?:map(?:ping)?|search|assessment|synthesis)\b",
    ),
    cue(
        "systematic-review",
        5,
        "title",
        "",
        r"\bm[eé]ta-?(?:ethnograph|synth[eè]s)|\b(?:qualitative|research|evidence|best-evidence) synthes[ie]s\b"
        r"|\bsynthèse (?:systématique|de la recherche)\b",
    ),
    # A meta-analysis of what people said pools no figures: it goes through studies, or through one's own interviews.
    cue("systematic-review", 5, "title", "", r"{qualitative}", "{their own}"),
    cue(
        "systematic-review", 4, "text", "meta", r"{qualitative}", "{their own}|quantitative|qualitative (?:and|or|nor)"
    ),
    cue("systematic-review", 4, "text", "méta", r"{qualitative}", "{their own}"),
    cue(
        "qualitative", 4, "text", "", r"{qualitative}[^.;]{0,80}(?:{their own})|(?:{their own})[^.;]{0,80}{qualitative}"
    ),
    cue(
        "systematic-review",
        4,
        "text",
        "synth",
        r"(?:{own}|\b(?:we|nous) {w8}{did}\w*) {w4}(?:m[eé]ta-?synth[eè]s|(?:qualitative )?evidence synthes"
        r"|best-evidence synthes)",
        r"{their own}",
    ),
    cue("systematic-review", 4, "text", "ethnograph", r"(?:{own}|\b(?:we|nous) {w8}{did}\w*) {w4}m[eé]ta-?ethnograph"),
    cue("systematic-review", 5, "title", "", r"\bevidence (?:gap )?maps?\b"),
    cue(
        "systematic-review",
        5,
        "both",
        "revue",
        r"\brevues? (?:[\w-]+ ){0,3}(?:systématique|exploratoire|parapluie|intégrative)s?\b|\brevue systématis",
    ),
    *(
        cue(
            "systematic-review",
            4,
            "text",
            stem,
            r"{own} {w4}(?:systematic(?:ally)?|scoping|umbrella) (?:[\w-]+ ){0,3}review"
            r"|{own} {w4}systematic(?:ally)? (?:[\w-]+ ){0,3}(?:analys|summari[sz])[^.;]{0,80}{literature}"
            r"|{own} integrative (?:literature )?review"
            r"|\bwe {w4}systematically (?:review|search|synthes|(?:identif|assess|map)[^.;]{0,80}{literature})"
            r"|\b(?:systematic|scoping|umbrella) (?:[\w/-]+ ){0,3}reviews? (?:[\w-]+ ){0,8}(?:was"
            r"|were|is) (?:\w+ ){0,2}{did}"
            r"|\b(?:we|authors?) {w8}{did}\w* {w4}(?:systematic|scoping|umbrella) (?:[\w/-]+ ){0,3}(?:review|mapping)"
            r"|\b(?:paper|article|study|thesis) (?:systematically reviews"
            r"|presents? a systematic (?:literature )?review|reports? (?:on )?(?:a|the results of a) systematic)"
            r"|\b(?:presents?|reports?|provides?|proceeds|continues) (?:on |with )?(?:an? |the (?:results"
            r"|findings) of an? )(?:[\w-]+ ){0,2}(?:scoping|umbrella|systematic (?:[\w-]+ )?literature) (?:review"
            r"|survey)"
            r"|\b(?:presents?|reports?|provides?|is|was) an? systematic (?:[\w-]+ )?(?:overview|survey|synthesis)"
            r"[^.;]{0,100}\b(?:literature|studies|articles|papers|publications|research)\b"
            r"|\b(?:aims?|purpose|objectives?) of (?:this|the) {w2}(?:systematic|scoping) review"
            r"|^(?:an? |this )?(?:systematic|scoping|umbrella|integrative) (?:literature )?review\b"
            r"|^an? (?:systematic|scoping|umbrella|integrative) (?:[\w-]+ ){0,2}review of \d"
            r"|\bto systematically (?:review|evaluate"
            r"|assess|analy[sz]e|summari[sz]e|synthesi)",
            # Of charts and abstracts, a review is no review of studies; who counts publications does not read them.
            r"systematic(?:ally)? bibliometric|\bin systematic review (?:publication|methodolog)"
            r"|\bthe term (?:systematic|scoping)"
            r"|\breviews? is (?:an? (?:[\w-]+ )?method|used to refer|defined)"
            r"|evidence from (?:a )?systematic|recent systematic review|reviews? of (?:each|all|the|our|these|medical"
            r"|patients?|hospital)? ?(?:[\w-]+ ){0,3}(?:abstracts?|charts?|records?|files|cases|images|notes)\b",
        )
        for stem in ("systematic", "scoping", "umbrella", "integrative")
    ),
    cue(
        "systematic-review",
        3,
        "text",
        "search",
        r"\b(?:systematic|comprehensive|electronic|extensive|structured|literature) (?:[\w-]+ ){0,3}search(?:es"
        r"|ing)? [^.]{0,160}\b(?:databases?|literature|studies|articles|medline|pubmed|embase|scopus"
        r"|web of science|eric|psycinfo)\b"
        r"|\b(?:medline|pubmed|embase|scopus|web of science|psycinfo|psychinfo|cinahl|cochrane|eric"
        r"|databases)\b[^.]{0,160}\bsearched\b"
        r"|\bsearch(?:ed|ing|es)? [^.]{0,80}\b(?:medline|pubmed|embase|scopus|web of science|psycinfo|cinahl"
        r"|cochrane|eric|databases)\b",
        r"genom|protein|sequence|\bapps?\b|patents",
    ),
    cue(
        "systematic-review",
        3,
        "text",
        "",
        r"\b(?:studies|articles|papers|trials|publications|literature)\b[^.]{0,80}\b(?:retrieved|identified|obtained"
        r"|collected|selected) (?:from|in|through|via|using) [^.]{0,40}\b(?:medline|pubmed|embase|scopus|web of science"
        r"|psycinfo|cinahl|cochrane|eric)\b"
        r"|\b(?:recherche|interrog|consult)\w* [^.]{0,80}\b(?:medline|pubmed|embase|scopus|web of science|psycinfo"
        r"|cinahl|cochrane|eric|cairn|bases (?:de données )?bibliographiques)\b",
    ),
    cue("systematic-review", 4, "text", "prisma", r"\bprisma\b(?! model)"),
    cue(
        "systematic-review", 1, "both", "review", r"(?<!chart )(?<!record )(?<!records )\breviews?\b", r"retrospective"
    ),
    cue("systematic-review", 1, "both", "revue", r"\brevue\b"),
    cue(
        "systematic-review",
        1,
        "text",
        "criteria",
        r"\b(?:studies|articles|papers|trials|publications|études) [^.]{0,40}(?:met|meeting|fulfill\w+"
        r"|satisf\w+) [^.]{0,20}(?:inclusion|eligibility|selection) criteria",
    ),
    cue(
        "systematic-review",
        1,
        "text",
        "",
        r"\b\d+ (?:[\w-]+ ){0,4}(?:studies|trials|articles|papers) (?:were|was|that) (?:finally |ultimately "
        r"|then )?(?:includ|review|select|identif|retain)|\bétudes (?:ont été )?(?:inclus|retenu)es",
    ),
    cue(
        "systematic-review",
        1,
        "text",
        "",
        r"\breviews? (?:of )?(?:the )?\d+ (?:[\w-]+ ){0,4}(?:studies|articles|papers|trials|publications)\b"
        r"|\brevue de \d+ (?:études|articles|essais)\b",
    ),
)
