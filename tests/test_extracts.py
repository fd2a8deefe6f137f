from __future__ import annotations

import pytest

from veille.extracts import find_extract
from veille.rank.words import build_query, count_documents

QUERY = build_query(("tutorat en ligne", 1.0), ("AI tutors", 1.0))
NEWS = (
    "La région accueille son salon annuel. Les exposants étaient nombreux malgré la pluie. "
    "Un tutorat en ligne sera proposé à 4 000 apprentis dès la rentrée. Le buffet a été apprécié de tous. "
    "Ce tutorat en ligne est assuré par M. Durand et son équipe. Lire la suite sur notre site."
)
ABSTRACT = (
    "Background: AI tutors are everywhere and much is said of AI tutors. "
    "Methods: We assigned 212 students to AI tutors or to textbooks for six weeks of autumn. "
    "Results: Scores rose more with the tutors (d = 0.31, 95% CI 0.12 to 0.50). Motivation did not differ. "
    "Conclusions: Tutors may help where teachers follow up."
)


def test_what_carries_the_topic_is_quoted():
    """Sentences as they stand, in their order, with […] where some are left out."""
    assert find_extract(NEWS, "fr", QUERY, 150) == (
        "Un tutorat en ligne sera proposé à 4 000 apprentis dès la rentrée. […] "
        "Ce tutorat en ligne est assuré par M. Durand et son équipe."
    )


def test_neighbours_are_quoted_without_a_gap():
    """`[…]` stands only for what is left out."""
    text = "Rien à voir ici, passons à la suite. "
    text += "Le tutorat en ligne arrive au lycée. Le tutorat en ligne coûte peu aux familles. "
    assert find_extract(text + "Il pleut beaucoup en mars.", "fr", QUERY, 90) == (
        "Le tutorat en ligne arrive au lycée. Le tutorat en ligne coûte peu aux familles."
    )


def test_of_a_paper_what_was_found_comes_first():
    """Before what was asked, done and concluded."""
    assert find_extract(ABSTRACT, "en", QUERY, 90, paper=True) == (
        "Scores rose more with the tutors (d = 0.31, 95% CI 0.12 to 0.50)."
    )
    assert "d = 0.31" not in find_extract(ABSTRACT, "en", QUERY, 90)


@pytest.mark.parametrize("most", [40, 90, 150, 280, 1000])
@pytest.mark.parametrize(("text", "language"), [(NEWS, "fr"), (ABSTRACT, "en")])
def test_each_part_stands_in_the_text(text, language, most):
    """Nothing is reworded, and the space is kept."""
    extract = find_extract(text, language, QUERY, most, paper=language == "en")
    assert len(extract) <= most
    assert all(part.rstrip("…") in text for part in extract.split(" […] "))


def test_a_text_that_fits_is_quoted_whole():
    """Without its title where it begins with it."""
    assert find_extract("Un titre. Un tutorat de plus.", "fr", QUERY, title="Un titre") == "Un tutorat de plus."
    assert find_extract("", "fr", QUERY) == ""


def test_a_sentence_too_long_for_the_space_is_cut_between_words():
    """Only where no sentence fits."""
    assert find_extract("mot " * 50, None, QUERY, 20) == "mot mot mot mot mot…"


def test_rarer_words_weigh_more_where_frequencies_are_known():
    """Where every text speaks of the tutor, the line does the telling."""
    text = "Le tutorat est une vieille idée de nos écoles. Le cours en ligne est une idée nouvelle pour nos écoles."
    everywhere = count_documents([["tutorat", "ecol"]] * 50 + [["lign"]])
    assert find_extract(text, "fr", QUERY, 60).startswith("Le tutorat")
    assert find_extract(text, "fr", QUERY, 60, frequencies=everywhere).startswith("Le cours")
