"""Who gets an issue, who gets none any more, and what is remembered of them: over a real mail server and store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import Clerk, open_clerk
from veille.cli import run_command
from veille.home import Home, hold_home, load_config, load_signing_key
from veille.issue import Issue
from veille.pipeline import make_digests
from veille.ratings import Leave, parse_said, queue_leave, take_votes
from veille.sending import find_waiting, send_issues
from veille.signing import LeaveToken, parse_token
from veille.store import EVERY_AUDIENCE, Store, open_store

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
WEEK = timedelta(days=7)
A, B = "a@example.org", "b@example.org"


@pytest.fixture
def clerk() -> Iterator[tuple[Clerk, int]]:
    with open_clerk() as opened:
        yield opened


class House:
    """A home with one digest, whose recipients and mail server may change."""

    def __init__(self, folder: Path, web: LoopbackWeb, port: int) -> None:
        self.home, self.web, self.port = Home(folder), web, port
        self.invite(A, B)

    def invite(self, *people: str, port: int | None = None) -> None:
        write_home(self.home.path, self.web, ["/a"], to=", ".join(people), smtp_port=port or self.port)

    def send(self, now: datetime = NOW) -> Issue:
        """This week's issue, sent without waiting between tries."""
        with open_store(self.home.data) as store:
            return make_digests(self.home, load_config(self.home), store, now, send=True, wait=lambda _: None)[0]

    def resend(self, now: datetime) -> list[Issue]:
        """What a scheduled collection does after its work."""
        with open_store(self.home.data) as store:
            config = load_config(self.home)
            found = find_waiting(self.home, config, store, now)
            return list(send_issues(self.home, config, store, found, now, wait=lambda _: None))

    def rows(self, query: str) -> list[Any]:
        with open_store(self.home.data) as store:
            return store._rows(query)

    def statuses(self) -> dict[str, str]:
        return dict(self.rows("SELECT recipient, status FROM deliveries ORDER BY digest_id"))


@pytest.fixture
def house(tmp_path: Path, clerk: tuple[Clerk, int]) -> Iterator[House]:
    with open_web() as web:
        yield House(tmp_path / "home", web, clerk[1])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def counts(issue: Issue) -> tuple[int, int, int, int]:
    return issue.sent, issue.refused, issue.waiting, issue.suppressed


# --- who gets none -------------------------------------------------------------------------------------------------


def test_who_left_gets_no_more_of_that_digest(store: Store) -> None:
    """Of that one only, whatever the capitals; saying it again changes nothing; lifting it says what it lifted."""
    assert store.save_suppression("hebdo", "A@Example.org", "left", NOW)
    assert not store.save_suppression("hebdo", A, "left", NOW + WEEK)
    assert store.load_suppressed("hebdo") == {A: "left on 2026-03-02"}
    assert store.load_suppressed("autre") == {}
    assert store.lift_suppressions(A, "autre") == []
    assert store.lift_suppressions(A, "hebdo") == [("hebdo", "left")]
    assert store.load_suppressed("hebdo") == {}


def test_who_bounced_gets_no_more_of_any_digest(house: House, clerk: tuple[Clerk, int]) -> None:
    """The first issue is refused; the next is not even tried, and the ledger says so."""
    house.invite("refused@example.org", "spam@example.org", A)
    assert counts(house.send()) == (1, 2, 0, 0)
    assert house.rows("SELECT audience, recipient, reason FROM suppressions") == [
        (EVERY_AUDIENCE, "refused@example.org", "bounced")
    ]
    assert counts(house.send(NOW + WEEK)) == (1, 1, 0, 1)
    assert clerk[0].tried.count("refused@example.org") == 1
    assert house.statuses()["refused@example.org"] == "suppressed"
    last = house.rows("SELECT error FROM deliveries WHERE status = 'suppressed'")
    assert last == [("bounced on 2026-03-02",)]


def test_leaving_while_another_run_holds_the_home_waits_in_the_queue(house: House, clerk: tuple[Clerk, int]) -> None:
    """It counts before the next message is sent, also when the issue was built before."""
    with hold_home(house.home):
        path = queue_leave(house.home, "hebdo", A, NOW)
        assert queue_leave(house.home, "hebdo", A, NOW) == path
    assert counts(house.send()) == (1, 0, 0, 1)
    assert not path.exists()
    assert [one.recipient for one in clerk[0].accepted] == [B]


def test_leaving_between_two_tries_counts(house: House, clerk: tuple[Clerk, int]) -> None:
    """What waits for a mail server is not sent to who has left meanwhile."""
    house.invite(A, B, port=9)
    assert counts(house.send()) == (0, 0, 2, 0)
    queue_leave(house.home, "hebdo", A, NOW)
    house.invite(A, B)
    assert counts(house.send()) == (1, 0, 0, 1)
    assert [one.recipient for one in clerk[0].accepted] == [B]


def test_a_queued_wish_that_means_nothing_is_put_aside(house: House) -> None:
    """Not applied, not lost."""
    said = {"audience": "hebdo", "recipient": A, "left_at": "2026-03-02T06:00:00+00:00"}
    assert parse_said(json.dumps(said).encode()) == Leave("hebdo", A, NOW)
    folder = house.home.data / "votes"
    folder.mkdir(parents=True)
    wrong: list[dict[str, Any]] = [{"recipient": 1}, {"audience": None}, {"left_at": "2026-03-02"}, {"left_at": 1}]
    for number, changes in enumerate(wrong):
        (folder / f"{number}.json").write_text(json.dumps({**said, **changes}))
    with open_store(house.home.data) as store:
        assert take_votes(house.home, store, load_config(house.home)) == 0
        assert store.load_suppressed("hebdo") == {}
    assert len(list((folder / "aside").iterdir())) == 4


def test_who_is_no_recipient_any_more_gets_nothing_that_waited(house: House, clerk: tuple[Clerk, int]) -> None:
    """The operator's file says who gets mail."""
    house.invite(A, B, port=9)
    house.send()
    house.invite(B)
    assert counts(house.send()) == (1, 0, 0, 0)
    house.invite(B, A, port=9)
    house.send(NOW + WEEK)
    house.invite(B)
    (late,) = house.resend(NOW + WEEK)
    assert counts(late) == (1, 0, 0, 1)
    assert {one.recipient for one in clerk[0].accepted} == {B}


def test_one_person_in_two_spellings_has_one_message(house: House, clerk: tuple[Clerk, int]) -> None:
    """And an address that no mail can have is refused without asking a server."""
    house.invite(A, "A@Example.org", "élodie@example.org")
    assert counts(house.send()) == (1, 1, 0, 0)
    assert clerk[0].tried == [A]
    assert "before the @" in house.rows("SELECT error FROM deliveries WHERE status = 'refused'")[0][0]


# --- nobody twice, nobody forgotten --------------------------------------------------------------------------------


def test_who_was_told_to_wait_is_tried_again_alone(house: House, clerk: tuple[Clerk, int]) -> None:
    """One gets the mail, one is refused for good, one is told to wait: only the last is tried again, as it was."""
    house.invite(A, "refused@example.org", "later@example.org")
    assert counts(house.send()) == (1, 1, 1, 0)
    assert clerk[0].tried.count("later@example.org") == 4
    ((message_id,),) = house.rows("SELECT message_id FROM deliveries WHERE status = 'retry'")
    clerk[0].patient = False
    assert counts(house.send()) == (1, 0, 0, 0)
    assert [(one.recipient, one.message_id) for one in clerk[0].accepted[1:]] == [("later@example.org", message_id)]


def test_what_waits_goes_with_the_next_collection(house: House, clerk: tuple[Clerk, int]) -> None:
    """The day after, or next week; and not again after that."""
    house.invite(A, "later@example.org")
    house.send()
    clerk[0].patient = False
    assert [counts(one) for one in house.resend(NOW + timedelta(days=1))] == [(1, 0, 0, 0)]
    assert house.resend(NOW + timedelta(days=2)) == []
    assert len(clerk[0].accepted) == 2


def test_an_issue_that_was_only_built_is_not_sent_by_a_collection(house: House, clerk: tuple[Clerk, int]) -> None:
    """Mail goes out when somebody asked for it."""
    with open_store(house.home.data) as store:
        make_digests(house.home, load_config(house.home), store, NOW)
    assert house.resend(NOW) == []
    assert clerk[0].tried == []


def test_a_run_that_dies_while_it_sends_leaves_the_rest_waiting(house: House, clerk: tuple[Clerk, int]) -> None:
    """Also of an issue of which nothing was sent yet: it is on record that it was being sent."""

    def die(_seconds: float) -> None:
        raise KeyboardInterrupt

    house.invite("later@example.org")
    with pytest.raises(KeyboardInterrupt), open_store(house.home.data) as store:
        make_digests(house.home, load_config(house.home), store, NOW, send=True, wait=die)
    assert house.statuses() == {"later@example.org": "retry"}
    clerk[0].patient = False
    assert [counts(one) for one in house.resend(NOW + WEEK)] == [(1, 0, 0, 0)]


def test_a_repeat_has_the_message_id_on_record(house: House, clerk: tuple[Clerk, int]) -> None:
    """Between acceptance and record lies the one moment in which a message may go out twice: programs can tell."""
    house.invite(A)
    with open_store(house.home.data) as store:
        config = load_config(house.home)
        (issue,) = make_digests(house.home, config, store, NOW)
        ((_, message_id),) = store.load_pending(issue.digest_id)
        for _ in range(2):
            store.save_delivery(issue.digest_id, A, "retry", NOW, message_id)  # as after a kill
            list(send_issues(house.home, config, store, [issue], NOW))
    assert [one.message_id for one in clerk[0].accepted] == [message_id, message_id]
    assert clerk[0].accepted[0].body == clerk[0].accepted[1].body


def test_each_message_carries_its_recipients_own_way_to_leave(house: House, clerk: tuple[Clerk, int]) -> None:
    """In the header for one click, and in both texts; the token names digest and recipient. The archive has none."""
    house.send()
    key = load_signing_key(house.home)
    for one in clerk[0].accepted:
        parsed = message_from_bytes(one.body, policy=policy.default)
        url = parsed["List-Unsubscribe"].partition(">")[0].removeprefix("<")
        base, _, token = url.rpartition("/")
        assert (base, parse_token(key, token, LeaveToken)) == (
            "http://127.0.0.1:8420/leave", LeaveToken("hebdo", one.recipient),
        )  # fmt: skip
        assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert all(url in part.get_content() for part in parsed.walk() if not part.is_multipart())
    issue = next(house.home.reports.glob("*/hebdo"))
    assert not any("/leave/" in (issue / name).read_text("utf-8") for name in ("digest.html", "digest.txt"))


def test_a_sender_that_no_mail_can_have_is_told(house: House, clerk: tuple[Clerk, int]) -> None:
    """Everything waits until mail.from is corrected."""
    file = house.home.path / "organisation.yaml"
    file.write_text(file.read_text("utf-8").replace("from: veille@", "from: été@"), "utf-8")
    issue = house.send()
    assert (counts(issue), "mail.from" in (issue.error or "")) == ((0, 0, 2, 0), True)
    assert clerk[0].tried == []


# --- what is remembered --------------------------------------------------------------------------------------------


def test_after_a_year_the_ledger_has_no_addresses(house: House, clerk: tuple[Clerk, int]) -> None:
    """The rows stay to be counted, the issue stays frozen, and nobody is mailed again."""
    house.invite(A, "refused@example.org", "later@example.org")
    house.send()
    house.invite(A)
    house.send(NOW + 52 * WEEK)
    assert {row[0] for row in house.rows("SELECT recipient FROM deliveries")} > {A, "refused@example.org"}
    house.send(NOW + 53 * WEEK)
    first = "FROM deliveries JOIN digests USING (digest_id) WHERE week = '2026-W10'"
    assert house.rows(f"SELECT DISTINCT recipient, message_id, error {first}") == [(None, None, None)]
    assert house.rows(f"SELECT status, count(*) {first} GROUP BY 1 ORDER BY 1") == [
        ("refused", 1), ("retry", 1), ("sent", 1),
    ]  # fmt: skip
    accepted = len(clerk[0].accepted)
    assert counts(house.send()) == (0, 0, 0, 0)
    assert house.resend(NOW) == []
    assert len(clerk[0].accepted) == accepted


def test_a_recipient_can_be_forgotten(store: Store) -> None:
    """Out of deliveries and suppressions, whatever the capitals; what was sent stays counted."""
    store.save_digest("hebdo-2026-W10", "hebdo", "2026-W10", NOW, "", [], [(A, "<1>"), (B, "<2>")])
    store.save_delivery("hebdo-2026-W10", A, "sent", NOW, "<1>")
    store.save_suppression("hebdo", A, "left", NOW)
    assert store.forget_recipient("A@example.org") == 2
    assert store._rows("SELECT recipient, status FROM kept.deliveries ORDER BY status") == [(None, "sent"), (B, None)]
    assert store.load_suppressed("hebdo") == {}
    assert store.is_frozen("hebdo-2026-W10")
    assert store.load_pending("hebdo-2026-W10") == [(B, "<2>")]


def test_a_topic_that_is_taken_out_leaves_the_digest_and_keeps_its_history(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was shown under it, and said of it, stays on record."""
    house.web.pages["/a"] = build_rss(
        ("q", "Qualiopi : le guide change", "Le guide de Qualiopi."), ("c", "CPF : le décret", "Le CPF augmente.")
    )
    write_home(house.home.path, house.web, ["/a"], smtp_port=house.port)
    file = house.home.path / "organisation.yaml"
    both = file.read_text("utf-8").replace(
        "topics:", "topics:\n  - {id: qualite, name: Qualiopi, description: Qualiopi, keywords: [Qualiopi]}"
    )
    file.write_text(both, "utf-8")
    monday, next_monday = "2026-03-02T07:00+01:00", "2026-03-09T07:00+01:00"
    start = ["--home", str(house.home.path), "--now"]
    assert run_command([*start, monday, "collect", "--no-embed"]) == 0
    assert run_command([*start, monday, "digest"]) == 0
    item = house.rows("SELECT item_id FROM items WHERE title LIKE 'Qualiopi%'")[0][0]
    assert run_command([*start, monday, "rate", item, "useful", "--topic", "qualite"]) == 0
    shown = house.rows("SELECT * FROM digest_entries WHERE topic_id = 'qualite'")
    assert shown
    write_home(house.home.path, house.web, ["/a"], smtp_port=house.port)
    house.web.pages["/a"] = build_rss(("n", "Qualiopi : un décret de plus", "Qualiopi encore."))
    assert run_command([*start, next_monday, "collect", "--no-embed"]) == 0
    assert run_command([*start, next_monday, "digest"]) == 0
    data = json.loads((house.home.reports / "2026-W11/hebdo/digest.json").read_bytes())
    topics = {entry["topic_id"] for section in data["sections"] for entry in section["entries"]}
    assert "qualite" not in topics
    assert house.rows("SELECT * FROM digest_entries WHERE topic_id = 'qualite'") == shown
    assert house.rows("SELECT verdict FROM ratings WHERE topic_id = 'qualite'") == [("useful",)]
    capsys.readouterr()


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_lists_lifts_and_forgets(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Each recipient's state; who is back gets the next issue; who is in the file cannot be forgotten."""

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run_command(["--home", str(house.home.path), "--json", "recipients", *arguments]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if said.out else said.err

    def states() -> list[tuple[str, str, str]]:
        return [(row["audience"], row["recipient"], row["state"]) for row in run("list")]

    assert states() == [("hebdo", A, "active"), ("hebdo", B, "active")]
    house.invite(A, "refused@example.org")
    queue_leave(house.home, "hebdo", A, NOW)
    house.send()
    house.invite(A, B)
    assert states() == [("hebdo", A, "left"), ("hebdo", B, "active"), ("*", "refused@example.org", "bounced")]
    assert run("list", "--digest", "hebdo")[0]["last_status"] == "suppressed"
    assert run("lift", A, "--digest", "hebdo")["lifted"] == [["hebdo", "left"]]
    assert run("lift", A)["lifted"] == []
    assert states()[0] == ("hebdo", A, "active")
    assert counts(house.send(NOW + WEEK)) == (2, 0, 0, 0)
    assert "take it out first" in run("forget", A, code=2)
    assert run("forget", "refused@example.org")["rows"] == 2
    assert "refused@" not in json.dumps(run("list"))
    assert "nobody" in run("list", "--digest", "nobody", code=2)


def test_a_preview_opens_without_sending_and_says_where_it_lies(
    house: House, clerk: tuple[Clerk, int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a machine without a browser; nobody is mailed, and the JSON stays alone on stdout."""
    monkeypatch.setenv("BROWSER", "false")
    monkeypatch.setenv("PATH", "")
    now = ["--now", "2026-03-02T07:00+01:00"]
    assert run_command(["--home", str(house.home.path), "--json", *now, "digest", "--preview"]) == 0
    said = capsys.readouterr()
    (issue,) = json.loads(said.out)["digests"]
    assert f"{issue['path']}/digest.html" in said.err
    assert clerk[0].tried == []
