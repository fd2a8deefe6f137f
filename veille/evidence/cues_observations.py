"""Cues of studies that watch, count or listen. See `veille.evidence.cues` for what the numbers mean."""

from __future__ import annotations

from veille.evidence.cues import cue

OBSERVATIONS = (
    # --- qualitative
    cue(
        "qualitative",
        5,
        "title",
        "",
        r"\bqualitative (?:[\w-]+ ){0,3}(?:study|inquiry|analys|exploration|investigation|research|evaluation"
        r"|interview|case|content|evidence|approach|descripti|data)|\bétude qualitative|\brecherche qualitative"
        r"|\benquête qualitative",
        r"quantitative|meta-analys",
    ),
    cue("qualitative", 5, "title", "", r"\b(?:auto-?)?[eé]thnograph"),
    cue("qualitative", 5, "title", "", r"\bphenomenolog"),
    cue("qualitative", 5, "title", "", r"\bphénoménolog"),
    cue("qualitative", 4, "title", "", r"\bgrounded theory"),
    cue("qualitative", 4, "title", "", r"\bnarrative (?:inquiry|analysis|study)|\bnarratives of\b"),
    cue("qualitative", 3, "title", "", r"\blived experience|\bvoices? (?:of|from)\b"),
    cue("qualitative", 3, "title", "", r"\bvoices\b"),
    cue("qualitative", 3, "title", "", r"\bfocus groups?\b"),
    cue("qualitative", 3, "title", "", r"\bparticipatory action research|\baction research"),
    cue("qualitative", 2, "title", "", r"\bcase stud(?:y|ies)\b(?! report)"),
    cue("qualitative", 2, "title", "", r"\bétudes? de cas"),
    cue("qualitative", 2, "title", "", r"\bparticipant observ"),
    cue(
        "qualitative",
        4,
        "text",
        "qualitati",
        r"\bqualitative(?:ly)? (?:[\w-]+,? ){0,3}(?:study|stud|research|inquiry|interview|data|method|approach"
        r"|design|content analys|analys|investigation|exploration|case|evaluation|fieldwork|findings|thematic"
        r"|dataset)|\b(?:étude|enquête|recherche|analyse|approche|méthode|démarche"
        r"|données) (?:\w+ )?qualitatives?\b",
        r"quantitative|quantitatif|qualitative (?:and|or) quant|literature|qualitative research (?:has|is|suggests"
        r"|methods? in)|generated from qualitative",
    ),
    cue(
        "qualitative", 4, "text", "ethnogra", r"\b(?:auto-?)?ethnograph(?:ic|y|ies|ically)\b|\bethnographi(?:e|que)s?\b"
    ),
    cue(
        "qualitative",
        4,
        "text",
        "interview",
        r"\b(?:semi-?structured|in-?depth|open-?ended|unstructured|narrative|individual|face-to-face|qualitative"
        r"|extensive|life history|group|structured) (?:[\w-]+,? ){0,4}interview"
        r"|\binterview(?:s|ed|ing)? (?:(?!before|after|during)[\w-]+ ){0,3}(?:with|of|and (?:observation|focus"
        r"|document|fieldnote))\b"
        r"|\bwe interviewed\b|\bi interviewed\b|\binterview (?:data|transcripts?|study)|\b(?:through|from|using"
        r"|via|on|draw\w*|including|includes?) (?:[\w-]+,? ){0,6}interviews\b"
        r"|\binterviews were (?:\w+ ){0,2}(?:conduct|transcri|analy|held|carried|record|used)",
        r"diagnostic interview|telephone survey|clinical interview|psychiatric interview|structured clinical",
    ),
    cue(
        "qualitative",
        4,
        "text",
        "entretien",
        r"\bentretiens? (?:[\w-]+ ){0,3}(?:semi-?directif|semi-?structur|compréhensif|approfondi|individuel"
        r"|collectif|d'explicitation|d'autoconfrontation|biographique|qualitatif|menés|réalisés|conduits|auprès"
        r"|avec)|\b\d+ entretiens\b|\b(?:série|corpus|analyse|partir) d'?e?s? ?entretiens",
    ),
    cue("qualitative", 3, "text", "focus", r"\bfocus[- ]groups?\b|\bgroupes? de discussion"),
    cue(
        "qualitative",
        3,
        "text",
        "themat",
        r"\bthematic(?:ally)? (?:content )?analy|\bthemes (?:that )?(?:emerged|were identified)"
        r"|\banalysed thematically",
    ),
    cue("qualitative", 3, "text", "thématique", r"\banalyse (?:de contenu )?thématique"),
    cue(
        "qualitative",
        3,
        "text",
        "themes",
        r"\b(?:\w+ )?themes (?:that )?(?:emerg|were|are) ?(?:identif|deriv|develop|generat|found)?|\b(?:three|four"
        r"|five|six|seven|main|major|key|following|overarching) (?:\w+ )?themes\b",
    ),
    cue(
        "qualitative",
        3,
        "text",
        "observ",
        r"\bparticipants?[- ]observ|\bclassroom observations?\b|\bmonths of (?:[\w-]+ )?observation"
        r"|\bobservation participante|\bobservations (?:de classe|en classe|ethnograph)",
    ),
    cue("qualitative", 4, "text", "fieldwork", r"\bfieldwork\b"),
    cue("qualitative", 3, "text", "field", r"\bfield ?notes\b|\bfield study\b"),
    cue(
        "qualitative",
        3,
        "text",
        "phenomeno",
        r"\bphenomenolog\w+ (?:study|approach|analys|research|method|design|inquiry|interview)|\bphenomenographic",
    ),
    cue("qualitative", 3, "text", "grounded", r"\bgrounded theory"),
    cue(
        "qualitative",
        2,
        "text",
        "",
        r"\bdiscourse analys|\bconversation analys|\bnarrative (?:analys|inquiry)|\banalyse d[eu] discours",
    ),
    cue(
        "qualitative",
        2,
        "text",
        "case stud",
        r"{own} {w4}case stud(?:y|ies)|\b(?:a|multiple|comparative|in-depth|descriptive|exploratory|single|two"
        r"|three|four|five) (?:[\w-]+ ){0,2}case stud(?:y|ies)\b",
        r"case study report",
    ),
    cue("qualitative", 2, "text", "étude de cas", r"\bétudes? de cas\b"),
    cue("qualitative", 2, "text", "action", r"\baction research\b|\brecherche-action\b"),
    cue("qualitative", 2, "text", "verbatim", r"\bverbatims?\b"),
    cue("qualitative", 1, "text", "lived", r"\blived experiences?\b"),
    cue("qualitative", 1, "text", "explore", r"\bexplores? (?:[\w'-]+ ){0,6}(?:perceptions|experiences|views)"),
    # --- observational
    cue("observational", 5, "title", "", r"\bcohorte?\b"),
    cue("observational", 5, "title", "", r"\bcross-? ?sectional\b"),
    cue("observational", 5, "title", "", r"\bétude transversale"),
    cue("observational", 4, "title", "", r"\blongitudinale?\b"),
    cue("observational", 5, "title", "", r"\bcase-? ?control\b|\bcas-témoins?\b"),
    cue(
        "observational",
        4,
        "title",
        "",
        r"\bcase (?:report|series)|\ba case of\b|\breport of (?:a|one|two|three|\d+) cases?\b|\bà propos d'un cas",
    ),
    cue("observational", 5, "title", "", r"\bobservational\b"),
    cue("observational", 4, "title", "", r"\br[ée]trospective\b"),
    cue("observational", 3, "title", "", r"\b(?:survey|panel study|registry|register-based|population-based)\b"),
    cue("observational", 3, "title", "", r"\benquête\b"),
    cue("observational", 3, "title", "", r"\b(?:prevalence|incidence|epidemiology)\b"),
    cue("observational", 3, "title", "", r"\bprévalence\b"),
    cue("observational", 2, "title", "", r"\b(?:correlates|correlations?) (?:of|between)\b"),
    cue("observational", 2, "title", "", r"\bpredict(?:ors?|ing|s)\b|\brisk factors\b|\bdeterminants of\b"),
    cue(
        "observational",
        2,
        "title",
        "",
        r"\bassociat(?:ions?|ed)\b (?:between|of|with)|\brelation(?:ship)?s? (?:between|of|to)\b",
    ),
    cue("observational", 4, "text", "sectional", r"\bcross-? ?sectional\b"),
    cue(
        "observational",
        4,
        "text",
        "cohort",
        r"\b(?:prospective|retrospective|birth|population|national|matched|historical|longitudinal"
        r"|inception) (?:[\w-]+ ){0,2}cohorts?\b|\bcohort (?:study|analys|design|of|data)|\bétude de cohorte"
        r"|\bcohorte de\b|\bcohorts of (?:\w+ )?(?:students|pupils)|\bcomplete cohort",
    ),
    cue(
        "observational",
        4,
        "text",
        "",
        r"\bcase-? ?control (?:study|design)\b|\bétude cas-témoins?|\bcase series\b|\bwe (?:report|present"
        r"|describe) (?:a|an|the|two|three|one) (?:[\w-]+ ){0,3}cases?\b|\bpresents? (?:the|a"
        r"|an) (?:[\w-]+ ){0,3}case (?:of|report)\b",
    ),
    cue(
        "observational",
        4,
        "text",
        "observation",
        r"\bobservational (?:[\w-]+ ){0,2}(?:study|data|design|cohort)\b|\bétude observationnelle",
    ),
    cue("observational", 3, "text", "trospective", r"\bretrospective(?:ly)?\b|\brétrospective"),
    cue(
        "observational",
        4,
        "text",
        "longitudinal",
        r"\blongitudinal(?:ly)? (?:[\w-]+ ){0,4}(?:study|data|survey|analys|sample|design|measure|model|cohort"
        r"|regression)|\b(?:données|enquête|étude|suivi) (?:\w+ )?longitudinale?s?\b",
    ),
    cue(
        "observational",
        4,
        "text",
        "",
        r"\b(?:nationally |population-|a |large )?representative (?:[\w-]+ ){0,3}(?:sample|survey|data)"
        r"|\béchantillon représentatif",
    ),
    cue("observational", 3, "text", "panel", r"\bpanel (?:study|data|survey)|\bdonnées de panel"),
    cue(
        "observational",
        3,
        "text",
        "",
        r"\bdata (?:\w+ )?(?:from|on|for|of) (?:[\w,-]+ ){0,6}(?:survey|study|census|cohort|registr|pisa|timss"
        r"|pirls|assessment|surveys|records|students|counties|districts)|\busing (?:\w+ ){0,4}(?:administrative"
        r"|survey|census|register|registry|panel|national|secondary) (?:\w+ )?data|\b(?:administrative|census"
        r"|survey|registry) data\b|\banaly[sz](?:e|es|ed|ing) (?:[\w-]+ ){0,4}(?:data|records)\b",
        r"qualitative|interview|ethnograph|{animals}|genom|sequenc",
    ),
    cue(
        "observational",
        3,
        "text",
        "survey",
        r"\bsurvey(?:s|ed)? (?:[\w-]+ ){0,4}(?:of|data|was|were|respon|among|with|stud|conducted|completed|administ"
        r"|design|question|result)|\b(?:online|national|postal|mail|web-based|anonymous|self-report|large-scale"
        r"|telephone|school|household|completed|student|questionnaire) (?:[\w-]+ ){0,2}surveys?\b|\bwe surveyed\b"
        r"|\bsurveyed\b",
        r"literature survey|(?:we|this (?:paper|article)) surveys? |survey of (?:the )?(?:literature|methods"
        r"|approaches)",
    ),
    cue(
        "observational",
        3,
        "text",
        "questionnaire",
        r"\bquestionnaires?\b (?:[\w-]+ ){0,5}(?:was|were|administ|complet|sent|distribut|surv|from|to|data|among)"
        r"|\b(?:complet|administ|answer|fill|respond)\w* (?:[\w-]+ ){0,6}questionnaires?\b"
        r"|\bquestionnaire(?:s)? (?:\w+ )?(?:auprès|administré|a été|adressé|rempli|soumis)|\bpar questionnaires?\b",
    ),
    cue(
        "observational",
        3,
        "text",
        "enquête",
        r"\benquête (?:[\w-]+ ){0,4}(?:auprès|menée|nationale|quantitative|par questionnaire|statistique|réalisée)"
        r"|\bdonnées d'enquêtes?\b|\bdonnées de l'enquête",
    ),
    cue(
        "observational",
        3,
        "text",
        "",
        r"\b(?:logistic|linear|multiple|multivariate|multivariable|hierarchical|multilevel|ordinal|poisson|cox|ols"
        r"|quantile|fixed[- ]effects?|longitudinal) (?:[\w-]+ ){0,2}(?:regressions?|models?|modell?ing)\b"
        r"|\bregression (?:analys|model|result)|\brégressions? (?:logistique|linéaire|multiple)"
        r"|\banalyses? de régression",
        r"symbolic|algorithm|support vector|meta-regression",
    ),
    cue(
        "observational",
        3,
        "text",
        "",
        r"\bstructural equation|\béquations structurelles|\bpath analys[ie]s|\bgrowth (?:curve|model|mixture)"
        r"|\blatent (?:class|profile|growth)",
    ),
    cue("observational", 2, "text", "", r"\bmultilevel\b"),
    cue("observational", 3, "text", "", r"\bpropensity[- ]scor|\binverse[- ]probability|\bscores? de propension"),
    cue("observational", 3, "text", "", r"\bevent[- ]history|\bsurvival analys|\bhazard models?"),
    cue("observational", 2, "text", "", r"\bprevalence (?:of|was|rate)|\bincidence (?:of|was|rate)"),
    cue(
        "observational", 2, "text", "", r"\bconsecutive (?:\w+ )?(?:patients|cases)|\bmedical records|\bcharts? review"
    ),
    cue(
        "observational",
        2,
        "text",
        "",
        r"\b(?:positively|negatively|significantly|strongly|highly|moderately|weakly) (?:and \w+ )?(?:correlat"
        r"|associat|relat|predict)|\bcorrelation(?:s|al)? (?:analys|between|study|coefficient)|\bcorrélation",
    ),
    cue("observational", 2, "text", "", r"\b(?:predict(?:s|ed|ors?) (?:of )?|examin\w+ (?:the )?predict)\b"),
    cue(
        "observational",
        2,
        "text",
        "",
        r"\b(?:examin|investigat|explor|stud|analy[sz]|test|assess|evaluat|measur)\w* (?:[\w'-]+ ){0,4}(?:relation"
        r"|association|differences? (?:in|between|among)|correl|determinants? of|predictors? of)"
        r"|\brelation(?:ship)?s? (?:of [\w' -]{3,60} to|between [\w', -]{3,80} and) [^.]{3,80}(?:was|were"
        r"|is) (?:examin|explor|stud|analy|assess|investig)",
        r"qualitative|interview|historical|philosoph|theor|{animals}",
    ),
    cue(
        "observational",
        1,
        "text",
        "",
        r"\b(?:examin|investigat|analy[sz]|test|assess|evaluat)\w* (?:[\w'-]+ ){0,4}(?:effects? of|impact of"
        r"|influence of|factors|trends in|changes in)\b",
        r"qualitative|interview|historical|philosoph|{animals}",
    ),
    cue(
        "observational",
        1,
        "text",
        "",
        r"^(?:results |study |findings |the study )?(?:finds|found|findings?|reveals?|shows?|indicates?"
        r"|suggests?) (?:that |indicate |show )|\b(?:i|we|study|analysis|results|findings) (?:also )?(?:find|found"
        r"|indicated?|show(?:ed)?|reveal(?:ed)?)\b",
        r"{animals}|interview|qualitative|argue",
    ),
    cue(
        "observational",
        1,
        "text",
        "",
        r"\bresults (?:\w+ )?(?:show|indicat|reveal|suggest|demonstrat|support|confirm)|\bles résultats (?:montrent"
        r"|indiquent|révèlent|suggèrent)",
        r"{animals}|interview|qualitative|simulat|experimental results",
    ),
    cue(
        "observational",
        2,
        "text",
        "sample",
        r"\b(?:a |the )?samples? (?:of|included|consisted|comprised|was|were)\b (?:[\w,-]+ ){0,6}\b(?:students"
        r"|pupils|children|adults|teachers|adolescents|people|youth|participants|families|women|men|individuals"
        r"|schools|college|patients|freshmen|seniors|mothers|parents)",
        r"literature|interview",
    ),
)
