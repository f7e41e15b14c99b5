"""Small history of a comparison as SVG: weeks before in grey, after in colour, the go-live as a mark."""

from collections.abc import Sequence
from datetime import date
from html import escape

from ocem.domain.comparison import Comparison, WeekPoint
from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.comparison import is_silent

WIDTH, HEIGHT, PAD = 240.0, 52.0, 4.0
SHOWN_WEEKS = 78


def sparkline(words: Words, comparison: Comparison, subject: str) -> str | None:
    """Draw the weeks of a comparison; nothing when fewer than four weeks have a value.

    The text carried for those who cannot see it names no number when the verdict shows none.
    """
    weeks = comparison.weeks[-SHOWN_WEEKS:]
    values = [point.value for point in weeks if point.value is not None]
    if len(values) < 4:
        return None
    scale = _Scale(weeks)
    colour = palette.INK if is_silent(comparison) else palette.VERDICT_COLOURS[comparison.verdict]
    mark = _mark_index(weeks, comparison.go_live)
    parts = [_line(scale, weeks[: mark + 1], 0, palette.BEFORE, 1.4)]
    if mark < len(weeks) - 1:
        x = scale.x(mark)
        parts.append(f'<line x1="{x}" y1="0" x2="{x}" y2="{HEIGHT:g}" stroke="{palette.INK}" stroke-dasharray="2 2"/>')
        if not is_silent(comparison):
            parts.append(_expected(scale, weeks, mark))
        parts.append(_line(scale, weeks[mark:], mark, colour, 2.0))
    parts.append(_last_dot(scale, weeks, colour))
    label = escape(words.gettext("Weekly history of {subject}, with the go-live marked", subject=subject))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" '
        f'role="img" aria-label="{label}"><title>{label}</title>{"".join(parts)}</svg>'
    )


def plain(values: Sequence[float | None], label: str, colour: str = palette.AFTER) -> str | None:
    """Draw a bare series, e.g. the weeks of one figure of a scorecard."""
    weeks = tuple(WeekPoint(date.min, value) for value in values)
    if sum(value is not None for value in values) < 2:
        return None
    scale = _Scale(weeks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{_line(scale, weeks, 0, colour, 2.0)}</svg>'
    )


class _Scale:
    """Week number and value to coordinates."""

    def __init__(self, weeks: Sequence[WeekPoint]) -> None:
        seen = [p.value for p in weeks if p.value is not None] + [p.expected for p in weeks if p.expected is not None]
        self.low, self.high, self.n = min(seen), max(seen), len(weeks)

    def x(self, index: int) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * index / max(self.n - 1, 1), 1)

    def y(self, value: float) -> float:
        height = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * height, 1)


def _mark_index(weeks: Sequence[WeekPoint], go_live: date | None) -> int:
    if go_live is None:
        return len(weeks) - 1
    before = [i for i, point in enumerate(weeks) if point.first < go_live]
    return before[-1] if before else 0


def _line(scale: _Scale, weeks: Sequence[WeekPoint], offset: int, colour: str, width: float) -> str:
    return _path(
        scale, [(offset + i, p.value) for i, p in enumerate(weeks)], f'stroke="{colour}" stroke-width="{width}"'
    )


def _expected(scale: _Scale, weeks: Sequence[WeekPoint], mark: int) -> str:
    points = [(i, p.expected) for i, p in enumerate(weeks) if i >= mark]
    return _path(scale, points, f'stroke="{palette.INK}" stroke-width="1.2" stroke-dasharray="3 3"')


def _path(scale: _Scale, points: Sequence[tuple[int, float | None]], style: str) -> str:
    commands, pen_down = [], False
    for index, value in points:
        if value is None:
            pen_down = False
            continue
        commands.append(f"{'L' if pen_down else 'M'}{scale.x(index)} {scale.y(value)}")
        pen_down = True
    return (
        f'<path d="{" ".join(commands)}" fill="none" {style} stroke-linejoin="round" stroke-linecap="round" '
        'vector-effect="non-scaling-stroke"/>'
    )


def _last_dot(scale: _Scale, weeks: Sequence[WeekPoint], colour: str) -> str:
    last = max(i for i, point in enumerate(weeks) if point.value is not None)
    point = f"M{scale.x(last)} {scale.y(weeks[last].value or 0.0)}"
    return (
        f'<path d="{point} h0.01" stroke="{colour}" stroke-width="6" stroke-linecap="round" '
        'vector-effect="non-scaling-stroke"/>'
    )
