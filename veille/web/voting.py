"""Where the links of a mail lead: to vote, and to leave. A GET only asks, since mail scanners follow links."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from veille.ratings import VERDICTS, Verdict
from veille.render.clipping import clean_line
from veille.render.links import VERDICTS as ASKED
from veille.signing import LeaveToken, VoteToken, parse_token
from veille.store import StoreError
from veille.web import guard, queries
from veille.web.answers import answer
from veille.web.cards import Card, Setting, build_card
from veille.web.site import Site

BODY_SECONDS = 10


class BallotBox:
    """Votes and leave-takings: what a signed token allows, and nothing else."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def ask_vote(self, request: Request) -> Response:
        token = parse_token(self._site.key, request.path_params["token"], VoteToken)
        asked = request.query_params.get("verdict", "")
        return self._answer_vote(request, token, asked=asked if asked in ASKED else "")

    async def vote(self, request: Request) -> Response:
        token = parse_token(self._site.key, request.path_params["token"], VoteToken)
        said = guard.parse_form(await _read_body(request)).get("verdict", "")
        verdict = next((one for one in VERDICTS if one == said), None)
        if verdict is None:
            raise HTTPException(400)
        return await run_in_threadpool(self._save_vote, request, token, verdict)

    def _save_vote(self, request: Request, token: VoteToken, verdict: Verdict) -> Response:
        done = self._site.vote(token, verdict)
        return self._answer_vote(request, token, said=verdict, queued=not done)

    def _answer_vote(
        self, request: Request, token: VoteToken, *, asked: str = "", said: str = "", queued: bool = False
    ) -> Response:
        setting = self._find_setting(token.digest_id.rsplit("-", 2)[0])
        return answer(
            self._site,
            request,
            "vote",
            setting.say("web_vote"),
            setting=setting,
            story=self._find_card(token.story_id, setting),
            topic=setting.name_topic(token.topic_id),
            asked=asked,
            said=said,
            queued=queued,
        )

    def _find_setting(self, audience: str) -> Setting:
        """In the language of the letter that led here."""
        config, setting = self._site.config, self._site.setting
        language = next((one.language for one in config.digests if one.id == audience), setting.language)
        return replace(setting, language=language)

    def _find_card(self, story_id: str, setting: Setting) -> Card | None:
        """What the published database has of a story."""
        try:
            with self._site.open_reading() as reading:
                story = queries.find_story(reading, story_id)
                leads = queries.load_leads(reading, [story["item_id"]]) if story else {}
        except StoreError:
            return None
        return next((build_card(one, setting) for one in leads.values()), None)

    def ask_leave(self, request: Request) -> Response:
        return self._answer_leave(request, parse_token(self._site.key, request.path_params["token"], LeaveToken))

    async def leave(self, request: Request) -> Response:
        """By our form, or a mail program's one click (RFC 8058), whose body says nothing that the token does not."""
        token = parse_token(self._site.key, request.path_params["token"], LeaveToken)
        await _read_body(request)
        done = await run_in_threadpool(self._site.leave, token)
        return self._answer_leave(request, token, left=True, queued=not done)

    def _answer_leave(
        self, request: Request, token: LeaveToken, *, left: bool = False, queued: bool = False
    ) -> Response:
        config, setting = self._site.config, self._find_setting(token.audience)
        letter = {one.id: clean_line(one.title) for one in config.digests}.get(token.audience)
        return answer(
            self._site,
            request,
            "leave",
            setting.say("leave"),
            setting=setting,
            letter=letter or setting.say("default_title", organisation=setting.organisation),
            recipient=clean_line(token.recipient),
            left=left,
            queued=queued,
        )


async def _read_body(request: Request) -> bytes:
    """The body of a form; raises HTTPException for one that is too large or does not come."""
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > guard.LARGEST_FORM:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return body
