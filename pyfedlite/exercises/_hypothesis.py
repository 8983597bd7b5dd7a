"""What has to hold before the exercises can be imported: Hypothesis is there, and keeps tidy."""

import os
import tempfile
from pathlib import Path

from pyfedlite.errors import MissingExtraError

# Hypothesis caches what it has read of the sources, by default in a folder beside the notebook.
_CACHE = str(Path(tempfile.gettempdir()) / "pyfedlite-hypothesis")
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", _CACHE)

try:
    import hypothesis
except ModuleNotFoundError as error:
    _MESSAGE = "the exercises need Hypothesis; try pip install 'pyfedlite[test]'"
    raise MissingExtraError(_MESSAGE) from error

VERSION = hypothesis.__version__
