"""Mutants: right implementations with one thing wrong, each a real bug of the field.

A law is worth something when it rejects what is wrong. Each mutant here was shipped by somebody,
and says where it was found; `kills` runs a property on the right implementation, which it has to
accept, and on the mutants of a subject, which it has to reject.

The masks and clippings among the mutants are weak on purpose: they teach what goes wrong, and
nothing may be protected with them. For teaching and research: not audited.
"""

from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.mutants.registry import MUTANTS, SUBJECTS
from pyfedlite.testing.mutants.report import KillReport, kills

__all__ = ["MUTANTS", "SUBJECTS", "KillReport", "Mutant", "Subject", "kills"]
