"""Rows out of the gradient of a batch, and how an attack claims too much or too little.

Adversary: whoever sees the gradient of a first layer with a bias. For teaching and research: not
audited.
"""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.attacks.inference import Recovered, recover_rows
from pyfedlite.params import ParamLayout
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Subject, variant
from pyfedlite.testing.strategies import seeds


def _recovered(weight_gradient: Matrix, bias_gradient: Vector) -> Recovered:
    layout = ParamLayout({"W": weight_gradient.shape, "b": bias_gradient.shape})
    return recover_rows(layout, np.append(weight_gradient, bias_gradient))


def confirmed_rows(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    """Return the rows that two units or more agree on, shape (num_found, num_features)."""
    return _recovered(weight_gradient, bias_gradient).confirmed


def _every_quotient(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    return _recovered(weight_gradient, bias_gradient).rows


def _nothing(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    return np.zeros((0, len(weight_gradient)))


def _first_only(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    return confirmed_rows(weight_gradient, bias_gradient)[:1]


def _mean_too(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    rows = confirmed_rows(weight_gradient, bias_gradient)
    return np.vstack([rows, rows.mean(axis=0)]) if len(rows) > 1 else rows


def _not_divided(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    rows: Matrix = confirmed_rows(weight_gradient, bias_gradient) * np.abs(bias_gradient).max()
    return rows


def _without_last_feature(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    rows = confirmed_rows(weight_gradient, bias_gradient).copy()
    rows[:, -1] = 0.0
    return rows


def _one_if_only_one(weight_gradient: Matrix, bias_gradient: Vector) -> Matrix:
    rows = confirmed_rows(weight_gradient, bias_gradient)
    return rows if len(rows) != 1 else rows[:0]


@st.composite
def _batches(draw: st.DrawFn) -> Case:
    """Two to four rows; some units belong to one row, the others to several."""
    num_rows = draw(st.integers(2, 4))
    num_features = draw(st.integers(2, 3))
    owners = draw(st.lists(st.integers(-2, num_rows - 1), min_size=3, max_size=7))
    rng = np.random.default_rng(draw(seeds()))
    # uniform, and away from 0: no error is small, and no two units mix rows alike but by chance
    features = rng.uniform(1, 2, (num_rows, num_features)).round(3)
    sizes = rng.uniform(1, 2, (num_rows, len(owners))).round(3)
    errors = sizes * rng.choice([-1, 1], len(owners))
    for unit, owner in enumerate(owners):
        if owner >= 0:
            errors[np.arange(num_rows) != owner, unit] = 0.0
    return {"features": features, "errors": errors}


RECOVERY = Subject(
    name="recovery",
    says="attack(weight_gradient, bias_gradient) returns the rows that two units or more agree on",
    implementation=confirmed_rows,
    cases=_batches(),
    arguments={"features": "shape (num_rows, num_features)", "errors": "of each row at each unit"},
    mutants=(),
    variants=(
        variant(
            "every-quotient",
            _every_quotient,
            "Every quotient is called a row, also the mixtures of a unit that several rows reach.",
        ),
        variant("nothing", _nothing, "It never finds a row."),
        variant("first-only", _first_only, "It returns one row, and there can be more."),
        variant("mean-too", _mean_too, "It adds the mean of what it found, which is no row."),
        variant("not-divided", _not_divided, "The rows are multiplied by the largest error."),
        variant("without-last-feature", _without_last_feature, "The last number of each row is 0."),
        variant(
            "silent-on-one", _one_if_only_one, "It finds nothing when there is one row to find."
        ),
    ),
)
