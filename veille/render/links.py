"""Links from an issue back to the organisation's own site: to vote, and to leave. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERDICTS = ("useful", "off-topic")


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

    @property
    def leave_url(self) -> str | None:
        """The page to leave on; a message to one recipient has that recipient's token after it."""
        return f"{self.site}/leave/" if self.site else None


NO_LINKS = Links()
