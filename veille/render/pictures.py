"""Pictures as inline SVG, each with a title, a description and the same in a sentence. Pure; no style of their own.

All that is drawn has the colour of the text around it, so that it is read in light and in dark; a style sheet may
colour the classes ``bar``, ``last`` and ``rule``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT, GAP = 312, 52, 2
ROW, LABEL, THICK, PANEL = 36, 13, 10, 300
NUMBER = 40  # room for a number behind the longest bar


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, and the same in words for who does not see it."""

    svg: Markup
    words: str


def draw_weeks(name: str, values: Sequence[int], title: str, words: str) -> Picture:
    """A bar a week, the latest one last and marked. ``name`` is unique in its page."""
    most, step = max([*values, 1]), min(WIDTH / max(len(values), 1), 24)
    bars = []
    for place, value in enumerate(values):
        tall = round(value * (HEIGHT - 2) / most, 1)
        last = " last" if place == len(values) - 1 else ""
        bars.append(
            f'<rect class="bar{last}" x="{place * step:.1f}" y="{HEIGHT - 1 - tall:.1f}" width="{step - GAP:.1f}"'
            f' height="{tall}"/>'
        )
    rule = f'<rect class="rule" x="0" y="{HEIGHT - 1}" width="{step * len(values) - GAP:.1f}" height="1"/>'
    return Picture(_frame(name, title, words, WIDTH, HEIGHT, Markup("".join([*bars, rule]))), words)


def draw_counts(name: str, rows: Sequence[tuple[str, int]], most: int, title: str, words: str) -> Picture:
    """A labelled bar a row, its length the share of ``most``: two pictures with one ``most`` can be compared."""
    drawn = []
    for place, (label, value) in enumerate(rows):
        top = place * ROW
        length = round(value * (PANEL - NUMBER) / max(most, 1), 1)
        drawn.append(
            Markup(
                '<text x="0" y="{}" font-size="{}">{}</text><rect class="bar" x="0" y="{}" width="{}" height="{}"/>'
                '<text x="{}" y="{}" font-size="{}">{}</text>'
            ).format(
                top + LABEL, LABEL, label, top + LABEL + 6, length, THICK, length + 6, top + LABEL + 15, LABEL, value
            )
        )
    return Picture(_frame(name, title, words, PANEL, max(ROW * len(rows), 1), Markup("").join(drawn)), words)


def _frame(name: str, title: str, words: str, width: int, height: int, inside: Markup) -> Markup:
    return Markup(
        '<svg role="img" aria-labelledby="{name}-title {name}-words" viewBox="0 0 {width} {height}" width="{width}"'
        ' height="{height}" fill="currentColor"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-words">{words}</desc>{inside}</svg>'
    ).format(name=escape(name), width=width, height=height, title=title, words=words, inside=inside)
