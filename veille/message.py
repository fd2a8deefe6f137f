"""An issue as a mail: a message a recipient, its headers folded as RFC 5322 and 2047 ask. Pure.

Python's own folding writes a long address in List-Unsubscribe as encoded words, puts a Message-ID on a second line and
makes encoded words of more than 75 characters; programs then read another header than was meant.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from urllib.parse import quote, urlsplit, urlunsplit

from veille.values import short_hash

LINE = 76  # RFC 2047, 2: of a line with encoded words; RFC 2045, 6.7: of quoted-printable text
LONGEST_LINE = 998  # RFC 5322, 2.1.1
WORD_BYTES = 39  # of text in an encoded word: with it even the first line of a header stays short
LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254  # RFC 5321, 4.5.3.1
ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"


# --- addresses -----------------------------------------------------------------------------------------------------


def find_address_fault(address: str) -> str | None:
    """Why no mail can be written to this address, in words for the operator; None when it can.

    Characters beyond ASCII before the @ need SMTPUTF8 from every server on the way, which few have: they are refused
    here rather than on the way. A domain may have them.
    """
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        return "the part before the @ has characters that mail servers do not take; ask for a plain address"
    if not at or not re.fullmatch(rf"(?:{ATOMS}|\.)+", local) or not re.fullmatch(r"[^\s\x00-\x1f\x7f]+", domain):
        return "not an address that mail can be sent to"
    try:
        plain = to_ascii_address(address)
    except UnicodeError:
        return f"{domain} is not a domain"
    long = len(local) > LONGEST_LOCAL or len(plain) > LONGEST_ADDRESS
    return f"longer than an address may be ({LONGEST_LOCAL} before the @, {LONGEST_ADDRESS} in all)" if long else None


def to_ascii_address(address: str) -> str:
    """The address as servers speak of it, its domain in ASCII (IDNA); raises UnicodeError where there is no such."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"


def split_sender(sender: str) -> tuple[str, str]:
    """Name and address of ``Name <address>`` or an address alone; the name may have commas and accents."""
    found = re.fullmatch(r"(.*)<([^<>]*)>\s*", sender, re.DOTALL)
    name, address = found.groups() if found else ("", sender)
    return " ".join(name.split()).strip('"'), address.strip()


# --- headers -------------------------------------------------------------------------------------------------------


def encode_words(text: str) -> Iterator[str]:
    """RFC 2047: the text as words of at most 75 ASCII characters, parted after blanks where there are any.

    The blanks between encoded words mean nothing, but programs that show them are about.
    """
    part = b""
    for word in re.split(r"(?<= )", text):
        whole = word.encode("utf-8", "replace")
        pieces = [whole] if len(whole) <= WORD_BYTES else [letter.encode("utf-8", "replace") for letter in word]
        for piece in pieces:
            if len(part) + len(piece) > WORD_BYTES:
                yield _encode_word(part)
                part = b""
            part += piece
    if part:
        yield _encode_word(part)


def _encode_word(part: bytes) -> str:
    return f"=?utf-8?b?{b64encode(part).decode('ascii')}?="


def _fold_text(name: str, text: str) -> str:
    words = text.split()
    plain = re.fullmatch(r"[ -~]*", " ".join(words)) and "=?" not in text and max(map(len, words), default=0) < 60
    return _join_words(name, words if plain else encode_words(" ".join(words)))


def _fold_sender(name: str, sender: str) -> str:
    said, address = split_sender(sender)
    if re.fullmatch(rf"(?:{ATOMS}| )*", said) and "=?" not in said and len(said) < 60:
        words = said.split()
    elif re.fullmatch(r"[ -~]{1,58}", said) and "=?" not in said:
        words = ['"' + re.sub(r'(["\\])', r"\\\1", said) + '"']
    else:
        words = list(encode_words(said))
    return _join_words(name, [*words, f"<{to_ascii_address(address)}>" if words else to_ascii_address(address)])


def _fold_recipient(name: str, recipient: str) -> str:
    return f"{name}: {to_ascii_address(recipient)}"


def _fold_whole(name: str, text: str) -> str:
    return f"{name}: {text}"


def _fold_list(name: str, text: str) -> str:
    """One ``<address>`` a line: there is no blank in it to fold at, and it must not be encoded (RFC 2369)."""
    return f"{name}: " + ",\r\n ".join(text.split(", "))


def _join_words(name: str, words: Iterable[str]) -> str:
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > LINE and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


FOLDS: Mapping[str, Callable[[str, str], str]] = {
    "from": _fold_sender,
    "to": _fold_recipient,
    "subject": _fold_text,
    "message-id": _fold_whole,
    "list-unsubscribe": _fold_list,
}


class MailPolicy(EmailPolicy):
    """Keeps the headers of `FOLDS` as the texts that were given and folds them so; the others are Python's affair."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        return (name, value) if name.lower() in FOLDS else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value if name.lower() in FOLDS else super().header_fetch_parse(name, value)

    def fold(self, name: str, value: str) -> str:
        fold = FOLDS.get(name.lower())
        return fold(name, value) + "\r\n" if fold else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


POLICY = MailPolicy(linesep="\r\n", max_line_length=LINE, cte_type="7bit")


# --- messages ------------------------------------------------------------------------------------------------------


def build_message_id(digest_id: str, recipient: str, sender: str) -> str:
    """The same digest to the same person has the same Message-ID, so that a repeat can be recognised."""
    address = split_sender(sender)[1]
    domain = "localhost" if find_address_fault(address) else to_ascii_address(address).rpartition("@")[2]
    return f"<{digest_id}.{short_hash(digest_id, recipient.lower())}@{domain}>"


def build_notice(*, sender: str, recipient: str, subject: str, text: str, sent_at: datetime, id: str) -> EmailMessage:
    """A plain text mail that no person wrote (RFC 3834); ``id`` says what it is about and makes its Message-ID."""
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())
    message["Date"] = sent_at
    message["Message-ID"] = build_message_id(id, recipient, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message


def build_message(
    *,
    digest_id: str,
    subject: str,
    html: str,
    text: str,
    sender: str,
    recipient: str,
    sent_at: datetime,
    leave_url: str | None = None,
    operator: str | None = None,
    message_id: str | None = None,
) -> EmailMessage:
    """A digest as a mail, text and HTML of equal worth; the same arguments give the same bytes.

    ``message_id`` is the one on record, if there is one: a repeat has it also when the sender is another by then.
    ``leave_url`` and ``operator`` say how to unsubscribe: by one click (RFC 8058), or by a mail (RFC 2369). The
    addresses are those that `find_address_fault` finds no fault with.
    """
    message = build_notice(
        sender=sender, recipient=recipient, subject=subject, text=text, sent_at=sent_at, id=digest_id
    )
    page = f"<{to_ascii_url(leave_url)}>" if leave_url else ""
    letter = f"<mailto:{quote(operator, safe='@')}?subject=unsubscribe%20{digest_id}>" if operator else ""
    ways = [way for way in (page, letter) if way and len(way) < LONGEST_LINE - len("List-Unsubscribe: ,")]
    if ways:
        message["List-Unsubscribe"] = ", ".join(ways)
    if page in ways:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message_id:
        message.replace_header("Message-ID", message_id)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{short_hash(message['Message-ID'])}")  # which quoted-printable text cannot have in it
    return message


def to_ascii_url(url: str) -> str:
    """The address with nothing in it that a header could not hold as it is."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    path, query = (quote(part, safe="/%:@!$&'()*+;=?-._~") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, host, path, query, ""))
