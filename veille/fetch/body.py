"""A body as it comes, decoded within bounds. Pure."""

from __future__ import annotations

import zlib


class Body:
    """A body as it arrives, decoded piece by piece, never larger than ``max_bytes``, whatever it unpacks to."""

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        codings = (part.strip().removeprefix("x-") for part in content_encoding.lower().split(","))
        self._coding = ",".join(coding for coding in codings if coding not in ("", "identity"))
        self._decoder: zlib._Decompress | None = None
        self._max_bytes = max_bytes
        self._received = 0
        self._whole = not self._coding  # else: a packed stream has ended, and none has given anything since
        self.data = bytearray()
        self.cut_because: str | None = None  # set when nothing more is wanted
        if self._coding not in ("", "gzip", "deflate"):
            self.cut_because = f"encoded as {self._coding[:40]}, which was not asked for"

    def add(self, chunk: bytes) -> None:
        """Decodes what came."""
        self._received += len(chunk)
        while chunk and not self.cut_because:
            part, chunk = self._decode(chunk) if self._coding else (chunk, b"")
            self.data += part
            # What was received counts too: packed data may go on for ever without unpacking to anything.
            if len(self.data) > self._max_bytes or self._received > 2 * self._max_bytes:
                self.cut_because = f"cut at {self._max_bytes / 1048576:g} MiB"
                del self.data[self._max_bytes :]

    def _decode(self, chunk: bytes) -> tuple[bytes, bytes]:
        """What a piece unpacks to, and what follows the end of its stream: gzip streams may come one after another."""
        if self._decoder is None:
            self._decoder = _new_decoder(bare=self._coding == "deflate" and not _has_header(chunk[0]))
        elif self._decoder.eof:
            self._decoder = _new_decoder(bare=False)
        before, room = self._decoder.copy(), self._max_bytes - len(self.data) + 1
        try:
            part = self._decoder.decompress(chunk, room)
        except zlib.error:
            return self._rescue(before, chunk, room), b""
        if part or self._decoder.eof:
            self._whole = self._decoder.eof
        return part, self._decoder.unused_data

    def _rescue(self, decoder: zlib._Decompress, chunk: bytes, room: int) -> bytes:
        """What can be read of a damaged piece: a failing call of zlib's gives nothing, so byte by byte."""
        part = bytearray()
        try:
            for position in range(len(chunk)):
                if len(part) >= room:
                    break
                part += decoder.decompress(chunk[position : position + 1], room - len(part))
        except zlib.error:
            pass
        # Some servers pad a finished stream with zeros: no harm is done.
        if part or not self._whole:
            self.cut_because = f"the {self._coding} data is damaged"
        return bytes(part)

    def find_missing_end(self) -> str | None:
        """Why a body that ended is not whole, if it is not."""
        return None if self._whole or not self._received else f"the {self._coding} data ends too early"


def _new_decoder(*, bare: bool) -> zlib._Decompress:
    """For gzip and zlib's format, which is what `deflate` means (RFC 9110), or for what some servers send as that."""
    return zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS + 32)


def _has_header(first_byte: int) -> bool:
    return first_byte == 0x1F or first_byte & 0x0F == 8  # gzip's (RFC 1952), zlib's (RFC 1950)
