"""How fast Daybook is: figures against limits measured in the same run. Run it as ``python -m benchmarks``."""

import sys
from pathlib import Path

# The Discord double, and the modules that go with it, are among the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
