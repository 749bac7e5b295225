"""``python -m tests.simulation``: play worlds, shrink those that fail, try planted bugs."""

from __future__ import annotations

import sys

from tests.simulation.command import main

sys.exit(main())
