"""Exports: every one reads, writes both formats, explains its columns, and hands a spreadsheet nothing to run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from babel.numbers import parse_decimal

from lib.accounts import customer_notes
from lib.errors import UnknownExport
from lib.metrics.query import Query
from lib.metrics.segments import Condition, Op, Segment
from lib.periods import Interval, add_months
from lib.reports import annotations as pinned
from lib.reports import books, door, export, exports, glossary, goals, segments, tables
from lib.reports.exports import EXPORTS, Ask
from lib.store import frames
from tests.web.conftest import Business


def year(account: str) -> Ask:
    _, today = door.span(account)
    return Ask(account, add_months(today.replace(day=1), -11), today)


def read(chosen: exports.Export, asked: Ask, *, bom: bool = False) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(exports.csv(chosen, asked, bom=bom)))))


@pytest.mark.parametrize("name", [each.name for each in EXPORTS])
def test_every_export_in_both_formats_with_its_columns_explained(
    name: str,
    business: Business,
) -> None:
    chosen, asked = exports.find(name), year(business.account)
    head, *rows = read(chosen, asked)
    found = exports.preview(chosen, asked)
    assert (len(rows), head) == (found.rows, found.head.columns)
    assert not any(kind.is_temporal() for kind in found.head.dtypes), "a table would write days as moments"
    assert list(csv.reader(io.StringIO(export.csv(found.head)))) == [head, *rows[: found.head.height]]
    path = exports.parquet(chosen, asked)
    kept = pl.read_parquet(path)
    path.unlink()
    assert (kept.height, kept.columns) == (len(rows), head)
    assert all(kept[column].dtype == pl.Decimal for column in chosen.numbers)
    assert [column for column, meaning in glossary.of(chosen, head) if not meaning] == []


def test_the_wide_table_is_the_metrics(business: Business) -> None:
    asked = year(business.account)
    head, *rows = read(exports.find("figures"), asked)
    for slug in ("mrr", "net_revenue", "customer_churn_rate", "active_customers"):
        known = door.metric(business.account, slug, Query(asked.start, asked.end, Interval.MONTH))
        written = [tables.plain(v, known.metric.unit, known.currency) for v in known.frame["value"]]
        assert [row[head.index(slug)] for row in rows] == written, slug


@pytest.mark.parametrize("name", ["figures", "movements", "customers"])
def test_a_report_of_any_size_comes_in_parts_that_are_the_whole(
    name: str, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, asked = exports.find(name), year(business.account)
    whole = read(chosen, asked)
    for limit in ("PERIODS", "ROWS"):
        monkeypatch.setattr(exports, limit, 3)
    parts = [batch.height for batch in chosen.batches(asked)]
    assert len(parts) > 3
    assert max(parts) == 3
    assert read(chosen, asked) == whole


@pytest.mark.parametrize("name", ["figures", "movements", "customers", "stripe-invoice", "stripe-price"])
def test_a_look_makes_no_file(name: str, business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, asked = exports.find(name), year(business.account)
    whole = next(chosen.batches(asked))

    def refuse(*_of: object, **_more: object) -> None:
        pytest.fail("a look must not make the file")

    monkeypatch.setattr(frames, "chunks", refuse)
    found = exports.preview(replace(chosen, batches=refuse), asked)  # type: ignore[arg-type] # never called
    assert found.rows == whole.height
    assert found.head.equals(whole.head(exports.PREVIEWED))


def test_what_people_made_can_be_taken_along(business: Business) -> None:
    _, today = door.span(business.account)
    user, asked = business.user, replace(year(business.account), workspace=business.user.workspace)
    pinned.add(user, business.account, today, "=Raised prices", now=1)
    soon = today + timedelta(days=40)
    goals.keep(user, business.account, "mrr", day=soon, target=Decimal("99.5"), currency="usd", today=today, now=2)
    customer = books.ledger(business.account).customers["customer"][0]
    customer_notes.add(user, business.account, customer, "Call them", now=3)
    segments.save(user.workspace, Segment("Germans", (Condition("country", Op.IS, ("DE",)),)), now=4)
    assert read(exports.find("annotations"), asked)[1:] == [[today.isoformat(), "'=Raised prices", "Ada"]]
    (goal,) = read(exports.find("goals"), asked)[1:]
    assert goal[:4] == ["mrr", soon.isoformat(), "99.50", "usd"]
    assert read(exports.find("notes"), asked)[1:] == [[customer, "Call them", "Ada", "1970-01-01T00:00:03+00:00"]]
    ((name, conditions),) = read(exports.find("segments"), asked)[1:]
    assert (name, "DE" in conditions) == ("Germans", True)
    elsewhere = replace(asked, workspace="ws_another")
    assert all(len(read(exports.find(each), elsewhere)) == 1 for each in ("annotations", "goals", "notes", "segments"))


def test_movements_add_up_to_mrr_in_parquet_too(business: Business) -> None:
    first, today = door.span(business.account)
    path = exports.parquet(exports.find("movements"), Ask(business.account, first, today))
    total = pl.read_parquet(path)["amount_base"].sum()
    path.unlink()
    mrr = door.metric(business.account, "mrr", Query(today, today)).total
    assert Decimal(total) == Decimal(int(mrr or 0)).scaleb(-8)


def test_stripes_objects_come_in_chunks_and_by_day(
    business: Business,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, asked = exports.find("stripe-invoice"), year(business.account)
    whole = read(chosen, asked)
    monkeypatch.setattr(frames, "CHUNK", 7)
    pieces = list(exports.csv(chosen, asked))
    assert len(pieces) > 3
    assert list(csv.reader(io.StringIO("".join(pieces)))) == whole
    day = Ask(business.account, date(1999, 1, 1), date(1999, 1, 1))
    assert read(chosen, day) == whole[:1]


ATTACKS = """=1+1
+cmd|' /C calc'!A0
-2+3
@SUM(A1)
|calc
%0A
＝1+1
＋1
－1
＠x
 =1+1
\u00a0=1
\ufeff=1
\t=1
\r=1"""


@pytest.mark.parametrize("text", [*ATTACKS.split("\n"), "\n=1"])
def test_no_cell_is_run(text: str) -> None:
    written = f"'{text[0]}'=1" if text[0] in "\t\r\n" else f"'{text}"  # it may be cut there
    assert tables.safe(text) == written
    ((cell,),) = list(csv.reader(io.StringIO(export.csv(pl.DataFrame({"x": [text]}), headings=False), newline="")))
    assert cell == written


@pytest.mark.parametrize(
    "text", ["-12.50", "+3", "Bolt Café", "a=b", "naïve – ok", "", "2026-01-01", "ada@example.com"]
)
def test_what_is_harmless_stays(text: str) -> None:
    ((cell,),) = list(
        csv.reader(io.StringIO(export.csv(pl.DataFrame({"x": [text, "-"]}).head(1), headings=False)))
    ) or [[""]]
    assert cell == text


def test_the_mark_for_excel_comes_once(business: Business) -> None:
    asked = year(business.account)
    text = "".join(exports.csv(exports.find("customers"), asked, bom=True))
    assert (text[0], text.count(exports.BOM)) == (exports.BOM, 1)
    assert "".join(exports.csv(exports.find("customers"), asked))[0] != exports.BOM


def test_nothing_by_that_name() -> None:
    with pytest.raises(UnknownExport, match="movements"):
        exports.find("everything")


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR"])
def test_excel_of_another_language_reads_the_same_numbers(locale: str, business: Business) -> None:
    for chosen in exports.REPORTS:
        asked = year(business.account)
        plain = read(chosen, asked)
        text = "".join(exports.csv(chosen, asked, commas=True))
        local = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert local[0] == plain[0]
        assert len(local) == len(plain)
        numbers = [plain[0].index(name) for name in chosen.numbers]
        for row, same in zip(local[1:], plain[1:], strict=True):
            assert [as_number(row[at], locale) for at in numbers] == [as_number(same[at], "en_US") for at in numbers]
            assert all("." not in row[at] for at in numbers)


def as_number(text: str, locale: str) -> Decimal | None:
    return parse_decimal(text, locale=locale, strict=True) if text else None


def test_only_numbers_change_with_the_language() -> None:
    assert export.with_commas('a,b,c,d\n-1.50,2026-01-02,"x, 1.5; y",v1.5\n12,1.2.3,,"two\nlines"\n') == (
        'a;b;c;d\n-1,50;2026-01-02;"x, 1.5; y";v1.5\n12;1.2.3;;"two\nlines"\n'
    )
