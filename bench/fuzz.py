"""Mutated answers for every kind of source: what is read is safe, what cannot be read says so, nothing else happens.

python bench/fuzz.py --minutes 10 [--kind rss] [--seed 1]

Starts from the recorded answers in `tests/cases` and the documents of `tests/hostile.py`. Prints, for each kind, how
many answers it read and refused, the slowest one by its size, and every fault with the seed that shows it again.
"""

from __future__ import annotations

import argparse
import random as randoms
import sys
import time
import traceback
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from veille.config import Source  # noqa: E402
from veille.items.text import INVISIBLE  # noqa: E402
from veille.kinds import KINDS as ALL_KINDS  # noqa: E402
from veille.kinds import UnreadableError  # noqa: E402
from veille.parse import parse_answer  # noqa: E402
from veille.values import Answer, Page  # noqa: E402

KINDS = tuple(ALL_KINDS)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASES = ROOT / "tests" / "cases"
SECTIONS = {"ical": "events", "events": "events", "courses": "moocs", "rss": "press", "page": "press"}
OPTIONS = {"page": {"watch": True}}
LARGEST = 60_000  # bytes of a mutation
# What parsers stumble over, to be put anywhere.
TOKENS = [
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"&#0;",
    b"&#xD800;",
    b"&#99999999;",
    b"&x;",
    b"&",
    b"<",
    b">",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<?xml encoding='utf-7'?>",
    b"</item>",
    b"<item>",
    b"<:a/>",
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"[[",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b'""',
    b"0000-00-00",
    b"9999-12-31T23:59:59+14:00",
    b"1970-01-01",
    b"javascript:alert(1)",
    b"http://[",
    b"//",
    b"BEGIN:VEVENT\r\n",
    b"RRULE:FREQ=DAILY;COUNT=0\r\n",
    b"DTSTART;TZID=/x:20269999T250000\r\n",
    b"*a",
    b"&a ",
    b"!!python/object:os.system ",
    b"\t",
    b"---\n",
    b": ",
    b"- ",
    b"=1+1",
]


@cache
def find_seeds(kind: str) -> tuple[bytes, ...]:
    """The recorded answers of a kind."""
    paths = sorted(path for path in (CASES / kind).iterdir() if ".items." not in path.name)
    return tuple(path.read_bytes() for path in paths if path.is_file())


def mutate(seed: bytes, seeds: tuple[bytes, ...], random: Random) -> bytes:
    """The answer with a few accidents: cut, doubled, swapped, overwritten, joined with another, odd tokens."""
    data = bytearray(seed[:LARGEST])
    for _ in range(random.randint(1, 6)):
        start, end = sorted(random.randint(0, len(data)) for _ in range(2))
        short = min(end, start + 200)
        action = random.randrange(8)
        if action == 0:
            del data[start:short]
        elif action == 1:
            data[start:start] = data[start:short] * random.choice((1, 2, 50))
        elif action == 2:
            data[start:short] = random.randbytes(min(8, short - start))
        elif action == 3:
            other = random.choice(seeds)
            at = random.randint(0, len(other))
            data[start:short] = other[at : at + 400]
        elif action == 4 and random.random() < 0.3:
            del data[start:]
        elif action == 5:
            value = bytes(data[start:short])
            data[start:short] = value.swapcase() if random.random() < 0.5 else value[::-1]
        else:
            data[start:start] = random.choice(TOKENS) * random.choice((1, 1, 1, 40))
    return bytes(data[:LARGEST])


def read_safely(kind: str, body: bytes) -> Page | None:
    """The page, None where it is told that the answer cannot be read; raises whatever else happens."""
    raw = {"id": "fuzz", "kind": kind, "url": "https://a.example/feed", "options": OPTIONS.get(kind, {})}
    source = Source.model_validate({**raw, "section": SECTIONS.get(kind, "research")})
    answer = Answer("https://a.example/feed", 200, {"content-type": "text/plain"}, body)
    try:
        page = parse_answer(source, answer, NOW)
    except UnreadableError:
        return None
    for item in page.items:
        shown = (item.guid, item.url, item.canonical_url, item.title, item.summary, *item.authors, repr(item.details))
        for text in shown:
            text.encode()
            assert not INVISIBLE.search(text), text
        assert item.url.startswith(("http://", "https://")), item.url
        assert item.published_at is None or 1899 <= item.published_at.year <= NOW.year, item.published_at
        assert item.guid
        assert item.title
    assert page.next is None or page.next.url.startswith("https://a.example/"), page.next
    return page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=randoms.randrange(10**9))
    arguments = parser.parse_args()
    kinds = (arguments.kind,) if arguments.kind else KINDS
    end = time.monotonic() + arguments.minutes * 60
    tally = {kind: [0, 0] for kind in kinds}
    slowest = dict.fromkeys(kinds, (0.0, 0))
    faults: dict[str, str] = {}
    number = arguments.seed
    while time.monotonic() < end:
        number += 1
        kind = kinds[number % len(kinds)]
        random = Random(number)
        seeds = find_seeds(kind)
        body = mutate(random.choice(seeds), seeds, random)
        started = time.perf_counter()
        try:
            tally[kind][read_safely(kind, body) is None] += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{kind} {type(error).__name__} {where.name}:{where.lineno}"
            faults.setdefault(name, f"seed {number}: {str(error)[:200]!r}")
        slowest[kind] = max(slowest[kind], (round(time.perf_counter() - started, 3), len(body)))
    for kind, (read, refused) in tally.items():
        print(
            f"{kind:10} read {read:6}  refused {refused:6}  slowest {slowest[kind][0]} s for {slowest[kind][1]} bytes"
        )
    for fault, example in faults.items():
        print(f"FAULT {fault}: {example}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
