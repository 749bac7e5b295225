"""How fast Daybook is: figures against limits measured in the same run. Run it as ``python -m benchmarks``."""

import sys
from pathlib import Path

# The double of Discord, and what goes with it, stand among the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
