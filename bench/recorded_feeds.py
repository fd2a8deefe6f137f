"""Every feed file under a folder through the parser, beside feedparser's own raw count.

    python bench/recorded_feeds.py FOLDER [--manifest MANIFEST.tsv] [--verbose]

The manifest, when given, is a tab-separated file with the columns ``path`` (relative to the manifest's own folder),
``kind`` and ``recorded_from`` (the address that a feed came from); files that it does not list as ``rss`` are left out.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import feedparser

from veille.config import Source
from veille.kinds import UnreadableError
from veille.kinds.rss import parse
from veille.values import Page

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MARKUP = re.compile(
    r"</?(?:a|b|i|p|br|div|span|em|strong|img|li|ul|h[1-6])\b[^>]*>|&(?:amp|lt|gt|nbsp|#\d+);", re.IGNORECASE
)
SUFFIXES = {".xml", ".rss", ".atom", ".json", ".rdf", ".html"}


def list_feeds(folder: Path, manifest: Path | None) -> Iterator[tuple[Path, str]]:
    """Each feed file with the address that it came from."""
    addresses: dict[Path, str] = {}
    if manifest:
        with manifest.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["kind"] == "rss":
                    addresses[(manifest.parent / row["path"]).resolve()] = row["recorded_from"]
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and (not manifest or path.resolve() in addresses):
            address = addresses.get(path.resolve(), "")
            yield path, address if address.startswith("http") else "https://feeds.example.org/feed"


def count_raw(body: bytes, address: str) -> int:
    """How many entries feedparser alone finds; -1 when it raises."""
    try:
        return len(feedparser.parse(BytesIO(body), response_headers={"content-location": address}).entries)
    except Exception:
        return -1


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--manifest", type=Path)
    arguments.add_argument("--verbose", action="store_true")
    given = arguments.parse_args()
    source = Source(id="recorded", kind="rss")
    counts: Counter[str] = Counter()
    seconds = 0.0
    slowest = (0.0, "")
    for path, address in list_feeds(given.folder, given.manifest):
        body = path.read_bytes()
        raw = count_raw(body, address)
        started = time.perf_counter()
        problem = ""
        page = Page()
        try:
            page = parse(source, body, {"content-type": ""}, address, NOW)
        except UnreadableError as error:
            problem = f"unreadable: {error}"
        except Exception as error:
            counts["crashed"] += 1
            problem = f"CRASHED: {error!r}"
        took = time.perf_counter() - started
        seconds += took
        slowest = max(slowest, (took, str(path)))
        counts["files"] += 1
        counts["feedparser alone finds entries"] += raw > 0
        counts["feedparser alone raises"] += raw < 0
        counts["feedparser finds entries, so do we"] += raw > 0 and len(page.items) > 0
        counts["yield items"] += len(page.items) > 0
        counts["unreadable"] += bool(problem)
        counts["entries (feedparser)"] += max(raw, 0)
        counts["items"] += len(page.items)
        counts["rejected"] += len(page.rejected)
        for item in page.items:
            counts["items with a date"] += item.published_at is not None
            parts = urlsplit(item.url)
            counts["items with an absolute http(s) link"] += parts.scheme in ("http", "https") and bool(parts.hostname)
            counts["items with markup in the title"] += bool(MARKUP.search(item.title))
            counts["items with a language"] += item.language is not None
            if given.verbose and MARKUP.search(item.title):
                print(f"{path}: title {item.title!r}")
        if given.verbose and (problem or (raw > 0) != (len(page.items) > 0) or page.rejected):
            print(f"{path}: feedparser {raw}, items {len(page.items)}, rejected {page.rejected[:2]} {problem}")
    for name, count in counts.items():
        print(f"{count:8} {name}")
    each = seconds / max(counts["items"], 1) * 1000
    print(f"{seconds:8.2f} s, {each:.2f} ms an item; slowest {slowest[0]:.2f} s {slowest[1]}")


if __name__ == "__main__":
    main()
