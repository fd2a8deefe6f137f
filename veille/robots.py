"""What a site says to programs: robots.txt (RFC 9309), and the TDM Reservation Protocol of the W3C group. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

AGENT = "veille"
_META = re.compile(rb"<meta[^<>]{1,200}name=[\"']tdm-reservation[\"'][^<>]{1,200}content=[\"']1[\"']", re.IGNORECASE)
_RULE = re.compile(r"\s*(?:user-agent|allow|disallow)\s*:", re.IGNORECASE)
MOST_BYTES = 500_000  # RFC 9309, 2.5


def find_robots(url: str) -> str:
    """The address of the robots.txt that speaks for a page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def is_allowed(robots: bytes, url: str) -> bool:
    """Whether these rules let us fetch the address; rules that cannot be read forbid nothing."""
    rules = RobotFileParser()
    lines = robots[:MOST_BYTES].decode("utf-8", "replace").splitlines()
    rules.parse([line for line in lines if not line.strip() or (_RULE.match(line) and _is_path(line))])
    return rules.can_fetch(AGENT, url)


def _is_path(line: str) -> bool:
    """Whether the standard library can read the rule: it raises for a path that looks like half an IPv6 address."""
    try:
        urlsplit(line.partition(":")[2].strip())
    except ValueError:
        return False
    return True


def is_reserved(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the answer reserves the rights of text and data mining, in its header or in a ``meta`` element."""
    stated = headers.get("tdm-reservation")
    if stated is not None:
        return stated.strip() == "1"
    return bool(_META.search(body[:20_000]))
