"""The roadmap of initiatives: where they stand in a sentence, and what happened when as a picture."""

from collections.abc import Sequence
from datetime import date, timedelta

from ocem.domain.initiative import Step, StepState
from ocem.evaluation.initiative import Roadmap, RoadmapRow, Stage
from ocem.i18n import Words, formats
from ocem.reporting import palette
from ocem.reporting.figure import Figure, canvas
from ocem.reporting.initiative import step_kind_word, step_state_word
from ocem.reporting.names import Names

ROW_HEIGHT = 34
DAY_MS = 86_400_000
WASH_IN = "rgba(185, 122, 30, 0.55)"


def roadmap_sentence(words: Words, found: Roadmap) -> str:
    """Say where all initiatives stand."""
    last = found.last_data
    live = [row for row in found.rows if last and row.initiative.first_go_live() <= last]
    staggered = [row for row in found.rows if len({item.go_live for item in row.stages}) > 1]
    sentence = words.ngettext(
        "{live} of {n} initiative is live.", "{live} of {n} initiatives are live.", len(found.rows), live=len(live)
    )
    if not live:
        sentence = words.ngettext(
            "The initiative is planned and not live yet.",
            "{n} initiatives are planned, none is live yet.",
            len(found.rows),
        )
    if staggered:
        sentence += " " + words.ngettext("{n} goes live in stages.", "{n} go live in stages.", len(staggered))
    return sentence


def roadmap_figure(words: Words, found: Roadmap, names: Names, only: str | None = None) -> Figure:
    """Draw one line a go-live and one for the steps of each initiative, along the calendar."""
    rows = [row for row in found.rows if only is None or row.initiative.key == only]
    lines = _Lines(words, names, show_name=only is None)
    for row in rows:
        lines.add(row)
    layout = canvas(words, top=10) | {
        "height": 62 + ROW_HEIGHT * max(len(lines.labels), 1),
        "barmode": "overlay",
        "bargap": 0.45,
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": _time_axis(words, lines.days),
        "yaxis": {
            "tickvals": list(range(len(lines.labels))),
            "ticktext": lines.labels,
            "range": [len(lines.labels) - 0.4, -0.6],
            "automargin": True,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        "shapes": lines.separators + _data_end(found.last_data),
    }
    return {"data": lines.traces(), "layout": layout}


def _data_end(last: date | None) -> list[Figure]:
    if last is None:
        return []
    line = {"color": palette.INK, "width": 1, "dash": "dot"}
    return [{"type": "line", "x0": str(last), "x1": str(last), "yref": "paper", "y0": 0, "y1": 1, "line": line}]


def _time_axis(words: Words, days: Sequence[date]) -> Figure:
    """Label half years or quarters in the reader's language."""
    if not days:
        return {"visible": False}
    first, last = min(days) - timedelta(days=20), max(days) + timedelta(days=20)
    step = 3 if (last - first).days < 400 else 6
    ticks = []
    year, month = first.year, ((first.month - 1) // step) * step + 1
    while (day := date(year, month, 1)) <= last:
        if day >= first:
            ticks.append(day)
        month += step
        if month > 12:
            year, month = year + 1, month - 12
    return {
        "type": "date",
        "range": [str(first), str(last)],
        "tickvals": [str(day) for day in ticks],
        "ticktext": [_month(words, day) for day in ticks],
        "fixedrange": True,
        "side": "top",
        "tickangle": 0,
        "gridcolor": palette.BAND,
    }


def _month(words: Words, day: date) -> str:
    return formats.month(words.locale, day).replace(" ", "<br>")


class _Lines:
    """The lines of the picture, collected initiative by initiative."""

    def __init__(self, words: Words, names: Names, show_name: bool) -> None:
        self.words, self.names, self.show_name = words, names, show_name
        self.labels: list[str] = []
        self.days: list[date] = []
        self.separators: list[Figure] = []
        self.bars: dict[str, list[tuple[int, date, date, str]]] = {"before": [], "wash": [], "after": [], "step": []}
        self.points: dict[str, list[tuple[int, date, str]]] = {"live": [], "frozen": [], "done": [], "due": []}

    def add(self, row: RoadmapRow) -> None:
        """Add the lines of one initiative."""
        words = self.words
        if self.labels:
            y = len(self.labels) - 0.5
            line = {"color": palette.INK, "width": 0.5}
            self.separators.append(
                {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line, "opacity": 0.5}
            )
        name = words.label(row.initiative)
        steps = [step for step in row.initiative.steps if step.state is not StepState.DROPPED and _has_day(step)]
        if steps:
            self._steps(name, steps)
        for index, stage in enumerate(row.stages):
            self._stage(name, stage, row, is_first=index == 0 and not steps, with_freeze=index == 0)

    def _line(self, name: str, detail: str, is_first: bool) -> int:
        head = f"<b>{_cut(name)}</b>" if is_first and self.show_name else ""
        self.labels.append(" · ".join(part for part in (head, _cut(detail)) if part))
        return len(self.labels) - 1

    def _steps(self, name: str, steps: Sequence[Step]) -> None:
        words = self.words
        y = self._line(name, words.gettext("steps"), True)
        for step in steps:
            end = step.done or step.due
            said = f"{step_kind_word(words, step.kind)}: {step.text} ({step_state_word(words, step.state)})"
            if step.start and end and step.start <= end:
                self._bar("step", y, step.start, end, said)
            day = end or step.start
            if day is not None:
                self._point("done" if step.state is StepState.DONE else "due", y, day, f"{said}<br>{words.day(day)}")

    def _stage(self, name: str, stage: Stage, row: RoadmapRow, is_first: bool, with_freeze: bool) -> None:
        words = self.words
        parts = [self.names.member("segment", key) for key in stage.segments or ()] or [words.gettext("all")]
        if stage.touchpoint:
            parts.append(self.names.member("touchpoint", stage.touchpoint))
        where = ", ".join(parts)
        y = self._line(name, where, is_first)
        _ = words.gettext
        names = {"before": _("Before"), "wash": _("Wash-in"), "after": _("After"), "live": _("Go-live")}
        if stage.baseline:
            self._bar("before", y, *stage.baseline, f"{names['before']}: {words.span(*stage.baseline)}")
        if stage.wash_in_last and stage.wash_in_last > stage.go_live:
            said = f"{names['wash']}: {words.span(stage.go_live, stage.wash_in_last)}"
            self._bar("wash", y, stage.go_live, stage.wash_in_last, said)
        if stage.evaluation:
            self._bar("after", y, *stage.evaluation, f"{names['after']}: {words.span(*stage.evaluation)}")
        self._point("live", y, stage.go_live, f"{names['live']}: {where}<br>{words.day(stage.go_live)}")
        for day in sorted({item.frozen_at.date() for item in row.objectives if item.frozen_at and with_freeze}):
            frozen = _("Baseline frozen")
            self._point("frozen", y, day, f"{frozen}<br>{words.day(day)}")

    def _bar(self, kind: str, y: int, first: date, last: date, said: str) -> None:
        self.days += [first, last]
        self.bars[kind].append((y, first, last, said))

    def _point(self, kind: str, y: int, day: date, said: str) -> None:
        self.days.append(day)
        self.points[kind].append((y, day, said))

    def traces(self) -> list[Figure]:
        """Return what was collected as Plotly traces; kinds without an entry are left out of the legend."""
        _ = self.words.gettext
        bars = {
            "before": (_("Before"), {"color": palette.BEFORE}, 0.5),
            "wash": (_("Wash-in"), {"color": WASH_IN, "pattern": {"shape": "/", "size": 5, "solidity": 0.35}}, 0.5),
            "after": (_("After"), {"color": palette.AFTER}, 0.5),
            "step": (_("Work on a step"), {"color": palette.BAND.replace("0.11", "0.5")}, 0.18),
        }
        points = {
            "live": (_("Go-live"), "diamond", palette.COMPARISON, 14),
            "frozen": (_("Baseline frozen"), "square", palette.TARGET, 10),
            "done": (_("Step done"), "circle", palette.TARGET, 10),
            "due": (_("Step due"), "circle-open", palette.INK, 10),
        }
        found: list[Figure] = []
        for kind, (name, marker, width) in bars.items():
            items = self.bars[kind]
            if items:
                found.append(
                    {
                        "type": "bar",
                        "orientation": "h",
                        "name": name,
                        "y": [y for y, *_rest in items],
                        "base": [str(first) for _y, first, _last, _said in items],
                        "x": [((last - first).days + 1) * DAY_MS for _y, first, last, _said in items],
                        "width": width,
                        "marker": marker,
                        "hovertext": [said for *_rest, said in items],
                        "hovertemplate": "%{hovertext}<extra></extra>",
                    }
                )
        for kind, (name, symbol, colour, size) in points.items():
            marks = self.points[kind]
            if marks:
                found.append(
                    {
                        "type": "scatter",
                        "mode": "markers",
                        "name": name,
                        "y": [y for y, _day, _said in marks],
                        "x": [str(day) for _y, day, _said in marks],
                        "marker": {
                            "symbol": symbol,
                            "size": size,
                            "color": colour,
                            "line": {"width": 2, "color": colour},
                        },
                        "hovertext": [said for _y, _day, said in marks],
                        "hovertemplate": "%{hovertext}<extra></extra>",
                        "cliponaxis": False,
                    }
                )
        return found


def _has_day(step: Step) -> bool:
    return bool(step.start or step.due or step.done)


def _cut(label: str, length: int = 26) -> str:
    return label if len(label) <= length else label[: length - 1].rstrip() + "…"
