"""A loopback web of generated feeds, in a process of its own, for the benches.

python bench/feeds.py --port 8900 --feeds 500 --entries 60 --latency 0.2

Each feed is of one language and looks like WordPress's: sentences of ordinary prose in paragraphs with links, emphasis
and a picture, about 1.3 KB an entry. No two entries are the same, and the same number always gives the same feed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random

# What a sentence is made of, by language; each blank is filled from the list of its name.
SENTENCES = {
    "fr": (
        "Dans {place}, {who} ont présenté {what} aux équipes qui en avaient fait la demande.",
        "Selon {who}, {what} ne suffit pas à elle seule et demande du temps pour être comprise de tous.",
        "Le bilan que {who} viennent de publier montre que {what} a été utilisée par plus de {number} personnes.",
        "Cette année encore, {place} accueille {who} pour parler de ce que change {what}.",
        "Il reste à savoir comment {who} pourront financer {what} après la fin du projet, en {month}.",
        "Les auteurs rappellent que {what} est d'abord l'affaire de {place}, où tout a commencé il y a {number} ans.",
        "C'est une bonne nouvelle pour {who} : {what} sera ouverte à toutes et à tous dès le mois de {month}.",
        "On y trouve aussi un guide de {number} pages, écrit avec {who}, pour mettre en place {what}.",
    ),
    "en": (
        "At {place}, {who} have shown {what} to the teams that had been asking for it since {month}.",
        "According to {who}, {what} is not enough on its own and will need time before it is understood by all.",
        "The report that {who} have just published shows that {what} was used by more than {number} people.",
        "This year again, {place} welcomes {who} to talk about what is being changed by {what}.",
        "It remains to be seen how {who} could pay for {what} once the project has ended in {month}.",
        "The authors recall that {what} is first of all a matter for {place}, where it began {number} years ago.",
        "This is good news for {who}: {what} will be open to everyone from the month of {month}.",
        "There is also a guide of {number} pages, written with {who}, about how to put {what} in place.",
    ),
}
TITLES = {
    "fr": (
        "{place} : {who} découvrent {what}",
        "Pourquoi {who} reviennent sur {what}",
        "{what} : ce que {who} en attendent",
        "En {month}, {who} et {what}",
    ),
    "en": (
        "{place}: {who} discover {what}",
        "Why {who} are looking again at {what}",
        "{what}: what {who} expect of it",
        "In {month}, {who} and {what}",
    ),
}
BLANKS = {
    "fr": {
        "who": (
            "les enseignants de {place}|les étudiants en première année|les formateurs d'adultes|"
            "les équipes de recherche|les responsables de formation|les conseillers de {place}|"
            "les tutrices et tuteurs|les bibliothécaires"
        ),
        "what": (
            "la plateforme de cours en ligne|l'évaluation par les pairs|la formation hybride des adultes|"
            "une méthode de lecture à voix haute|la certification des compétences numériques|l'école ouverte du soir|"
            "la réforme du financement de l'apprentissage|une étude sur l'attention|la classe inversée|"
            "l'intelligence artificielle générative|la rétroaction orale|la ressource libre de mathématiques"
        ),
        "place": (
            "l'université de Nantes|la cité des Ormes|la région Bretagne|la ville de Lille|l'atelier de Saint-Étienne|"
            "la médiathèque de Caen|l'institut de Grenoble|la maison de quartier de Pau"
        ),
        "month": "janvier|mars|mai|juin|septembre|novembre",
    },
    "en": {
        "who": (
            "the teachers of {place}|first-year students|adult educators|the research teams|heads of training|"
            "advisers from {place}|tutors and mentors|school librarians"
        ),
        "what": (
            "the online course platform|assessment by peers|blended training for adults|a way of reading aloud|"
            "the certificate of digital skills|the open evening school|the reform of apprenticeship funding|"
            "a study about attention|the flipped classroom|generative artificial intelligence|spoken feedback|"
            "the free mathematics textbook"
        ),
        "place": (
            "the University of Leeds|Elm Road College|the county of Kent|the school board of Ottawa|the Cork campus|"
            "the public library of Perth|the Dublin institute|the training centre in Hull"
        ),
        "month": "January|March|May|June|September|November",
    },
}
SYLLABLES = ("ba", "cor", "di", "el", "fa", "gri", "lo", "mar", "ne", "or", "pi", "ro", "sal", "ti", "ver", "zo")


def build_sentence(chance: random.Random, language: str, patterns: tuple[str, ...]) -> str:
    filled = chance.choice(patterns)
    while "{" in filled:
        blanks = {name: chance.choice(texts.split("|")) for name, texts in BLANKS[language].items()}
        filled = filled.format(**blanks, number=chance.randint(12, 9_000))
    return filled[0].upper() + filled[1:]


def build_name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=4)).capitalize()


def build_entry(chance: random.Random, language: str, number: int, entry: int) -> str:
    site = f"https://site-{number}.example"
    opening, further, *rest = (build_sentence(chance, language, SENTENCES[language]) for _ in range(6))
    name = build_name(chance)
    title = build_sentence(chance, language, TITLES[language])
    if chance.random() < 0.95:  # the others share their first or last words with some of another feed
        title = f"{build_name(chance)}, {title} ({name})"
    first, _, tail = further.partition(" ")
    link = f'<a href="/2026/02/{name.lower()}/" rel="noopener">{name}</a>'
    picture = f"/wp-content/uploads/2026/02/{number}-{entry}.jpg"
    return (
        f"<item><title>{title}</title><link>{site}/2026/02/{entry}/?utm_source=rss&amp;utm_medium=feed</link>"
        f"<guid isPermaLink='false'>{site}/?p={number}{entry:03d}</guid><dc:creator><![CDATA[{name}]]></dc:creator>"
        f"<pubDate>Mon, {1 + entry % 28:02d} Feb 2026 0{entry % 10}:00:00 +0000</pubDate>"
        f'<description><![CDATA[<p><img width="640" height="360" src="{site}{picture}" class="wp-image" alt="" /></p>\n'
        f"<p><strong>{opening}</strong> {first} {link} {tail}</p>\n"
        f"<p>{' '.join(rest[:2])}</p>\n<p>{' '.join(rest[2:])} <em>{name}&nbsp;!</em></p>]]></description></item>"
    )


def build_feed(number: int, entries: int) -> bytes:
    """One RSS feed; the same for the same number."""
    chance = random.Random(number)
    language = chance.choice(("fr", "en"))
    rows = [build_entry(chance, language, number, entry) for entry in range(entries)]
    head = f"<title>Site {number}</title><link>https://site-{number}.example/</link><description>d</description>"
    spaces = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    channel = f"<channel>{head}<language>{language}</language>{''.join(rows)}</channel>"
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' {spaces}>{channel}</rss>".encode()


async def serve(port: int, feeds: int, entries: int, latency: float) -> None:
    bodies = {f"/feed/{number}": build_feed(number, entries) for number in range(feeds)}
    etags = {path: '"' + hashlib.sha256(body).hexdigest()[:16] + '"' for path, body in bodies.items()}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].decode()
                await asyncio.sleep(latency)
                body, etag = bodies.get(path, b""), etags.get(path, '""')
                if etag.encode() in request:
                    writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode())
                else:
                    head = f"Content-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n"
                    writer.write(b"HTTP/1.1 200 OK\r\n" + head.encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--feeds", type=int, default=50)
    parser.add_argument("--entries", type=int, default=60)
    parser.add_argument("--latency", type=float, default=0.0)
    args = parser.parse_args()
    asyncio.run(serve(args.port, args.feeds, args.entries, args.latency))


if __name__ == "__main__":
    main()
