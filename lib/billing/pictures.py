"""Pictures that an operator uploads: known by their content, of sane size, and harmless wherever they are shown."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

from lib.errors import BadBrand

LARGEST: Final = 256 * 1024
"""Bytes of the largest picture."""
FORMATS: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""What is taken, by its content. SVG is not: it can carry scripts."""


@dataclass(frozen=True)
class Shape:
    """How large a picture may be, in pixels a side, and how many times as long as it is short."""

    name: str
    least: int
    most: int
    longest: float


ICON: Final = Shape("icon", 32, 1024, 1.25)
LOGO: Final = Shape("logo", 16, 2048, 12)


def data_url(content: bytes, shape: Shape) -> str:
    """A picture as ``data:`` URL. Raises BadBrand when it is none that can be used."""
    if len(content) > LARGEST:
        size = f"{len(content) / 1024:,.0f} KB"
        raise BadBrand(reason=f"the {shape.name} has {size}, and {LARGEST // 1024} KB is the most")
    kind = _kind(content, shape)
    return f"data:{FORMATS[kind]};base64,{base64.b64encode(content).decode('ascii')}"


def _kind(content: bytes, shape: Shape) -> str:
    """The format of a picture that opens, stands still and has a sane size. Raises BadBrand."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as found:
                _measure(found.width, found.height, shape)  # before anything is unpacked
                if getattr(found, "n_frames", 1) > 1:
                    raise BadBrand(reason=f"the {shape.name} is animated; choose one that stands still")
                found.load()
                return str(found.format)
    except UnidentifiedImageError:
        named = " (an SVG can carry scripts)" if b"<svg" in content[:4096].lower() else ""
        raise BadBrand(reason=f"the {shape.name} is not a PNG, JPEG or WebP picture{named}") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadBrand(reason=f"the {shape.name} has too many pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise BadBrand(reason=f"the {shape.name} is damaged and does not open") from None


def _measure(width: int, height: int, shape: Shape) -> None:
    short, long = sorted((width, height))
    size = f"the {shape.name} is {width} × {height} pixels"
    if short < shape.least:
        raise BadBrand(reason=f"{size}, and {shape.least} a side is the least")
    if long > shape.most:
        raise BadBrand(reason=f"{size}, and {shape.most:,} a side is the most")
    if long > short * shape.longest:
        shaped = "nearly square" if shape is ICON else "less drawn out"
        raise BadBrand(reason=f"{size}; make it {shaped}")
