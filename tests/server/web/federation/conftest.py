"""Let the tests of federation share the modules beside them; the folder is no package."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
