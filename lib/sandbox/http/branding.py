"""How a business looks to its customers: a name, an icon, a logo and a colour, all checked before they are shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lib.sandbox.http import errors

_LARGEST = 512 * 1024
_LONGEST_NAME = 80
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}
_DATA = re.compile(r"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Branding:
    """What an owner sets in the dashboard; None is Stripe's own look. Pictures are data: URLs."""

    name: str | None = None
    icon: str | None = None
    logo: str | None = None
    colour: str | None = None

    def changed(self, given: Mapping[str, Any]) -> Branding:
        """Return the branding with some fields set anew. Raises 400 for what is not safe to show."""
        for field, value in given.items():
            if field not in _CHECKS:
                raise errors.unknown_parameter(field)
            if value is not None and (not isinstance(value, str) or not _CHECKS[field](value)):
                raise errors.invalid_value(field, _SENTENCES[field])
        return replace(self, **given)

    def dump(self) -> dict[str, str | None]:
        """The branding as JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Branding:
        """Take over what :meth:`dump` gave; the usual look where it is damaged."""
        try:
            return cls().changed(kept)
        except errors.StripeError:
            return cls()

    def shown(self, account: str) -> dict[str, str | None]:
        """``settings.branding`` of Stripe's account object: pictures are the ids of files."""
        return {
            "icon": _file(account, self.icon),
            "logo": _file(account, self.logo),
            "primary_color": self.colour,
            "secondary_color": None,
        }

    def style(self) -> str:
        """CSS variables of the colour, with black or white on it, whichever reads better; empty for the usual look."""
        if self.colour is None:
            return ""
        return f":root {{ --brand: {self.colour}; --on-brand: {_readable_on(self.colour)}; }}"


def _file(account: str, picture: str | None) -> str | None:
    return f"file_{hashlib.sha256((account + picture).encode()).hexdigest()[:24]}" if picture else None


def _picture(value: str) -> bool:
    found = _DATA.fullmatch(value) if len(value) <= _LARGEST else None
    if found is None:
        return False
    try:
        body = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return False
    return body.startswith(_MAGIC[found[1]]) and (found[1] != "webp" or body[8:12] == b"WEBP")


def _name(value: str) -> bool:
    return 0 < len(value.strip()) <= _LONGEST_NAME and value.isprintable()


def _hex(value: str) -> bool:
    return _COLOUR.fullmatch(value) is not None


_CHECKS: dict[str, Callable[[str], bool]] = {
    "name": _name,
    "icon": _picture,
    "logo": _picture,
    "colour": _hex,
}
_PICTURE = "A picture is a data: URL of a PNG, JPEG or WebP file, base64, 512 KB at most."
_SENTENCES = {
    "name": "A name is one line of 1 to 80 characters.",
    "icon": _PICTURE,
    "logo": _PICTURE,
    "colour": "A colour is written as #rrggbb.",
}


def _readable_on(colour: str) -> str:
    """Black or white, by the contrast ratio of WCAG."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]  # noqa: PLR2004 - sRGB
    luminance = sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"
