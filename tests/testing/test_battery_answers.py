"""What a battery says about a broken part: the law, the simplest case, and no machinery."""

import numpy as np
import pytest

from pyfedlite.aggregation import weighted_mean
from pyfedlite.models import LogisticRegression
from pyfedlite.state import Aggregate
from pyfedlite.testing import check_aggregator, check_model, check_partitioner
from pyfedlite.testing.mutants.gradient import MutatedModel


def answer_of(battery, part):
    with pytest.raises(AssertionError) as caught:
        battery(part)
    text = str(caught.value)
    assert caught.value.__notes__[0].startswith("the law that does not hold: ")
    for word in ("hypothesis", "Falsifying", "Traceback", "ClientUpdate(", "ModelCase("):
        assert word not in text
    return text


def divides_by_k(updates, context):
    updates = list(updates)
    if not updates:
        raise ValueError("no update")
    return Aggregate(sum(u.num_examples * u.delta for u in updates) / len(updates))


def test_a_broken_law_is_named_with_the_letters_of_the_page():
    text = answer_of(check_aggregator, divides_by_k)
    assert "the law that does not hold: a single update passes unchanged" in text
    assert "num_examples = np.array([2])" in text
    assert "deltas = np.array([[" in text


def raises_key_error(updates, context):
    return Aggregate({}["delta"])


def test_an_error_of_another_kind_breaks_the_law_too():
    text = answer_of(check_aggregator, raises_key_error)
    assert "a single update passes unchanged" in text
    assert "It stops with KeyError: 'delta', in the line `return Aggregate({}[\"delta\"])`" in text


def writes_to_its_updates(updates, context):
    updates = list(updates)
    result = weighted_mean()(iter(updates), context)
    for update in updates:
        update.delta[:] = 0
    return result


def test_a_part_that_writes_is_told_where():
    text = answer_of(check_aggregator, writes_to_its_updates)
    assert "updates are not written to" in text or "passes unchanged" in text


def test_a_gradient_that_is_none_is_shown_with_theta_and_rows():
    model = LogisticRegression(1, dtype="float64")
    broken = MutatedModel(model, grad_formula=lambda m, *args: -m.grad(*args))
    text = answer_of(check_model, broken)
    assert "gradient is the central difference" in text
    assert "theta = np.array([" in text
    assert "features = np.array([[" in text
    assert "labels = np.array([" in text


def test_a_model_without_a_gradient_is_told_so():
    def no_gradient(model, theta, features, labels, weights):
        raise NotImplementedError("later")

    broken = MutatedModel(LogisticRegression(1, dtype="float64"), grad_formula=no_gradient)
    assert "It stops with NotImplementedError: later" in answer_of(check_model, broken)


def test_a_partitioner_that_raises_what_is_no_value_error_is_told_so():
    def divides(dataset, num_clients, rng):
        return np.zeros(dataset.num_examples, int) // dataset.no_such_name

    text = answer_of(check_partitioner, divides)
    assert "every row has one owner" in text
    assert "It stops with AttributeError" in text
