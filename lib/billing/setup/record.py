"""What a look at our own set-up at Stripe finds: one record for each thing, in one mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WRONG = "wrong"
    """It is there, and does not work."""
    AMISS = "amiss"
    """It works, and not as it should."""
    MISSING = "missing"
    """It is not there yet; the rest works without it."""
    UNKNOWN = "unknown"
    """It can't be asked, or not now, or is not needed."""


class Mode(StrEnum):
    """Stripe's two worlds."""

    TEST = "test"
    LIVE = "live"


class Group(StrEnum):
    """Under which heading a check stands; in the order shown."""

    KEYS = "Keys"
    SIGN_IN = "Sign-in with Stripe"
    WEBHOOKS = "Webhooks"
    PLANS = "Plans"
    BRANDING = "Branding"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. Sentences are plain text without secrets; ``todo`` is empty where nothing is.

    ``copy`` is a value to paste at Stripe, ``link`` the page of Stripe's dashboard where. ``create`` is the path of
    the webhook endpoint that can be made from here, ``events`` what one must hear.
    """

    name: str
    group: Group
    mode: Mode
    state: State
    says: str
    todo: str = ""
    copy: str = ""
    link: str = ""
    create: str = ""
    events: tuple[str, ...] = ()

    def now(  # noqa: PLR0913 - what was found, and three things by keyword
        self,
        state: State,
        says: str,
        todo: str = "",
        *,
        copy: str | None = None,
        link: str | None = None,
        create: str | None = None,
    ) -> Self:
        """The same thing with what was found of it; what is not named stays."""
        return replace(
            self,
            state=state,
            says=says,
            todo=todo,
            copy=self.copy if copy is None else copy,
            link=self.link if link is None else link,
            create=self.create if create is None else create,
        )


def listed(names: list[str], most: int = 6) -> str:
    """``a, b and 3 more``."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def when(moment: float) -> str:
    """Epoch seconds for people: ``28 November 2026, 19:30 UTC``."""
    found = datetime.fromtimestamp(moment, UTC)
    return f"{found.day} {found:%B %Y, %H:%M} UTC"
