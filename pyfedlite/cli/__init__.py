"""The command line: ``pyfedlite run | predict | data | tutorial | info``.

Nothing here computes. A command turns its flags into a call of the library, prints what came of
it, and answers with an exit code: 0 done, 1 failed, 2 bad usage or input, 130 interrupted. Results
go to the standard output, progress and errors to the standard error.
"""

from pyfedlite.cli.main import main

__all__ = ["main"]
