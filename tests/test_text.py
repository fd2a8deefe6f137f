from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veille.items.text import clean_text, drop_boilerplate, first_words, shorten

LONG_SENTENCE = "The post appeared first on this street" + ", then another one" * 5


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("les Ã©boulements Ã\xa0 BesanÃ§on", "les éboulements à Besançon"),
        ("Chinaâ€™s â€œlabsâ€\x9d – new", "China’s “labs” – new"),
        ("un cÅ“ur, un cÅ\x93ur", "un cœur, un cœur"),
        ("BetÃ¼l, Oliver WeiÃ\x9fl", "Betül, Oliver Weißl"),
        ("Ð\x9fÑ\x80Ð¸Ð²ÐµÑ\x82", "Привет"),
        ("France CompÃ\x83Â©tences", "France Compétences"),
        ("it\x92s \x93here\x94", "it’s “here”"),
        ("CAFÉ\xa0: «\xa0À table\xa0», ÉTÉ…", "CAFÉ : « À table », ÉTÉ…"),
        ("LA QUALITÉ\xa0: où\xa0?", "LA QUALITÉ : où ?"),
        ("OÙ\xa0?", "OÙ ?"),
        ("São Paulo, PÃO, Ångström, â, Âge", "São Paulo, PÃO, Ångström, â, Âge"),
    ],
)
def test_what_was_read_in_a_wrong_encoding_is_read_again(garbled: str, meant: str) -> None:
    """UTF-8 taken for Latin-1 or for Windows' own, once or more often, becomes what it was; proper texts stay."""
    assert clean_text(garbled, 500) == meant


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>One</p><p>two<br/>three</p>", "One two three"),
        ("H<sub>2</sub>O and <b>bold</b>.", "H2O and bold."),
        ("R&amp;D, l&#8217;été, caf&eacute;&nbsp;!", "R&D, l’été, café !"),
        ("&amp;lt;p&amp;gt;Twice&amp;lt;/p&amp;gt; &amp;amp; more", "Twice & more"),
        ("<code>if a &lt; b</code> and 5 &lt; 6 &amp;&amp; 7", "if a < b and 5 < 6 && 7"),
        ("vector<int> stays, I <3 it", "vector<int> stays, I <3 it"),
        ('<img src="a" alt="x > y">after', "after"),
        ("before<script>var a = '<p>';</script><style>p{}</style><!-- no -->after", "before after"),
        ("<o:p></o:p>word<my-widget>s</my-widget>", "word s"),
        ("<![CDATA[hello]]>", "hello"),
        ("<strong>a</strong> [1]<![CDATA[ b", "a [1] b"),
        (
            "zero\u200bwidth \u202eturned\u202c soft\u00adhyphen \ufefftab\there\x00",
            "zerowidth turned softhyphen tab here",
        ),
        ("a\ud800b", "ab"),
        (" \n lots \u00a0 of \u2003 space ", "lots of space"),
        ("", ""),
    ],
)
def test_plain_text(raw: str, plain: str) -> None:
    """Markup becomes its text, entities are decoded even twice, what cannot be seen goes."""
    assert clean_text(raw, 500) == plain


def test_a_long_text_is_cut_at_a_word() -> None:
    """What is longer than the limit ends at a word, with an ellipsis, within the limit."""
    assert shorten("one two three four", 14) == "one two three…"
    assert len(clean_text("word " * 5_000, 500)) <= 500


def test_a_tag_that_the_limit_cuts_in_two_goes() -> None:
    """Markup much longer than its limit leaves no half tag behind."""
    assert "<" not in clean_text("<p>text</p>" + '<a href="https://e.org/' + "x" * 10_000 + '">y</a>', 100)


@given(st.text(alphabet=st.sampled_from("ab <>/&;!-'\"=\u200b\n#amplt"), max_size=60))
def test_any_text_becomes_one_line(raw: str) -> None:
    """Whatever comes in, one line without white space at its ends comes out."""
    text = clean_text(raw, 40)
    assert text == " ".join(text.split())
    assert len(text) <= 40


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Le texte. L’article Un titre est apparu en premier sur Le Site.", "Le texte."),
        ("Text. The post A title, or two appeared first on The Site.", "Text."),
        ("Text […] The post A title first appeared on The Site.", "Text…"),
        ("Text. Der Beitrag Titel erschien zuerst auf Seite.", "Text."),
        ("Un texte… Lire la suite →", "Un texte…"),
        ("A text. Continue reading A title of it →", "A text. Continue reading A title of it →"),
        ("A text. Read more...", "A text."),
        ("Some text [&#8230;]".replace("&#8230;", "…"), "Some text…"),
        (LONG_SENTENCE,) * 2,
        ("Pupils read more when they choose the books themselves.",) * 2,
    ],
)
def test_boilerplate_goes_from_the_end_only(text: str, kept: str) -> None:
    """What publishing software adds goes; the same words inside a text stay."""
    assert drop_boilerplate(text).strip() == kept.strip()


def test_first_words_are_a_sentence_where_there_is_one() -> None:
    """A text without a title is called by its first sentence, else by its first words."""
    assert first_words("A first sentence here. A second one.") == "A first sentence here"
    assert first_words("word " * 50, 30) == "word word word word word word…"
