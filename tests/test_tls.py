"""TLS and names from end to end: real commands, real handshakes, an authority of our own."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web
from tests.tls import Authority, open_tls_web
from veille.store import load_rows, open_published

FEED = build_rss(("q1", "Qualiopi", "Le guide change."))
ORGANISATION = """
organisation: {name: U}
topics: [{id: ia, name: IA}]
digests: [{id: hebdo}]
"""


@contextmanager
def open_mute() -> Iterator[str]:
    """A server that hangs up in the middle of every handshake; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(1)
                connection.close()

        Thread(target=hang_up, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def collect(home: Path, urls: dict[str, str], **environment: str) -> dict[str, tuple[str, str]]:
    """One collection of feeds by a command of its own: outcome and error by source."""
    home.mkdir(exist_ok=True)
    addresses = ", ".join(f'"{url.split("/")[2]}"' for url in urls.values())
    (home / "organisation.yaml").write_text(f"{ORGANISATION}network: {{allow_private: [{addresses}]}}\n", "utf-8")
    rows = [f"  - {{id: {name}, kind: rss, url: '{url}', language: fr}}" for name, url in urls.items()]
    (home / "sources.yaml").write_text("sources:\n" + "\n".join(rows) + "\n", "utf-8")
    veille = Path(sys.executable).with_name("veille")
    done = subprocess.run(
        [str(veille), "--home", str(home), "collect", "--no-embed"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with open_published(home / "data") as connection:
        rows_, _ = load_rows(connection, "SELECT source_id, outcome, error FROM fetches")
    return {row["source_id"]: (row["outcome"], row["error"] or "") for row in rows_}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "keys").mkdir()
    return Authority(tmp_path / "keys")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_each_fault_of_tls_is_its_sources_own_outcome(authority: Authority, tmp_path: Path) -> None:
    """What is trusted is read; a certificate that is wrong in some way is told in words, and nothing is sent there."""
    certificates = {
        "well": authority.issue(),
        "expired": authority.issue(days=(-9, -1)),
        "early": authority.issue(days=(2, 9)),
        "stranger": authority.issue("other.example"),
        "itself": authority.issue(itself=True),
    }
    with ExitStack() as stack:
        webs = {
            name: stack.enter_context(open_tls_web(authority.context(certificate)))
            for name, certificate in certificates.items()
        }
        webs["old"] = stack.enter_context(open_tls_web(authority.context(authority.issue(), ssl.TLSVersion.TLSv1_1)))
        plain = stack.enter_context(open_web())
        for web in (*webs.values(), plain):
            web.pages["/feed"] = FEED
        mute = stack.enter_context(open_mute())
        urls = {name: web.url("/feed") for name, web in webs.items()}
        urls |= {"plain": f"https://{plain.address}/feed", "mute": f"https://{mute}/feed"}
        told = collect(tmp_path / "home", urls, SSL_CERT_FILE=str(authority.trusted))
        assert told.pop("well") == ("new", "")
        assert {outcome for outcome, _ in told.values()} == {"failed"}
        for name, words in {
            "expired": "no secure connection (certificate has expired)",
            "early": "certificate is not yet valid",
            "stranger": "not valid for '127.0.0.1'",
            "itself": "self-signed certificate",
            "old": "no secure connection (",
            "plain": "no secure connection (",
            "mute": "no connection",
        }.items():
            assert words in told[name][1], told[name]
            assert urls[name].split("/")[2] in told[name][1]
        assert {name: web.asked for name, web in webs.items() if name != "well" and web.asked} == {}
        assert plain.asked == []


def test_an_authority_that_is_not_known_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    """The same server, without the setting that names the authority."""
    with open_tls_web(authority.context(authority.issue())) as web, open_web() as other:
        web.pages["/feed"] = other.pages["/feed"] = FEED
        environment = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}
        told = collect(tmp_path / "home", {"a": web.url("/feed"), "b": other.url("/feed")}, **environment)
        assert told["b"] == ("new", "")
        assert told["a"][0] == "failed"
        assert "unable to get local issuer certificate" in told["a"][1]
        assert web.asked == []


def redirect(web: LoopbackWeb, path: str, target: str) -> None:
    web.pages[path] = 302
    web.locations[path] = target


def test_a_redirect_may_lead_up_to_https_but_not_down(authority: Authority, tmp_path: Path) -> None:
    """From https to http is refused before the second address is asked, also after a detour."""
    with open_tls_web(authority.context(authority.issue())) as web, open_web() as plain:
        web.pages["/feed"] = plain.pages["/feed"] = FEED
        redirect(web, "/down", plain.url("/feed"))
        redirect(web, "/across", web.url("/down"))
        redirect(plain, "/up", web.url("/feed"))
        redirect(plain, "/up-and-down", web.url("/down"))
        urls = {
            "down": web.url("/down"),
            "across": web.url("/across"),
            "up": plain.url("/up"),
            "up-and-down": plain.url("/up-and-down"),
        }
        told = collect(tmp_path / "home", urls, SSL_CERT_FILE=str(authority.trusted))
        assert told["up"] == ("new", "")
        for name in ("down", "across", "up-and-down"):
            assert told[name][0] == "refused"
            assert "redirects from https to http://" in told[name][1]
        assert sorted(plain.asked) == ["/up", "/up-and-down"]


# --- names that change their mind -----------------------------------------------------------------------------------

PUBLIC = "93.184.215.14"
# A network of its own, in which one public address is on loopback; names resolve as the test says, one look-up after
# the other. Nothing of it leaves the process's own namespace.
REBINDING = f"""
import json, socket, subprocess, sys
for command in ("link set lo up", "addr add {PUBLIC}/32 dev lo"):
    subprocess.run(["ip", *command.split()], check=True)
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from tests.test_tls import FEED, ORGANISATION

asked = []

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append((self.server.server_address[0], self.path))
        target = {{"/moved": "http://moving.example:8080/feed"}}.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", str(len(FEED)))
        self.end_headers()
        self.wfile.write(FEED)

    def log_message(self, *_):
        pass

for address in ("{PUBLIC}", "127.0.0.1"):
    Thread(target=ThreadingHTTPServer((address, 8080), Handler).serve_forever, daemon=True).start()

answers = {{
    "steady.example": ["{PUBLIC}"],
    "turning.example": ["{PUBLIC}", "127.0.0.1"],
    "both.example": ["{PUBLIC} 127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "moving.example": ["127.0.0.1"],
}}
looked_up = []

def getaddrinfo(host, port, *_, **__):
    if host not in answers:
        raise socket.gaierror(-2, "Name or service not known")
    looked_up.append(host)
    left = answers[host]
    found = left.pop(0) if len(left) > 1 else left[0]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found.split()]

socket.getaddrinfo = getaddrinfo
from veille.cli import run_command
from veille.store import load_rows, open_published

home = Path(sys.argv[1])
home.mkdir()
(home / "organisation.yaml").write_text(ORGANISATION)
urls = {{name.split(".")[0]: f"http://{{name}}:8080/feed" for name in answers}}
urls["redirected"] = "http://steady.example:8080/moved"
rows = [f"  - {{{{id: {{id}}, kind: rss, url: '{{url}}', language: fr}}}}" for id, url in urls.items()]
(home / "sources.yaml").write_text("sources:\\n" + "\\n".join(rows) + "\\n")
for _ in range(2):
    assert run_command(["--home", str(home), "-q", "collect", "--no-embed"]) == 0
with open_published(home / "data") as connection:
    fetches, _ = load_rows(connection, "SELECT source_id, outcome, error FROM fetches ORDER BY started_at")
told = {{}}
for row in fetches:
    told.setdefault(row["source_id"], []).append([row["outcome"], row["error"]])
sys.stdout.write("\\n" + json.dumps([told, asked]))
"""


def can_have_a_network() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], check=False, stderr=-3).returncode == 0


@pytest.mark.skipif(not can_have_a_network(), reason="needs a network namespace of its own")
def test_a_name_that_changes_its_mind_leads_nowhere_private(tmp_path: Path) -> None:
    """The address that was checked is the one that is connected to: public first and private after is refused then."""
    import json

    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", REBINDING, str(tmp_path / "home")],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told, asked = json.loads(done.stdout.splitlines()[-1])
    assert [outcome for outcome, _ in told["steady"]] == ["new", "unchanged"]
    assert [outcome for outcome, _ in told["turning"]] == ["new", "refused"]
    assert "turning.example:8080 is at the private address 127.0.0.1" in told["turning"][1][1]
    for name in ("both", "mapped", "moving", "redirected"):
        assert {outcome for outcome, _ in told[name]} == {"refused"}, told[name]
    assert {address for address, _ in asked} == {PUBLIC}
