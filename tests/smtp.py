"""Mail servers on loopback, for tests: one that answers recipients by their names, and one with moods."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(frozen=True)
class Accepted:
    recipient: str
    message_id: str
    body: bytes


class Clerk:
    """Refuses ``refused…`` for good and ``later…`` while ``patient``, hangs up on ``drop…``, keeps what it accepts."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self.tried: list[str] = []
        self.patient = True

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self.tried.append(address)
        if address.startswith("refused"):
            return "550 no such user"
        if address.startswith("later") and self.patient:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        recipient, body = envelope.rcpt_tos[0], envelope.original_content
        if recipient.startswith("drop"):
            server.transport.close()
            return "250 nobody hears this"
        if recipient.startswith("spam"):
            return "554 5.7.1 this looks like spam"
        self.accepted.append(Accepted(recipient, message_from_bytes(body)["Message-ID"], body))
        return "250 kept"


@contextmanager
def open_clerk(**options: Any) -> Iterator[tuple[Clerk, int]]:
    """The clerk and the port it answers on; the options are those of aiosmtpd's SMTP."""
    clerk, loop = Clerk(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(clerk, loop=loop, **options), "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield clerk, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


STALL, DROP = "stall", "drop"
DRIP, FLOOD, LONG = "drip", "flood", "long"  # an answer by the byte, one that has no end, one line of a megabyte


class Moody(ThreadingTCPServer):
    """Takes every mail, but answers as ``moods`` say: an answer, `STALL` or `DROP` by verb, ``BANNER`` and ``BODY``.

    ``heard`` has every verb it was told, ``bodies`` each message that came to its end.
    """

    daemon_threads = True

    def __init__(self, moods: Mapping[str, str]) -> None:
        self.moods, self.over = moods, Event()
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(StreamRequestHandler):
    server: Moody
    usual: Mapping[str, str] = {
        "BANNER": "220 here", "EHLO": "250-here\r\n250 AUTH PLAIN", "DATA": "354 go on", "QUIT": "221 bye",
        "AUTH": "235 welcome",
    }  # fmt: skip

    def handle(self) -> None:
        going = self.answer("BANNER")
        while going and (line := self.rfile.readline()):
            verb = line.decode("latin-1").split(maxsplit=1)[0].upper()
            self.server.heard.append(verb)
            going = self.answer(verb) and verb != "QUIT"
            if going and verb == "DATA" and "DATA" not in self.server.moods:
                self.server.bodies.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                going = self.answer("BODY")

    def answer(self, verb: str) -> bool:
        """Whether the talk goes on."""
        mood = self.server.moods.get(verb) or self.usual.get(verb, "250 ok")
        if mood == STALL:
            self.server.over.wait()
        if mood in (STALL, DROP):
            return False
        if mood in (DRIP, FLOOD, LONG):
            return self.trickle(mood)
        self.wfile.write(mood.encode() + b"\r\n")
        return not mood.startswith("421")

    def trickle(self, mood: str) -> bool:
        """Whether the talk goes on: not when the other side has had enough."""
        pieces = {DRIP: b"2", FLOOD: b"250-and then\r\n" * 999, LONG: b"2" * 999_999 + b"\r\n"}
        try:
            while not self.server.over.wait(0.02 if mood == DRIP else 0.0):
                self.wfile.write(pieces[mood])
        except OSError:
            pass
        return False


@contextmanager
def open_moody(**moods: str) -> Iterator[tuple[Moody, int]]:
    """The moody server and the port it answers on."""
    server = Moody(moods)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server, server.server_address[1]
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def write_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself: the file to trust it by, and the server's side of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "certificate.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return trusted, context
