"""Words of headlines and abstracts that say nothing of their subject. Folded: lower case, without accents."""

from __future__ import annotations


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


HOLDS = {  # what may stand inside a phrase
    "fr": _words_of("a au aux d de des du en l la le les par pour sur"),
    "en": _words_of("for in of on the to"),
}
BARE = _words_of("d de of")  # what stands before a noun that another one leads
ARTICLES = _words_of("au aux ce ces cet cette des du l la le les leur leurs nos notre sa ses son un une votre vos")
EMPTY = {  # what no phrase begins or ends with, in either number
    "fr": _words_of(
        "accueil actualite ambition an analyse annee annonce aout appel approche article aujourd avis avril bilan "
        "bon bonne cadre cas cinq cle comment contexte decembre dernier derniere deux dossier effet enjeu enquete "
        "entre etat etude euro evolution exemple face faut fevrier grand grande guide hui impact janvier jeudi "
        "jour juillet juin lance lancement lieu lundi mai mardi mars mercredi milliard millier million mise mois "
        "monde moyen nombre nombreux nouveau nouveaux nouvel nouvelle nouvelles novembre octobre part partir "
        "permet place point premier premiere presente processus produit publication publie quatre question "
        "quotidien rapport rencontre reponse resultat retour role semaine septembre situation solution suivi "
        "tendance titre trois veille vendredi vers"
    ),
    "en": _words_of(
        "analysis announce announced announces approach april article assessing august back based best better big "
        "book build building case challenge challenges comparative current day days december developing driven "
        "effect effective effects evaluating evidence examining exploring factor factors february find first "
        "focus friday future get getting go good great guide help helping high impact implementation implication "
        "implications improve improving insight insights investigating january july june know large last latest "
        "launch launches lesson lessons like look low make making march method methods monday need needs new news "
        "next november october part perceived perception perceptions perspective perspectives pilot present "
        "process question questions real relationship report result results review role say says scale september "
        "series set share show shows small start step study systematic take three thursday time today top toward "
        "towards tuesday two understanding update use used using value via view want way ways wednesday week well "
        "world year years"
    ),
}
