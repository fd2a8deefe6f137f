"""What may be behind a web address."""

from __future__ import annotations

import pytest

from veille.sources.discover import detect_kind, find_candidates, find_title

PAGE = "https://blog.example.org/articles/un-titre"


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head><title>Un blog</title>{head}</head><body>{body}</body></html>".encode()


def stated(body: bytes, url: str = PAGE) -> list[tuple[str, str]]:
    return [(one.kind, one.url) for one in find_candidates(body, {}, url) if one.stated]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<?xml version='1.0'?><!-- made by hand --><rss version='2.0'>", "rss"),
        (b"\xef\xbb\xbf\n<feed xmlns='http://www.w3.org/2005/Atom'>", "rss"),
        (b"<rdf:RDF xmlns:rdf='x' xmlns='http://purl.org/rss/1.0/'>", "rss"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "rss"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0", "ical"),
        (b"<?xml version='1.0'?><OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><Identify/>", "oai"),
        (b'{"objects": [{"id": "1", "organization_highlighted": "U"}], "meta": {}}', "courses"),
        (b'{"results": [{"course_id": "c", "name": "N"}], "pagination": {}}', "courses"),
        (b'[{"name": "Conf", "startDate": "2026-05-01", "cfpEndDate": "2026-02-01"}]', "events"),
        (b"- title: Conf\n  year: 2026\n  deadline: '2026-02-01 23:59:59'\n", "events"),
        (b"<!doctype html><html><body>BEGIN:VCALENDAR</body>", None),
        (b"<?xml version='1.0'?><urlset/>", None),
        (b'{"error": 404}', None),
        (b"{", None),
        (b"", None),
    ],
)
def test_content_tells_the_kind(body: bytes, kind: str | None) -> None:
    """What an answer is shows in its content, whatever its content type says."""
    assert detect_kind(body, {"content-type": "text/html"}) == kind


def test_a_page_names_its_feeds() -> None:
    """Alternates come first, in the page's order, those of comments last, resolved against the page's base."""
    head = """
      <base href="https://blog.example.org/">
      <link rel="alternate" type="application/rss+xml" title="Comments feed" href="comments/feed/">
      <LINK REL='alternate' TYPE='application/atom+xml' HREF='atom'>
      <link rel="alternate" type="application/json+oembed" href="/wp-json/oembed">
      <link rel="alternate" hreflang="en" href="/en/">
      <link rel="alternate" type="application/feed+json; charset=utf-8" href="feed.json">
      <link rel="alternate" type="text/calendar" href="/agenda.ics">
    """
    assert stated(page(head)) == [
        ("rss", "https://blog.example.org/atom"),
        ("rss", "https://blog.example.org/feed.json"),
        ("ical", "https://blog.example.org/agenda.ics"),
        ("rss", "https://blog.example.org/comments/feed/"),
    ]


def test_links_of_the_body_that_look_like_feeds() -> None:
    """A link to a feed or a calendar counts where the head names none; other links do not."""
    body = """<a href="/contact">Contact</a> <a href="/rss-explained">What is RSS?</a> <a href="/actus/rss.xml">RSS</a>
      <a href="webcal://blog.example.org/salons.ics">Agenda</a> <a href="/feedback">Feedback</a>"""
    assert stated(page(body=body)) == [
        ("rss", "https://blog.example.org/actus/rss.xml"),
        ("ical", "https://blog.example.org/salons.ics"),
    ]


def test_a_page_of_events() -> None:
    """A page whose JSON-LD has an event is read as a page."""
    event = '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "EducationEvent"}</script>'
    assert stated(page(event)) == [("page", PAGE)]


@pytest.mark.parametrize(
    ("generator", "found"),
    [
        ("SPIP 4.2.1", ("rss", "https://blog.example.org/spip.php?page=backend")),
        ("WordPress 6.7", ("rss", "https://blog.example.org/feed/")),
        ("Richie 2.25", ("courses", "https://blog.example.org/api/v1.0/courses/")),
        ("DSpace 7.6", ("oai", "https://blog.example.org/oai/request")),
    ],
)
def test_software_has_its_places(generator: str, found: tuple[str, str]) -> None:
    """The software that a page says it is made with offers feeds and interfaces at known places."""
    assert stated(page(f'<meta name="generator" content="{generator}">')) == [found]


@pytest.mark.parametrize(
    ("url", "kind", "found"),
    [
        ("https://www.youtube.com/channel/UCabc", "rss", "https://www.youtube.com/feeds/videos.xml?channel_id=UCabc"),
        (
            "https://www.youtube.com/playlist?list=PL1",
            "rss",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
        ),
        ("https://arxiv.org/list/cs.CY/recent", "rss", "https://rss.arxiv.org/rss/cs.CY"),
        ("https://medium.com/@someone/a-post-1f", "rss", "https://medium.com/feed/@someone"),
        ("https://someone.substack.com/p/a-post", "rss", "https://someone.substack.com/feed"),
        ("https://github.com/owner/name/issues", "rss", "https://github.com/owner/name/releases.atom"),
        ("https://hal.science/LABO-X", "hal", "https://api.archives-ouvertes.fr/search/LABO-X/"),
        ("https://edutice.hal.science/", "hal", "https://api.archives-ouvertes.fr/search/edutice/"),
        ("https://www.fun-mooc.fr/fr/cours/", "courses", "https://www.fun-mooc.fr/api/v1.0/courses/"),
    ],
)
def test_known_sites(url: str, kind: str, found: str) -> None:
    """The address alone tells where the feed of a well-known site is."""
    assert (kind, found) in stated(b"", url)


def test_a_journal_of_ojs() -> None:
    """A journal of Open Journal Systems has a feed and a repository beside its pages."""
    found = find_candidates(page(), {}, "https://journals.example.org/index.php/rev/issue/current")
    addresses = [(one.kind, one.url) for one in found]
    base = "https://journals.example.org/index.php/rev"
    assert ("rss", f"{base}/gateway/plugin/WebFeedGatewayPlugin/atom") in addresses
    assert ("oai", f"{base}/oai") in addresses


def test_common_places_come_last() -> None:
    """Where nothing is named, the usual places of the folder and of the site are worth a try, each once."""
    guesses = [one for one in find_candidates(page(), {}, "https://e.org/blog/") if not one.stated]
    addresses = [one.url for one in guesses]
    assert addresses[:3] == ["https://e.org/blog/feed/", "https://e.org/feed/", "https://e.org/blog/feed"]
    assert "https://e.org/spip.php?page=backend" in addresses
    assert len(addresses) == len(set(addresses))


def test_what_is_a_source_itself_needs_no_guess() -> None:
    """An address that answers with a feed is the one candidate; an OAI-PMH address loses its verb."""
    assert [one.url for one in find_candidates(b"<rss/>", {}, "https://e.org/x")] == ["https://e.org/x"]
    (oai,) = find_candidates(b"<OAI-PMH/>", {}, "https://e.org/oai?verb=Identify")
    assert (oai.kind, oai.url) == ("oai", "https://e.org/oai")


@pytest.mark.parametrize(
    "body", [b"<", b"<!doctype html><![if", b"<html><base href='http://['><a href='http://['>", b"<\xff"]
)
def test_odd_pages_are_no_crash(body: bytes) -> None:
    """A broken page still has the usual places."""
    assert find_candidates(body, {}, "https://e.org/")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<rss><channel><title><![CDATA[Campus & demain]]></title>", "Campus & demain"),
        (b'{"version": "https://jsonfeed.org/version/1", "title": "Caf\\u00e9"}', "Café"),
        (b"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Agenda des salons\r\n", "Agenda des salons"),
        (page(), "Un blog"),
        (b"nothing", ""),
    ],
)
def test_titles(body: bytes, title: str) -> None:
    """A document says what it is called."""
    assert find_title(body, {}) == title
