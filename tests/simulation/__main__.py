"""``python -m tests.simulation``: play worlds, shrink those that fail, try planted bugs."""

from __future__ import annotations

import sys

from tests.simulation.planted import plant

if __name__ == "__main__":
    if "--plant" in sys.argv:
        plant(sys.argv[sys.argv.index("--plant") + 1])
    # Not before: it imports the code with the bug.
    from tests.simulation.command import main

    sys.exit(main())
