"""The table of exercises, and the two ways to look into it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyfedlite import _check
from pyfedlite.exercises.exercise import Exercise
from pyfedlite.exercises.pages.agreement import SMALLEST_SUM
from pyfedlite.exercises.pages.backpropagation import MLP_BACKWARD, SOFTMAX_GRADIENT
from pyfedlite.exercises.pages.client_update import CLIENT_UPDATE
from pyfedlite.exercises.pages.laws import (
    GRADIENT_PROPERTY,
    MEAN_PROPERTY,
    PARTITION_PROPERTY,
)
from pyfedlite.exercises.pages.local_sgd import LOCAL_SGD
from pyfedlite.exercises.pages.logistic import L2_GRADIENT, LOGISTIC_GRADIENT, SIGMOID
from pyfedlite.exercises.pages.masks import MASK_PROPERTY, MASKED_VECTOR
from pyfedlite.exercises.pages.noise_shares import NOISE_SHARE, RING_WIDTH
from pyfedlite.exercises.pages.notation import DELTA
from pyfedlite.exercises.pages.privacy import CLIP, GAUSSIAN_DELTA
from pyfedlite.exercises.pages.process import RUN_PROCESS
from pyfedlite.exercises.pages.recovery import INVERT_ROW, RECOVERY_PROPERTY
from pyfedlite.exercises.pages.robust import ROBUST_PROPERTY, TRIMMED_MEAN
from pyfedlite.exercises.pages.server import COHORT_SIZE, SERVER_AVERAGE
from pyfedlite.exercises.pages.sharing import SHAMIR_SECRET
from pyfedlite.exercises.pages.sorting import SORT_PASS
from pyfedlite.exercises.pages.why import WEIGHTED_MEAN

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        DELTA,
        WEIGHTED_MEAN,
        SIGMOID,
        LOGISTIC_GRADIENT,
        L2_GRADIENT,
        SOFTMAX_GRADIENT,
        MLP_BACKWARD,
        LOCAL_SGD,
        COHORT_SIZE,
        CLIENT_UPDATE,
        SERVER_AVERAGE,
        SMALLEST_SUM,
        INVERT_ROW,
        RECOVERY_PROPERTY,
        MASKED_VECTOR,
        MASK_PROPERTY,
        SHAMIR_SECRET,
        CLIP,
        GAUSSIAN_DELTA,
        NOISE_SHARE,
        RING_WIDTH,
        TRIMMED_MEAN,
        ROBUST_PROPERTY,
        SORT_PASS,
        MEAN_PROPERTY,
        GRADIENT_PROPERTY,
        PARTITION_PROPERTY,
        RUN_PROCESS,
    )
}


@dataclass(frozen=True)
class Catalogue:
    """Exercises, in the order of the pages; printed, it is a table."""

    entries: tuple[Exercise, ...]

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        width = max((len(e.name) for e in self.entries), default=0)
        return "\n".join(f"{e.page}  {e.name:{width}}  {e.title}" for e in self.entries)

    __repr__ = __str__


@dataclass(frozen=True)
class Hint:
    """One of the three hints of an exercise."""

    exercise: str
    step: int
    text: str

    def __str__(self) -> str:
        return f"{self.exercise}, hint {self.step} of 3: {self.text}"

    __repr__ = __str__


def find(name: str) -> Exercise:
    """Return the exercise of a name."""
    return EXERCISES[_check.one_of("name", name, EXERCISES)]


def exercises(page: str | None = None) -> Catalogue:
    """Return the exercises of a page, or of all pages.

    Parameters
    ----------
    page : str, optional
        The number of a tutorial, as ``"04"``.

    Examples
    --------
    >>> exercises("00")
    00  delta-1  What leaves the device
    >>> print(next(iter(exercises("00"))))
    delta-1: What leaves the device
    <BLANKLINE>
    Return the update of a client, Delta_k = theta_k - theta, shape (num_params,).
    <BLANKLINE>
        def delta(theta_global, theta_local):
    """
    if page is None:
        return Catalogue(tuple(EXERCISES.values()))
    pages = sorted({exercise.page for exercise in EXERCISES.values()})
    _check.one_of("page", page, pages)
    return Catalogue(tuple(e for e in EXERCISES.values() if e.page == page))


def hint(name: str, step: int = 1) -> Hint:
    """Return a hint: 1 is the idea, 2 the tool, 3 almost the answer.

    Parameters
    ----------
    name : str
        Of the exercise.
    step : int
        1, 2 or 3.

    Examples
    --------
    >>> hint("delta-1", 1)
    delta-1, hint 1 of 3: The server computes theta + Delta and wants to arrive at theta_k.
    """
    exercise = find(name)
    if step not in (1, 2, 3):
        _check.fail("step", "be 1, 2 or 3", step)
    return Hint(name, step, exercise.hints[step - 1])
