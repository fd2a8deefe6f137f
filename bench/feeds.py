"""A loopback web of generated feeds, in a process of its own, for the benches.

python bench/feeds.py --port 8900 --feeds 500 --entries 60 --latency 0.2
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random

WORDS = [
    "formation",
    "apprentissage",
    "évaluation",
    "tuteur",
    "plateforme",
    "étudiants",
    "enseignants",
    "recherche",
    "résultats",
    "essai",
    "dispositif",
    "hybride",
    "numérique",
    "compétences",
    "certification",
    "réforme",
    "décret",
    "financement",
    "université",
    "parcours",
    "ressources",
    "accessibilité",
    "learning",
    "students",
    "evidence",
    "course",
    "assessment",
    "feedback",
    "platform",
    "policy",
    "teachers",
    "generative",
    "model",
    "study",
    "effect",
    "design",
]


def build_text(chance: random.Random, length: int) -> str:
    return " ".join(chance.choices(WORDS, k=length))


def build_feed(number: int, entries: int) -> bytes:
    """One RSS feed of about a kilobyte an entry; the same for the same number."""
    chance = random.Random(number)
    rows = []
    for entry in range(entries):
        link = f"https://site-{number}.example/articles/{entry}?utm_source=rss"
        rows.append(
            f"<item><title>{build_text(chance, 9).capitalize()} {number}-{entry}</title><link>{link.replace('&', '&amp;')}</link>"
            f"<guid isPermaLink='false'>{number}-{entry}</guid>"
            f"<pubDate>Mon, {1 + entry % 28:02d} Feb 2026 0{entry % 10}:00:00 +0000</pubDate>"
            f"<description><![CDATA[<p>{build_text(chance, 45)}. <a href='/more'>{build_text(chance, 4)}</a></p>"
            f"<p>{build_text(chance, 40)}.</p>]]></description></item>"
        )
    head = f"<title>Site {number}</title><link>https://site-{number}.example/</link><description>d</description>"
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>{head}{''.join(rows)}</channel></rss>".encode()


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
                    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n"
                    writer.write(head.encode() + body)
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
