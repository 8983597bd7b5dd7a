"""The laws of a model: gradients are derivatives, weights are counts, batch axes are loops.

Each law is a function of a model, so that a test can name the law that fails; `check_model` runs
them all.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from pyfedlite._typing import Vector
from pyfedlite.local.together import has_batch_axes
from pyfedlite.roles import Classifier, Model
from pyfedlite.testing._run import hold, run_battery
from pyfedlite.testing.strategies import Law, ModelCase, generators, model_cases

# Sums of up to 6 examples through 3 layers in float64, of numbers up to about 100.
EXACT = 1e-10


def gradient_is_the_central_difference(model: Model, max_examples: int = 25) -> None:
    """(loss(theta + h e_i) - loss(theta - h e_i)) / 2h tends to the gradient.

    With h = 1e-5 the difference is off by h^2 times third derivatives and by eps / h, about 1e-10
    each for losses near 1; 1e-5 of the scale of the gradient allows for both with room.
    """

    def law(case: ModelCase) -> None:
        gradient = model.grad(case.theta, case.features, case.labels)
        difference = _central_difference(model, case, h=1e-5)
        scale = max(1.0, float(np.abs(gradient).max()))
        np.testing.assert_allclose(gradient, difference, rtol=0, atol=1e-5 * scale)

    hold(law, max_examples, case=model_cases(model))


def init_is_drawn_from_its_generator_alone(model: Model, max_examples: int = 5) -> None:
    """The same seed starts at the same theta, of the layout's length and the model's dtype."""

    def law(rng: np.random.Generator) -> None:
        twin = np.random.default_rng()
        twin.bit_generator.state = rng.bit_generator.state
        theta = model.init(rng)
        assert theta.shape == (model.layout.num_params,)
        assert theta.dtype == model.dtype
        np.testing.assert_array_equal(theta, model.init(twin))

    hold(law, max_examples, rng=generators())


def weights_of_one_change_nothing(model: Model, max_examples: int = 10) -> None:
    """The plain mean is the mean with equal weights."""

    def law(case: ModelCase) -> None:
        ones = np.ones(case.labels.shape)
        for f in (model.loss, model.grad):
            plain = f(case.theta, case.features, case.labels)
            _close(f(case.theta, case.features, case.labels, ones), plain)

    hold(law, max_examples, case=model_cases(model))


def weight_zero_leaves_a_row_out(model: Model, max_examples: int = 10) -> None:
    """Padding with weight 0 is no padding at all."""

    def law(case: ModelCase) -> None:
        padded_features = np.concatenate([case.features, 7 * np.ones_like(case.features)])
        padded_labels = np.concatenate([case.labels, np.zeros_like(case.labels)])
        n = len(case.labels)
        weights = np.repeat([1.0, 0.0], n)
        for f in (model.loss, model.grad):
            plain = f(case.theta, case.features, case.labels)
            _close(f(case.theta, padded_features, padded_labels, weights), plain)

    hold(law, max_examples, case=model_cases(model))


def weight_two_repeats_a_row(model: Model, max_examples: int = 10) -> None:
    """An integer weight is a number of copies."""

    def law(case: ModelCase) -> None:
        copies = 1 + np.arange(len(case.labels)) % 3
        repeated = (np.repeat(case.features, copies, axis=0), np.repeat(case.labels, copies))
        weights = copies.astype(float)
        for f in (model.loss, model.grad):
            weighted = f(case.theta, case.features, case.labels, weights)
            _close(weighted, f(case.theta, *repeated))

    hold(law, max_examples, case=model_cases(model))


def order_of_rows_does_not_matter(model: Model, max_examples: int = 10) -> None:
    """Loss and gradient are means over a set."""

    def law(case: ModelCase) -> None:
        for f in (model.loss, model.grad):
            plain = f(case.theta, case.features, case.labels)
            _close(f(case.theta, case.features[::-1], case.labels[::-1]), plain)

    hold(law, max_examples, case=model_cases(model))


def batch_axes_are_loops(model: Model, max_examples: int = 10) -> None:
    """Training K clients at once is training them one by one."""

    def law(case: ModelCase) -> None:
        for f in (model.loss, model.grad):
            stacked = f(case.theta, case.features, case.labels)
            for k in np.ndindex(case.theta.shape[:-1]):
                one = f(case.theta[k], case.features[k], case.labels[k])
                _close(stacked[k], one)

    hold(law, max_examples, case=model_cases(model, batch=(3,)))
    hold(law, max_examples, case=model_cases(model, batch=(2, 2)))


def one_theta_serves_many_clients(model: Model, max_examples: int = 10) -> None:
    """A shared theta broadcasts over the clients' rows."""

    def law(case: ModelCase) -> None:
        shared = case.theta[0]
        stacked = model.grad(shared, case.features, case.labels)
        assert stacked.shape == case.theta.shape
        for k in range(len(stacked)):
            _close(stacked[k], model.grad(shared, case.features[k], case.labels[k]))

    hold(law, max_examples, case=model_cases(model, batch=(3,)))


def arguments_are_not_written_to(model: Model, max_examples: int = 5) -> None:
    """A model is a function: what it is given stays as it was."""

    def law(case: ModelCase) -> None:
        for array in (case.theta, case.features, case.labels):
            array.flags.writeable = False  # a write now raises
        weights = np.ones(case.labels.shape)
        weights.flags.writeable = False
        for f in (model.loss, model.grad):
            f(case.theta, case.features, case.labels)
            if has_batch_axes(model):
                f(case.theta, case.features, case.labels, weights)
        if hasattr(model, "predict"):
            model.predict(case.theta, case.features)

    hold(law, max_examples, case=model_cases(model))


def large_scores_do_not_overflow(model: Model, max_examples: int = 10) -> None:
    """Loss and gradient stay finite where a naive exponential would not."""

    def law(case: ModelCase) -> None:
        theta = 1e3 * case.theta
        with np.errstate(over="ignore"):  # 1 / (1 + exp(-z)) overflows on the way to a right 0
            assert np.isfinite(model.loss(theta, case.features, case.labels)).all()
            assert np.isfinite(model.grad(theta, case.features, case.labels)).all()

    hold(law, max_examples, case=model_cases(model))


def probabilities_are_probabilities(model: Model, max_examples: int = 10) -> None:
    """Rows sum to 1, and the predicted class is the likeliest; a regression has none."""

    def law(case: ModelCase) -> None:
        if not isinstance(model, Classifier):
            assert model.num_classes is None
            return
        p = model.predict_proba(case.theta, case.features)
        assert p.shape == (*case.labels.shape, model.num_classes)
        assert (p >= 0).all()
        _close(p.sum(axis=-1), np.ones(case.labels.shape))
        predicted = model.predict(case.theta, case.features)
        likelihood = np.take_along_axis(p, predicted[..., np.newaxis], axis=-1)[..., 0]
        assert (likelihood >= p.max(axis=-1) - EXACT).all()

    hold(law, max_examples, case=model_cases(model))
    if has_batch_axes(model):
        hold(law, max_examples, case=model_cases(model, batch=(2,)))


MODEL_LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        gradient_is_the_central_difference,
        init_is_drawn_from_its_generator_alone,
        weights_of_one_change_nothing,
        weight_zero_leaves_a_row_out,
        weight_two_repeats_a_row,
        order_of_rows_does_not_matter,
        batch_axes_are_loops,
        one_theta_serves_many_clients,
        arguments_are_not_written_to,
        large_scores_do_not_overflow,
        probabilities_are_probabilities,
    )
}


class LossAndGrad(Protocol):
    """The least that can be checked: two formulas and their sizes.

    The number of parameters is that of a `layout`, or else an attribute `num_params`. It may have
    everything else that a `Model` has.
    """

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        ...

    @property
    def num_classes(self) -> int | None:
        """Classes told apart; None for a regression."""
        ...

    @property
    def loss(self) -> Callable[..., Any]:
        """(theta, features, labels) to the mean loss."""
        ...

    @property
    def grad(self) -> Callable[..., Any]:
        """(theta, features, labels) to its gradient, shape (num_params,)."""
        ...


def check_model(model: LossAndGrad, *, without: Mapping[str, str] | None = None) -> None:
    """Run the laws of `MODEL_LAWS` on a model.

    Parameters
    ----------
    model : Model, or anything with loss, grad and its sizes
        Its functions are called with float64 arrays, whatever its dtype, so that a gradient can be
        compared with a difference. Laws about what it does not have are left out.
    without : mapping of str to str, optional
        Names of other laws that do not apply to it, each with the reason why.

    Raises
    ------
    AssertionError
        With the smallest counterexample that was found, and the name of the law.
    ValueError
        If `without` names a law that there is not, or gives no reason.

    Examples
    --------
    >>> from pyfedlite.models import LogisticRegression
    >>> check_model(LogisticRegression(2))

    Two functions of your own, and their sizes:

    >>> from types import SimpleNamespace
    >>> def loss(theta, X, y):
    ...     return np.mean((X @ theta - y) ** 2) / 2
    >>> def grad(theta, X, y):
    ...     return X.T @ (X @ theta - y) / len(y)
    >>> sizes = {"num_features": 2, "num_params": 2, "num_classes": None}
    >>> check_model(SimpleNamespace(loss=loss, grad=grad, **sizes))
    """
    run_battery(MODEL_LAWS, model, without=_absent(model) | dict(without or {}))


def _absent(model: Any) -> dict[str, str]:
    """Return the laws about what a model does not have, each with the reason."""
    absent: dict[str, str] = {}
    if not hasattr(model, "init"):
        absent[init_is_drawn_from_its_generator_alone.__name__] = "it has no init"
    if not has_batch_axes(model):
        alone = "it has no batch_axes = True: it is trained alone, and never given weights"
        absent |= {law.__name__: alone for law in _LAWS_OF_BATCH_AXES}
    if not hasattr(model, "predict_proba"):
        absent[probabilities_are_probabilities.__name__] = "it has no predict_proba"
    return absent


_LAWS_OF_BATCH_AXES = (
    weights_of_one_change_nothing,
    weight_zero_leaves_a_row_out,
    weight_two_repeats_a_row,
    batch_axes_are_loops,
    one_theta_serves_many_clients,
)


def _central_difference(model: Model, case: ModelCase, h: float) -> Vector:
    steps = h * np.eye(len(case.theta))
    rows = (case.features, case.labels)
    pairs = [(model.loss(case.theta + e, *rows), model.loss(case.theta - e, *rows)) for e in steps]
    return np.array([(above - below) / (2 * h) for above, below in pairs])


def _close(actual: Vector, expected: Vector) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=EXACT * scale)
