"""Proof: the rows and Stripe objects behind a figure, which add up to it exactly."""

from lib.reports.proof.door import How, Proof, behind, of
from lib.reports.proof.evidence import Evidence, objects
from lib.reports.proof.rows import ROWS, Point

__all__ = ["ROWS", "Evidence", "How", "Point", "Proof", "behind", "objects", "of"]
