"""Words of French and English that say little: those that carry grammar, and those that tell of no subject. Folded."""

from __future__ import annotations


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = {  # folded
    "fr": _words_of(
        "a ai ainsi alors apres au aucun aussi autre autres aux avant avec avez avoir avons c car ce ceci cela celle "
        "celles celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des deux donc dont du elle "
        "elles en encore entre es est et etaient etait etant ete etre eu fait faire fois font furent grace hors ici "
        "il ils j je jusqu l la laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma "
        "mais me meme memes mes moi moins mon n ne ni nos notre nous on ont ou par parce parmi pas pendant peu peut "
        "peuvent plus plusieurs pour pourquoi puis puisqu qu quand que quel quelle quelles quels qui quoi s sa sans "
        "se selon sera seront ses si sien soit son sont sous sur t ta tandis te tel telle telles tels tes toi ton "
        "tous tout toute toutes tres tu un une vers vos votre vous y"
    ),
    "en": _words_of(
        "a about above after again all also am among an and any are as at be because been before being below between "
        "both but by can cannot could d did do does doing don down during each either few for from further had has "
        "have having he her here hers him his how however i if in into is it its itself just ll may me might more "
        "most must my no nor not now of off on once only or other our ours out over own per re s same she should so "
        "some such t than that the their theirs them then there these they this those through thus to too under "
        "until up upon us ve very was we were what when where whether which while who whom whose why will with "
        "within without would you your yours"
    ),
}
# What says nothing of a subject by itself, whatever the topic, and only beside its neighbour tells something: "nouveaux
# produits", "tableaux de bord", the first part of a word with a hyphen. Folded.
GENERAL = _words_of(
    "nouveau nouvel nouvelle nouveaux nouvelles grand grande grands grandes bon bonne bons bonnes meilleur meilleure "
    "meilleurs meilleures premier premiere premiers premieres dernier derniere derniers dernieres principal "
    "principale principaux principales divers diverse diverses different differente differents differentes important "
    "importante importants importantes certain certaine certains certaines possible possibles montre montrer montrent "
    "montrant mettre met mettent mis mise mises oeuvre bord jour lieu sein matiere biais aide travers part parts "
    "facon facons maniere manieres exemple exemples cas type types sorte sortes notamment relatif relative relatifs "
    "relatives lie liee lies liees porter portant concerner concernant concerne utiliser utilise utilisee utilises "
    "utilisees utilisant use uses used using new newer newest various several many much general particular "
    "particularly especially good better best great main major recent recently current currently existing available "
    "given make makes making made give gives giving provide provides provided providing present presents presented "
    "describe describes described describing discuss discusses discussed discussing show shows shown showing concern "
    "concerned concerning concerns relate related relates relating regard regarding involve involved involves "
    "involving include included includes including based way ways kind kinds sort sorts example examples case cases "
    "like etc meta micro macro multi mono auto inter intra trans pre post non co anti pro semi sur sous sub ex re vis"
)
