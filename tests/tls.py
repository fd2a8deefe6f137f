"""An authority of our own and the certificates that it signs, and a loopback web that speaks TLS; for tests."""

from __future__ import annotations

import ssl
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.loopback import LoopbackWeb, serve

Key = ec.EllipticCurvePrivateKey


@dataclass
class Authority:
    """Signs certificates; `trusted` is the file by which a client trusts them."""

    folder: Path
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: x509.Name = field(default_factory=lambda: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tests")]))

    @property
    def trusted(self) -> Path:
        path = self.folder / "authority.pem"
        if not path.exists():
            constraints = x509.BasicConstraints(ca=True, path_length=0)
            path.write_bytes(_encode(_sign(self.name, self.key, self.name, self.key, constraints, days=(-9, 9))))
        return path

    def issue(self, host: str = "127.0.0.1", *, days: tuple[int, int] = (-1, 1), itself: bool = False) -> Path:
        """Key and certificate in one file, for a host and from one day to another; signed by ``itself`` if asked."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        signer, issuer = (key, name) if itself else (self.key, self.name)
        certificate = _sign(name, key, issuer, signer, constraints, days=days, host=host)
        path = self.folder / f"{x509.random_serial_number()}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + _encode(certificate))
        return path

    def context(self, certificate: Path, newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> ssl.SSLContext:
        """The server's side of it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.maximum_version = newest
        return context


def _sign(
    name: x509.Name,
    key: Key,
    issuer: x509.Name,
    signer: Key,
    constraints: x509.BasicConstraints,
    *,
    days: tuple[int, int],
    host: str | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(constraints, critical=True)
    )
    if host is not None:
        called = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        builder = builder.add_extension(x509.SubjectAlternativeName([called]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _encode(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


class TlsWeb(LoopbackWeb):
    """A loopback web behind TLS: each connection shakes hands in its own thread, and may fail at it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, path: str) -> str:
        return f"https://{self.address}{path}"

    def handle_error(self, *_arguments: object) -> None:
        """What a client that does not trust it does to it is no news."""


def open_tls_web(context: ssl.SSLContext) -> AbstractContextManager[TlsWeb]:
    return serve(TlsWeb(context))
