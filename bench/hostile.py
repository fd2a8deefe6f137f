"""What large hostile answers cost `veille collect`, with the limits as they are: memory of all its processes and time.

python bench/hostile.py [--sources 24]

Each source serves one of a few documents that are as large as an answer may be (10 MiB decoded) or much larger: each of
them alone beside a good source, then many in one run.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.collect import measure, veille
from tests.hostile import HEAD, HTML, Case, bomb, endless, item, open_hostile, reply
from veille.store import load_rows, open_published

HEAD_BYTES = HEAD.encode()
DOCUMENTS = {
    "feed-of-50-mb": Case(endless(reply(HEAD_BYTES, length=False), item(1, text="mot " * 300).encode() * 8), ""),
    "tiny-entries": Case(
        reply(
            HEAD_BYTES + b"".join(b"<item><title>t%d</title><guid>%d</guid></item>" % (n, n) for n in range(100_000))
        ),
        "",
    ),
    "empty-entries": Case(reply(HEAD_BYTES + b"<item/>" * 1_400_000), ""),
    "tiny-elements": Case(reply(HEAD_BYTES + b"<a/>" * 2_500_000 + b"</channel></rss>"), ""),
    "attributes": Case(reply(HEAD_BYTES + b"<item " + b" ".join(b"a%d='1'" % n for n in range(800_000)) + b"/>"), ""),
    "zeros": Case(reply(bomb(50), Content_Encoding="gzip"), ""),
    "gzip-of-a-feed": Case(reply(gzip.compress(HEAD_BYTES + item(1).encode() * 200_000), Content_Encoding="gzip"), ""),
    "deep": Case(reply(HEAD_BYTES + b"<a>" * 3_000_000), ""),
    "page": Case(reply(HTML + b"<div>" * 1_000_000, kind="text/html"), "", kind="page"),
    "json": Case(reply(b'{"items": [' + b"{}," * 3_000_000 + b"{}]}", kind="application/json"), ""),
}


GOOD = reply(HEAD_BYTES + item(1).encode() + b"</channel></rss>")
ORGANISATION = """
organisation: {name: Bench}
topics: [{id: ia, name: IA générative en formation}]
digests: [{id: hebdo}]
"""
FETCHES = "SELECT source_id, seconds, bytes, outcome, items_new, error FROM fetches ORDER BY started_at, source_id"


def measure_collection(cases: dict[str, Case], *, quiet: bool) -> float:
    """Megabytes of all processes of one `veille collect` at its highest, over a home of its own."""
    with open_hostile(cases, good=GOOD) as web, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        kinds = {name: case.kind for name, case in cases.items()} | {"good": "rss"}
        rows = [f"- {{id: {name}, kind: {kind}, url: 'http://{web.address}/{name}'}}" for name, kind in kinds.items()]
        (home / "sources.yaml").write_text("sources:\n" + "\n".join(rows) + "\n")
        (home / "organisation.yaml").write_text(f"{ORGANISATION}network: {{allow_private: ['{web.address}']}}\n")
        cost = measure(veille(home))
        with open_published(home / "data") as published:
            for row in load_rows(published, FETCHES)[0] if not quiet else ():
                read = f"{row['bytes']:9} bytes {row['outcome']:7} {row['items_new']:6} new"
                print(f"    {row['source_id']:20} {row['seconds']:6.1f} s {read} {row['error'] or ''}"[:150])
        return cost.megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=24)
    count = parser.parse_args().sources
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    measure_collection({}, quiet=True)
    least = measure_collection({}, quiet=True)
    print(f"{'one small feed':20} {least:6.0f} MB in all")
    for name, case in DOCUMENTS.items():
        megabytes = measure_collection({name: case}, quiet=False)
        print(f"{name:20} {megabytes:6.0f} MB in all, {megabytes - least:.0f} more")
    names = list(DOCUMENTS)
    cases = {f"{names[n % len(names)]}-{n}": DOCUMENTS[names[n % len(names)]] for n in range(count)}
    megabytes = measure_collection(cases, quiet=False)
    print(f"{count} of them         {megabytes:6.0f} MB in all, {megabytes - least:.0f} more")


if __name__ == "__main__":
    main()
