"""Columns of reports for people and for spreadsheets: money in major units, months as text."""

from __future__ import annotations

import polars as pl

from lib.money import MICRO, exact_of_micros, exponent, show_micros
from lib.reports import export


def money(column: str, currency: str) -> pl.Expr:
    """Micros of ``currency`` as major units to show and sort: rounded once, half away from zero, to its decimals."""
    micros = pl.col(column)
    minor = (micros.abs() + MICRO // 2) // MICRO * micros.sign()
    scale: int = 10 ** exponent(currency)
    return (minor / scale).alias(column)


def said(column: str, locale: str, currency: str = "currency") -> pl.Expr:
    """Micros as people write them, each in the row's own currency, named by the column ``currency``: ``€20.35``."""
    pair = pl.struct(micros=pl.col(column), code=pl.col(currency))
    text = pair.map_elements(lambda row: show_micros(row["micros"], row["code"], locale), pl.String)
    return text.alias(column)


def exact(column: str, currency: str) -> pl.Expr:
    """Micros of ``currency`` as major units in text, unrounded, so that rows add up; null stays null."""
    written = pl.col(column).map_elements(lambda micros: f"{exact_of_micros(micros, currency):f}", pl.String)
    return written.alias(column)


def exact_each(column: str, currency: str = "currency") -> pl.Expr:
    """The same where each row has its own currency, named by the column ``currency``."""
    pair = pl.struct(micros=pl.col(column), code=pl.col(currency))
    written = pair.map_elements(lambda row: f"{exact_of_micros(row['micros'], row['code']):f}", pl.String)
    return written.alias(column)


def month(column: str) -> pl.Expr:
    """A date as its month: ``2027-11``."""
    return pl.col(column).dt.strftime("%Y-%m")


def csv(frame: pl.DataFrame) -> str:
    """A frame of text, dates and whole numbers as CSV, formulas disarmed as in every export."""
    return export.csv(frame)
