"""Saved segments: kept by a workspace under a name, and asked for by that name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.errors import BadSegment, SegmentTaken, UnknownAccount, UnknownSegment
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import segments
from lib.store.engine import migrate
from tests.accounts.members import Member, join

NOW = 1_767_225_600
GERMANS = Segment("Germans", (Condition("country", Op.IS, ("DE",)),))
LARGE = Segment("Large", (Condition("mrr", Op.BETWEEN, (10_000, None)),))


@pytest.fixture
def ada(data_dir: object) -> Member:
    migrate()
    return join("Ada", now=NOW)


def test_segments_are_kept_listed_by_name_and_found(ada: Member) -> None:
    workspace = ada.user.workspace
    for each in (LARGE, GERMANS):
        segments.save(workspace, each, now=NOW)
    assert segments.of(workspace) == [GERMANS, LARGE]
    assert segments.find(workspace, "  Large ") == LARGE


def test_saving_under_a_name_that_is_there_replaces_it(ada: Member) -> None:
    segments.save(ada.user.workspace, GERMANS, now=NOW)
    other = segments.save(ada.user.workspace, Segment(" Germans ", LARGE.conditions), now=NOW)
    assert segments.of(ada.user.workspace) == [other] == [Segment("Germans", LARGE.conditions)]


def test_a_segment_is_renamed_unless_the_name_is_taken(ada: Member) -> None:
    workspace = ada.user.workspace
    for each in (LARGE, GERMANS):
        segments.save(workspace, each, now=NOW)
    with pytest.raises(SegmentTaken, match="There is already a segment called “Large”"):
        segments.rename(workspace, "Germans", "Large")
    with pytest.raises(BadSegment):
        segments.rename(workspace, "Germans", " ")
    segments.rename(workspace, "Germans", "At home")
    assert [each.name for each in segments.of(workspace)] == ["At home", "Large"]


def test_a_new_one_takes_no_name_that_is_there(ada: Member) -> None:
    workspace = ada.user.workspace
    assert segments.add(workspace, replace(GERMANS, name="  At  home "), now=NOW).name == "At home"
    with pytest.raises(SegmentTaken, match="There is already a segment called “At home”"):
        segments.add(workspace, replace(LARGE, name="At home"), now=NOW)
    assert segments.of(workspace) == [replace(GERMANS, name="At home")]


def test_a_change_is_of_name_and_conditions_or_of_nothing(ada: Member) -> None:
    workspace = ada.user.workspace
    for each in (LARGE, GERMANS):
        segments.add(workspace, each, now=NOW)
    with pytest.raises(SegmentTaken):
        segments.change(workspace, "Germans", replace(LARGE, name="Large"))
    with pytest.raises(UnknownSegment):
        segments.change(workspace, "Martians", GERMANS)
    assert segments.of(workspace) == [GERMANS, LARGE]
    segments.change(workspace, "Germans", replace(LARGE, name="At home"))
    assert segments.of(workspace) == [replace(LARGE, name="At home"), LARGE]


def test_what_is_not_there_is_named(ada: Member) -> None:
    workspace = ada.user.workspace
    with pytest.raises(UnknownSegment, match=r"There is no segment called “Large”\. Known: none yet\."):
        segments.find(workspace, "Large")
    segments.save(workspace, GERMANS, now=NOW)
    with pytest.raises(UnknownSegment, match="Known: Germans"):
        segments.rename(workspace, "Large", "Small")
    with pytest.raises(UnknownSegment):
        segments.delete(workspace, "Large")
    segments.delete(workspace, "Germans")
    assert segments.of(workspace) == []


def test_another_workspace_has_its_own(ada: Member) -> None:
    eve = join("Eve", now=NOW)
    segments.save(ada.user.workspace, GERMANS, now=NOW)
    assert segments.of(eve.user.workspace) == []
    segments.save(eve.user.workspace, Segment("Germans", LARGE.conditions), now=NOW)
    assert segments.find(ada.user.workspace, "Germans") == GERMANS


def test_an_account_that_nobody_has_has_no_segments(ada: Member) -> None:
    with pytest.raises(UnknownAccount):
        segments.find_for("acct_nobody", "Germans")
