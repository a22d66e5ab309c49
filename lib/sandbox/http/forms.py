"""Forms that change something: decoded from ``a[b][0][c]=v`` and read as strictly as Stripe reads them.

A shape says what a form may hold: ``{"name": text, "items": [{"price": text}], "metadata": labels}``. A field is read
by a function of its full name and its value, a nested shape, or a list of one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from lib.sandbox.http import errors
from lib.sandbox.http.params import integer

LARGEST = 256 * 1024
_KEYS = re.compile(r"\[([^\[\]]*)\]")
Form = dict[str, Any]
Field = Callable[[str, Any], Any]
Shape = Mapping[str, Any]


def decode(body: str) -> Form:
    """Nest the fields of a form: lists are dictionaries with the positions as keys."""
    made: Form = {}
    for raw, value in parse_qsl(body, keep_blank_values=True):
        head, bracket, _ = raw.partition("[")
        path = [head, *_KEYS.findall(raw[len(head) :])] if bracket else [head]
        _put(made, path, value, raw)
    return made


def _put(node: Form, path: list[str], value: str, raw: str) -> None:
    for step, following in pairwise(path):
        inside = node.setdefault(_place(node, step, following), {})
        if not isinstance(inside, dict):
            raise errors.invalid_value(raw, "Invalid object")
        node = inside
    node[_place(node, path[-1], None)] = value


def _place(node: Form, step: str, following: str | None) -> str:
    """Return a key; ``[]`` is the next position, or the last one while it still lacks the field that follows."""
    if step:
        return step
    last = str(len(node) - 1)
    lacks = following and isinstance(node.get(last), dict) and following not in node[last]
    return last if lacks else str(len(node))


def read(shape: Shape, given: Form, path: str = "", unserved: frozenset[str] = frozenset()) -> Form:
    """Read a decoded form. Raises ``parameter_unknown``, or what is wrong with a value.

    ``unserved`` are parameters that Stripe knows: what is told of them is that nothing would come of them here.
    """
    made: Form = {}
    for key, value in given.items():
        name = f"{path}[{key}]" if path else key
        if key not in shape:
            raise errors.not_served(name) if key in unserved else errors.unknown_parameter(name)
        made[key] = _read(shape[key], name, value)
    return made


def _read(field: Any, name: str, value: Any) -> Any:  # noqa: ANN401 - a shape's field, and what a form holds there
    if isinstance(field, list):
        if not isinstance(value, dict):
            return [] if value == "" else _refuse(name, "Invalid array")
        return [_read(field[0], f"{name}[{key}]", value[key]) for key in value]
    if isinstance(field, Mapping):
        if not isinstance(value, dict):
            return None if value == "" else _refuse(name, "Invalid object")
        return read(field, value, name)
    return field(name, value)


def _refuse(name: str, message: str) -> None:
    raise errors.invalid_value(name, message)


def text(name: str, value: Any) -> str | None:  # noqa: ANN401 - what a form holds
    """Text; empty is nothing."""
    if not isinstance(value, str):
        raise errors.invalid_value(name, "Invalid string")
    return value or None


def whole(least: int = 0, most: int = 10**11) -> Field:
    """A whole number within bounds."""

    def field(name: str, value: Any) -> int:  # noqa: ANN401 - as above
        found = integer(name, str(value))
        if not least <= found <= most:
            bound = f"greater than or equal to {least}" if found < least else f"less than or equal to {most}"
            raise errors.invalid_value(name, f"This value must be {bound}.")
        return found

    return field


def flag(name: str, value: Any) -> bool:  # noqa: ANN401 - as above
    """``true`` or ``false``."""
    if value not in {"true", "false"}:
        raise errors.invalid_value(name, f"Invalid boolean: {value}")
    return bool(value == "true")


def one_of(*words: str) -> Field:
    """One of some words."""

    def field(name: str, value: Any) -> str:  # noqa: ANN401 - as above
        if value not in words:
            listed = ", ".join(words[:-1]) + f", or {words[-1]}" if len(words) > 1 else words[0]
            raise errors.invalid_value(name, f"Invalid {name}: must be one of {listed}")
        return str(value)

    return field


def now_or_time(name: str, value: Any) -> int | str:  # noqa: ANN401 - as above
    """``now`` or epoch seconds."""
    return "now" if value == "now" else integer(name, str(value))


def no_time(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    """Empty, which takes a date away; the stand-in sets none."""
    if value != "":
        raise errors.invalid_value(name, "The stand-in Stripe takes a date away alone: send an empty value.")
    return ""


def percent(name: str, value: Any) -> str | None:  # noqa: ANN401 - as above
    """A percentage with at most two decimals; empty is nothing."""
    if value == "":
        return None
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", value) or not 0 <= float(value) <= 100:  # noqa: PLR2004 - percent
        raise errors.invalid_value(name, f"Invalid decimal: {value}; must be between 0 and 100, with two decimals")
    return value


def url(name: str, value: Any) -> str | None:  # noqa: ANN401 - as above
    """An address with http or https; empty is nothing."""
    found = text(name, value)
    if found is not None and not re.match(r"https?://[^\s/]+", found):
        message = "Invalid URL: An explicit scheme (such as https) must be provided."
        raise errors.StripeError(400, message, code="url_invalid", param=name)
    return found


def email(name: str, value: Any) -> str | None:  # noqa: ANN401 - as above
    """An e-mail address; empty is nothing."""
    found = text(name, value)
    if found is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", found):
        raise errors.StripeError(400, f"Invalid email address: {found}", code="email_invalid", param=name)
    return found


_MOST_LABELS, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def labels(name: str, value: Any) -> dict[str, str] | None:  # noqa: ANN401 - as above
    """Metadata: an empty value takes a key away, an empty whole (None) all of them."""
    if value == "":
        return None
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise errors.invalid_value(name, "Invalid object")
    for key, each in value.items():
        if len(key) > _LONGEST_KEY or len(each) > _LONGEST_VALUE:
            raise errors.invalid_value(f"{name}[{key}]", "Metadata has up to 40 characters a key, 500 a value.")
    if len(value) > _MOST_LABELS:
        raise errors.invalid_value(name, "Metadata has up to 50 keys.")
    return dict(value)


def merged(kept: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after a change."""
    return {key: value for key, value in {**kept, **given}.items() if value} if given is not None else {}
