"""Each part is a module of its own name, as in a project of its author; workers import it too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
