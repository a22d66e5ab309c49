"""Reading many workspaces from Stripe, one after the other: what fails for one says nothing of the next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lib.errors import AppError, NoRoom, StripeBusy, StripeUnavailable

log = logging.getLogger(__name__)

PASSING: Final = (StripeUnavailable, StripeBusy, NoRoom)
"""Failures that pass by themselves."""
AWAY: Final = 3
"""So many such failures in a row mean that Stripe is away: nobody else is asked about then."""


@dataclass
class Attempts:
    """Reads a workspace at most once. ``failed``: the code of what went wrong; ``passing``: the last that will pass."""

    refresh: Callable[[str], None]
    failed: dict[str, str] = field(default_factory=dict)
    passing: AppError | None = None
    _read: dict[str, bool] = field(default_factory=dict)
    _in_a_row: int = 0

    def read(self, workspace: str) -> bool:
        """Whether nothing has to wait for the workspace: it was read, or will not be readable by waiting."""
        if workspace not in self._read:
            self._read[workspace] = self._try(workspace)
        return self._read[workspace]

    def _try(self, workspace: str) -> bool:
        if self._in_a_row >= AWAY and self.passing is not None:
            self.failed[workspace] = self.passing.code
            return False
        try:
            self.refresh(workspace)
        except PASSING as error:
            self.passing, self._in_a_row = error, self._in_a_row + 1
            return self._note(workspace, error, settled=False)
        except AppError as error:
            self._in_a_row = 0
            return self._note(workspace, error, settled=True)
        self._in_a_row = 0
        return True

    def _note(self, workspace: str, error: AppError, *, settled: bool) -> bool:
        self.failed[workspace] = error.code
        log.warning("What %s has paid could not be read from Stripe: %s", workspace, error.code)
        return settled
