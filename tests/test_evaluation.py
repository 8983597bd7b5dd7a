import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.evaluation import auc, evaluate
from pyfedlite.models import LinearRegression, LogisticRegression, SoftmaxRegression

CASES = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(0, 1)),
        hnp.arrays(np.float64, n, elements=st.integers(-3, 3).map(float)),  # ties are common
    )
)


@given(CASES)
def test_auc_is_the_share_of_pairs_in_order(case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = case
    positive, negative = scores[labels == 1], scores[labels == 0]
    difference = positive[:, np.newaxis] - negative
    if difference.size == 0:
        assert auc(labels, scores) is None
    else:
        expected = np.mean((difference > 0) + 0.5 * (difference == 0))
        np.testing.assert_allclose(auc(labels, scores), expected, rtol=1e-12)


@given(CASES)
def test_auc_depends_on_the_order_of_scores_alone(case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = case
    assert auc(labels, scores) == auc(labels, np.exp(scores))


def test_two_classes_report_auc_beside_accuracy() -> None:
    model = LogisticRegression(1, dtype="float64")
    metrics = evaluate(model, np.array([1.0, 0.0]), np.array([[-1.0], [2.0]]), np.array([0, 1]))
    assert metrics["test_accuracy"] == 1.0
    assert metrics["test_auc"] == 1.0


def test_many_classes_report_no_auc() -> None:
    model = SoftmaxRegression(1, 3)
    metrics = evaluate(model, np.zeros(6, np.float32), np.ones((2, 1)), np.array([0, 1]))
    assert set(metrics) == {"test_loss", "test_accuracy"}


def test_regression_reports_no_accuracy() -> None:
    model = LinearRegression(1)
    metrics = evaluate(model, np.zeros(2, np.float32), np.ones((1, 1)), np.array([4.0]))
    assert metrics == {"test_loss": 8.0, "test_accuracy": None}


def test_auc_tells_confident_scores_apart() -> None:
    model = LogisticRegression(1)
    features = np.array([[20.0], [30.0]], np.float32)  # both probabilities round to 1
    metrics = evaluate(model, np.array([1.0, 0.0], np.float32), features, np.array([0, 1]))
    assert metrics["test_auc"] == 1.0


def test_classes_without_probabilities_still_have_an_accuracy() -> None:
    class Sign:  # a model of somebody else, without predict_proba
        num_classes = 2

        def loss(self, theta: np.ndarray, features: np.ndarray, labels: np.ndarray) -> float:
            return 0.0

        def predict(self, theta: np.ndarray, features: np.ndarray) -> np.ndarray:
            return (features @ theta > 0).astype(int)

    rows, labels = np.array([[1.0], [-1.0], [2.0], [3.0]]), np.array([1, 0, 1, 0])
    metrics = evaluate(Sign(), np.ones(1), rows, labels)
    assert metrics == {"test_loss": 0.0, "test_accuracy": 0.75}
