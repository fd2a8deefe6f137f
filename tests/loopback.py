"""A small web on loopback for tests: what it serves can be changed between requests."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeVar

RSS = "<rss version='2.0'><channel><title>{title}</title><link>https://a.example/</link>{items}</channel></rss>"
ENTRY = """<item><title>{title}</title><link>https://a.example/{guid}</link><guid isPermaLink="false">{guid}</guid>
<description>{text}</description><pubDate>{date}</pubDate></item>"""


def build_rss(
    *entries: tuple[str, str, str], title: str = "Feed", date: str = "Sun, 01 Mar 2026 08:00:00 +0100"
) -> bytes:
    """A feed of (guid, title, text) entries."""
    items = "".join(ENTRY.format(guid=guid, title=name, text=text, date=date) for guid, name, text in entries)
    return RSS.format(title=title, items=items).encode()


class LoopbackWeb(ThreadingHTTPServer):
    """``pages`` maps a path to a body or to a status, ``locations`` to where that status, a redirect's, leads.

    ``asked`` has every path that was requested, in order; each answer comes ``slow`` seconds after it.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, bytes | int] = {}
        self.locations: dict[str, str] = {}
        self.asked: list[str] = []
        self.slow = 0.0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"


Web = TypeVar("Web", bound=LoopbackWeb)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackWeb
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        time.sleep(self.server.slow)
        page = self.server.pages.get(self.path, 404)
        body, status = (page, 200) if isinstance(page, bytes) else (b"", page)
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        if status == 200 and self.headers.get("If-None-Match") == etag:
            body, status = b"", 304
        self.send_response(status)
        self.send_header("ETag", etag)
        if location := self.server.locations.get(self.path):
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def open_web() -> AbstractContextManager[LoopbackWeb]:
    return serve(LoopbackWeb())


@contextmanager
def serve(web: Web) -> Iterator[Web]:
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


def write_home(
    home: Path, web: LoopbackWeb, feeds: list[str], *, to: str = "a@example.org", smtp_port: int = 1
) -> None:
    """A home with one topic, one digest, and a source for each path of the web."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "organisation.yaml").write_text(
        f"""
organisation: {{name: Université Exemple}}
topics:
  - id: reglementation
    name: Réglementation de la formation
    description: Qualiopi, CPF, décrets et réformes de la formation professionnelle.
    keywords: [Qualiopi, CPF]
digests: [{{id: hebdo, title: Veille, to: [{to}]}}]
mail: {{host: 127.0.0.1, port: {smtp_port}, security: none, from: veille@example.org}}
network: {{allow_private: ["{web.address}"]}}
""",
        "utf-8",
    )
    rows = [f"  - {{id: {path.strip('/')}, kind: rss, url: '{web.url(path)}', language: fr}}" for path in feeds]
    (home / "sources.yaml").write_text("sources:\n" + "\n".join(rows) + "\n", "utf-8")
