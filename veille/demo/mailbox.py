"""A mail server on loopback that delivers nothing: what is sent to it lands in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class CaughtMessage:
    path: Path
    sender: str
    recipients: tuple[str, ...]  # of the envelope

    def read(self) -> EmailMessage:
        return message_from_bytes(self.path.read_bytes(), policy=policy.default)


@dataclass
class Mailbox:
    folder: Path
    port: int = 0
    host: str = "127.0.0.1"
    messages: list[CaughtMessage] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Called by aiosmtpd, one message at a time: its name and shape are the library's."""
        path = self._next_path()
        path.write_bytes(envelope.original_content or b"")
        self.messages.append(CaughtMessage(path, envelope.mail_from or "", tuple(envelope.rcpt_tos)))
        return "250 kept"

    def _next_path(self) -> Path:
        taken = [int(path.stem) for path in self.folder.glob("*.eml") if path.stem.isdigit()]
        return self.folder / f"{max(taken, default=0) + 1:03}.eml"


@contextmanager
def open_mailbox(folder: Path, port: int = 0) -> Iterator[Mailbox]:
    """Catches mail until the block ends, as ``001.eml``, ``002.eml``… in the folder. Port 0 takes a free one.

    No TLS and no password: the configuration that mails to it says ``security: none``.
    """
    from aiosmtpd.smtp import SMTP

    folder.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder)
    loop = asyncio.new_event_loop()
    # aiosmtpd's Controller cannot take port 0, so the protocol is served from a loop of our own.
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, hostname="localhost", loop=loop), mailbox.host, port)
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, name="demo-mailbox", daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_end_sessions())
        loop.close()


async def _end_sessions() -> None:
    """Ends what clients left open."""
    sessions = asyncio.all_tasks() - {asyncio.current_task()}
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
