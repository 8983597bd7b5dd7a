"""What an exercise is made of: a statement, laws, the usual mistakes, and three hints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite.testing.counterexample import Case


@dataclass(frozen=True)
class Seeded:
    """A generator in a drawn case: each call gets a fresh one, printed as one types it.

    Parameters
    ----------
    seed : int

    Examples
    --------
    >>> Seeded(7)
    np.random.default_rng(7)
    """

    seed: int

    def __repr__(self) -> str:
        return f"np.random.default_rng({self.seed})"

    def fresh(self) -> np.random.Generator:
        """Return the generator in its first state."""
        return np.random.default_rng(self.seed)


@dataclass(frozen=True, eq=False)
class Law:
    """What has to hold on every case that is drawn.

    Parameters
    ----------
    says : str
        The law as a sentence.
    cases : strategy of mappings
        The arguments of the learner's function, by name.
    expected : callable
        Of the same arguments: the result that the law demands.
    rtol, atol : float
        How far a right result may be from it, as in ``np.isclose``: room for the rounding of a few
        hundred float64 operations.
    """

    says: str
    cases: st.SearchStrategy[Case]
    expected: Callable[..., Any]
    rtol: float = 1e-7
    atol: float = 1e-8

    def holds(self, got: Any, expected: Any) -> bool:
        """Return whether two results agree: whole numbers exactly, others up to rounding."""
        if isinstance(expected, int):
            return bool(got == expected)
        if np.shape(got) != np.shape(expected):
            return False
        if np.asarray(expected).dtype.kind in "iu":  # words: one too many is wrong at any size
            return np.array_equal(got, expected)
        return np.allclose(got, expected, rtol=self.rtol, atol=self.atol)


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong formula that many begin with.

    Parameters
    ----------
    says : str
        What it leaves out, to say to whoever wrote it.
    formula : callable
        Of the same arguments as the right one.
    """

    says: str
    formula: Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise of a tutorial.

    Parameters
    ----------
    name : str
    page : str
        The number of the tutorial, as ``"04"``.
    title : str
    signature : str
        How the learner's function is called.
    statement : str
        What it has to return.
    hints : tuple of three str
        The idea, the tool, almost the answer.
    laws : tuple of Law
        From the most telling to the most general.
    mistakes : tuple of Mistake
    subject : str or None
        For an exercise whose answer is a property: the subject of ``pyfedlite.testing.mutants``.
    """

    name: str
    page: str
    title: str
    signature: str
    statement: str
    hints: tuple[str, str, str]
    laws: tuple[Law, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    subject: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.title}\n\n{self.statement}\n\n    def {self.signature}:"

    __repr__ = __str__

    @property
    def parameters(self) -> list[str]:
        """Names of the arguments, from the signature."""
        inside = self.signature.partition("(")[2].rpartition(")")[0]
        return [name.strip() for name in inside.split(",") if name.strip()]

    def in_order(self, case: Case) -> Case:
        """Return the arguments in the order of the signature, whatever the order they are in."""
        return {name: case[name] for name in self.parameters}
