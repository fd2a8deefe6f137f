"""The two files of a home: what is accepted, and how every mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from veille.config.files import ConfigError, parse_config

CASES = Path(__file__).parent / "cases" / "config"
ROOT = Path(__file__).parent.parent
LEAST = b"""
organisation: {name: Universite Exemple}
topics: [{id: ia, name: IA}]
digests: [{id: hebdo}]
"""


def problems(organisation: bytes, sources: bytes = b"") -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(organisation, sources)
    return str(caught.value)


def test_every_problem_of_both_files_is_told_at_once() -> None:
    """Each problem has its file, line, key, what was found and what is allowed."""
    said = problems((CASES / "organisation.yaml").read_bytes(), (CASES / "sources.yaml").read_bytes())
    assert said + "\n" == (CASES / "problems.txt").read_text("utf-8")


def test_a_name_a_topic_and_a_digest_are_enough() -> None:
    """Everything else has a default."""
    config = parse_config(LEAST, b"")
    assert config.organisation.timezone == "Europe/Paris"
    assert config.schedule.digest == "0 7 * * 1"
    assert config.topics_of(config.digests[0]) == config.topics
    assert (config.digests[0].max_age("press"), config.digests[0].max_age("research")) == (90, 730)


def test_an_age_limit_that_is_given_leaves_the_others() -> None:
    """Only the named sections change."""
    config = parse_config(LEAST.replace(b"{id: hebdo}", b"{id: hebdo, max_age_days: {default: 30}}"), b"")
    assert (config.digests[0].max_age("press"), config.digests[0].max_age("research")) == (30, 730)


def test_a_recipient_may_have_a_name_before_the_address() -> None:
    """The address counts; what is neither of the two is refused."""
    given = b"{id: hebdo, to: [Jan Peeters <jan@example.org>, '\"Peeters, Eva\" <eva@example.org>', b@example.org]}"
    config = parse_config(LEAST.replace(b"{id: hebdo}", given), b"")
    assert config.digests[0].to == ("jan@example.org", "eva@example.org", "b@example.org")
    for wrong in (b"Jan Peeters", b"Jan <jan>", b"<a@b.example> <c@d.example>"):
        assert "digests[0].to[0]" in problems(LEAST.replace(b"{id: hebdo}", b"{id: hebdo, to: [%s]}" % wrong))


def test_a_term_cannot_count_and_veto() -> None:
    """What stands in keywords and in exclude is a problem, with its line, however it is written."""
    topic = b"{id: ia, name: IA, keywords: [LLM, IA],\n  exclude: [bourse, llm]}"
    said = problems(LEAST.replace(b"{id: ia, name: IA}", topic))
    assert "topics[0].exclude[1]: found 'llm', which counts as a keyword (topics[0].keywords[0])" in said
    assert said.startswith("organisation.yaml:4:")


@pytest.mark.parametrize(
    "kind",
    ["rss", "page", "ical", "events", "hal", "openalex", "eric", "arxiv", "crossref", "oai", "doaj", "courses"],
)
def test_every_kind_of_the_contract_is_valid(kind: str) -> None:
    """A kind that is not built yet is still a valid configuration."""
    options = ", options: {query: topics}" if kind in ["hal", "openalex", "eric", "arxiv", "crossref", "doaj"] else ""
    source = f'sources: [{{id: a, kind: {kind}, url: "https://a.example/"{options}}}]'
    assert parse_config(LEAST, source.encode()).sources[0].kind == kind


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"a: 1\n\tb: 2", "organisation.yaml:2"),
        (b"a: 'open", "valid YAML"),
        ("t:\n  - name: Accessibilité : formations".encode(), 'organisation.yaml:2: found a text with ": " in it'),
        (b"t:\n  - {id: a, name: Qualiopi: le guide}", 'organisation.yaml:2: found a text with ": " in it'),
        (b"a: b\n  c: d", "deeper than the one above it"),
        (b"a: !!python/object/apply:os.system [ls]", "no YAML tags"),
        (b"a: 1\na: 2", "a second time (first on line 1)"),
        (b"[" * 5000, "nested too deeply"),
        (b"&a [" + b"*a, " * 10 + b"]", "organisation.yaml:1"),
        (b"- a list", "organisation.yaml:1"),
        (b"a: 2026-99-99", "organisation.yaml:1: a"),
        (b"x: \x00", "printable text"),
    ],
)
def test_what_is_not_yaml_we_read_is_told_with_its_line(body: bytes, words: str) -> None:
    """A broken file ends in a sentence, never in a traceback."""
    assert words in problems(body)


def test_aliases_that_multiply_are_refused() -> None:
    """An alias bomb costs no memory."""
    levels = [b"l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    levels += [b"l%d: &l%d [%s]" % (n, n, b", ".join([b"*l%d" % (n - 1)] * 9)) for n in range(1, 12)]
    assert "aliases that multiply" in problems(b"\n".join(levels))


def test_the_files_of_the_repository_are_valid_and_the_starters_are_the_same() -> None:
    """`veille init` gives what the repository itself runs on."""
    bodies = [(ROOT / name).read_bytes() for name in ("organisation.yaml", "sources.yaml")]
    config = parse_config(*bodies)
    assert len([source for source in config.sources if source.enabled]) >= 80
    for name, body in zip(("organisation.yaml", "sources.yaml"), bodies, strict=True):
        assert (ROOT / "veille" / "starter" / name).read_bytes() == body
