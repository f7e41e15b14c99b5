"""Error rates of the displacement test, as stated in docs/links.md: coverage of the ratio, verdicts told apart.

    .venv/bin/python -m tests.reference.displacement_error_rates [WORLDS] [--generator PATH/TO/stats_truth.py]

About a minute of CPU for 200 worlds of each kind. The generator of panels with known truth is not part of this project.
"""

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ocem.stats.displacement import Shift, Stream, shift_between, volumes
from tests.reference.stats_error_rates import load
from tests.stats.test_displacement import ELSEWHERE, HERE, world


def told(name: str, shifts: list[tuple[Shift, float]]) -> None:
    """Print coverage, precision and verdicts of many worlds."""
    identified = [
        (s.ratio, truth)
        for s, truth in shifts
        if s.ratio.low is not None and s.ratio.high is not None and np.isfinite(truth)
    ]
    held = np.mean([r.low <= truth <= r.high for r, truth in identified]) if identified else float("nan")
    half = np.median([(r.high - r.low) / 2 for r, _truth in identified]) if identified else float("nan")
    middle = np.median([r.value for r, _truth in identified]) if identified else float("nan")
    verdicts = ", ".join(
        f"{key} {100 * n / len(shifts):.1f}" for key, n in Counter(s.verdict for s, _t in shifts).items()
    )
    print(f"  {name:22} covers {100 * held:.1f}  median {middle:.3f}  half width {half:.2f}  {verdicts}", flush=True)


def own(n: int) -> None:
    """Worlds of this project: +60 % over 16 weeks."""
    print("own worlds, 16 weeks, percent")
    for name, effect, substitution in (
        ("half substituted", 0.47, 0.5), ("all substituted", 0.47, 1.0), ("added", 0.47, 0.0),
        ("more contacts", 0.47, -0.3), ("nothing moved", 0.0, float("nan")),
    ):  # fmt: skip
        shifts = []
        for seed in range(n):
            streams, truth = world(seed, effect, np.nan_to_num(substitution))
            truth = truth if effect else float("nan")
            shifts.append((shift_between(volumes(streams), HERE, ELSEWHERE), truth))
        told(name, shifts)


TRUTHS = {0.5: "replaces", 1.0: "replaces", 0.0: "adds", -0.3: "generates_contacts"}
"""What each substitution must be called."""


def by_volume(n: int) -> None:
    """Print what smaller and larger volumes let be told, and how often something else is told."""
    print("own worlds, 16 weeks: growth, half the interval; told so / otherwise, percent")
    for growth in (0.25, 0.35, 0.5, 0.6, 0.8, 1.2):
        halves: list[float] = []
        cells = []
        for substitution, verdict in TRUTHS.items():
            counts: Counter[str] = Counter()
            for seed in range(n):
                shift = shift_between(volumes(world(seed, float(np.log1p(growth)), substitution)[0]), HERE, ELSEWHERE)
                counts[shift.verdict] += 1
                if shift.ratio.low is not None and shift.ratio.high is not None:
                    halves.append((shift.ratio.high - shift.ratio.low) / 2)
            wrong = n - counts[verdict] - counts["not_identified"]
            cells.append(f"{substitution}: {100 * counts[verdict] / n:.0f} / {100 * wrong / n:.1f}")
        print(f"  +{100 * growth:.0f} %, {np.median(halves):.2f};", "; ".join(cells), flush=True)


def weekly(counts: np.ndarray) -> np.ndarray:
    """Sum days into whole weeks."""
    n = counts.shape[-1] // 7
    return counts[..., : 7 * n].reshape(*counts.shape[:-1], n, 7).sum(axis=-1).astype(float)


def streams_of(panel: Any) -> list[Stream]:
    """The changed touchpoint and the others, in the changed segments, each beside the other segments."""
    n, inside, scenario = weekly(panel.arrays["interactions"]), panel.arrays["inside"], panel.scenario
    week = np.arange(n.shape[-1])
    before = week < scenario.launch // 7
    after = (week >= scenario.launch // 7) & (week < (scenario.launch + scenario.post) // 7)
    touchpoint, segment = inside.any(axis=1), inside.any(axis=0)
    here, beside = n[inside].sum(axis=0), n[touchpoint][:, ~segment].sum(axis=(0, 1))
    elsewhere, others = n[~touchpoint][:, segment].sum(axis=(0, 1)), n[~touchpoint][:, ~segment].sum(axis=(0, 1))
    return [Stream(here, beside, before, after), Stream(elsewhere, others, before, after)]


def generated(path: Path, n: int) -> None:
    """Worlds of a generator: an app that grows by 0.6 (logarithm) in two of five segments."""
    stats_truth = load(path)
    for post in (56, 112):
        print(f"generator, {post // 7} weeks, percent")
        for name in ("displace_0", "displace_50", "displace_100", "complement", "null"):
            scenario = replace(stats_truth.SCENARIOS[name], post=post)
            shifts = []
            for seed in range(n):
                panel = stats_truth.panel(scenario, seed, frame=False, only="interactions")
                shift = shift_between(volumes(streams_of(panel)), HERE, ELSEWHERE)
                shifts.append((shift, panel.truth["substitution"]))
            told(name, shifts)


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", type=int, nargs="?", default=200)
    parser.add_argument("--generator", type=Path)
    asked = parser.parse_args()
    began = time.process_time()
    own(asked.worlds)
    by_volume(asked.worlds)
    if asked.generator:
        generated(asked.generator, asked.worlds)
    print(f"{time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main()
