"""What changed in a watched page."""

from __future__ import annotations

from datetime import UTC, datetime

from veille.config import Source
from veille.kinds.page import parse
from veille.values import Item
from veille.watching import find_change, tell_change

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="guide", kind="page", url="https://g.example/", section="regulation", options={"watch": True})


def collect(text: str, cursor: str | None, complete: bool = True) -> tuple[tuple[Item, ...], str | None]:
    body = f"<title>Guide</title><main><p>Une règle, 2 &lt; 3.</p><p>{text}</p></main>"
    page, cursor = tell_change(SOURCE, parse(SOURCE, body.encode(), {}, SOURCE.url, NOW), cursor, complete, NOW)
    return page.items, cursor


def test_a_change_is_told_once_and_stays_told() -> None:
    """The first reading tells the text, a change what went and came, and an unchanged page the same as before."""
    (first,), cursor = collect("Version 9.", None)
    (again,), cursor = collect("Version 9.", cursor)
    (changed,), cursor = collect("Version 10, dès juin.", cursor)
    (after,), cursor = collect("Version 10, dès juin.", cursor)
    assert first == again
    assert first.summary == "Une règle, 2 < 3. Version 9."
    assert changed.guid != first.guid
    assert changed.summary == "− Version 9. + Version 10, dès juin."
    assert changed == after


def test_a_cut_answer_says_nothing_of_the_text() -> None:
    """An answer that was cut is not compared and not remembered."""
    _, cursor = collect("Version 9.", None)
    assert collect("Vers", cursor, complete=False) == ((), cursor)


def test_a_cursor_that_is_not_ours() -> None:
    """A cursor that another kind left is a first reading."""
    (item,), _ = collect("Version 9.", '{"": {"since": null}}')
    assert item.summary.endswith("Version 9.")


def test_lines_that_only_moved_did_not_change() -> None:
    """What is told is lines that came and went, in their order."""
    assert find_change(["a", "b", "c"], ["c", "b", "a"]) == ""
    assert find_change(["a", "b"], ["a", "d", "c"]) == "− b + d + c"
