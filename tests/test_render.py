"""Rules of the mail: what a reader sees, and what a hostile source cannot make them see."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from veille.config import Audience, Organisation, Topic
from veille.digest import Ordering, build_digest
from veille.digest.values import Candidate, Digest, Shown, SourceHealth, Telling
from veille.render import render_html, render_json, render_subject, render_text
from veille.render.clipping import build_extract, cut_words, find_link
from veille.render.edition import build_opening
from veille.render.lines import build_evidence, build_facts, name_source, word_reason
from veille.values import Course, Deadline, Details, Event, Evidence, ItemKind, Paper, Score
from veille.wording import CATALOGUES, say, set_spaces, word_day, word_language, word_period

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
ORGANISATION = Organisation(name="Université Exemple")
TOPICS = [
    Topic(id="ia", name="IA générative en formation", keywords=("IA générative",)),
    Topic(id="pedagogie", name="Ingénierie et innovation pédagogiques"),
    Topic(id="reglementation", name="Réglementation et financement"),
    Topic(id="mesure", name="Efficacité et mesure de l’apprentissage"),
    Topic(id="edtech", name="Marché et outils EdTech"),
    Topic(id="accessibilite", name="Accessibilité numérique"),
]
HEALTH = [
    SourceHealth("campus-demain", "ok"),
    SourceHealth("fil-regional", "failing", None, 503, datetime(2026, 3, 3, tzinfo=UTC)),
    SourceHealth("ancien-blog", "gone", "HTTP 410 Gone", 410, datetime(2026, 2, 1, tzinfo=UTC)),
    SourceHealth("revue-tice", "stale", since=datetime(2025, 11, 18, tzinfo=UTC)),
    SourceHealth("mooc-actu", "ok"),
    SourceHealth("catalogue-fun", "unsupported"),
    *(SourceHealth(f"flux-{n:02d}", "ok") for n in range(3)),
]


def tell(
    item_id: str,
    title: str,
    summary: str = "",
    *,
    source: str = "campus-demain",
    days: float = 2,
    language: str = "fr",
    kind: ItemKind = "article",
    section: str = "press",
    details: Details = None,
    doi: str | None = None,
    url: str | None = None,
    authors: tuple[str, ...] = (),
) -> Telling:
    """An item first seen and published ``days`` before `NOW`."""
    return Telling(
        item_id=item_id,
        source_id=source,
        title=title,
        url=url or f"https://{source}.example/{item_id}",
        language=language,
        published_at=NOW - timedelta(days=days),
        first_seen_at=NOW - timedelta(days=days),
        section=section,
        kind=kind,
        summary=summary,
        authors=authors,
        identifiers={"doi": doi} if doi else {},
        details=details,
    )


def story(topic_id: str, value: float, *tellings: Telling, reasons: tuple[dict[str, object], ...] = ()) -> Candidate:
    """A story relevant to one topic, told first by its first telling."""
    reasons = reasons or ({"kind": "meaning", "z": 2.9},)
    story_id = tellings[0].item_id
    return Candidate(
        story_id, story_id, tellings, {topic_id: Score(story_id, topic_id, value, True, reasons)}
    )  # fmt: skip


def keyword(*terms: str) -> dict[str, object]:
    return {"kind": "keyword", "terms": list(terms)}


MEANING: dict[str, object] = {"kind": "meaning", "z": 3.1}

SAMPLE = [
    story(
        "reglementation",
        0.97,
        tell(
            "r1",
            "Qualiopi : le nouveau référentiel entrera en vigueur au 1er septembre",
            "Le décret publié jeudi réduit le nombre d’indicateurs de 32 à 27 et introduit un contrôle inopiné. "
            "Les organismes déjà certifiés garderont leur certificat jusqu’à son terme. Les certificateurs ont six "
            "mois pour former leurs auditeurs, et une période de transition est prévue pour les CFA qui passent leur "
            "premier audit cette année.",
        ),
        tell("r1b", "Qualiopi : ce que change le décret", source="droit-formation", days=1),
        tell("r1c", "Quality label for French training providers overhauled", source="edtech-weekly", language="en"),
        reasons=(keyword("Qualiopi", "décret"), MEANING),
    ),
    story(
        "reglementation",
        0.84,
        tell(
            "r2",
            "CPF : la participation forfaitaire passera à 150 € en avril",
            "Le reste à charge des titulaires d’un compte augmente. Les demandeurs d’emploi restent exonérés, tout "
            "comme les salariés dont l’employeur abonde le dossier.",
            source="droit-formation",
            days=4,
        ),
        reasons=(keyword("CPF"), MEANING),
    ),
    story(
        "reglementation",
        0.71,
        tell(
            "r3",
            "France compétences publie la liste des certifications non renouvelées",
            "Quarante-huit certifications sortent du répertoire spécifique ; les organismes ont jusqu’à l’été pour "
            "réorienter leurs stagiaires.",
            source="fil-regional",
            days=6,
        ),
        reasons=(keyword("France compétences"),),
    ),
    story(
        "ia",
        0.95,
        tell(
            "i1",
            "Un tuteur conversationnel divise par deux les abandons en licence de droit",
            "L’expérience a porté sur 1 240 étudiants de première année pendant un semestre. Le tuteur pose des "
            "questions au lieu de donner la réponse, et signale à l’enseignant les notions mal comprises. L’effet "
            "disparaît quand les étudiants peuvent lui demander la solution.",
            source="pedago-sup",
            days=1,
        ),
        tell("i1b", "A tutor that asks instead of telling", source="learning-notes", language="en"),
        reasons=(MEANING, {"kind": "words", "terms": ["tuteur", "étudiants"]}),
    ),
    story(
        "ia",
        0.9,
        tell(
            "i2",
            "Generative AI and feedback quality: a meta-analysis of 61 classroom studies",
            "We synthesise 61 studies comparing automated with human feedback on writing. The mean effect is small "
            "and positive (g = 0.21), larger for novices, and vanishes on delayed tests. Only nine studies report "
            "what learners did with the feedback they received.",
            source="journal-learning",
            days=3,
            language="en",
            kind="paper",
            section="research",
            doi="10.5555/jl.2026.0142",
            authors=("Maëlle Kerjean", "T. Okafor", "J. Lindqvist", "P. Sato"),
            details=Paper(venue="Journal of Learning Sciences", year=2026, open_access_url="https://oa.example/0142"),
        ),
        reasons=(keyword("generative AI"), MEANING),
    ),
    story(
        "ia",
        0.82,
        tell(
            "i3",
            "Évaluer sans interdire : douze consignes qui résistent aux assistants d’écriture",
            "Une équipe d’ingénieurs pédagogiques a réécrit ses examens avec les étudiants. Le guide, sous licence "
            "libre, classe les consignes selon ce qu’elles demandent de prouver.",
            source="pedago-sup",
            days=5,
        ),
    ),
    story(
        "ia",
        0.78,
        tell(
            "i4",
            "Former 4 000 agents à l’IA : le retour d’une région",
            "Six mois après, un tiers des agents utilise l’outil chaque semaine. Le frein principal n’est pas "
            "technique : c’est l’incertitude sur ce qu’il est permis de faire.",
            source="fil-regional",
            days=6,
        ),
        reasons=(keyword("intelligence artificielle"),),
    ),
    story(
        "pedagogie",
        0.88,
        tell(
            "p1",
            "AFEST : trois ans après, ce que les PME en ont gardé",
            "Quarante entreprises ont ouvert leurs carnets de bord. Les séquences réflexives tiennent, la "
            "formalisation beaucoup moins : on la remplace par un entretien de dix minutes en fin de semaine.",
            days=3,
        ),
        tell("p1b", "Formation en situation de travail : bilan", source="fil-regional", days=2),
        reasons=(keyword("AFEST"), MEANING),
    ),
    story(
        "pedagogie",
        0.8,
        tell(
            "p2",
            "La classe inversée à l’heure des promotions de 400 étudiants",
            "Un amphithéâtre, quatre îlots animés par des pairs, et des capsules de six minutes : récit d’une "
            "réorganisation à moyens constants.",
            source="pedago-sup",
        ),
        reasons=(keyword("classe inversée"),),
    ),
    story(
        "pedagogie",
        0.74,
        tell(
            "p3",
            "Micro-credentials meet work-based learning in three Nordic polytechnics",
            "Short courses were designed with employers and assessed on the shop floor. Completion rose, and so did "
            "the time that teachers spend on each learner.",
            source="edtech-weekly",
            language="en",
            days=4,
        ),
    ),
    story(
        "mesure",
        0.93,
        tell(
            "m1",
            "Relire ou se tester : une réplication auprès de 2 300 apprentis",
            "L’étude préenregistrée retrouve l’effet de test à une semaine (d = 0,38), mais pas à trois mois. Les "
            "auteurs publient données et matériel.",
            source="journal-learning",
            kind="paper",
            section="research",
            doi="10.5555/jl.2026.0157",
            authors=("Anaïs Guérin", "B. Thiam"),
            details=Paper(venue="Archives ouvertes", year=2026, is_preprint=True),
        ),
        reasons=(MEANING,),
    ),
    story(
        "mesure",
        0.77,
        tell(
            "m2",
            "Tableaux de bord d’apprentissage et décrochage : une étude contestée",
            "La revue retire l’article après la découverte d’erreurs dans la constitution des groupes.",
            source="journal-learning",
            days=5,
            kind="paper",
            section="research",
            doi="10.5555/jl.2024.0031",
            details=Paper(venue="Journal of Learning Sciences", year=2024, is_retracted=True),
        ),
    ),
    story(
        "edtech",
        0.86,
        tell(
            "e1",
            "Ardoise lève 12 millions d’euros pour son LMS à code ouvert",
            "La jeune entreprise lyonnaise veut doubler ses équipes et ouvrir un centre à Montréal. Elle promet de "
            "garder son code sous licence libre.",
            source="alertes-edtech",
            url="https://lejournaldeleco.example/ardoise",
        ),
        tell("e1b", "Ardoise raises €12m", source="edtech-weekly", language="en"),
        tell("e1c", "Levée de fonds : Ardoise", source="campus-demain"),
        tell("e1d", "Ardoise, 12 M€", source="fil-regional"),
        reasons=(keyword("LMS"), MEANING),
    ),
    story(
        "edtech",
        0.7,
        tell(
            "e2",
            "Moodle 5.2 : ce qui change pour les concepteurs",
            "La nouvelle version regroupe les activités par compétence et retire trois greffons peu suivis.",
            source="mooc-plus",
            days=6,
        ),
        reasons=(keyword("Moodle", "LMS", "plateforme"),),
    ),
    story(
        "edtech",
        0.6,
        tell(
            "a1",
            "Salon Apprendre Demain",
            "Deux jours de conférences et un espace de démonstration.",
            source="agenda-formation",
            kind="event",
            section="events",
            details=Event(
                starts_on=date(2026, 3, 24),
                ends_on=date(2026, 3, 25),
                place="Lyon",
                country="France",
                deadlines=(Deadline("registration", date(2026, 3, 17)),),
            ),
        ),
    ),
    story(
        "mesure",
        0.65,
        tell(
            "a2",
            "Learning Evidence Conference 2026",
            "",
            source="agenda-formation",
            kind="event",
            section="events",
            language="en",
            details=Event(
                starts_on=date(2026, 6, 30),
                ends_on=date(2026, 7, 2),
                online=True,
                deadlines=(Deadline("submission", date(2026, 4, 1)), Deadline("early-bird", date(2026, 5, 15))),
            ),
        ),
    ),
    story(
        "pedagogie",
        0.66,
        tell(
            "c1",
            "Concevoir une évaluation formative",
            "Quatre semaines pour construire, tester et corriger une séquence avec vos propres apprenants.",
            source="mooc-plus",
            kind="course",
            section="moocs",
            details=Course(
                provider="Université Exemple",
                starts_on=date(2026, 4, 6),
                enrolment_ends_on=date(2026, 4, 20),
                effort_hours=12,
            ),
        ),
    ),
    *(
        story("reglementation", 0.5 - n / 100, tell(f"x{n}", f"Apprentissage : note d’information n° {n + 11}", days=6))
        for n in range(6)
    ),
]


def build(
    stories: list[Candidate] | None = None, *, language: str = "fr", ordering: Ordering | None = None, places: int = 4
) -> Digest:
    return build_digest(
        Audience.model_validate(
            {"id": "equipe", "title": "Veille formation numérique", "language": language, "items_per_topic": places}
        ),
        ORGANISATION,
        TOPICS,
        SAMPLE if stories is None else stories,
        ordering or {},
        Shown(last_issue_at=NOW - timedelta(days=7)),
        HEALTH,
        NOW,
    )


class Outline(HTMLParser):
    """What a mail client finds in the HTML: tags, attributes, headings, links and visible text."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def plain(text: str) -> str:
    """Without line breaks, and with plain spaces."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_html_is_one_well_formed_file_without_scripts_or_remote_resources() -> None:
    """The mail loads nothing: links are its only addresses, and every tag is closed."""
    html = render_html(build())
    outline = Outline(html)
    assert outline.open == []
    assert not {"script", "img", "link", "iframe", "object", "form", "svg"} & set(outline.tags)
    assert not {"src", "srcset", "background", "action"} & {name for _, name, _ in outline.attributes}
    assert "url(" not in html
    assert "@import" not in html
    assert not [name for _, name, _ in outline.attributes if name.startswith("on")]


def test_html_reads_in_order() -> None:
    """One title, then each section, then each of its stories; layout tables say that they are no data."""
    outline = Outline(render_html(build()))
    headings = [tag for tag in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count("h1") == 1
    assert headings[:3] == ["h1", "h2", "h3"]
    assert headings.count("h3") == len(build().entries)
    assert outline.tags.count("table") == outline.values("role").count("presentation")
    assert ("html", "lang", "fr") in outline.attributes


def test_html_keeps_its_rules_for_dark_screens_and_small_ones() -> None:
    """What cannot be inlined stays in a style element; what can is inlined."""
    html = render_html(build())
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
    assert '<h1 style="' in html


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_in_light_and_in_dark(dark: bool) -> None:
    """Every text colour has a contrast of at least 4.5 with the sheet."""
    html = render_html(build())
    style, body = html[html.index("prefers-color-scheme: dark") : html.index("<body")], html[html.index("<body") :]
    part, sheet = (style, "#1b1c1e") if dark else (body, "#ffffff")
    assert f"background: {sheet}" in part.replace("background:#", "background: #")
    colours = set(re.findall(r"[;{\s\"]color: ?(#[0-9a-f]{6})", part))
    assert len(colours) >= 3
    for colour in colours:
        light, deep = sorted((luminance(colour), luminance(sheet)), reverse=True)
        assert (light + 0.05) / (deep + 0.05) >= 4.5, colour


def test_both_parts_say_the_same() -> None:
    """Every title, extract, reason, note and address of the HTML is in the text part."""
    digest = build()
    html = Outline(render_html(digest))
    text = plain(render_text(digest)).lower()
    body = html.text[html.text.index(digest.title) :]
    for said in (plain(piece).strip(" ,·").lower() for piece in body):
        assert said in text
    for address in html.values("href"):
        assert address.lower() in text


def test_text_part_is_wrapped_and_its_links_stand_alone() -> None:
    """No line is longer than 76 columns but a link, which has its line to itself."""
    lines = render_text(build()).splitlines()
    assert all(len(line) <= 76 or line.strip().startswith("http") for line in lines)
    assert all(line.strip().startswith("http") for line in lines if "://" in line)


def test_forty_entries_weigh_less_than_100_kilobytes() -> None:
    """Gmail cuts a mail at 102 KB; long entries told by many sources stay below."""
    many = [
        story(
            TOPICS[n % 5].id,
            0.9 - n / 1000,
            *(
                tell(
                    f"s{n}-{k}",
                    f"Évaluation n° {n} : " + "une formation à l’épreuve des faits, " * 3,
                    "Les équipes pédagogiques ont comparé les résultats de deux promotions. " * 6,
                    source=f"source-{n}-{k}",
                    language="en" if k == 2 else "fr",
                    url=f"https://site-{n}-{k}.example/2026/03/" + "une-formation-a-l-epreuve-des-faits-" * 2,
                )
                for k in range(5)
            ),
            reasons=(keyword("IA générative", "évaluation", "LLM"), MEANING),
        )
        for n in range(40)
    ]
    digest = build(many, places=8)
    assert len(digest.entries) == 40
    assert len(render_html(digest).encode()) < 100_000


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def test_what_a_source_says_is_never_markup() -> None:
    """Markup in a title, summary, author, venue, reason or error is shown as text, and its link is not made."""
    telling = tell("h1", f"Titre {HOSTILE}", f"Résumé {HOSTILE}", url="javascript:alert(1)", kind="paper", doi='1"><b>')
    telling = replace(
        telling,
        authors=(HOSTILE,),
        language='"><script>',
        details=Paper(venue=HOSTILE, open_access_url="data:text/html,<script>alert(1)</script>"),
    )
    digest = build([story("ia", 0.9, telling, reasons=(keyword(HOSTILE),))])
    failed = SourceHealth("x", "failing", HOSTILE)
    html = render_html(replace(digest, coverage=replace(digest.coverage, failed=(failed,))))
    outline = Outline(html)
    assert not {"script", "img", "b"} & set(outline.tags)
    assert outline.values("href") == []
    assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
    assert f"Titre {HOSTILE}" in outline.text


def test_one_endless_entry_does_not_swell_the_mail() -> None:
    """Titles, names and summaries of any length take the room of an ordinary entry."""
    endless = tell("e", "x" * 90_000, "y" * 90_000, kind="paper", authors=("z" * 90_000,) * 9)
    digest = build([story("ia", 0.9, replace(endless, details=Paper(venue="v" * 90_000)))])
    assert len(render_html(digest).encode()) < 12_000
    assert len(render_subject(digest)) <= 150


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2"),
        ("HTTP://example.org/", "HTTP://example.org/"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.org/", None),
        ("https://", None),
        ('https://example.org/"onclick="x', None),
        ("https://[bad", None),
        ("https://example.org/" + "x" * 2000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url: str | None, link: str | None) -> None:
    """Absolute http and https addresses are links, and nothing else is."""
    assert find_link(url) == link


def test_an_item_in_another_language_says_so() -> None:
    """Its language is named for the reader and marked for a screen reader; one in the digest's own is not."""
    html = render_html(build())
    assert '<span lang="en"' in html
    assert "6\u00a0mars\u00a0· en anglais" in html.replace("&nbsp;", "\u00a0")
    assert "in French" in render_text(build(language="en"))
    assert 'lang="fr"' in render_html(build(language="en"))


def test_the_opening_has_at_most_five_lines_of_counts_and_quoted_titles() -> None:
    """What comes first, what research there is, what comes next, what rises, what most sources tell."""
    assert [plain(line.text) for line in build_opening(build())] == [
        "18 actualités retenues parmi 30 publications lues dans 6 sources.",
        "À la une : « Qualiopi : le nouveau référentiel entrera en vigueur au 1er septembre ».",
        "3 travaux de recherche, dont « Relire ou se tester : une réplication auprès de 2 300 apprentis ».",
        "2 dates à l’agenda, d’abord « Salon Apprendre Demain » (inscription jusqu’au 17 mars).",
        "1 cours en ligne : « Concevoir une évaluation formative ».",
    ]


def plan(item_id: str, title: str, status: str = "planned", *, days: float = 2, on: date | None = None) -> Candidate:
    """An event of the agenda, first seen ``days`` before `NOW`, and changed yesterday unless it is as planned."""
    details = Event(
        starts_on=on or date(2026, 3, 30), status=status, deadlines=(Deadline("registration", date(2026, 3, 28)),)
    )
    telling = tell(item_id, title, kind="event", section="events", details=details, days=days)
    changed = NOW - timedelta(days=1)
    overturned_at = changed if status != "planned" else None
    return story("ia", 0.9, replace(telling, updated_at=changed, overturned_at=overturned_at))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([("planned", 11)], "1 date à l’agenda : « Journée 0 » (le 11 mars)."),
        ([("planned", 30)], "1 date à l’agenda : « Journée 0 » (inscription jusqu’au 28 mars)."),
        ([("moved", 12)], "1 date à l’agenda : « Journée 0 » (désormais le 12 mars)."),
        ([("cancelled", 11)], "1 date annulée : « Journée 0 »."),
        ([("cancelled", 10), ("planned", 11)], "1 date à l’agenda : « Journée 1 » (le 11 mars). 1 autre est annulée."),
    ],
)
def test_the_opening_says_what_its_date_is(events: list[tuple[str, int]], said: str) -> None:
    """The day of what it names or the deadline before, a new day as one; what is cancelled is no date to come."""
    stories = [plan(f"e{n}", f"Journée {n}", status, on=date(2026, 3, day)) for n, (status, day) in enumerate(events)]
    assert said in [plain(line.text) for line in build_opening(build(stories))]


def test_what_is_cancelled_says_so_wherever_it_is_named() -> None:
    """In the subject of an issue that has nothing else; and its deadlines are not told any more."""
    digest = build([plan("e", "Journée de la mesure", "cancelled", days=20)])
    assert "1 actualité, annulé : « Journée de la mesure »" in plain(render_subject(digest))
    text = plain(render_text(digest))
    assert "ANNULÉ - Journée de la mesure Le 30 mars 2026" in text
    assert "inscription" not in text
    assert "collecté avant" not in text


OLD = story("ia", 0.9, tell("old", "Une étude en attente", days=9))
NEW = story("mesure", 0.8, tell("new", "Une étude nouvelle"))
UNWANTED = Candidate("no", "no", (tell("no", "Autre chose"),), {})


@pytest.mark.parametrize(
    ("stories", "opening", "counts"),
    [
        (
            [OLD],
            "1 actualité collectée plus tôt ; aucune nouvelle publication dans 6 sources.",
            "0 publication, 1 actualité collectée plus tôt, 1 présentée ici.",
        ),
        (
            [OLD, UNWANTED],
            "1 actualité collectée plus tôt ; aucune retenue parmi 1 publication lue dans 6 sources.",
            "1 publication, 1 actualité distincte, 0 sur vos sujets, 1 actualité collectée plus tôt, 1 présentée ici.",
        ),
        (
            [OLD, NEW],
            "1 actualité retenue parmi 1 publication lue dans 6 sources. S’y ajoute 1 actualité collectée plus tôt.",
            "1 publication, 1 actualité distincte, 1 sur vos sujets, 1 actualité collectée plus tôt, 2 présentées ici.",
        ),
    ],
)
def test_what_came_before_is_not_counted_among_what_was_read(
    stories: list[Candidate], opening: str, counts: str
) -> None:
    """A quiet week with stories of the week before says both, at its head and at its foot."""
    digest = build(stories)
    assert plain(build_opening(digest)[0].text) == opening
    text = plain(render_text(digest))
    assert counts in text
    assert "collecté avant l’édition précédente" in text


@pytest.mark.parametrize(
    ("told_at", "said"),
    [(datetime(2020, 1, 1, tzinfo=UTC), "2020"), (datetime(2026, 1, 1, tzinfo=UTC), "2026"),
     (datetime(2020, 1, 1, 9, tzinfo=UTC), "1er janvier 2020")],
)  # fmt: skip
def test_a_year_is_not_told_as_its_first_day(told_at: datetime, said: str) -> None:
    """Where databases know the year alone, of a paper as of what a source published last."""
    paper = replace(tell("p", "Une étude", kind="paper", details=Paper()), published_at=told_at)
    digest = build([story("ia", 0.9, replace(paper, section="research"), tell("q", "La même"))])
    assert f"campus-demain · {said} " in plain(render_text(digest)).replace("2020 · en", "2020 en")
    stale = replace(digest.coverage, stale=(SourceHealth("revue", "stale", since=told_at),))
    text = plain(render_text(replace(digest, coverage=stale)))
    assert f"revue (dernière nouveauté {'le' if 'janvier' in said else 'en'} {said})" in text


def test_stated_numbers_are_written_as_the_language_does() -> None:
    """A decimal comma in French, and a semicolon between the ends of an interval; what is quoted stays as it is."""
    evidence = Evidence(effect="d = -0.34 [-0.47, 0.21]", effect_quote="The effect was d = -0.34.")
    paper = replace(tell("p", "Une étude", kind="paper", section="research"), evidence=evidence)
    french = plain(render_text(build([story("ia", 0.9, paper)])))
    assert "effet déclaré : d = -0,34 [-0,47 ; 0,21]" in french
    assert "« The effect was d = -0.34. »" in french
    assert "stated effect: d = -0.34 [-0.47, 0.21]" in plain(
        render_text(build([story("ia", 0.9, paper)], language="en"))
    )
    assert build_evidence(Evidence(effect="56 %"), "fr").endswith("56\u00a0%")


def test_links_carry_no_tracking() -> None:
    """Neither that of the title nor those of the other tellings, nor the opening's."""
    one = tell("a", "Un titre", url="https://a.example/1?id=3&utm_source=rss&utm_medium=feed")
    two = tell("b", "Un titre", source="fil-regional", url="https://b.example/2?utm_source=rss")
    digest = build([story("ia", 0.9, one, two)])
    hrefs = Outline(render_html(digest)).values("href")
    assert hrefs == ["https://a.example/1?id=3", "https://a.example/1?id=3", "https://b.example/2"]
    assert "utm_" not in render_text(digest)


def test_an_empty_week_is_one_honest_short_mail() -> None:
    """It says that nothing was found, and still which sources failed."""
    text = plain(render_text(build([])))
    assert "Rien de nouveau sur vos sujets cette semaine." in text
    assert "fil-regional (répond par l’erreur 503, depuis le 3 mars 2026)" in text
    assert "<h3" not in render_html(build([]))


def test_an_entry_says_what_it_is() -> None:
    """A paper its venue and status, an event its days, place and open deadlines, a course its dates and effort."""
    text = plain(render_text(build()))
    assert "Maëlle Kerjean et al. · Journal of Learning Sciences, 2026 · doi:10.5555/jl.2026.0142 · accès libre" in text
    assert "prépublication" in text
    assert "ARTICLE RÉTRACTÉ" in text
    assert "Du 24 au 25 mars 2026 · Lyon, France · inscription jusqu’au 17 mars" in text
    assert "débute le 6 avril 2026 · inscription jusqu’au 20 avril 2026 · 12 h de travail" in text


def test_a_story_names_at_most_six_other_tellings() -> None:
    """The rest is counted, so that a story that everyone tells stays short."""
    tellings = [tell(f"t{n}", "Une annonce reprise partout", source=f"titre-{n}", days=3 - n / 10) for n in range(9)]
    text = plain(render_text(build([story("ia", 0.9, *tellings)])))
    assert "titre-6 et 2 de plus" in text.replace(", et", " et")
    assert "titre-7" not in text


def test_the_subject_is_one_line_and_names_the_first_story() -> None:
    """Line breaks and hidden characters of a title never reach a header."""
    digest = build([story("ia", 0.9, tell("t", "Un titre\r\nBcc: x@example.org\u202e caché"))])
    subject = render_subject(digest)
    assert plain(subject) == (
        "Veille formation numérique, semaine 11 : 1 actualité, « Un titre Bcc: x@example.org caché »"
    )
    assert len(subject.splitlines()) == 1


@pytest.mark.parametrize(("value", "first"), [(0.95, "En français"), (0.99, "In English")])
def test_what_comes_first_is_in_the_language_of_the_digest(value: float, first: str) -> None:
    """Unless what is told in another one is clearly better."""
    french = story("ia", 0.78, tell("f", "En français"))
    english = story("ia", value, tell("e", "In English", language="en"))
    assert first in render_subject(build([english, french]))


def test_json_has_the_header_the_entries_and_the_coverage() -> None:
    """All that the mail shows is there as data, with instants in UTC."""
    data = json.loads(render_json(build()))
    assert data["digest_id"] == "equipe-2026-W11"
    assert data["subject"] == render_subject(build())
    assert data["period"] == {"since": "2026-03-02T06:00:00+00:00", "until": "2026-03-09T06:00:00+00:00"}
    entry = data["sections"][0]["entries"][0]
    assert entry["story"]["title"] == "Un tuteur conversationnel divise par deux les abandons en licence de droit"
    assert entry["story"]["languages"] == ["en", "fr"]
    assert [item["source_id"] for item in entry["items"]] == ["pedago-sup", "learning-notes"]
    assert data["coverage"]["failed"][1]["http_status"] == 503


def test_rendering_again_gives_the_same_bytes() -> None:
    """Whatever the order in which the stories come."""
    assert render_html(build()) == render_html(build(SAMPLE[::-1]))
    assert render_text(build()) == render_text(build(SAMPLE[::-1]))
    assert render_json(build()) == render_json(build(SAMPLE[::-1]))


@pytest.mark.parametrize(
    ("summary", "extract"),
    [
        ("Court.", "Court."),
        ("Le titre. Ce qui suit.", "Ce qui suit."),
        ("Une phrase entière. Une autre, trop longue pour tenir.", "Une phrase entière."),
        ("Une seule phrase qui ne finit pas avant la limite", "Une seule phrase qui ne finit pas…"),
        ("Elle a dit « oui. » Puis plus rien ne vint.", "Elle a dit « oui. »"),
        ("Anticonstitutionnellementanticonstitutionnellement", "Anticonstitutionnellementanticons…"),
        ("", ""),
    ],
)
def test_an_extract_ends_with_a_sentence_or_a_word(summary: str, extract: str) -> None:
    """Whole sentences where one fits, else whole words; never what the title said already."""
    assert build_extract(summary, "Le titre", 33) == extract


def test_a_cut_keeps_words_whole() -> None:
    """The ellipsis follows a word, never a comma or an opening mark."""
    assert cut_words("un deux, trois", 9) == "un deux…"
    assert cut_words("un deux trois", 7) == "un deux…"
    assert cut_words("un deux", 7) == "un deux"


@pytest.mark.parametrize(
    ("source_id", "url", "name"),
    [
        ("campus-matin", "https://www.campusmatin.com/x", "campus-matin"),
        ("centre-inffo", "https://www.centre-inffo.fr/x", "centre-inffo"),
        ("alertes", "https://www.lejournal.example/x", "alertes (lejournal.example)"),
        ("alertes", "javascript:x", "alertes"),
    ],
)
def test_a_source_that_points_elsewhere_names_the_site(source_id: str, url: str, name: str) -> None:
    """An alert or an aggregator says whose page its link opens."""
    assert name_source(tell("x", "x", source=source_id, url=url)) == name


@pytest.mark.parametrize(
    ("reason", "worded"),
    [
        ({"kind": "meaning", "z": 3.1}, "correspond au sujet"),
        ({"kind": "keyword", "terms": ["Qualiopi"]}, "mot-clé : Qualiopi"),
        ({"kind": "keyword", "terms": ["CPF", "OPCO"]}, "mots-clés : CPF, OPCO"),
        ({"kind": "keyword", "terms": []}, ""),
        ({"kind": "sources", "count": 3}, "3 sources"),
        ({"kind": "sources", "count": 1}, ""),
        ({"kind": "unheard-of", "x": 1}, ""),
        ({}, ""),
    ],
)
def test_reasons_are_worded_and_unknown_ones_skipped(reason: dict[str, object], worded: str) -> None:
    """A later kind of reason does not break an earlier renderer."""
    assert plain(word_reason(reason, "fr")) == worded


def test_reasons_do_not_say_a_word_twice() -> None:
    """A word of the topic that is part of a keyword found is left out."""
    words: dict[str, object] = {"kind": "words", "terms": ["intelligence", "tuteur"]}
    reasons = (keyword("Intelligence artificielle"), words)
    text = plain(render_text(build([story("ia", 0.9, tell("a", "Un titre"), reasons=reasons)])))
    assert "mot-clé : Intelligence artificielle · mot du sujet : tuteur" in text


def test_a_second_source_of_the_same_page_is_named_without_a_second_link() -> None:
    """Two feeds with one address, be it with tracking in it: both are sources, and there is one thing to open."""
    url = "https://example.org/page"
    one, two = tell("a", "Un titre", url=url), tell("b", "Un titre", url=url, source="fil-regional")
    three = tell("c", "Un titre", url=f"{url}?utm_source=x", source="fil-national")
    digest = build([story("ia", 0.9, one, two, three)])
    text = render_text(digest)
    assert "fil-regional" in text
    assert "fil-national" in text
    assert text.count(url) == 1
    assert Outline(render_html(digest)).values("href") == [url, url]  # in the opening, and where it is told


def test_both_catalogues_have_the_same_texts_and_placeholders() -> None:
    """No word of ours exists in one language only, nor fills in other values there."""

    def shape(texts: object) -> object:
        forms = [texts] if isinstance(texts, str) else list(texts)  # type: ignore[call-overload]
        return [set(re.findall(r"{(\w+)}", form)) for form in forms]

    french, english = CATALOGUES["fr"], CATALOGUES["en"]
    assert list(french) == list(english)
    for key, texts in french.items():
        assert shape(texts) == shape(english[key]), key
        assert all("~" in form for form in [texts] for sign in (" :", "« ", " »") if sign in form)


def test_french_has_zero_in_the_singular() -> None:
    """And English in the plural."""
    assert plain(say("fr", "items", count=0)) == "0 publication"
    assert say("en", "items", count=0) == "0 publications"
    assert plain(say("fr", "items", count=1204)) == "1 204 publications"


@pytest.mark.parametrize(
    ("first", "last", "language", "worded"),
    [
        (date(2026, 3, 2), date(2026, 3, 9), "fr", "du 2 au 9 mars 2026"),
        (date(2026, 3, 1), date(2026, 3, 1), "fr", "le 1er mars 2026"),
        (date(2026, 2, 23), date(2026, 3, 1), "fr", "du 23 février au 1er mars 2026"),
        (date(2025, 12, 29), date(2026, 1, 5), "fr", "du 29 décembre 2025 au 5 janvier 2026"),
        (date(2026, 3, 2), date(2026, 3, 9), "en", "March 2 to March 9, 2026"),
    ],
)
def test_a_period_is_written_as_the_language_does(first: date, last: date, language: str, worded: str) -> None:
    """The month and the year once where once is enough."""
    assert plain(word_period(first, last, language)) == worded


def test_french_spaces_do_not_break() -> None:
    """Before two-part marks and inside quotation marks; other languages are left alone."""
    assert set_spaces("Quoi ? « Rien » : dit-il !", "fr") == "Quoi\u202f? «\u00a0Rien\u00a0»\u00a0: dit-il\u202f!"
    assert set_spaces("What ?", "en") == "What ?"


def test_languages_and_days_have_names() -> None:
    """Known codes are named in the digest's language; an unknown one stays what it is."""
    assert word_language("de", "fr") == "allemand"
    assert word_language("fr-CA", "en") == "French"
    assert word_language("x-klingon", "fr") == "x-klingon"
    assert word_day(date(2026, 3, 1), "fr", year=False) == "1er\u00a0mars"


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("1 240 agents, 12 % et 150 €", "1~240 agents, 12~% et 150~€"),
        ("dès le 1er septembre, note n° 11", "dès le 1er~septembre, note n°~11"),
        ("le 2 août 2026 : « oui »", "le 2~août 2026~: «~oui~»"),
        ("32 à 27 indicateurs", "32 à 27 indicateurs"),
    ],
)
def test_french_numbers_and_days_stay_whole(text: str, spaced: str) -> None:
    """No line ends between a number and what it counts with, nor between a day and its month."""
    assert set_spaces(text, "fr") == spaced.replace("~", "\u00a0")
    assert set_spaces(text, "en") == text


def test_a_quotation_within_ours_has_the_inner_marks() -> None:
    """French puts “ ” inside « », English ‘ ’ inside “ ”; what is quoted alone keeps its own."""
    titled = tell("a", "L’atelier « traces » ouvre")
    assert "« L’atelier “traces” ouvre »" in plain(render_text(build([story("ia", 0.9, titled)])))
    said = plain(render_text(build([story("ia", 0.9, tell("b", "The “tutor” returns", language="en"))], language="en")))
    assert "“The ‘tutor’ returns”" in said
    assert "1. The “tutor” returns" in said


def test_an_extract_is_what_carries_the_story_for_its_topic() -> None:
    """Of a long summary the sentences that speak of the topic, as they stand; not whatever comes first."""
    found = "L’IA générative en formation divise par deux le temps de correction des copies."
    summary = "La journée a commencé par un café. " * 12 + found + " Un déjeuner a suivi dans le hall du bâtiment. " * 8
    text = plain(render_text(build([story("ia", 0.9, tell("a", "Un retour d’expérience", summary))])))
    assert found in text


def test_the_text_part_gives_each_address_once() -> None:
    """A paper whose page is its DOI's has one link, and one line for it."""
    url = "https://doi.org/10.5555/x"
    text = render_text(build([story("ia", 0.9, tell("a", "Une étude", kind="paper", doi="10.5555/x", url=url))]))
    assert text.count(url) == 1


def test_what_happens_on_a_day_begins_with_it() -> None:
    """An event's own days come first and alone: the day on which it was announced would be taken for one of them."""
    salon = [one for one in SAMPLE if one.story_id == "a1"]
    text = plain(render_text(build(salon)))
    assert "Du 24 au 25 mars 2026 · Lyon, France · inscription jusqu’au 17 mars agenda-formation Deux jours" in text


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "details",
    [
        Event(starts_on=date(2026, 5, 18), status="moved", moved_from_on=date(2026, 4, 23)),
        Course(starts_on=date(2026, 5, 18), status="moved", moved_from_on=date(2026, 4, 23)),
    ],
)
def test_what_was_moved_says_from_when(details: Event | Course) -> None:
    """As long as it counts as moved."""
    lead = tell("e", "Atelier", kind="event", details=details)
    assert "18 mai 2026 (initialement le 23 avril)" in plain(build_facts(lead, "fr", NOW.date(), PARIS)[0].text)
    held = replace(lead, details=replace(details, status="planned"))
    assert "initialement" not in plain(build_facts(held, "fr", NOW.date(), PARIS)[0].text)


@pytest.mark.parametrize(
    ("starts_at", "minutes", "event", "said"),
    [
        ("2026-05-18T14:00+02:00", 90, Event(), ("de 14 h à 15 h 30", "14:00 to 15:30")),
        ("2026-05-18T14:00+02:00", 0, Event(), ("à 14 h", "14:00")),
        ("2026-05-18T12:00+00:00", 0, Event(), ("à 14 h (heure du fuseau Europe/Paris)", "14:00 (Europe/Paris time)")),
        ("2026-05-18T14:00+01:00", 0, Event(place="Londres"), ("à 14 h (heure locale)", "14:00 (local time)")),
        (
            "2026-05-18T14:00+01:00",
            0,
            Event(online=True),
            ("à 15 h (heure du fuseau Europe/Paris)", "15:00 (Europe/Paris time)"),
        ),
        ("2026-05-18T20:00-05:00", 0, Event(online=True), ("", "")),
        ("2026-05-18T14:00+02:00", 0, Event(ends_on=date(2026, 5, 19)), ("", "")),
    ],
)
def test_an_event_says_its_hours(starts_at: str, minutes: int, event: Event, said: tuple[str, str]) -> None:
    """Those of its place; of what is online or told in UTC the organisation's, and whose where that matters."""
    start = datetime.fromisoformat(starts_at)
    end = start + timedelta(minutes=minutes) if minutes else None
    event = replace(event, starts_on=start.date(), starts_at=start, ends_at=end)
    lead = tell("e", "Atelier", kind="event", details=event)
    for language, hours in zip(("fr", "en"), said, strict=True):
        day = plain(build_facts(lead, language, start.date(), PARIS)[0].text)
        worded = {"fr": "Le 18 mai 2026", "en": "May 18, 2026"}[language] if not event.ends_on else day
        assert day == (f"{worded}, {hours}" if hours else worded)
