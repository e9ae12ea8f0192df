"""Let the tests find the modules beside them, as the program run.py does."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

# Programs: they need what is installed only where it is fuzzed.
collect_ignore = ["guided.py", "interface_hooks.py", "interface_run.py", "run.py", "wire_run.py"]
