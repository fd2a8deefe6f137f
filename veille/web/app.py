"""The site of a home as an application: which address leads where, and who may ask. The only user of FastAPI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import FastAPI, Response

from veille.home import Home
from veille.web import guard
from veille.web.answers import ERRORS, complain
from veille.web.reading import ReadingRoom
from veille.web.site import Site
from veille.web.voting import BallotBox


def build_app(
    home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC), hosts: tuple[str, ...] = ()
) -> FastAPI:
    """The site of a home. ``hosts`` are more names that it may be asked by than those of its configuration.

    Raises `veille.config.files.ConfigError`.
    """
    site = Site(home, clock)
    room, box = ReadingRoom(site), BallotBox(site)
    app = FastAPI(title="veille", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.site = site

    def known_hosts() -> frozenset[str]:
        web = site.config.web
        return guard.find_hosts(web.url, web.host, *hosts)

    app.add_middleware(Guard, known_hosts=known_hosts)
    for path, page in (
        ("/", room.week),
        ("/archive", room.archive),
        ("/search", room.search),
        ("/story/{item_id}", room.story),
        ("/topics", room.topics),
        ("/topic/{topic_id}", room.topic),
        ("/agenda", room.agenda),
        ("/sources", room.sources),
        ("/style.css", room.style),
        ("/reports/atom.xml", room.feed),
        ("/reports/{week}/{audience}/{name}", room.report),
        ("/vote/{token}", box.ask_vote),
        ("/leave/{token}", box.ask_leave),
    ):
        app.add_route(path, page, methods=["GET"])
    app.add_route("/vote/{token}", box.vote, methods=["POST"])
    app.add_route("/leave/{token}", box.leave, methods=["POST"])
    for error in ERRORS:
        app.add_exception_handler(error, partial(complain, site))
    return app


class Guard:
    """Refuses requests by a name that is not ours, and gives every answer its headers."""

    def __init__(self, app: Callable[..., Awaitable[None]], known_hosts: Callable[[], frozenset[str]]) -> None:
        self._app, self._known_hosts = app, known_hosts

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if not guard.is_known_host(host, self._known_hosts()):
            said = "This site is not known by that name: `web.url` of organisation.yaml says by which it is.\n"
            await Response(said, 400, guard.build_headers(), "text/plain")(scope, receive, send)
            return
        own = {name.lower().encode(): value.encode() for name, value in guard.build_headers().items()}

        async def send_guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in own.items() if k not in given)]
            await send(message)

        await self._app(scope, receive, send_guarded)
