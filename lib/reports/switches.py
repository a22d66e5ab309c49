"""The rules' switches as people set them: which kind each is, how a value reads, and what a typed one means.

Everything follows from the annotations in lib.ledger.rules, so that a new switch needs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import Enum, StrEnum
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from lib.errors import BadRules, UnknownRule
from lib.ledger.rules import DURATIONS, SWITCHES, Rules, TrialConversion
from lib.periods import parse_date

_ON: Final = frozenset({"on", "yes", "true", "1"})
_OFF: Final = frozenset({"off", "no", "false", "0"})
_NOTHING: Final = frozenset({"", "none", "never"})
_TITLES: Final[Mapping[str, str]] = {
    "forever": "Forever",
    "repeating": "For some months",
    "once": "Once",
    TrialConversion.NEW: "Trials begun",
    TrialConversion.ENDED: "Trials ended",
    TrialConversion.COHORT: "The same trials",
}


class Kind(Enum):
    """What a switch can be set to, hence how it is drawn and read."""

    FLAG = "on or off"
    SET = "any of"
    CHOICE = "one of"
    NUMBER = "a whole number"
    DAY = "a day, or none"
    CURRENCY = "a currency, or none"


def kind(name: str) -> Kind:
    """What the switch called ``name`` can be set to; raises UnknownRule."""
    plain = _plain(name)
    if get_origin(plain) is frozenset:
        return Kind.SET
    if issubclass(plain, StrEnum):
        return Kind.CHOICE
    return {bool: Kind.FLAG, int: Kind.NUMBER, date: Kind.DAY, str: Kind.CURRENCY}[plain]


def optional(name: str) -> bool:
    """Whether the switch may be set to nothing; raises UnknownRule."""
    return isinstance(_hint(name), UnionType)


def choices(name: str) -> tuple[str, ...]:
    """The values of a SET or a CHOICE; none for other kinds. Raises UnknownRule."""
    if kind(name) is Kind.SET:
        return DURATIONS
    return tuple(_plain(name)) if kind(name) is Kind.CHOICE else ()


def choice_title(value: str) -> str:
    """A choice in words; a new one reads as it is spelled until it has any."""
    return _TITLES.get(value, value)


def read(name: str, text: str) -> Any:  # noqa: ANN401 - whatever the switch holds
    """The value that ``text`` stands for: ``off``, ``30``, ``never``, ``forever,once``, ``2026-01-31``, ``eur``.

    Raises UnknownRule, BadRules, BadDate.
    """
    of, word = kind(name), text.strip().lower()
    if of is Kind.SET:
        return frozenset(part.strip() for part in word.split(",") if part.strip() not in _NOTHING)
    return None if optional(name) and word in _NOTHING else _single(name, of, word)


def _single(name: str, of: Kind, word: str) -> Any:  # noqa: ANN401 - whatever the switch holds
    match of:
        case Kind.FLAG if word in _ON | _OFF:
            return word in _ON
        case Kind.NUMBER if word.isascii() and word.isdigit() and len(word) < _DIGITS:
            return int(word)
        case Kind.CHOICE if word in choices(name):
            return _plain(name)(word)
        case Kind.DAY:
            return parse_date(word)
        case Kind.CURRENCY if word.isascii() and word.isalpha() and len(word) == len("usd"):
            return word
        case _:
            raise BadRules(name=name, value=word)


_DIGITS: Final = 10


def changed(rules: Rules, typed: Mapping[str, str]) -> Rules:
    """``rules`` with these switches set anew. Raises UnknownRule, BadRules, BadDate."""
    return replace(rules, **{name: read(name, text) for name, text in typed.items()})


def written(name: str, value: object) -> str:
    """A value as :func:`read` reads it."""
    match value:
        case bool():
            return "on" if value else "off"
        case None:
            return "none"
        case frozenset():
            return ",".join(each for each in choices(name) if each in value) or "none"
        case _:
            return str(value)


def _hint(name: str) -> Any:  # noqa: ANN401 - an annotation
    hints = get_type_hints(Rules)
    if name not in hints:
        raise UnknownRule(name=name, known=", ".join(switch.name for switch in SWITCHES))
    return hints[name]


def _plain(name: str) -> Any:  # noqa: ANN401 - an annotation
    """The annotation without its ``| None``."""
    hint = _hint(name)
    return next(each for each in get_args(hint) if each is not type(None)) if isinstance(hint, UnionType) else hint
