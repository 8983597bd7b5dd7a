"""What a mutant is, and what it is a mutant of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pyfedlite.testing.counterexample import Case


@dataclass(frozen=True, eq=False)
class Mutant:
    """One way to get a subject wrong.

    Parameters
    ----------
    name : str
    implementation : object
        Called as the right one is.
    found_in : str
        Where the bug was found: a repository with an issue, a pull request or a file.
    story : str
        What goes wrong, in one or two sentences.
    """

    name: str
    implementation: Any
    found_in: str
    story: str


MADE_UP = "made up"
"""Where a variant was found."""


def variant(name: str, implementation: Any, story: str) -> Mutant:
    """Return a mutant that nobody has shipped, as far as we know.

    A weak property forgets something: a sign, a coordinate, the clients without rows. For each such
    thing there is a variant that is right in everything else.
    """
    return Mutant(name, implementation, MADE_UP, story)


@dataclass(frozen=True, eq=False)
class Subject:
    """Something that can be right or wrong, with the ways in which the field got it wrong.

    Parameters
    ----------
    name : str
    says : str
        What the right implementation computes, with its signature.
    implementation : object
        The right one.
    cases : strategy of mappings
        Arguments for a property, drawn together so that their shapes fit.
    arguments : mapping of str to str
        The name of each drawn argument, and what it is.
    mutants : tuple of Mutant
        Bugs of the field.
    variants : tuple of Mutant
        Made up, each near to what is right: the exercises mark with these too.
    methods : tuple of str
        What a property may ask of the implementation; where there are none, it is a function.
    """

    name: str
    says: str
    implementation: Any
    cases: st.SearchStrategy[Case]
    arguments: Mapping[str, str]
    mutants: tuple[Mutant, ...]
    variants: tuple[Mutant, ...] = ()
    methods: tuple[str, ...] = ()
