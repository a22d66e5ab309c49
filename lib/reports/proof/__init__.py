"""Proof: the rows and Stripe objects behind a figure, which add up to it exactly."""

from lib.reports.proof.behind import How, Proof, behind, of
from lib.reports.proof.objects import Evidence, objects
from lib.reports.proof.rows import ROWS, Point

__all__ = ["ROWS", "Evidence", "How", "Point", "Proof", "behind", "objects", "of"]
