"""Links from an issue back to the organisation's own site: to vote, and to leave. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from veille.wording import say

VERDICTS = ("useful", "off-topic")
LEAVE_PLACE = "<!-- leave -->"  # in the page of an issue, which itself has no recipient who could leave


@dataclass(frozen=True, slots=True)
class Links:
    """Where the site is, and the signed token of each story that may be voted on. Empty: no links."""

    site: str = ""  # without a slash at its end
    tokens: Mapping[str, str] = field(default_factory=dict)  # by story id

    def vote_url(self, story_id: str, verdict: str = "") -> str | None:
        """The page that asks to confirm this vote, or without a verdict for one."""
        token = self.tokens.get(story_id)
        asked = f"?verdict={verdict}" if verdict else ""
        return f"{self.site}/vote/{token}{asked}" if self.site and token else None

    def leave_url(self, token: str) -> str | None:
        """The page on which the recipient whose signed token it is leaves."""
        return f"{self.site}/leave/{token}" if self.site else None


NO_LINKS = Links()


def render_leave(html: str, text: str, url: str, language: str) -> tuple[str, str]:
    """An issue's page and text for one recipient, with the way to leave at their end."""
    words = say(language, "leave")
    # The colour that `digest.css` gives to links in notes.
    link = f'<br><a href="{escape(url)}" style="color:#625d57">{escape(words)}</a>'
    return html.replace(LEAVE_PLACE, link), f"{text}\n{words}\n{url}\n"
