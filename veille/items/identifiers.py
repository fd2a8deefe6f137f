"""Identifiers that join what different sources tell of one work: DOI, arXiv, HAL and ERIC numbers, in bare form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>?#&|{}^]+", re.IGNORECASE)
# What publishers put behind a DOI in a path: views of the article, not parts of its name.
DOI_TAIL = re.compile(
    r"(?:/(?:full(?:text)?|abstract|pdf|epdf|html|meta|summary|references|citation|figures?|suppl_file|issuetoc|tables?|metrics|"
    r"download|pdfft|reader|text|fulltext\.html|v\d+)|\.(?:full|abstract|short|long|pdf|html?|full\.pdf|full-text|xml))+$",
    re.IGNORECASE,
)
PREPRINT_VERSION = re.compile(r"v\d+$")
ARXIV_ID = r"(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"
ARXIV_ADDRESS = re.compile(r"arxiv\.org/(?:abs|pdf|html|format|e-print)/" + ARXIV_ID, re.IGNORECASE)
ARXIV_NAME = re.compile(r"(?:oai:)?arxiv(?:\.org)?:\s?" + ARXIV_ID, re.IGNORECASE)
ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
HAL_ID = r"([a-z]{2,12}(?:-[a-z]{2,6})?[-_]\d{8})(?:v\d+)?"
HAL_ADDRESS = re.compile(
    r"//(?:[\w-]+\.)*(?:hal\.science|archives-ouvertes\.fr|hal\.inria\.fr|hal\.[\w-]+\.fr|inria\.fr)/" + HAL_ID,
    re.IGNORECASE,
)
HAL_NAME = re.compile(r"(?:oai:)?hal:" + HAL_ID, re.IGNORECASE)
ERIC_ADDRESS = re.compile(r"eric\.ed\.gov/.*?\b(E[DJ]\d{6,7})\b", re.IGNORECASE)
NATURE_ADDRESS = re.compile(r"//(?:www\.)?nature\.com/articles/(s\d{5}-\d{3}-\d{5}-[\da-z])")
STATED_DOI = re.compile(r"\bdoi\s?:\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
STATED_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5})(?:v\d+)?\b")

BARE = {
    "arxiv": re.compile(ARXIV_ID, re.IGNORECASE),
    "hal": re.compile(HAL_ID, re.IGNORECASE),
    "eric": re.compile(r"(E[DJ]\d{6,7})", re.IGNORECASE),
}


def find_identifiers(
    addresses: tuple[str, ...], given: Mapping[str, str] | None = None, text: str = "", *, research: bool = False
) -> dict[str, str]:
    """The identifiers of an item, by scheme (``doi``, ``arxiv``, ``hal``, ``eric``).

    ``addresses`` are its links and guid; ``given`` what its source states in a field of its own, and counts most;
    ``text`` is believed only where it states the item's own number: "arXiv:2301.12345" at its start, and in
    ``research`` sources a single "doi: 10..." (a press article that ends so is about that work, it is not the work).
    """
    found: dict[str, str] = {}
    for scheme, value in (given or {}).items():
        bare = bare_identifier(scheme, value)
        if bare:
            found.setdefault(scheme, bare)
    for address in addresses:
        for scheme, value in _in_address(address):
            found.setdefault(scheme, value)
    if text:
        for scheme, value in _in_text(text, research):
            found.setdefault(scheme, value)
    if "doi" in found and "arxiv" not in found and (arxiv := ARXIV_DOI.fullmatch(found["doi"])):
        found["arxiv"] = PREPRINT_VERSION.sub("", arxiv[1])
    return found


def bare_identifier(scheme: str, value: str) -> str | None:
    """The value without resolver, prefix and version; None when it is not of its scheme."""
    value = value.strip()
    if scheme == "doi":
        match = DOI.search(unquote(value)) if "10." in value or "10%2E" in value else None
        return bare_doi(match[0]) if match else None
    if scheme not in BARE:
        return value or None
    found = BARE[scheme].search(value)
    if not found:
        return None
    return found[1].upper() if scheme == "eric" else found[1].lower() if scheme == "hal" else _arxiv(found[1])


def bare_doi(text: str) -> str:
    """A DOI in lower case, without the punctuation and the view names that follow it in texts and paths."""
    doi = DOI_TAIL.sub("", text.rstrip(".,;:'’”»*"))
    while doi.endswith((")", "]")) and doi.count(doi[-1]) > doi.count("(["[doi[-1] == "]"]):
        doi = doi[:-1].rstrip(".,;:")
    if doi.startswith("10.1101/"):
        doi = PREPRINT_VERSION.sub("", doi)
    return doi.lower()


def _arxiv(number: str) -> str:
    """Old numbers name the archive without its subject class: math.GT/0309136 is math/0309136."""
    archive, slash, serial = number.partition("/")
    return f"{archive.partition('.')[0].lower()}/{serial}" if slash else number


def _in_address(address: str) -> list[tuple[str, str]]:
    lowered = address.lower()
    found: list[tuple[str, str]] = []
    if "10." in address or "10%2" in address:
        match = re.search(r"(?:^|[/=:])(" + DOI.pattern + ")", unquote(address), re.IGNORECASE)
        if match:
            found.append(("doi", bare_doi(match[1])))
    if "nature.com/articles/s" in lowered and (match := NATURE_ADDRESS.search(lowered)):
        found.append(("doi", f"10.1038/{match[1]}"))
    if "arxiv" in lowered and (match := ARXIV_ADDRESS.search(address) or ARXIV_NAME.match(address)):
        found.append(("arxiv", _arxiv(match[1])))
    if ("hal" in lowered or "archives-ouvertes" in lowered) and (
        match := HAL_ADDRESS.search(address) or HAL_NAME.match(address)
    ):
        found.append(("hal", match[1].lower()))
    if "eric.ed.gov" in lowered and (match := ERIC_ADDRESS.search(address)):
        found.append(("eric", match[1].upper()))
    return found


def _in_text(text: str, research: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if text[:6].lower() == "arxiv:" and (match := STATED_ARXIV.match(text)):
        found.append(("arxiv", match[1]))
    if research and "10." in text:
        stated = {bare_doi(doi) for doi in STATED_DOI.findall(text)}
        if len(stated) == 1:
            found.append(("doi", stated.pop()))
    return found
