"""Print false alarms and coverage of the before/after estimate in worlds with known truth, a line a world.

    python tests/reference/stats_error_rates.py PATH/TO/stats_truth.py [PANELS]

The generator is not part of this project. Every panel is asked as an analyst would: the perimeter against the same
touchpoint in other segments, all weeks before the launch, eight weeks after; with ``--alone`` without a comparison
group.
"""

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ocem.stats.result import Estimate
from tests.stats.test_error_rates import answer


def load(path: Path) -> ModuleType:
    """Import the generator from its file."""
    spec = importlib.util.spec_from_file_location("stats_truth", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["stats_truth"] = module
    spec.loader.exec_module(module)
    return module


def line(truth: ModuleType, name: str, panels: int, first_seed: int, comparison: bool) -> str:
    """Rates of one world, with bias, spread and mean half-width on the scale of the estimate."""
    scenario = truth.SCENARIOS[name]
    pairs = []
    for seed in range(first_seed, first_seed + panels):
        panel = truth.panel(scenario, seed, frame=False, only=scenario.kpi)
        pairs.append((answer(panel, comparison), panel.truth["value"]))
    found = [(one, value) for one, value in pairs if isinstance(one, Estimate)]
    if not found:
        return f"{name:18s} {scenario.kpi:20s} refused: {pairs[0][0].code}"
    alarms = np.mean([one.low > 0 or one.high < 0 for one, _ in found])
    coverage = np.mean([one.low <= value <= one.high for one, value in found])
    errors = np.array([one.estimate - value for one, value in found])
    half = np.mean([(one.high - one.low) / 2 for one, _ in found])
    return (
        f"{name:18s} {scenario.kpi:20s} {found[0][0].method:22s} {len(found):5d} {100 * alarms:7.1f} "
        f"{100 * coverage:7.1f} {errors.mean():+9.4f} {errors.std():8.4f} {half:8.4f}"
    )


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", type=Path)
    parser.add_argument("panels", type=int, nargs="?", default=200)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--alone", action="store_true", help="without a comparison group")
    parser.add_argument("--worlds", nargs="*")
    asked = parser.parse_args()
    truth = load(asked.generator)
    names = f"{'world':18s} {'kpi':20s} {'method':22s} {'n':>5s} {'alarm %':>7s} {'cover %':>7s}"
    print(f"{names} {'bias':>9s} {'sd':>8s} {'half':>8s}")
    for name in asked.worlds or truth.SCENARIOS:
        if not name.startswith(("displace", "complement")):
            print(line(truth, name, asked.panels, asked.first_seed, not asked.alone), flush=True)


if __name__ == "__main__":
    main()
