"""The first steps on the Overview, and the page of benchmarks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from lib.accounts import connections, preferences, team
from lib.accounts.roles import Role
from lib.api import answers
from lib.metrics.query import Query
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import door, segments
from lib.web import checklist, guard
from lib.web.checklist import PROVES
from lib.web.reader import Reader
from tests.accounts.members import enter, join
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html


def said(business: Business, open_page: Open) -> list[str]:
    return [each.value for each in open_page("overview").markdown if "material/" in each.value]


def test_steps_are_ticked_off_as_they_are_taken(business: Business, open_page: Open) -> None:
    steps = said(business, open_page)
    assert ["Done" in step for step in steps] == [True, False, False]
    open_page("metric", slug="mrr")  # a page of figures is no proof yet
    assert ["Done" in step for step in said(business, open_page)] == [True, False, False]
    _, today = door.span(business.account)
    open_page("metric", slug="mrr", period=(today - timedelta(days=40)).isoformat())
    assert ["Done" in step for step in said(business, open_page)] == [True, True, False]
    preferences.put(business.user, "cards", ["mrr"])
    assert said(business, open_page) == []


def test_a_sentence_s_link_is_followed_to_its_proof(business: Business, open_page: Open) -> None:
    links = [each.proto.query_string for each in open_page("overview").get("page_link")]
    link = next(each for each in links if PROVES in each)
    app = open_page("metric", **{name: values[-1] for name, values in parse_qs(link).items() if name != "days"})
    assert PROVES not in app.query_params, "it is no part of the page's address"
    assert ["Done" in step for step in said(business, open_page)] == [True, True, False]


@pytest.mark.parametrize(
    ("step", "sandbox", "kind", "runs_it"),
    [
        ("Done: Connect the demo business | It is here and stays up to date. When you want", True, "demo", True),
        ("Done: Connect the demo business | It is here and stays up to date. To see your", True, "demo", False),
        ("Done: Connect an account | It is read and stays up to date. When you want", True, "oauth", True),
        ("Connect your Stripe account | What you see is the demo business, not yours.", False, "demo", True),
        ("Done: Connect your Stripe account | Your history is read and stays up to date.", False, "oauth", True),
    ],
)
def test_the_first_step_is_true_of_where_one_is(
    step: str,
    kind: str,
    business: Business,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sandbox: bool,
    runs_it: bool,
) -> None:
    mine = tuple(replace(each, kind=kind) for each in connections.of(business.user.workspace))
    monkeypatch.setattr(checklist.connections, "of", lambda _workspace: mine)
    monkeypatch.setattr(checklist.operators, "is_operator", lambda _user: runs_it)
    monkeypatch.setattr(checklist, "settings", lambda: SimpleNamespace(sandbox_mode=sandbox))
    first = said(business, open_page)[0]
    title, about = step.split(" | ")
    assert f" **{title}**" in first
    assert f"[{about}" in first


def test_hidden_is_hidden_in_every_other_session(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    next(each for each in open_page("overview").button if each.label == "Hide the first steps").click().run()
    second = enter(business.user.id, now=answers.now()).user  # another browser, where nothing is remembered
    monkeypatch.setattr(guard, "current_user", lambda: second)
    app = open_page("overview")
    assert not [each for each in app.subheader if each.value == "First steps"]
    assert not [each for each in app.button if each.label in {"Hide", "Undo"}]
    grace = join("Grace", now=answers.now()).user  # hidden for Ada alone
    team.accept(grace, team.invite(business.user, Role.MEMBER, "", now=1).token, now=1)
    there = replace(grace, workspace=business.user.workspace, role=Role.MEMBER)
    monkeypatch.setattr(guard, "current_user", lambda: there)
    assert said(business, open_page)


def test_hidden_for_good_unless_undone(business: Business, open_page: Open) -> None:
    app = open_page("overview")
    (line,) = [each.label for each in app.expander]
    assert line == "**First steps**: 1 of 3 done. Next: See what makes your MRR"
    next(each for each in app.button if each.label == "Hide the first steps").click().run()
    assert not app.expander
    assert not said(business, open_page)
    next(each for each in app.button if each.label == "Undo").click().run()
    assert app.expander


def test_benchmarks_show_the_metrics(business: Business, open_page: Open) -> None:
    app = open_page("benchmarks")
    assert html(app).count("over the 30 days up to then</small>") == 2  # customers who left, trials that converted
    _, today = door.span(business.account)
    mrr = door.metric(business.account, "mrr", Query(today, today))
    shown = html(app)
    assert f"<td>{Reader().scale(mrr.metric, mrr.currency).text(mrr.total)}</td>" in shown
    days = f"from={today.replace(day=1)}&amp;to={today}"
    assert f'href="/metric?slug=mrr&amp;account={business.account}&amp;{days}"' in shown
    segments.save(business.user.workspace, Segment("Germans", (Condition("country", Op.IS, ("DE",)),)), now=1)
    assert f"{days}&amp;segment=Germans" in html(open_page("benchmarks", segment="Germans"))
