"""Who was in the training set: laws of the scores, known answers, and the expected outcome."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.attacks.inference import (
    Guesses,
    clopper_pearson,
    confidences,
    gap_scores,
    lira_scores,
    loss_scores,
    shadow_confidences,
    shadow_halves,
)

MODEL = fl.SoftmaxRegression(100, 5, dtype="float64")


def data() -> tuple[np.ndarray, np.ndarray]:
    """400 rows of 100 columns in 5 classes, a tenth of the labels wrong."""
    rng = np.random.default_rng(0)
    means = 0.15 * rng.normal(size=(5, 100))
    labels = rng.integers(5, size=400)
    features = means[labels] + rng.normal(size=(400, 100))
    wrong = rng.random(400) < 0.1
    return features, np.where(wrong, rng.integers(5, size=400), labels)


FEATURES, LABELS = data()


def trained(rows: np.ndarray, number: int = 0) -> np.ndarray:
    theta = np.zeros(MODEL.layout.num_params)
    for _ in range(100):
        theta = theta - 1.0 * MODEL.grad(theta, FEATURES[rows], LABELS[rows])
    return theta


def test_lira_finds_members_where_the_loss_finds_hardly_any() -> None:
    is_in = shadow_halves(65, 400, np.random.default_rng(1), share=0.25)
    truth, is_in = is_in[0], is_in[1:]
    theta = trained(truth)
    case = (MODEL, theta, FEATURES, LABELS)
    shadows = shadow_confidences(trained, MODEL, FEATURES, LABELS, is_in)
    phi = confidences(*case)
    gap, loss, lira, offline = (
        Guesses(scores, truth)
        for scores in (
            gap_scores(*case),
            loss_scores(*case),
            lira_scores(phi, shadows, is_in),
            lira_scores(phi, shadows, is_in, offline=True),
        )
    )
    assert gap.auc < loss.auc < lira.auc
    assert lira.auc > 0.95
    assert lira.tpr_at(0.01) > 0.4
    assert lira.tpr_at(0.01) > 2 * loss.tpr_at(0.01)
    assert offline.auc > 0.85
    low, high = lira.interval_at(0.01)
    assert low < lira.tpr_at(0.01) < high


def test_an_untrained_model_gives_nobody_away() -> None:
    truth = shadow_halves(1, 400, np.random.default_rng(1), share=0.25)[0]
    scores = loss_scores(MODEL, np.zeros(MODEL.layout.num_params), FEATURES, LABELS)
    assert Guesses(scores, truth).auc == 0.5


@given(st.integers(0, 2**32 - 1))
def test_confidence_is_the_log_odds_of_the_label(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta = 0.2 * rng.normal(size=MODEL.layout.num_params)
    p = np.exp(loss_scores(MODEL, theta, FEATURES[:5], LABELS[:5]))
    expected = np.log(p) - np.log1p(-p)
    np.testing.assert_allclose(
        confidences(MODEL, theta, FEATURES[:5], LABELS[:5]), expected, rtol=1e-6, atol=1e-6
    )


def test_a_model_that_is_certain_has_a_finite_confidence() -> None:
    theta = 1e4 * np.random.default_rng(0).normal(size=MODEL.layout.num_params)
    assert np.isfinite(confidences(MODEL, theta, FEATURES, LABELS)).all()
    assert np.isfinite(loss_scores(MODEL, theta, FEATURES, LABELS)).all()


@given(st.integers(0, 2**32 - 1), st.integers(4, 90))
def test_lira_is_the_ratio_of_two_normal_densities(seed: int, num_shadows: int) -> None:
    rng = np.random.default_rng(seed)
    shadows, target = rng.normal(size=(num_shadows, 3)), rng.normal(size=3)
    is_in = np.zeros((num_shadows, 3), bool)
    is_in[: num_shadows // 2] = True
    scores = lira_scores(target, shadows, is_in)

    def log_density(x: float, sample: np.ndarray, deviation: float) -> float:
        return float(-np.log(deviation) - ((x - sample.mean()) / deviation) ** 2 / 2)

    halves = shadows[: num_shadows // 2], shadows[num_shadows // 2 :]
    for j in range(3):
        logs = []
        for half in halves:
            own = half[:, j].std()
            joint = np.sqrt(((half - half.mean(axis=0)) ** 2).mean())
            deviation = own if num_shadows >= 64 else joint
            logs.append(log_density(target[j], half[:, j], deviation))
        assert scores[j] == pytest.approx(logs[0] - logs[1], rel=1e-6, abs=1e-9)


# ---- The curve ----------------------------------------------------------------------------------

guesses = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30).filter(
    lambda pairs: len({truth for _, truth in pairs}) == 2
)


@given(guesses)
def test_the_curve_is_the_definition(pairs: list[tuple[int, bool]]) -> None:
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    result = Guesses(scores.astype(float), truth)
    points = {(0.0, 0.0)} | {
        (float((scores[~truth] >= t).mean()), float((scores[truth] >= t).mean())) for t in scores
    }
    assert set(zip(*map(np.ndarray.tolist, result.curve), strict=True)) == points
    for fpr in (0.0, 0.1, 0.5, 1.0):
        assert result.tpr_at(fpr) == max(true for false, true in points if false <= fpr)
    assert result.advantage == max(true - false for false, true in points)
    false, true = result.curve
    assert result.auc == pytest.approx(np.trapezoid(true, false))


@given(guesses)
def test_no_increasing_function_of_the_scores_changes_the_curve(
    pairs: list[tuple[int, bool]],
) -> None:
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    one, other = Guesses(scores.astype(float), truth), Guesses(np.exp(scores), truth)
    np.testing.assert_array_equal(one.curve, other.curve)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.float32])
@given(guesses)
def test_neither_infinities_nor_kinds_of_numbers_change_the_curve(
    dtype: type, pairs: list[tuple[int, bool]]
) -> None:
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    one, kind = Guesses(scores.astype(float), truth), (scores - scores.min()).astype(dtype)
    np.testing.assert_array_equal(Guesses(kind, truth.astype(dtype)).curve, one.curve)
    ends = np.where(abs(scores) == 3, np.copysign(np.inf, scores), scores.astype(float))
    np.testing.assert_array_equal(Guesses(ends, truth).curve, one.curve)
    assert Guesses(ends, truth).auc == one.auc


def test_an_interval_of_the_binomial_is_that_of_tables() -> None:
    # Clopper and Pearson's limits for 1 of 10 and 5 of 10 at 95 %: 0.0025, 0.4450; 0.1871, 0.8129.
    for successes, ends in ((1, (0.0025, 0.4450)), (5, (0.1871, 0.8129))):
        np.testing.assert_allclose(clopper_pearson(successes, 10), ends, atol=5e-5)
    assert clopper_pearson(10, 10)[1] == 1.0


@given(st.integers(1, 60), st.data())
def test_an_interval_holds_the_share_and_turns_with_it(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = clopper_pearson(successes, trials)
    assert low <= successes / trials <= high
    np.testing.assert_allclose(
        clopper_pearson(trials - successes, trials), (1 - high, 1 - low), atol=1e-9
    )


def test_a_curve_is_drawn_on_logarithmic_axes() -> None:
    pytest.importorskip("matplotlib.pyplot")
    result = Guesses(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    ax = result.plot("one")
    assert result.plot("other", ax=ax) is ax
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [line.get_label() for line in ax.lines] == ["guessing", "one", "other"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Guesses(np.ones(2), np.array([True, True])), "truth must hold both answers"),
        (lambda: Guesses(np.ones(2), np.array([1, -1])), "truth must hold True and False, or 1"),
        (lambda: Guesses(np.ones(2), np.array([True])), "scores and truth must have one shape"),
        (lambda: Guesses(np.array([1, np.nan]), np.array([True, False])), "scores must be numbers"),
        (
            lambda: loss_scores(MODEL, np.zeros(505), FEATURES[:2], np.array([-1, 1])),
            "labels must be classes from 0 to 4, got -1 to 1",
        ),
        (
            lambda: confidences(MODEL, np.zeros(505), FEATURES[:2], np.array([5, 1])),
            "labels must be classes from 0 to 4, got 1 to 5",
        ),
        (lambda: clopper_pearson(3, 2), "successes must be at most 2, got 3"),
        (lambda: shadow_halves(2, 3, np.random.default_rng(0), share=2), r"share must lie in"),
        (
            lambda: lira_scores(np.ones(2), np.ones((3, 2)), np.ones((3, 2), bool)),
            "is_in must have every row out of two models at least, got 0",
        ),
        (
            lambda: lira_scores(np.ones(2), np.ones((3, 1)), np.ones((3, 2), bool)),
            "target, shadows and is_in must have shapes",
        ),
    ],
)
def test_bad_input_is_told(call: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()  # type: ignore[operator]
