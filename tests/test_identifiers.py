from __future__ import annotations

import pytest

from veille.items.identifiers import bare_identifier, find_identifiers


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://doi.org/10.1234/ABC.5", {"doi": "10.1234/abc.5"}),
        ("https://www.tandfonline.com/doi/full/10.1080/123.2026.1?af=R", {"doi": "10.1080/123.2026.1"}),
        ("https://www.frontiersin.org/articles/10.3389/feduc.2026.1/full", {"doi": "10.3389/feduc.2026.1"}),
        ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.1", {"doi": "10.1371/journal.pone.1"}),
        ("https://www.biorxiv.org/content/10.1101/2026.01.02.345v2.full.pdf", {"doi": "10.1101/2026.01.02.345"}),
        ("https://link.example.com/article/10.1007%2Fs1-2", {"doi": "10.1007/s1-2"}),
        ("https://www.nature.com/articles/s41586-026-01234-5", {"doi": "10.1038/s41586-026-01234-5"}),
        ("doi:10.1016/S0140-6736(20)1", {"doi": "10.1016/s0140-6736(20)1"}),
        ("https://arxiv.org/pdf/2603.01234v2", {"arxiv": "2603.01234"}),
        ("http://arxiv.org/abs/cs.CL/0102003v1", {"arxiv": "cs/0102003"}),
        ("oai:arXiv.org:2603.01234v1", {"arxiv": "2603.01234"}),
        ("https://doi.org/10.48550/arXiv.2603.01234", {"doi": "10.48550/arxiv.2603.01234", "arxiv": "2603.01234"}),
        ("https://hal.science/hal-04512345v2", {"hal": "hal-04512345"}),
        ("https://univ-x.hal.science/tel-01234567/document", {"hal": "tel-01234567"}),
        ("https://edutice.archives-ouvertes.fr/edutice-00123456", {"hal": "edutice-00123456"}),
        ("https://eric.ed.gov/?id=EJ1234567", {"eric": "EJ1234567"}),
        ("https://e.org/2026/10.5/notes", {}),
        ("https://e.org/shall-we-12345678", {}),
    ],
)
def test_identifiers_in_addresses(address: str, found: dict[str, str]) -> None:
    """Addresses of publishers, resolvers and archives hold identifiers; other addresses hold none."""
    assert find_identifiers((address,)) == found


@pytest.mark.parametrize(
    ("scheme", "value", "bare"),
    [
        ("doi", "https://doi.org/10.1234/ABC).", "10.1234/abc"),
        ("doi", "none", None),
        ("arxiv", "arXiv:2603.01234v3", "2603.01234"),
        ("hal", "hal-04512345v1", "hal-04512345"),
        ("eric", "ej1234567", "EJ1234567"),
    ],
)
def test_bare_form(scheme: str, value: str, bare: str | None) -> None:
    """An identifier is kept without resolver, prefix, version and case."""
    assert bare_identifier(scheme, value) == bare


def test_a_stated_field_counts_most() -> None:
    """What the source states in a field of its own wins over its link."""
    assert find_identifiers(("https://doi.org/10.1/x", "https://doi.org/10.9999/b"), {"doi": "10.1234/A"}) == {
        "doi": "10.1234/a"
    }


@pytest.mark.parametrize(
    ("text", "research", "found"),
    [
        ("arXiv:2603.01234v1 Announce Type: new", False, {"arxiv": "2603.01234"}),
        ("As arXiv:2603.01234 showed", False, {}),
        ("Volume 3. DOI: 10.1234/A.", True, {"doi": "10.1234/a"}),
        ("The study (doi: 10.1234/A) says", False, {}),
        ("doi: 10.1234/A and doi: 10.1234/B", True, {}),
        ("10.1234/A is cited", True, {}),
    ],
)
def test_texts_are_believed_only_where_they_speak_of_themselves(
    text: str, research: bool, found: dict[str, str]
) -> None:
    """A number in a text is the item's own only where it is stated as such."""
    assert find_identifiers((), None, text, research=research) == found
