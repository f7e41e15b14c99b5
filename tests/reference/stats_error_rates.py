"""How often before/after verdicts are wrong in worlds with known truth: the table of benchmarks/RESULTS.md.

    python tests/reference/stats_error_rates.py [PANELS] [--write benchmarks/RESULTS.md]
    python tests/reference/stats_error_rates.py 1000 --only looks
    python tests/reference/stats_error_rates.py 5000 --only null_season_up --first-seed 100000

Worlds come from a generator that is not part of this project (``--generator PATH``) and from `tests/stats/worlds.py`.
Every panel is asked as an analyst would: the perimeter against the same touchpoint in other segments, eight weeks after
the launch, with all 88 weeks before it or with the last 60 alone.
"""

import argparse
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ocem.domain.kpi import Direction, KpiKind  # noqa: E402  the path above comes first
from ocem.stats.analysis import Frame, Options, analyse  # noqa: E402
from ocem.stats.multiplicity import benjamini_hochberg  # noqa: E402
from ocem.stats.result import Estimate, Refusal, Scale  # noqa: E402
from ocem.stats.series import GroupSeries  # noqa: E402
from ocem.stats.verdict import decide  # noqa: E402
from tests.stats.worlds import MAKERS, World, medians  # noqa: E402

GENERATOR = ROOT.parent / "shared" / "stats_truth.py"
HEADING = "## How often verdicts are wrong"
MONDAY = np.datetime64("2023-01-02")
AFTER = 8
OTHER_SEEDS = 50_000
PAIRS_ON_A_BOARD = 42
KINDS = {
    "interactions": KpiKind.COUNT,
    "conversion": KpiKind.SHARE,
    "rev_per_interaction": KpiKind.RATIO,
    "duration": KpiKind.DURATION,
    "nps": KpiKind.NPS,
    "csat": KpiKind.TOP2,
    "ces": KpiKind.MEAN,
}
COLUMNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "interactions": (("interactions",),),
    "conversion": (("conversions",), ("interactions",)),
    "rev_per_interaction": (("revenue",), ("interactions",)),
    "duration": (("dur_sum",), ("dur_n",), ("dur_sumlog",)),
    "nps": (("nps_pro", "-nps_det"), ("nps_pro", "nps_pas", "nps_det")),
    "csat": (("csat_top2",), ("csat_n",)),
    "ces": (("ces_sum",), ("ces_n",)),
}


@dataclass(frozen=True)
class Panels:
    """Weekly sums of many panels of one world: arrays (panels, T) inside and in the comparison group, and the truth."""

    kpi: str
    inside: GroupSeries
    others: GroupSeries
    truth: np.ndarray
    launch: int

    @property
    def weeks(self) -> np.ndarray:
        return np.arange(self.inside.numerator.shape[1])

    def shifted(self, effect: np.ndarray, start: int) -> "Panels":
        """Return the same panels with a true effect on the scale of the KPI from a week on."""
        late = self.weeks >= start
        moved = np.where(late, np.reshape(effect, (-1, 1)), 0.0)
        series = self.inside
        if KINDS[self.kpi] in (KpiKind.COUNT, KpiKind.RATIO, KpiKind.DURATION):
            logs = None if series.numerator_log is None else series.numerator_log + moved * series.denominator
            inside = replace(series, numerator=series.numerator * np.exp(moved), numerator_log=logs)
        else:
            inside = replace(series, numerator=series.numerator + moved * series.denominator)
        return replace(self, inside=inside, truth=self.truth + np.ravel(effect))


def load(path: Path) -> ModuleType:
    """Import the generator from its file."""
    spec = importlib.util.spec_from_file_location("stats_truth", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stats_truth"] = module
    spec.loader.exec_module(module)
    return module


def draw(truth: ModuleType, scenario: Any, panels: int, first_seed: int = 0, thinned: bool = False) -> Panels:
    """Draw panels of a world and add them up by week; `thinned` shuts most of August, Christmas and Easter Monday."""
    sums: list[list[np.ndarray]] = []
    values = []
    for seed in range(first_seed, first_seed + panels):
        panel = truth.panel(scenario, seed, frame=False, only=scenario.kpi)
        inside = panel.arrays["inside"]
        others = ~inside & inside.any(axis=1)[:, None]
        if thinned:
            _thin(panel, seed)
        columns = COLUMNS[scenario.kpi]
        sums.append([_total(panel.arrays, cells, names) for cells in (inside, others) for names in columns])
        values.append(panel.truth["value"])
    stacked = [np.array(one) for one in zip(*sums, strict=True)]
    half = len(stacked) // 2
    groups = [_group(columns) for columns in (stacked[:half], stacked[half:])]
    return Panels(scenario.kpi, groups[0], groups[1], np.array(values), scenario.launch // 7)


def _group(columns: list[np.ndarray]) -> GroupSeries:
    denominator = columns[1] if len(columns) > 1 else None
    return GroupSeries(columns[0], denominator, None, columns[2] if len(columns) > 2 else None)


def _total(arrays: dict[str, Any], cells: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    days: np.ndarray = sum(  # type: ignore[assignment]
        (-1.0 if name.startswith("-") else 1.0) * arrays[name.lstrip("-")][cells].sum(axis=0) for name in names
    )
    return days.reshape(-1, 7).sum(axis=1)


def _thin(panel: Any, seed: int) -> None:
    """Keep a tenth of the interactions on days of closure, a half on the days around Easter."""
    rng = np.random.default_rng([31, seed])
    days = panel.arrays["dates"].to_numpy().astype("datetime64[D]")
    in_year = (days - days.astype("datetime64[Y]")).astype(int)
    kept = np.where(((in_year >= 216) & (in_year <= 237)) | (in_year >= 356) | (in_year <= 6), 0.1, 1.0)
    for easter in ("2023-04-10", "2024-04-01", "2025-04-21"):
        kept = np.where(np.abs((days - np.datetime64(easter)).astype(int)) <= 3, 0.5, kept)
    panel.arrays["interactions"] = rng.binomial(panel.arrays["interactions"], kept)


def answers(
    panels: Panels,
    history: int | None = None,
    after: int = AFTER,
    alone: bool = False,
    every_week: bool = False,
    kind: KpiKind | None = None,
) -> list[Estimate | Refusal]:
    """Estimate every panel over `after` weeks, with all weeks before or the last of them."""
    kind = kind or KINDS[panels.kpi]
    week = panels.weeks
    before = (week < panels.launch) & (week >= panels.launch - (history or 999))
    judged = (week >= panels.launch) & (week < panels.launch + after)
    frame = Frame(panels.launch, MONDAY + 7 * week, before, judged)
    options = Options(checks=False, paths=False, every_week=every_week)
    return analyse(kind, panels.inside, None if alone else panels.others, frame, options).found


@dataclass(frozen=True)
class Rates:
    """Shares of answered panels whose interval excludes zero and holds the truth, and how many were answered."""

    alarms: float
    coverage: float
    answered: int

    def line(self) -> str:
        """Write it for a table."""
        return f"{self.answered} | {100 * self.alarms:.1f} | {100 * self.coverage:.1f}"


def rates(found: list[Estimate | Refusal], truth: np.ndarray) -> Rates:
    """Count over panels."""
    pairs = [(one, value) for one, value in zip(found, truth, strict=True) if isinstance(one, Estimate)]
    if not pairs:
        return Rates(0.0, 0.0, 0)
    alarms = np.mean([one.low > 0 or one.high < 0 for one, _ in pairs])
    coverage = np.mean([one.low <= value <= one.high for one, value in pairs])
    return Rates(float(alarms), float(coverage), len(pairs))


def on_scale(found: Estimate) -> float:
    """Return the stated smallest detectable change on the scale of the estimate."""
    assert found.mde is not None
    return float(np.log1p(found.mde / found.expected_without)) if found.scale is Scale.LOG else found.mde


def quiet_and_moved(truth: ModuleType, n: int, names: list[str] | None = None, first_seed: int = 0) -> Iterator[str]:
    """Worlds of the generator with a comparison group."""
    yield "| world | KPI | history, weeks | panels | alarms % | coverage % |"
    yield "|---|---|---|---|---|---|"
    for name in names or [name for name in truth.SCENARIOS if not name.startswith(("displace", "complement"))]:
        scenario = truth.SCENARIOS[name]
        panels = draw(truth, scenario, n, first_seed)
        for history in (None,) if name == "null_diff_trend" or panels.launch <= 60 else (None, 60):
            found = rates(answers(panels, history), panels.truth)
            yield f"| {name} | {scenario.kpi} | {history or panels.launch} | {found.line()} |"


def unseen(truth: ModuleType, n: int) -> Iterator[str]:
    """Worlds with other parameters and other seeds, closures and moving holidays."""
    null = truth.SCENARIOS["null"]
    worlds = {
        "persistence .85, strong season, growth": replace(null, phi=0.85, year_amp=0.25, growth=0.2),
        "no shared market, own noise doubled": replace(null, sd_market=0.0, sd_cell=0.10),
        "one small cell": replace(null, perimeter=(("agent", "b2c_senior"),)),
        "five cells, launch in August": replace(
            null, launch=224 + 364, perimeter=tuple(("store", s) for s in truth.SEGMENTS[:3])
        ),
        "thin surveys, NPS": replace(null, kpi="nps", survey_rate=0.02),
        "thin surveys, CES": replace(null, kpi="ces", survey_rate=0.02),
        "conversion, persistence .85": replace(null, kpi="conversion", phi=0.85),
        "duration, persistence .85": replace(null, kpi="duration", phi=0.85),
    }
    yield "| world (other seeds) | history, weeks | panels | alarms % | coverage % |"
    yield "|---|---|---|---|---|"
    for name, scenario in worlds.items():
        panels = draw(truth, scenario, n, OTHER_SEEDS)
        for history in (None, 60):
            yield f"| {name} | {history or panels.launch} | {rates(answers(panels, history), panels.truth).line()} |"
    panels = draw(truth, null, n, OTHER_SEEDS, thinned=True)
    found = rates(answers(panels), panels.truth)
    yield f"| closed in August and at Christmas, half open at Easter | {panels.launch} | {found.line()} |"
    for persistence in (0.6, 0.8):
        world = World(persistence=persistence, closed_to=1.0, others_closed_to=1.0, go_live=112)
        for history in (60, 112):
            found = _own(world, n, history)
            yield f"| AR(1) of {persistence} between weeks, counts | {history} | {found.line()} |"
    for go_live in (130, 148):
        found = _own(World(go_live=go_live, others_closed_to=1.0), n, 999)
        month = {130: "June", 148: "November"}[go_live]
        yield f"| perimeter shuts, comparison does not, go-live in {month} | {go_live} | {found.line()} |"


def _own(
    world: World, n: int, history: int, kind: KpiKind = KpiKind.COUNT, maker: Callable[..., Any] | None = None
) -> Rates:
    pairs = [(maker or MAKERS[kind])(world, seed) for seed in range(n)]
    groups = [_together([pair[i] for pair in pairs]) for i in (0, 1)]
    panels = Panels("own", groups[0], groups[1], np.full(n, world.effect), world.go_live)
    return rates(answers(panels, history, kind=kind), panels.truth)


def _together(rows: list[GroupSeries]) -> GroupSeries:
    names = ("numerator", "denominator", "n", "numerator_log")
    return GroupSeries(*(
        None if getattr(rows[0], name) is None else np.array([getattr(row, name) for row in rows]) for name in names
    ))  # fmt: skip


OPEN = {"closed_to": 1.0, "others_closed_to": 1.0}
HALF_OPEN = {"closed_to": 0.5, "others_closed_to": 0.5}
OTHERS: dict[str, tuple[KpiKind, World, float]] = {
    "sums of skewed amounts": (KpiKind.SUM, World(), 0.15),
    "market share, a ratio that the market moves too": (KpiKind.RATIO, World(**OPEN), 0.15),
    "medians of skewed durations": (KpiKind.RATIO, World(level=60.0), 0.15),
    "scores with weights": (KpiKind.MEAN, World(), 0.3),
    "counts, strongly over-dispersed": (KpiKind.COUNT, World(sd=0.3, persistence=0.1), 0.3),
    "counts of about five a week": (KpiKind.COUNT, World(level=5.0, cells=1, **OPEN), 0.5),
    "counts of about one a week, many zeros": (
        KpiKind.COUNT, World(level=1.0, cells=1, **OPEN), 0.8,
    ),
    "shares of about thirty answers a week": (KpiKind.SHARE, World(level=10.0, **HALF_OPEN), 0.5),
}  # fmt: skip
"""Kind, world and true step on its scale, beside what the generator has; eight weeks judged."""


def other_kind(name: str, n: int, history: int) -> tuple[Rates, Rates]:
    """Rates of one of `OTHERS`: quiet, and with its step."""
    kind, world, effect = OTHERS[name]
    maker = medians if name.startswith("medians") else None
    return (
        _own(world, n, history, kind, maker),
        _own(replace(world, effect=effect), n, history, kind, maker),
    )


def other_kinds(truth: ModuleType, n: int) -> Iterator[str]:
    """Kinds and sizes that the generator lacks: quiet, and with a step whose size is known on the scale."""
    yield "| other kinds of KPI, closures | history, weeks | panels | alarms % | coverage % | found with a step % |"
    yield "|---|---|---|---|---|---|"
    for name in OTHERS:
        for history in (60, 120):
            quiet, moved = other_kind(name, n, history)
            yield f"| {name} | {history} | {quiet.line()} | {100 * moved.alarms:.1f} |"


def without_a_group(truth: ModuleType, n: int) -> Iterator[str]:
    """Verdicts without a comparison group: never a cause."""
    yield "| world, no comparison group | panels | better or worse % | changed, cause unknown % |"
    yield "|---|---|---|---|"
    for name in ("null", "null_market_shock", "step"):
        panels = draw(truth, truth.SCENARIOS[name], n)
        verdicts = [str(decide(one, Direction.UP, None, waiting=False).verdict) for one in answers(panels, alone=True)]
        caused = np.mean([verdict in ("improved", "worsened") for verdict in verdicts])
        unknown = np.mean([verdict == "changed_cause_unknown" for verdict in verdicts])
        yield f"| {name} | {len(verdicts)} | {100 * caused:.1f} | {100 * unknown:.1f} |"


def power(truth: ModuleType, n: int) -> Iterator[str]:
    """A true effect of the size that is stated as detectable: how often is it found?"""
    yield "| KPI | history, weeks | panels | found at the stated change % | coverage % |"
    yield "|---|---|---|---|---|"
    for name in ("null", *(f"null_{kpi}" for kpi in ("conversion", "duration", "rpi", "nps", "csat", "ces"))):
        panels = draw(truth, truth.SCENARIOS[name], n)
        for history in (None, 60):
            stated = [on_scale(one) for one in answers(panels, history) if isinstance(one, Estimate)]
            moved = panels.shifted(np.full(n, np.mean(stated)), panels.launch)
            found = rates(answers(moved, history), moved.truth)
            yield f"| {panels.kpi} | {history or panels.launch} | {found.line()} |"


def weekly_looks(truth: ModuleType, n: int) -> Iterator[str]:
    """A year of looking every week at 42 pairs where nothing happens."""
    per_kpi = max(n // 6, 12)
    fixed: list[list[Estimate | Refusal]] = []
    any_look, any_open = [], []
    for kpi in KINDS:
        scenario = replace(truth.SCENARIOS["null"], kpi=kpi, days=7 * 140)
        panels = draw(truth, scenario, per_kpi, OTHER_SEEDS)
        looks = {weeks: answers(panels, after=weeks) for weeks in range(4, 53)}
        open_looks = {weeks: answers(panels, after=weeks, every_week=True) for weeks in range(4, 53)}
        fixed.append(looks[13])
        any_look += [any(_excludes(looks[w][i]) for w in looks) for i in range(per_kpi)]
        any_open += [any(_excludes(open_looks[w][i]) for w in looks) for i in range(per_kpi)]
    final = [_excludes(one) for answers_of in fixed for one in answers_of]
    boards = _boards(fixed, per_kpi)
    told = "A year of weekly looks (weeks 4 to 52 after go-live) at pairs of KPI and cell without any effect"
    yield f"{told} (`... 1000 --only looks`):"
    yield f"{len(final)} pairs of 7 KPIs, {len(boards)} boards of {PAIRS_ON_A_BOARD}."
    yield ""
    yield "| rule | wrong |"
    yield "|---|---|"
    for rule, wrong, what in (
        ("evaluation week fixed beforehand (13 weeks): final verdict", final, "pairs"),
        ("the same, at least one on a board after Benjamini-Hochberg at 5 %", boards, "boards"),
        ("no week fixed, interval widened for every look: any look of the year", any_open, "pairs"),
        ("for comparison, what is refused: a plain interval looked at every week", any_look, "pairs"),
    ):
        yield f"| {rule} | {100 * np.mean(wrong):.1f} % of {what} |"


def _excludes(one: Estimate | Refusal) -> bool:
    return isinstance(one, Estimate) and (one.low > 0 or one.high < 0)


def _boards(fixed: list[list[Estimate | Refusal]], per_kpi: int) -> list[bool]:
    """Put six panels of each KPI on one board."""
    size = PAIRS_ON_A_BOARD // len(fixed)
    found = []
    for start in range(0, per_kpi - size + 1, size):
        shown = [one for answers_of in fixed for one in answers_of[start : start + size]]
        q_values = benjamini_hochberg([one.p_value if isinstance(one, Estimate) else None for one in shown])
        found.append(any(q is not None and q <= 0.05 for q in q_values))
    return found


def section(truth: ModuleType, n: int) -> Iterator[str]:
    """Write the whole section, line by line."""
    yield HEADING
    yield ""
    yield "`python tests/reference/stats_error_rates.py 1000 --write benchmarks/RESULTS.md` writes this section."
    yield "Nominal: 5 % alarms where nothing happens (`null...`), 95 % coverage; Monte Carlo error of 1,000 panels 0.7."
    yield "Eight weeks after the launch are judged."
    for part in (quiet_and_moved, unseen, other_kinds, power, without_a_group, weekly_looks):
        yield ""
        yield from part(truth, n)


def put(path: Path, lines: list[str]) -> None:
    """Put the section in place of the one of the same heading, at the end of the file otherwise."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, _, rest = text.partition(HEADING)
    after = rest[rest.index("\n## ") + 1 :] if "\n## " in rest else ""
    path.write_text(
        before.rstrip("\n") + "\n\n" + "\n".join(lines).rstrip("\n") + "\n" + ("\n" + after if after else ""), "utf-8"
    )


def main() -> None:
    """Read the arguments and print the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("panels", type=int, nargs="?", default=200)
    parser.add_argument("--generator", type=Path, default=GENERATOR)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", help="one world of the generator, or `looks`")
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    truth = load(asked.generator)
    if asked.only:
        part = weekly_looks(truth, asked.panels)
        if asked.only != "looks":
            part = quiet_and_moved(truth, asked.panels, [asked.only], asked.first_seed)
        print(*part, sep="\n")
        return
    lines = []
    for line in section(truth, asked.panels):
        print(line, flush=True)
        lines.append(line)
    if asked.write:
        put(asked.write, lines)


if __name__ == "__main__":
    main()
