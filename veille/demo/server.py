"""The sample web over real HTTP, on loopback only, as it stands on the demo's current day."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, unquote, urlsplit

from veille.demo.agendas import build_agenda_routes
from veille.demo.archives import build_archive_routes
from veille.demo.routes import Reply, Route, build_routes, load_feeds
from veille.demo.weeks import FIRST_DAY


class DemoWeb(ThreadingHTTPServer):
    """A sample web at a day. Threads of a request see the day that was set before it came."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, routes: dict[str, Route], day: date, port: int) -> None:
        self.routes = routes
        self.day = day
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def address(self) -> str:
        """``host:port``, as `network.allow_private` wants it."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://{self.address}"

    def move_to(self, day: date) -> None:
        """The web as it is on that day's morning."""
        self.day = day

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is not an error of ours; anything else is shown as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def open_demo_web(port: int = 0, day: date = FIRST_DAY) -> Iterator[DemoWeb]:
    """The sample web, served from a thread until the block ends. Port 0 takes a free one."""
    web = DemoWeb(build_routes(load_feeds()) | build_archive_routes() | build_agenda_routes(), day, port)
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-web", daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: DemoWeb
    server_version = "veille-demo"
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle kept-alive connection may last
    wbufsize = -1  # head and body leave together: no wait between two small packets

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        route = self.server.routes.get(path)
        if route is None:
            folder, _, last = path.rpartition("/")
            route, query = self.server.routes.get(f"{folder}/*"), query | {"path": unquote(last)}
        self._send(route(self.server.day, query) if route else Reply(b"nothing here\n", status=404))

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the demo's own output is what a person reads."""

    def _send(self, reply: Reply) -> None:
        validators = find_validators(reply)
        status = 304 if reply.status == 200 and self._has_it(validators) else reply.status
        self.send_response(status)
        for name, value in (validators | dict(reply.headers)).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(reply.body)

    def _has_it(self, validators: dict[str, str]) -> bool:
        """Whether the client's copy is current; the ETag decides where both are sent (RFC 9110, 13.2.2)."""
        if known := self.headers.get("If-None-Match"):
            return validators.get("ETag") in [tag.strip().removeprefix("W/") for tag in known.split(",")]
        since, changed = self.headers.get("If-Modified-Since"), validators.get("Last-Modified")
        return bool(since and changed) and _is_not_after(str(changed), str(since))


def find_validators(reply: Reply) -> dict[str, str]:
    """ETag and Last-Modified of an answer that can be asked for again."""
    if reply.status != 200 or reply.changed_at is None:
        return {}
    etag = blake2b(reply.body, digest_size=8).hexdigest()
    return {"ETag": f'"{etag}"', "Last-Modified": format_datetime(reply.changed_at, usegmt=True)}


def _is_not_after(first: str, second: str) -> bool:
    try:
        return parsedate_to_datetime(first) <= parsedate_to_datetime(second)
    except (TypeError, ValueError):  # an unreadable date, or one with a zone against one without
        return False
