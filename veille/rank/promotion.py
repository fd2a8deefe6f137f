"""Is a text selling something? Told by several kinds of signs together, each in French and in English. Pure.

One sign alone proves nothing: a school invites to a workshop, a researcher writes "we are pleased to". Two kinds of
them, or a label that says so itself, and it is an offer of its author. Precise rather than complete.
"""

from __future__ import annotations

import re

from veille.rank.reading import READ_CHARACTERS, ItemText
from veille.rank.words import fold, split_words

READ_SECTIONS = frozenset({"press", "technology"})  # research, rules, events and courses speak for themselves by nature
BRAND_LETTERS = 4  # of a word of a source's name, to be taken for a brand
# Words of sources' names that are no brand.
NO_BRANDS = re.compile(
    r"academie|academy|actu|actualite|actualites|agence|association|blog|campus|center|centre|college"
    r"|conseil|council|digital|ecole|edtech|education|educational|elearning|europe|europeenne|feed"
    r"|fondation|formation|foundation|francais|france|french|info|institut|institute|journal|learning"
    r"|magazine|media|ministere|national|news|numerique|online|podcast|post|press|presse|recherche|research"
    r"|review|revue|school|science|sciences|skills|source|tech|times|today|training|universite|university"
    r"|weekly|world"
)
_OFFERED = (
    r"(?:solution|plateforme|platform|logiciel|software|offre|produit|product|outil|tool|service|application|app|client|"
    r"customer|abonnement|catalogue|suite|equipe commerciale|sales team|expert)s?"
)
LABEL = re.compile(
    r"\b(?:contenu|article|publication|billet) sponsorisee?\b|\bpubli-?(?:redactionnel|reportage|communique)\b"
    r"|\bsponsored (?:content|post|article)\b|\badvertorial\b|\bpaid (?:content|post|partnership)\b"
    r"|\bpartner content\b|\bcontenu (?:de )?partenaire\b"
)
SIGNS = (
    # A call to buy or to give one's address.
    re.compile(
        r"\b(?:demandez|reservez|planifiez|obtenez) (?:une|votre|vos) (?:demo|demonstration|essai|devis|rendez-vous)\b"
        r"|\bessais? gratuits?\b|\btestez[\w ,]{0,30}gratuitement\b"
        r"|\bcode promo\b|\boffre (?:speciale|de lancement)\b"
        r"|\btelechargez (?:notre|nos|le livre blanc|ce livre blanc|gratuitement)\b|\bprofitez (?:de|d')"
        r"|\bcontactez[- ]nous\b|\b(?:request|book|schedule|get) (?:a|your) (?:free )?(?:demo|trial|quote)\b"
        r"|\bfree trial\b|\bbuy now\b|\bsign up (?:now|today|for free)\b|\blimited[- ]time offer\b|\bcontact us\b"
        r"|\bget started (?:today|for free)\b|\bdownload (?:our|the|your) (?:free )?(?:white ?paper|guide|e-?book)\b"
        r"|\bdiscount code\b|\b\d+ ?% (?:off|de remise|de reduction)\b|\btry it (?:for )?free\b"
    ),
    # Praise of oneself.
    re.compile(
        r"\b(?:leader|numero un|n°1) (?:mondial|europeen|francais|incontest\w+|du marche|sur le marche|de l'edtech)\b"
        r"|\bsolution (?:innovante|unique|tout-en-un|cle en main|ideale|complete)\b|\bcle en main\b"
        r"|\b(?:market|industry|world|award)[- ](?:leading|winning|class)\b|\bleading (?:provider|platform|edtech)\b"
        r"|\ball-in-one (?:solution|platform)\b|\bgame[- ]changing\b|\bbest-in-class\b"
        r"|\bcutting-edge (?:solution|platform)\b"
        r"|\brevolutionn(?:e|er|aire)\b[\w ',]{0,40}\b(?:formation|apprentissage|learning)\b|\bturnkey\b"
        r"|\bplus de [\d  ]+ (?:clients|entreprises) (?:nous )?(?:font|ont) (?:deja )?confiance\b|\btrusted by\b"
    ),
    # An author who speaks of what it sells, or of its pride in it.
    re.compile(
        rf"\b(?:notre|nos|our) (?:\w+ )?{_OFFERED}\b"
        r"|\b(?:nous sommes|on est) (?:tres )?(?:fiers?|heureux|ravis?) d"
        r"|\bwe(?:'re| are) (?:very |so )?(?:excited|thrilled|proud|delighted|pleased)"
        r" to (?:announce|introduce|launch|share)\b"
    ),
)


def detect_promotion(item: ItemText) -> bool:
    """Whether a press or technology item promotes what its own author sells."""
    if item.section not in READ_SECTIONS:
        return False
    text = fold(f"{item.title}. {item.summary[:READ_CHARACTERS]}")
    if LABEL.search(text):
        return True
    signs = sum(sign.search(text) is not None for sign in SIGNS)
    return signs >= 2 or (signs == 1 and _names_itself(item))


def _names_itself(item: ItemText) -> bool:
    """The title speaks of the source that published it."""
    brands = {
        word for word in split_words(item.source_id) if len(word) >= BRAND_LETTERS and not NO_BRANDS.fullmatch(word)
    }
    return not brands.isdisjoint(split_words(item.title))
