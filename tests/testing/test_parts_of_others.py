"""The batteries take parts that have no answer to one update, or that have less than ours."""

import logging
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import fedavg
from pyfedlite.errors import RoundFailed
from pyfedlite.models import LogisticRegression
from pyfedlite.testing import check_aggregator, check_algorithm, check_model


@dataclass(frozen=True)
class MeanOfMany:
    """The mean, with no answer to fewer updates than `least`."""

    least: int
    factor: float = 1.0

    def __call__(self, updates, context):
        arrived = list(updates)
        if len(arrived) < self.least:
            raise RoundFailed(f"{len(arrived)} updates, {self.least} are needed")
        mean = weighted_mean()(arrived, context)
        return replace(mean, delta=self.factor * mean.delta)


def loss(theta, X, y):
    z = X @ theta[:-1] + theta[-1]
    return np.mean(np.logaddexp(0, z) - y * z)


def gradient(theta, X, y):
    z = X @ theta[:-1] + theta[-1]
    dz = (1 / (1 + np.exp(-z)) - y) / len(y)
    return np.append(X.T @ dz, dz.sum())


SIZES = {"num_features": 3, "num_params": 4, "num_classes": 2}


def test_aggregator_is_only_shown_as_many_updates_as_it_needs() -> None:
    check_aggregator(MeanOfMany(4), min_clients=4)
    with pytest.raises(AssertionError, match="It stops with RoundFailed"):
        check_aggregator(MeanOfMany(4), min_clients=3)


def test_law_that_does_not_apply_is_left_out_by_name_with_its_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    half = MeanOfMany(1, factor=0.5)
    laws = ("a_single_update_passes_unchanged", "equal_updates_give_that_update")
    inside = "the_result_lies_between_the_updates"
    with pytest.raises(AssertionError):
        check_aggregator(half)
    with caplog.at_level(logging.INFO):
        check_aggregator(half, without=dict.fromkeys([*laws, inside], "it halves"))
    assert "left out: a single update passes unchanged, because it halves" in caplog.messages


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ({"arriving_odrer_does_not_matter": "x"}, "without must be one of"),
        ({"arriving_order_does_not_matter": ""}, "must say why the law does not apply, got ''"),
    ],
)
def test_leaving_out_needs_a_known_law_and_a_reason(without: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_aggregator(weighted_mean(), without=without)


def test_algorithm_with_a_smallest_number_of_clients_obeys_the_laws() -> None:
    algorithm = fedavg(LogisticRegression(2), aggregator=MeanOfMany(3))
    check_algorithm(algorithm, min_clients=3)
    with pytest.raises(AssertionError, match="It stops with RoundFailed"):
        check_algorithm(algorithm)


def test_two_functions_of_the_page_on_logistic_regression_are_a_model() -> None:
    check_model(SimpleNamespace(loss=loss, grad=gradient, **SIZES))


def test_wrong_sign_of_a_bare_gradient_is_found() -> None:
    def wrong(theta, X, y):
        return -gradient(theta, X, y)

    with pytest.raises(AssertionError) as caught:
        check_model(SimpleNamespace(loss=loss, grad=wrong, **SIZES))
    assert "gradient is the central difference" in " ".join(caught.value.__notes__)


def test_what_a_model_lacks_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        check_model(SimpleNamespace(loss=loss, grad=gradient, **SIZES))
    text = "\n".join(caplog.messages)
    assert "batch axes are loops, because it has no batch_axes = True" in text
    assert "probabilities are probabilities, because it has no predict_proba" in text


def test_batch_axes_that_are_promised_are_checked() -> None:
    model = SimpleNamespace(loss=loss, grad=gradient, batch_axes=True, **SIZES)
    with pytest.raises((AssertionError, TypeError, ValueError)):
        check_model(model)
