"""Whether a site lets programs read a page of it: its robots.txt is asked first."""

from __future__ import annotations

from veille.fetch import Client
from veille.fetch.answers import BadStatusError, GoneError, RefusedError
from veille.robots import find_robots, is_allowed
from veille.values import Request


async def ask_permission(client: Client, url: str) -> None:
    """Feeds and interfaces are made to be read; a page is read only where its site lets programs do so.

    Raises `RefusedError` where it does not, and what fetching raises where no answer came: no word is no permission
    (RFC 9309, 2.3.1.4).
    """
    try:
        answer = await client.fetch(Request(find_robots(url), conditional=False))
    except BadStatusError as error:
        if error.http_status and (error.http_status >= 500 or error.http_status == 429):
            raise
        return
    except GoneError:
        return
    if not is_allowed(answer.body, url):
        raise RefusedError(f"The site's robots.txt does not let programs read {url}: ask its owner, or remove it.")
