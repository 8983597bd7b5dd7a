"""The exercises of the tutorials: a function is checked by laws, and answered in words.

`check` runs laws on a function with Hypothesis and shows the simplest example where one of them
does not hold; `hint` helps in three steps; `exercises` lists what there is. Needs
``pip install 'pyfedlite[test]'``.
"""

from pyfedlite.exercises import _hypothesis as _hypothesis  # first: it says what to install
from pyfedlite.exercises.checking import check
from pyfedlite.exercises.exercise import Exercise
from pyfedlite.exercises.registry import Catalogue, Hint, exercises, hint
from pyfedlite.exercises.verdict import Verdict

__all__ = ["Catalogue", "Exercise", "Hint", "Verdict", "check", "exercises", "hint"]
