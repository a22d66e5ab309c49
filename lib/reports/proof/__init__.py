"""Proof: the rows and Stripe objects behind a figure, which add up to it exactly."""

from lib.reports.proof.door import How, Proof, behind, of
from lib.reports.proof.evidence import Evidence, objects
from lib.reports.proof.rows import ROWS, Point
from lib.reports.proof.sheet import MOST, as_csv, marks, ordered, table

__all__ = [
    "MOST",
    "ROWS",
    "Evidence",
    "How",
    "Point",
    "Proof",
    "as_csv",
    "behind",
    "marks",
    "objects",
    "of",
    "ordered",
    "table",
]
