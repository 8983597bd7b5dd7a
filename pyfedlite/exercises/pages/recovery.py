"""Exercises of page 07, what an update gives away. For teaching and research: not audited."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case


def _row_of(weight_gradient: Matrix, bias_gradient: Vector) -> Vector:
    strongest = np.abs(bias_gradient).argmax()
    row: Vector = weight_gradient[:, strongest] / bias_gradient[strongest]
    return row


def _seen(row: list[float], errors: list[float], decimals: int) -> Case:
    x, d = np.array(row, dtype=np.float64), np.array(errors, dtype=np.float64)
    return {
        "weight_gradient": np.outer(x, d).round(decimals),
        "bias_gradient": d.round(decimals),
    }


LEVELS = st.integers(1, 4).map(float) | st.sampled_from([0.5, 25.0, 700.0])
STRONG = st.sampled_from([1.0, -1.0, 2.0, -2.0])
WEAK = st.sampled_from([0.0016, -0.0016, 0.0014, -0.0014])


@st.composite
def _whole(draw: st.DrawFn) -> Case:
    """The first unit is off; the numbers arrive as they are."""
    row = draw(st.lists(LEVELS, min_size=2, max_size=3))
    errors = draw(st.lists(STRONG, min_size=1, max_size=2))
    return _seen(row, [0.0, *errors], decimals=9)


@st.composite
def _rounded(draw: st.DrawFn) -> Case:
    """Some units have an error that the rounding leaves little of."""
    row = draw(st.lists(st.integers(0, 4).map(float), min_size=1, max_size=3))
    weak = draw(st.lists(WEAK, max_size=3))
    strong = draw(st.lists(STRONG, min_size=1, max_size=2))
    errors = draw(st.permutations([*weak, *strong, *draw(st.sampled_from([[], [0.0]]))]))
    return _seen(row, errors, decimals=3)


def _first_unit(weight_gradient: Matrix, bias_gradient: Vector) -> Vector:
    with np.errstate(invalid="ignore", divide="ignore"):
        row: Vector = weight_gradient[:, 0] / bias_gradient[0]
    return row


def _mean_of_quotients(weight_gradient: Matrix, bias_gradient: Vector) -> Vector:
    on = bias_gradient != 0
    row: Vector = (weight_gradient[:, on] / bias_gradient[on]).mean(axis=1)
    return row


def _quotient_of_sums(weight_gradient: Matrix, bias_gradient: Vector) -> Vector:
    with np.errstate(invalid="ignore", divide="ignore"):
        row: Vector = weight_gradient.sum(axis=1) / bias_gradient.sum()
    return row


INVERT_ROW = Exercise(
    name="invert-row-1",
    page="07",
    title="The row behind a gradient",
    signature="row_of(weight_gradient, bias_gradient)",
    statement="Return the row x of a client that has only this one, shape (num_features,). "
    "weight_gradient, shape (num_features, num_units), is x' d, and bias_gradient, shape "
    "(num_units,), is d, the errors of the units of the first layer. The error of a unit that is "
    "off is 0. On their way the numbers may have been rounded to three decimals; at least one "
    "error is 1 or more in size, and the row may be wrong by 0.01.",
    hints=(
        "Column r of weight_gradient is the row times one number. Which number, and where is it?",
        "Divide column r by bias_gradient[r]. Not every unit r will do: one may be off, and of a "
        "small error the rounding leaves little. Which unit is harmed least?",
        "r = np.abs(bias_gradient).argmax(); the row is column r of weight_gradient over entry r "
        "of bias_gradient.",
    ),
    laws=(
        Law(
            "the row comes out, although the first unit is off",
            _whole(),
            _row_of,
            atol=0.01,
        ),
        Law(
            "the row comes out to 0.01 when the gradients were rounded to three decimals",
            _rounded(),
            _row_of,
            atol=0.01,
        ),
    ),
    mistakes=(
        Mistake(
            "The first unit may be off, and its error 0. Choose a unit whose error is large.",
            _first_unit,
        ),
        Mistake(
            "Of a unit with a tiny error the rounding leaves little, and its quotient spoils the "
            "mean. Choose a unit whose error is large.",
            _mean_of_quotients,
        ),
        Mistake(
            "Errors have both signs, and their sum can be 0 or nearly 0. Take one unit alone.",
            _quotient_of_sums,
        ),
        Mistake(
            "That is the row times a number. Divide by the error of the unit.",
            lambda weight_gradient, bias_gradient: weight_gradient @ bias_gradient,
        ),
        Mistake(
            "The largest error in size is wanted: np.abs(...) before argmax.",
            lambda weight_gradient, bias_gradient: (
                weight_gradient[:, bias_gradient.argmax()] / bias_gradient.max()
            ),
        ),
    ),
)

RECOVERY_PROPERTY = Exercise(
    name="recovery-property-1",
    page="07",
    title="A property of an attack on a batch",
    signature="recovery_property(attack, features, errors)",
    statement="Write a property: attack(weight_gradient, bias_gradient) returns the rows of a "
    "batch that it is sure of, shape (num_found, num_features). Drawn are features, shape "
    "(num_rows, num_features), and errors of the units, shape (num_rows, num_units); then "
    "weight_gradient is features.T @ errors, and bias_gradient is errors.sum(axis=0). Assert "
    "something that holds for an attack which returns the rows that two units or more agree on, "
    "and fails for each broken attack.",
    hints=(
        "An attack can be wrong in two ways: it returns what is no row of the batch, or it leaves "
        "out a row that two units give away. Your property needs both.",
        "Of each returned row, np.abs(features - row).max(axis=1).min() says how far the nearest "
        "true row is. A unit gives row i away when errors[:, r] is 0 for all other rows and not "
        "for i.",
        "alone = (errors != 0).sum(axis=0) == 1 marks the units of one row. For each i with "
        "(alone & (errors[i] != 0)).sum() >= 2, assert that some returned row is near "
        "features[i].",
    ),
    subject="recovery",
)
