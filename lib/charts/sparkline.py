"""A sparkline as a small SVG: six of them as Plotly charts would cost more than the rest of the page."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, PAD = 120, 32, 3


def sparkline(values: Sequence[float | None]) -> str:
    """The SVG of ``values``, oldest first; None leaves a gap. Its colour is the CSS ``currentColor``.

    It is decoration: hidden from screen readers, which get the card's sentence instead. Empty without two values.
    """
    known = [v for v in values if v is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point makes no line
        return ""
    low, span = min(known), (max(known) - min(known)) or 1
    flat = max(known) == min(known)
    step = WIDTH / max(1, len(values) - 1)
    path, pen_down, x, y = [], False, 0.0, 0.0
    for i, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x = i * step
        y = HEIGHT / 2 if flat else PAD + (HEIGHT - 2 * PAD) * (1 - (value - low) / span)
        path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        pen_down = True
    return (
        f'<svg class="pl-spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{"".join(path)}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke" stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )
