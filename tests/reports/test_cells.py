"""What a spreadsheet would run is shown instead, wherever in a cell it stands, by everything that writes one."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from lib.reports import cells, export, tables

WRITTEN = [
    ("'=1+1", "=1+1"),
    ("' \u00a0@x", " \u00a0@x"),
    ("'＝1", "＝1"),
    ("Foo;'=1+1;", "Foo;=1+1;"),
    ("Foo; '-2+cmd|' /C calc'!A0", "Foo; -2+cmd|' /C calc'!A0"),
    ("Foo\n'=1+1", "Foo\n=1+1"),
    ("Foo\t'@x", "Foo\t@x"),
    ("'=a;'+b", "=a;+b"),
    ("-5", "-5"),
    ("[1;-5]", "[1;-5]"),
    ("Foo, =1", "Foo, =1"),
    ("a=b; c-d", "a=b; c-d"),
    ("", ""),
]
"""As a file with commas says it, which another program may cut at semicolons, tabs and line ends."""


@pytest.mark.parametrize(("written", "text"), WRITTEN)
def test_no_cell_begins_a_formula_however_it_is_cut(written: str, text: str) -> None:
    assert cells.disarmed(text) == written
    assert tables.safe(text) == written
    file = export.csv(pl.DataFrame({"x": [text], "y": ["last"]}), headings=False)
    assert next(csv.reader(io.StringIO(file, newline=""))) == [written, "last"]


def test_nor_where_a_file_with_semicolons_is_cut_at_commas() -> None:
    file = export.csv(pl.DataFrame({"x": ["Foo,=1+1,"], "y": ["[1,-5]"], "z": ["-1.50"]}), headings=False)
    assert export.with_commas(file) == "Foo,'=1+1,;[1,-5];-1,50\n"
