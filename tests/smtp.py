"""A mail server on loopback that answers recipients by their names, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from threading import Thread
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
        self.patient = True

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
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
        self.accepted.append(Accepted(recipient, message_from_bytes(body)["Message-ID"], body))
        return "250 kept"


@contextmanager
def open_clerk() -> Iterator[tuple[Clerk, int]]:
    """The clerk and the port it answers on."""
    clerk, loop = Clerk(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(clerk, loop=loop), "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield clerk, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
