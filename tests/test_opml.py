"""Lists of feeds, in and out."""

from __future__ import annotations

import pytest

from veille.config import Source
from veille.sources.listing import pick_new
from veille.sources.opml import OpmlError, Outline, parse_opml, render_opml

LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1">
  <head><title>Mes flux</title></head>
  <body>
    <outline text="Recherche">
      <outline text="Revues" title="Revues">
        <outline type="rss" text="La revue" xmlUrl="https://revue.example.org/feed?a=1&b=2" language="fr-FR"/>
      </outline>
    </outline>
    <outline TEXT="Seul" XMLURL="feed://seul.example.org/rss" category="/Tech/IA,outils"/>
    <outline text="Un dossier vide"/>
    <outline text="A link" type="link" url="https://e.org/"/>
  </body>
</opml>
"""


def opml(*outlines: str) -> bytes:
    return f"<opml version='2.0'><body>\n{chr(10).join(outlines)}\n</body></opml>".encode()


def test_nested_folders() -> None:
    """Each feed is found with the folders that it lies in, whatever the case of the attributes' names."""
    assert parse_opml(LIST) == [
        Outline("La revue", "https://revue.example.org/feed?a=1&b=2", ("Recherche", "Revues"), "fr-FR", 7),
        Outline("Seul", "feed://seul.example.org/rss", ("Tech/IA", "outils"), None, 10),
    ]


def test_folders_tell_the_section() -> None:
    """The innermost folder that says one gives the section; without one it is press."""
    listed = parse_opml(
        opml(
            *(
                f'<outline text="{folder}"><outline text="F{n}" xmlUrl="https://e{n}.org/"/></outline>'
                for n, folder in enumerate(
                    [
                        "Réglementation",
                        "Revues de recherche",
                        "MOOC",
                        "Salons et colloques",
                        "Outils",
                        "Divers",
                        "events",
                    ]
                )
            )
        )
    )
    new, _ = pick_new(listed, [])
    sections = ["regulation", "research", "moocs", "events", "technology", "press", "events"]
    assert [source.section for _, source in new] == sections


def test_what_is_there_already_is_left_out() -> None:
    """The same address in another spelling counts once; what cannot be asked is told; ids are slugs that none has."""
    known = [Source(id="le-blog", kind="rss", url="https://blog.example.org/feed/")]
    listed = parse_opml(
        opml(
            '<outline text="Le blog" xmlUrl="http://www.blog.example.org/feed"/>',
            '<outline text="Le Blog !" xmlUrl="https://autre.example.org/feed"/>',
            '<outline text="Encore" xmlUrl="https://autre.example.org/feed?utm_source=x"/>',
            '<outline text="Local" xmlUrl="file:///etc/passwd"/>',
            '<outline text="" xmlUrl="https://www.sans-titre.example.org/rss"/>',
        )
    )
    new, skipped = pick_new(listed, known)
    assert [source.id for _, source in new] == ["le-blog-2", "sans-titre-example-org"]
    assert [(row["line"], row["why"]) for row in skipped] == [
        (2, "it is there already, as le-blog"),
        (4, "it is there already, as le-blog-2"),
        (5, "its address cannot be asked"),
    ]


def test_descriptions_with_markup_of_their_own() -> None:
    """Exports that do not escape a description still yield their feeds."""
    odd = '<outline text="A" description="By <a href="https://x.org" rel="me">X</a>,\nsince 1999." xmlUrl="https://a.org/"/>'
    assert [feed.url for feed in parse_opml(opml(odd, '<outline text="B" xmlUrl="https://b.org/"/>'))] == [
        "https://a.org/",
        "https://b.org/",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (opml('<outline text="A" xmlUrl="https://a.org/">', '<outline text="B"'), r"line 4: not well-formed"),
        (b"<opml><body></opml>", r"line 1: mismatched tag"),
        (b"", r"line 1: no element found"),
        (b"<rss version='2.0'/>", r"line 1: a document <rss>, not OPML"),
        (
            b'<!DOCTYPE o [\n<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>&x;</opml>',
            r"line 2: it defines the entity 'x'",
        ),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", r"line 1: "),
        (opml("<outline text='f'>" * 60), r"too deep"),
    ],
)
def test_what_is_no_list_is_told_with_its_line(body: bytes, said: str) -> None:
    """Broken XML, entities and other documents are refused with the line and the reason."""
    with pytest.raises(OpmlError, match=said):
        parse_opml(body)


def test_there_and_back() -> None:
    """What is exported is imported as the same sources: ids, addresses, sections, languages."""
    sources = [
        Source(id="a", kind="rss", url="https://a.org/f?x=1&y=%3C2%3E", section="regulation", language="fr"),
        Source(id="b-2", kind="rss", url="https://b.org/f"),
        Source(id="c", kind="rss", url="https://c.org/f", section="regulation"),
    ]
    new, skipped = pick_new(parse_opml(render_opml('Univ. "X" & <fils>', sources).encode()), [])
    assert not skipped
    assert sorted((source for _, source in new), key=lambda source: source.id) == sources
