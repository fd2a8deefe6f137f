from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veille.items.address import absolute_url, canonical_url, drop_tracking, unwrap

BASE = "https://e.org/a/feed.xml"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://e.org/x", "https://e.org/x"),
        (" HTTP://E.org/x\n", "http://E.org/x"),
        ("b.html", "https://e.org/a/b.html"),
        ("/b", "https://e.org/b"),
        ("//cdn.e.org/b", "https://cdn.e.org/b"),
        ("www.e.net/b", "https://www.e.net/b"),
        ("feed://e.org/rss", "http://e.org/rss"),
        ("https://e.org/a b", "https://e.org/a%20b"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("mailto:a@e.org", None),
        ("https://", None),
        ("https://e.org:99999/", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_a_link_is_an_absolute_web_address_or_nothing(link: str, address: str | None) -> None:
    """Links are resolved against their document; what is no http(s) address is none."""
    assert absolute_url(link, BASE) == address


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        ("https://www.google.com/url?rct=j&sa=t&url=https://e.org/a%3Fb%3D1&ct=ga", "https://e.org/a?b=1"),
        ("https://news.google.com/news/url?sa=t&url=http://e.org/a", "http://e.org/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fe.org%2Fa&h=x", "https://e.org/a"),
        ("https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fe%2Eorg%2Fa", "https://e.org/a"),
        ("https://out.reddit.com/t3_x?url=https%3A%2F%2Fe.org%2Fa&token=1", "https://e.org/a"),
        ("https://www.youtube.com/redirect?q=https%3A%2F%2Fe.org%2Fa&v=x", "https://e.org/a"),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fe.org%2Fa&data=x", "https://e.org/a"),
        ("https://www.google.com/amp/s/e.org/a/amp", "https://e.org/a/amp"),
        ("https://e-org.cdn.ampproject.org/c/s/e.org/a", "https://e.org/a"),
        (
            "https://www.google.com/url?q=https://l.facebook.com/l.php?u%3Dhttps%253A%252F%252Fe.org%252Fa",
            "https://e.org/a",
        ),
        ("https://e.org/share?url=https://other.org/", "https://e.org/share?url=https://other.org/"),
        ("https://e.org/login?redirect=https://e.org/x", "https://e.org/login?redirect=https://e.org/x"),
        (
            "https://e.org/redirect?url=javascript:alert(1)//https://",
            "https://e.org/redirect?url=javascript:alert(1)//https://",
        ),
    ],
)
def test_redirect_links_are_unwrapped(wrapped: str, target: str) -> None:
    """A link whose only work is to redirect gives the address that it carries; others stay as they are."""
    assert unwrap(wrapped) == target


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://www.E.org:80/A/?utm_source=x&b=2&a=1&fbclid=y#top", "https://e.org/A?a=1&b=2"),
        ("https://e.org/a/../b/./c/", "https://e.org/b/c"),
        ("https://e.org", "https://e.org"),
        ("https://e.org/?", "https://e.org"),
        ("https://e.org:8443/a", "https://e.org:8443/a"),
        ("https://e.org/%7euser/%e9t%C3%A9", "https://e.org/~user/%E9t%C3%A9"),
        ("https://e.org/été", "https://e.org/%C3%A9t%C3%A9"),
        ("https://école.example/a", "https://xn--cole-9oa.example/a"),
        ("https://e.org/#!/page", "https://e.org#!/page"),
        ("https://e.org/a;jsessionid=1F?x=1", "https://e.org/a?x=1"),
        ("https://e.org/a/amp/?amp=1", "https://e.org/a"),
        ("https://e.org/a?ref=rss&id=3", "https://e.org/a?id=3"),
        ("https://e.org/a?ref=chapter2", "https://e.org/a?ref=chapter2"),
        ("https://e.org/a?xtor=RSS-1&at_medium=rss&mc_cid=1&page=2", "https://e.org/a?page=2"),
        ("https://dx.doi.org/10.1234/ABC.def%282020%29", "https://doi.org/10.1234/abc.def(2020)"),
        ("https://youtu.be/AbC?si=x", "https://youtube.com/watch?v=AbC"),
        ("https://m.youtube.com/watch?v=AbC&feature=share", "https://youtube.com/watch?v=AbC"),
        ("https://fr.m.wikipedia.org/wiki/MOOC", "https://fr.wikipedia.org/wiki/MOOC"),
        ("https://www.google.com/url?url=https://e.org/a/&sa=t", "https://e.org/a"),
    ],
)
def test_equal_pages_have_equal_canonical_addresses(url: str, same: str) -> None:
    """What does not change the page does not change its canonical address."""
    assert canonical_url(url) == same


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("http://www.e.org/A/?b=2&utm_source=rss&a=1&utm_medium=feed#part", "http://www.e.org/A/?b=2&a=1#part"),
        ("https://e.org/a?utm_source=rss", "https://e.org/a"),
        ("https://e.org/a?id=3#xtor=RSS-1", "https://e.org/a?id=3"),
        ("https://e.org/a#at_the_end", "https://e.org/a#at_the_end"),
        ("https://e.org/a?", "https://e.org/a?"),
        ("https://e.org/été?q=a%20b&amp;c=", "https://e.org/été?q=a%20b&amp;c="),
        ("https://youtube.com/watch?v=AbC&t=90", "https://youtube.com/watch?v=AbC&t=90"),
    ],
)
def test_a_link_to_be_followed_loses_its_tracking_alone(url: str, link: str) -> None:
    """Host, path, order, escapes, fragment and what chooses a part of the page stay as they were written."""
    assert drop_tracking(url) == link


@pytest.mark.parametrize(
    "garbage", ["", "nonsense", "javascript:alert(1)", "http://", "http://[::1", "http://e.org:x/", "http://a b/"]
)
def test_garbage_has_no_canonical_address(garbage: str) -> None:
    """What is no web address raises ValueError and nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        canonical_url(garbage)


PIECES = st.sampled_from(
    [
        "/",
        "a",
        "é",
        "%2F",
        "%41",
        "%",
        "..",
        ".",
        "amp",
        "?",
        "&",
        "=",
        "url",
        "utm_x=1",
        "#",
        "#!",
        ";jsessionid=1",
        "http://",
        "x.org",
        " ",
        "|",
        "[",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_canonical_addresses_are_stable(rest: str) -> None:
    """The canonical form of a canonical address is itself."""
    try:
        once = canonical_url("http://www.e.org/" + rest)
    except ValueError:
        return
    assert canonical_url(once) == once
