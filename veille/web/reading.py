"""The pages that are read, and the files of issues."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from veille.render.balance import build_line
from veille.render.clipping import clean_line
from veille.trends.weeks import name_week
from veille.web import facets, guard, pages, queries, stories, topics
from veille.web.answers import answer, load_style
from veille.web.cards import build_card
from veille.web.site import Site

PAGE_LENGTH = 20


class ReadingRoom:
    """Each page reads what it needs in one opening of the database, so that it is of one moment."""

    def __init__(self, site: Site) -> None:
        self._site = site

    # --- pages

    def week(self, request: Request) -> Response:
        config, setting = self._site.config, self._site.setting
        with self._site.open_reading() as reading:
            latest = pages.find_latest(config, queries.load_issues(reading))
            entries = queries.load_entries(reading, [row["digest_id"] for row in latest])
            leads = queries.load_leads(reading, [row["item_id"] for row in entries])
        there = self._site.find_pages(row["path"] for row in latest)
        issues = pages.build_week(config, latest, entries, leads, there, setting)
        return answer(self._site, request, "week", setting.say("web_week"), issues=issues)

    def archive(self, request: Request) -> Response:
        setting = self._site.setting
        with self._site.open_reading() as reading:
            rows = queries.load_issues(reading)
        there = self._site.find_pages(row["path"] for row in rows)
        weeks = pages.build_archive(self._site.config, rows, there, setting)
        feed = self._site.find_file("atom.xml") is not None
        return answer(self._site, request, "archive", setting.say("archive"), weeks=weeks, feed=feed, count=len(rows))

    def search(self, request: Request) -> Response:
        setting = self._site.setting
        text = clean_line(request.query_params.get("q", "")[: guard.LONGEST_QUERY])
        chosen = facets.choose(request.query_params)
        stamp = self._site.stamp_published()
        with self._site.open_reading() as reading:
            ids, worded = self._site.search(reading, stamp, text) if text else (queries.load_newest(reading), True)
            known = queries.load_leads(reading, ids)
        found = [known[item_id] for item_id in ids if item_id in known]
        narrowed = facets.narrow(found, chosen)
        last = max(0, len(narrowed) - 1) // PAGE_LENGTH + 1
        number = min(_parse_number(request.query_params.get("page", "")), last)
        shown = narrowed[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]

        def link(page: int) -> str | None:
            asked = {"q": text, **chosen, "page": page}
            return "search?" + urlencode(asked, errors="replace") if 1 <= page <= last else None

        return answer(
            self._site,
            request,
            "search",
            setting.say("web_search"),
            text=text,
            worded=worded,
            count=len(narrowed),
            cards=[build_card(one, setting) for one in shown],
            facets=facets.count_facets(found, chosen, setting),
            number=number,
            last=last,
            before=link(number - 1),
            after=link(number + 1),
            longest=guard.LONGEST_QUERY,
        )

    def story(self, request: Request) -> Response:
        setting = self._site.setting
        with self._site.open_reading() as reading:
            story = queries.find_story(reading, request.path_params["item_id"])
            if story is None:
                raise HTTPException(404)
            members = queries.load_members(reading, story["story_id"])
            ids = [row["item_id"] for row in members]
            page = stories.build_story(
                story,
                members,
                queries.load_leads(reading, ids),
                queries.load_evidence(reading, ids),
                queries.load_scores(reading, story["story_id"]),
                setting,
            )
            showings = queries.load_showings(reading, ids)
        if page is None:
            raise HTTPException(404)
        there = self._site.find_pages(row["path"] for row in showings)
        shown = stories.build_showings(self._site.config, [row for row in showings if row["path"] in there])
        return answer(self._site, request, "story", page.card.title.text, page=page, shown=shown)

    def topics(self, request: Request) -> Response:
        setting = self._site.setting
        with self._site.open_reading() as reading:
            weeks = queries.load_weeks(reading, name_week(setting.now.date()))
        lines = [
            build_line(topic_id, name, weeks.get(topic_id, ()), setting.language)
            for topic_id, name in setting.topic_names.items()
        ]
        return answer(self._site, request, "topics", setting.say("web_topics"), lines=lines)

    def topic(self, request: Request) -> Response:
        setting, topic_id = self._site.setting, request.path_params["topic_id"]
        with self._site.open_reading() as reading:
            weeks = queries.load_weeks(reading, name_week(setting.now.date())).get(topic_id, [])
            if topic_id not in setting.topic_names and not weeks:
                raise HTTPException(404)
            papers, recent = queries.load_papers(reading, topic_id), queries.load_recent(reading, topic_id)
            known = queries.load_leads(reading, [*papers, *recent])
            page = topics.build_topic(
                topic_id,
                weeks,
                queries.load_phrases(reading, topic_id, [row["week"] for row in weeks[-4:]]),
                queries.load_topic_evidence(reading, topic_id),
                [known[item_id] for item_id in papers],
                queries.load_evidence(reading, papers),
                [known[item_id] for item_id in recent if item_id in known],
                setting,
            )
        return answer(self._site, request, "topic", page.line.name, page=page)

    def agenda(self, request: Request) -> Response:
        setting, every = self._site.setting, request.query_params.get("all") == "1"
        with self._site.open_reading() as reading:
            known = queries.load_leads(reading, queries.load_agenda(reading, setting.today, every=every))
        agenda = pages.build_agenda(list(known.values()), setting)
        return answer(self._site, request, "agenda", setting.say("section_agenda"), agenda=agenda, every=every)

    def sources(self, request: Request) -> Response:
        setting = self._site.setting
        with self._site.open_reading() as reading:
            groups = pages.build_sources(queries.load_sources(reading), queries.load_fetches(reading), setting)
            at = queries.load_collected_at(reading)
        collected = at and setting.word_day(at)
        return answer(self._site, request, "sources", setting.say("web_sources"), groups=groups, collected=collected)

    # --- files

    def style(self, _request: Request) -> Response:
        return Response(load_style(), media_type="text/css")

    def feed(self, _request: Request) -> Response:
        return self._send("atom.xml", "application/atom+xml")

    def report(self, request: Request) -> Response:
        path = guard.find_report(**request.path_params)
        if path is None:
            raise HTTPException(404)
        return self._send(path, guard.FILES[request.path_params["name"]])

    def _send(self, path: str, media_type: str) -> Response:
        found = self._site.find_file(path)
        if found is None:
            raise HTTPException(404)
        headers = guard.build_headers(guard.INLINE_STYLE)
        return Response(found.read_bytes(), headers=headers, media_type=f"{media_type}; charset=utf-8")


def _parse_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0 else 1
