"""What an answer's status and headers say, and the errors for those that are none. Pure.

The errors are named by what the caller should do; anything else that leaves `veille.fetch` is a bug::

    FetchError
    ├── RefusedError      ours to refuse: private address, scheme, credentials, downgrade, too many redirects, a loop
    ├── UnreachableError  try again later: DNS, connection, TLS, protocol, no byte in time
    ├── BadStatusError    4xx, 5xx and what else is no answer; not before `retry_after_seconds`, where given
    ├── HeldError         not asked: its host told another request to wait for `seconds`
    └── GoneError         410: stop asking
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from veille.values import Answer, Bookmark

if TYPE_CHECKING:
    import httpx

MAX_RETRY_AFTER_SECONDS = 7 * 86400.0
AGAIN = "it will be tried again"  # what a failure that may pass ends with
LONGEST_VALIDATOR = 1_000  # characters; servers take some thousands for all headers together


class FetchError(Exception):
    """A request that gave no answer. The message is one sentence for an operator; ``bytes`` is what had come."""

    def __init__(self, message: str, *, http_status: int | None = None, bytes: int = 0) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.bytes = bytes


class RefusedError(FetchError):
    """We do not go there."""


class UnreachableError(FetchError):
    """Nobody answered, or nothing that can be understood."""


class BadStatusError(FetchError):
    """The server answered, but not with the document."""

    retry_after_seconds: float | None = None
    busy_host: str | None = None  # where nothing at all should be asked for a while, if it is the host that said so


class HeldError(FetchError):
    """Its host told another request to leave it alone; nothing was asked for."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} asked to wait {describe_seconds(seconds)}: nothing more is asked there before.")
        self.host = host
        self.seconds = seconds


class GoneError(FetchError):
    """The server says that there is nothing here any more."""


def build_conditions(bookmark: Bookmark) -> dict[str, str]:
    """The headers that ask for a 304 when nothing has changed."""
    pairs = (("if-none-match", bookmark.etag), ("if-modified-since", bookmark.last_modified))
    return {name: value for name, value in pairs if value}


def find_validator(answer: Answer, name: str) -> str | None:
    """An answer's ETag or Last-Modified; None for one that is too long for any server to take it back."""
    value = answer.headers.get(name, "")
    return value if 0 < len(value) <= LONGEST_VALIDATOR else None


def build_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by lower-case name, in Latin-1; a repeated one is joined by commas (RFC 9110)."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def say_once(error: FetchError) -> str:
    """What happened, to who asks once: a collection would try again."""
    return str(error).replace(f"; {AGAIN}.", ".")


def check_status(
    url: httpx.URL, response: httpx.Response, *, conditional: bool, permanent: bool, now: datetime
) -> None:
    """Raises `BadStatusError` or `GoneError` unless there is an answer to read.

    ``now`` is for the servers that do not say what time it is.
    """
    status = response.status_code
    if 200 <= status < 300 or (status == 304 and conditional):
        return
    # Behind a temporary redirect it is not the source itself that has gone.
    if status == 410 and permanent:
        raise GoneError(f"{show(url)} is gone for good (410); find its new address or remove it.", http_status=410)
    headers = build_headers(response.headers.raw)
    advice = "check its address" if status in (404, 410) else AGAIN
    error = BadStatusError(f"{show(url)} answered {status}; {advice}.", http_status=status)
    told_at = _parse_http_date(headers.get("date", "")) or now
    error.retry_after_seconds = parse_retry_after(headers.get("retry-after"), told_at)
    # 429 counts a client's requests, whatever their address; a 503 may be one address's trouble unless it says when.
    if status == 429 or (status == 503 and error.retry_after_seconds):
        error.busy_host = url.raw_host.decode()
    raise error


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, at most seven days, of a Retry-After header (RFC 9110): a number or an HTTP date."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    elif (at := _parse_http_date(text)) is not None:
        seconds = (at - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def describe_seconds(seconds: float) -> str:
    """Roughly, for a person: `40 s`, `12 min`, `3 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _parse_http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def show(url: httpx.URL) -> str:
    """An address for a message: without credentials and query, where keys are."""
    port = f":{url.port}" if url.port is not None else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"[:200]
