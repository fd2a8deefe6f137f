"""The CSS selectors by which a page's own words are found: which fields there are, and what a selector may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Selectors of a day until when something must be done, and those that make a page's entries events.
DEADLINES = ("deadline", "submission", "early-bird", "registration", "notification")
EVENT_FIELDS = ("starts", "ends", "place", "country", "online", "status", *DEADLINES)
FIELDS = ("item", "title", "url", "date", "summary", "authors", *EVENT_FIELDS)
ATTRIBUTE = re.compile(r"[\w:-]+")


def check_selectors(selectors: Mapping[str, str]) -> None:
    """Raises `ValueError` for a field that pages have not, and for what is not CSS."""
    from soupsieve import SelectorSyntaxError, compile

    unknown = sorted(set(selectors) - set(FIELDS))
    if unknown:
        raise ValueError(f"options.selectors has {', '.join(unknown)}; there are: {', '.join(FIELDS)}")
    for name, selector in selectors.items():
        css = split_selector(selector)[0]
        try:
            compile(css or "*")
        except (SelectorSyntaxError, NotImplementedError) as error:  # the latter for pseudo-elements
            problem = str(error).partition("\n")[0]
            raise ValueError(f"options.selectors.{name}, {selector!r}, is not CSS: {problem}") from None


def split_selector(selector: str) -> tuple[str, str]:
    """CSS and attribute: `a.more@href`, `@data-id` of the entry itself, or no attribute for the text.

    An `@` within the CSS stays there: only a last one with a name after it counts.
    """
    css, sign, attribute = selector.strip().rpartition("@")
    return (css.strip(), attribute) if sign and ATTRIBUTE.fullmatch(attribute) else (selector.strip(), "")
