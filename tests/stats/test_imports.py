import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_starting_does_not_load_scipy_or_statsmodels():
    modules = [f"ocem.stats.{path.stem}" for path in sorted((ROOT / "ocem" / "stats").glob("[a-z]*.py"))]
    code = (
        f"import sys, {', '.join(modules)}; print([m for m in ('scipy', 'statsmodels', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
