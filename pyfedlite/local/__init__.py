"""Local training: what a client does with the model that it receives.

Left neighbour: ``algorithms`` sends a participant. Right neighbour: ``algorithms`` takes its update
to ``aggregation``. ``sgd`` is the file to read; ``together``, ``stack`` and ``step`` are there for
speed alone. DP-SGD, in ``private``, is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from pyfedlite.local.sgd import LocalSGD

if TYPE_CHECKING:
    from pyfedlite.local.private import PrivateSGD

__all__ = ["LocalSGD", "PrivateSGD"]

if not TYPE_CHECKING:  # type checkers read the import above

    def __getattr__(name: str) -> Any:
        """Import DP-SGD when it is first asked for (PEP 562)."""
        if name == "PrivateSGD":
            from pyfedlite.local.private import PrivateSGD

            return PrivateSGD
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
