"""How this installation shows itself: a name, a colour, an icon and a logo, chosen by whoever runs it, or our own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from lib.accounts.sessions import SignedIn
from lib.billing import pictures
from lib.billing.colours import READABLE, WHITE, contrast, is_colour
from lib.billing.memory import Memory
from lib.billing.operators import require_operator
from lib.errors import AppError, BadBrand
from lib.gateway import standin
from lib.settings import settings
from lib.store import brand as rows
from lib.store import tables
from lib.store.engine import reading, transaction

OURS: Final = "Plimsoll"
LONGEST_NAME: Final = 60
REMEMBERED: Final = 5.0
"""Seconds that what was kept is remembered: each page asks, and another process may have changed it."""


@dataclass(frozen=True)
class Brand:
    """What was chosen; None where our own stands. ``colour``: #RRGGBB; pictures are ``data:`` URLs."""

    name: str | None = None
    colour: str | None = None
    icon: str | None = None
    logo: str | None = None

    @property
    def title(self) -> str:
        """The name that pages show."""
        return self.name or OURS

    def __repr__(self) -> str:
        """Without the pictures, which are long."""
        shown = (bool(self.icon), bool(self.logo))
        return f"Brand(name={self.name!r}, colour={self.colour!r}, icon={shown[0]}, logo={shown[1]})"


PLAIN: Final = Brand()


def current() -> Brand:
    """What was kept, at most REMEMBERED seconds ago."""
    return _memory("")  # there is one


def forget() -> None:
    """Ask the database anew at the next question."""
    _memory.forget()


def draft(
    before: Brand, *, name: str, colour: str | None, icon: bytes | None = None, logo: bytes | None = None
) -> Brand:
    """``before`` with what is given, to be looked at first; pictures that are not given stay. Raises BadBrand."""
    return Brand(
        _name(name),
        _colour(colour),
        before.icon if icon is None else pictures.data_url(icon, pictures.ICON),
        before.logo if logo is None else pictures.data_url(logo, pictures.LOGO),
    )


def keep(user: SignedIn, chosen: Brand) -> str | None:
    """Show this installation as ``chosen``; what could not be told to the stand-in, as a sentence, or None.

    Raises NotTheOperator, or BadBrand for a name or colour that can't be used.
    """
    require_operator(user)
    chosen = Brand(_name(chosen.name or ""), _colour(chosen.colour), chosen.icon, chosen.logo)
    with transaction() as db:
        rows.put(db, tables.Brand(id=1, **asdict(chosen)))
    forget()
    return tell_standin(chosen)


def reset(user: SignedIn) -> str | None:
    """Back to Plimsoll's own; as :func:`keep`. Raises NotTheOperator."""
    require_operator(user)
    with transaction() as db:
        rows.remove(db)
    forget()
    return tell_standin(PLAIN)


def tell_standin(chosen: Brand) -> str | None:
    """In sandbox mode have the stand-in's pages of consent and payment show it; a sentence when that failed."""
    if not settings().sandbox_mode:
        return None
    try:
        standin.show_brand(**asdict(chosen))
    except AppError:
        return "It is kept, but the stand-in did not take it, so its own pages look as before. Keep it again later."
    return None


def _name(text: str) -> str | None:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise BadBrand(reason=f"the name has {len(name)} characters, and {LONGEST_NAME} is the most")
    if not name.isprintable():
        raise BadBrand(reason="the name holds characters that can't be seen")
    return name or None


def _colour(text: str | None) -> str | None:
    if not text:
        return None
    if not is_colour(text):
        raise BadBrand(reason="a colour is written like #0B6B72")
    found = contrast(text, WHITE)
    if found < READABLE:
        raise BadBrand(
            reason=f"{text.upper()} has a contrast of {int(found * 10) / 10} to white, and links and buttons need "
            f"{READABLE}; choose a darker one"
        )
    return text.upper()


def _read(_of: str) -> Brand:
    with reading() as db:
        row = rows.get(db)
    return Brand(row.name, row.colour, row.icon, row.logo) if row else PLAIN


_memory: Final = Memory(_read, REMEMBERED)
