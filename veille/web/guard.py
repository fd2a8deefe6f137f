"""What the site lets in and what its answers forbid: names of hosts, headers, paths of files, sizes. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

LONGEST_QUERY = 300  # characters of a search
LARGEST_FORM = 8_192  # bytes

OWN_STYLE, INLINE_STYLE = "'self'", "'unsafe-inline'"  # an issue's page has its style in itself, as the mail does
WEEK, AUDIENCE = re.compile(r"\d{4}-W\d{2}"), re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
FILES: Mapping[str, str] = {
    "digest.html": "text/html",
    "digest.txt": "text/plain",
    "digest.json": "application/json",
    "digest.bib": "application/x-bibtex",
    "agenda.ics": "text/calendar",
}


def build_headers(style: str = OWN_STYLE) -> dict[str, str]:
    """No script, no other site, no frame around it, no word to where a link leads."""
    policy = (
        f"default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )  # fmt: skip
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "private, no-cache",
    }


def find_hosts(url: str, *hosts: str) -> frozenset[str]:
    """The names that this site may be asked by: of its public address, of where it listens, and of this machine."""
    own = {urlsplit(url).hostname or "", *(host.strip("[]").lower() for host in hosts)}
    return frozenset({"localhost", "127.0.0.1", "::1"} | own) - {"", "0.0.0.0", "::"}


def is_loopback(host: str) -> bool:
    """Whether what listens there can be reached from this machine only. Of names, only `localhost`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_known_host(header: str, known: Collection[str]) -> bool:
    """Whether a Host header names this site. Another one may be a stranger's, rebound to this machine."""
    try:
        parts = urlsplit(f"//{header}")
        return bool(header) and parts.netloc == header and parts.hostname in known and parts.port != 0
    except ValueError:
        return False


def find_report(week: str, audience: str, name: str) -> str | None:
    """The path of an issue's file below the reports, for what can be one."""
    whole = WEEK.fullmatch(week) and AUDIENCE.fullmatch(audience) and name in FILES
    return f"{week}/{audience}/{name}" if whole else None


def parse_form(body: bytes) -> dict[str, str]:
    """The last value of each field of an urlencoded form; whatever else it is has no fields."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}
