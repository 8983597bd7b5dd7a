"""The classifier with fit and predict, alone and inside scikit-learn where that is installed."""

from functools import partial
from unittest import SkipTest

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.estimator import NotFittedError

DATA = fl.data.load_breast_cancer()
TRAIN, TEST = (DATA.features, DATA.labels), (DATA.test_features, DATA.test_labels)

# Checks of scikit-learn that a classifier is told apart by other words, which are tested here.
NOT_APPLICABLE = {
    "check_estimators_unfitted": "wants scikit-learn's own class; ours has the same two ancestors",
    "check_complex_data": "wants a ValueError in other words; a wrong type is a TypeError here",
    "check_dtype_object": "wants the words of float(); ours name the type that was found",
    "check_estimators_empty_data_messages": "wants other words for no rows or no columns",
    "check_fit2d_predict1d": "wants other words for one axis in place of two",
    "check_requires_y_none": "wants other words for labels that are None",
    "check_supervised_y_2d": "wants a warning where labels of two axes are refused",
}


def classifier(**params):
    return fl.FederatedClassifier(**{"model": "logistic", "num_rounds": 5, **params})


def test_most_tumours_are_told_apart():
    # 63 % are benign; a linear model on standardised columns tells 19 of 20 apart
    assert classifier(num_rounds=20).fit(*TRAIN).score(*TEST) > 0.9


def test_the_same_seed_gives_the_same_probabilities():
    a, b = (classifier(random_state=3).fit(*TRAIN).predict_proba(TEST[0]) for _ in range(2))
    assert np.array_equal(a, b)


def test_another_seed_gives_other_probabilities():
    a, b = (classifier(random_state=k).fit(*TRAIN).predict_proba(TEST[0]) for k in range(2))
    assert not np.array_equal(a, b)


def test_no_seed_gives_another_run_each_time():
    a, b = (classifier(random_state=None).fit(*TRAIN).history_.fingerprint for _ in range(2))
    assert a != b


def test_it_is_simulate_on_the_same_clients():
    clients = fl.partition(DATA, fl.iid(), num_clients=10, seed=0)
    algorithm = fl.fedavg(fl.LogisticRegression(30), local_epochs=1, learning_rate=0.1)
    history = fl.simulate(
        algorithm, fl.statistics.standardise(clients), num_rounds=5, seed=0, eval_every=5
    )
    assert np.array_equal(classifier().fit(*TRAIN).history_.theta, history.theta)


def test_each_group_becomes_a_client():
    groups = np.array(["a", "b", "c"])[np.arange(len(TRAIN[1])) % 3]
    history = classifier().fit(*TRAIN, groups=groups).history_
    assert history.records[0].cohort == (0, 1, 2)


@pytest.mark.parametrize("labels", [("no", "yes"), (-1, 1), (2.5 - 0.5, 7.0), (False, True)])
def test_labels_come_back_as_they_were_given(labels):
    names = np.array(labels)
    fitted = classifier().fit(TRAIN[0], names[TRAIN[1]])
    assert fitted.classes_.tolist() == sorted(labels)
    assert set(fitted.predict(TEST[0]).tolist()) <= set(labels)
    assert fitted.predict(TEST[0]).dtype == names.dtype


def test_columns_of_probabilities_are_in_the_order_of_classes():
    fitted = classifier().fit(TRAIN[0], np.array(["z", "a"])[TRAIN[1]])
    likeliest = fitted.classes_[fitted.predict_proba(TEST[0]).argmax(axis=1)]
    assert (likeliest == fitted.predict(TEST[0])).all()


def test_scale_of_a_column_does_not_matter_where_columns_are_standardised():
    scale = 2.0 ** np.arange(-15, 15)  # powers of two round nothing
    a = classifier().fit(*TRAIN).predict(TEST[0])
    b = classifier().fit(TRAIN[0] * scale, TRAIN[1]).predict(TEST[0] * scale)
    assert (a == b).all()


def test_any_builder_serves_as_the_algorithm():
    fitted = classifier(algorithm=partial(fl.fedadam, server_learning_rate=0.1)).fit(*TRAIN)
    assert "ServerAdam(learning_rate=0.1" in fitted.history_.config["algorithm"]


def test_the_trained_model_can_be_saved(tmp_path):
    fitted = classifier().fit(*TRAIN)
    t = fitted.trained_
    fl.save_model(tmp_path / "m.npz", t.model, t.theta, mean=t.mean, std=t.std)
    loaded = fl.load_model(tmp_path / "m.npz")
    assert np.array_equal(loaded.predict_proba(TEST[0]), fitted.predict_proba(TEST[0]))


def test_score_weighs_rows():
    fitted = classifier().fit(*TRAIN)
    right = fitted.predict(TEST[0]) == TEST[1]
    assert fitted.score(*TEST, sample_weight=right.astype(float)) == 1.0


def test_the_constructor_stores_and_checks_nothing():
    hidden = [-1]
    stored = fl.FederatedClassifier("nonsense", hidden=hidden).get_params()
    assert stored["model"] == "nonsense"
    assert stored["hidden"] is hidden


def test_parameters_are_set_by_name():
    changed = classifier().set_params(num_rounds=7, partition=fl.dirichlet(0.5))
    assert changed.num_rounds == 7
    assert changed.get_params()["partition__alpha"] == 0.5


def test_a_field_of_a_part_is_set_through_the_part():
    changed = classifier(partition=fl.dirichlet(0.5)).set_params(partition__alpha=2.0)
    assert changed.partition == fl.dirichlet(2.0)


def test_parts_are_set_before_their_fields():
    changed = classifier().set_params(partition__alpha=2.0, partition=fl.dirichlet(0.5))
    assert changed.partition == fl.dirichlet(2.0)


def test_all_parameters_set_again_change_nothing():
    a = classifier(partition=fl.dirichlet(0.5))
    before = a.get_params()
    assert a.set_params(**before).get_params() == before


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'num_rounds'"):
        classifier().set_params(num_round=3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([[1.0], [2.0]], [0, 0]), r"y must hold at least two classes, got one class, \[0\]"),
        (([[1.0], [2.0]], [0.5, 1.5]), "y must hold classes, got a continuous label"),
        (([[1.0], [2.0]], [0, 1, 1]), r"y must have shape \(2,\), one for each row of X"),
        (([[1.0], [2.0]], [0, 1], [0]), r"groups must have shape \(2,\), one for each row of X"),
        (([1.0, 2.0], [0, 1]), "X must have 2 axes, got shape"),
        (([[np.nan], [2.0]], [0, 1]), "features must have a value everywhere, got NaN"),
    ],
)
def test_rows_that_make_no_sense_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        classifier().fit(*arguments)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"model": "mpl"}, "model must be one of .* did you mean 'mlp'"),
        ({"model": "mlp", "hidden": ()}, "hidden must name at least one size for the mlp"),
        ({"num_rounds": 0}, "num_rounds must be at least 1, got 0"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
        ({"verbose": -1}, "verbose must be at least 0, got -1"),
        ({"client_fraction": 2.0}, r"client_fraction must lie in \[0, 1\], got 2.0"),
        ({"num_clients": 10**6}, "num_clients must be at most"),
    ],
)
def test_parameters_are_checked_by_fit(params, sentence):
    with pytest.raises(ValueError, match=sentence):
        classifier(**params).fit(*TRAIN)


@pytest.mark.parametrize(
    ("verbose", "num_lines"), [(0, 0), (False, 0), (1, 10), (2, 10), (True, 10)]
)
def test_verbose_shows_the_progress_of_fit(verbose, num_lines, capfd):
    classifier(num_rounds=10, verbose=verbose).fit(*TRAIN)
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", num_lines)


def test_text_in_a_column_is_refused():
    with pytest.raises(TypeError, match="X must hold real numbers, not str"):
        classifier().fit(np.array([["a", 1.0], ["b", 2.0]], dtype=object), [0, 1])


def test_sparse_rows_are_refused_with_a_remedy():
    class Sparse:
        def toarray(self):
            return np.zeros((2, 1))

    with pytest.raises(TypeError, match=r"X must be dense.*take X.toarray\(\)"):
        classifier().fit(Sparse(), [0, 1])


def test_predicting_before_fitting_is_an_error():
    with pytest.raises(NotFittedError, match="classifier must be fitted first"):
        classifier().predict(TEST[0])


@pytest.mark.parametrize(
    ("rows", "labels", "sentence"),
    [
        (np.ones((4, 1), complex), [0, 1, 0, 1], "X must hold real numbers, not complex128"),
        (np.array([[{}], [1.0]], dtype=object), [0, 1], "X must hold real numbers, not dict"),
        (np.ones((4, 0)), [0, 1, 0, 1], "features must have rows and columns"),
        (np.ones((4, 1)), None, r"y must have shape \(4,\), one for each row of X, got \(\)"),
        (np.ones((2, 1)), [[0], [1]], r"y must have shape \(2,\), one for each row of X, got"),
        (np.ones((2, 1)), [None, 1], "y must have a value everywhere, got a missing one in row 0"),
        (np.ones((2, 1)), np.array([1, "a"], object), "y must hold values of one kind, not int be"),
        (np.ones((2, 1)), [b"a", b"b"], r"y must be numbers or text, not \|S1"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(rows, labels, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        classifier().fit(rows, labels)


def frame(n=60):
    rng = np.random.default_rng(0)
    kind = np.array(["<30", ">=30", "x=y"], object)[rng.integers(3, size=n)]
    return {"age": rng.integers(20, 80, n), "kind": kind, "dose": rng.random(n)}


def test_a_frame_is_read_by_its_names():
    rows, labels = frame(), np.arange(60) % 2
    fitted = classifier().fit(rows, labels)
    assert fitted.feature_names_in_.tolist() == ["age", "kind", "dose"]
    assert fitted.n_features_in_ == 3
    turned = {name: rows[name] for name in ("dose", "kind", "age")}
    assert np.array_equal(fitted.predict_proba(turned), fitted.predict_proba(rows))
    with pytest.raises(ValueError, match="frame must have a column 'age', got kind, dose"):
        fitted.predict({"kind": rows["kind"], "dose": rows["dose"]})
    with pytest.raises(ValueError, match="column 'kind' must be one of <30, >=30, x=y, got 'new'"):
        fitted.predict(rows | {"kind": np.full(60, "new")})


def test_names_of_an_earlier_fit_are_forgotten():
    fitted = classifier().fit(frame(), np.arange(60) % 2).fit(*TRAIN)
    assert not hasattr(fitted, "feature_names_in_")
    assert fitted.n_features_in_ == 30


def test_new_rows_are_filled_as_in_fit():
    rows, labels = frame(), np.arange(60) % 2
    age = np.where(np.arange(60) % 7 == 0, np.nan, rows["age"])
    fitted = classifier(missing="median").fit(rows | {"age": age}, labels)
    filled = np.where(np.isnan(age), np.nanmedian(age), age)
    assert np.array_equal(
        fitted.predict_proba(rows | {"age": age}), fitted.predict_proba(rows | {"age": filled})
    )


def test_another_number_of_columns_is_said():
    with pytest.raises(ValueError, match="X must have 30 columns, as in fit, got 2"):
        classifier().fit(*TRAIN).predict(np.ones((1, 2)))


class TestInsideScikitLearn:
    """Only where scikit-learn is installed; the library itself never imports it."""

    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("sklearn", reason="scikit-learn is not installed")

    def test_a_clone_has_the_parameters_and_not_what_was_learnt(self):
        from sklearn.base import clone

        fitted = classifier(partition=fl.dirichlet(0.5)).fit(*TRAIN)
        copy = clone(fitted)
        assert copy.get_params() == fitted.get_params()
        assert not hasattr(copy, "classes_")

    def test_it_is_the_last_step_of_a_pipeline(self):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import MinMaxScaler

        pipeline = make_pipeline(MinMaxScaler(), classifier(num_rounds=20)).fit(*TRAIN)
        assert pipeline.score(*TEST) > 0.9

    def test_it_is_cross_validated_as_a_classifier(self):
        from sklearn.base import is_classifier
        from sklearn.model_selection import cross_val_score

        assert is_classifier(classifier())
        assert (cross_val_score(classifier(), *TRAIN, cv=3) > 0.8).all()

    def test_a_grid_searches_the_fields_of_parts(self):
        from sklearn.model_selection import GridSearchCV

        base = classifier(partition=fl.dirichlet(0.5))
        search = GridSearchCV(base, {"partition__alpha": [0.1, 10.0]}, cv=2).fit(*TRAIN)
        assert search.best_params_["partition__alpha"] in (0.1, 10.0)

    # It is told by its behaviour, not by its ancestors.
    @pytest.mark.filterwarnings("ignore:Estimator FederatedClassifier does not inherit")
    def test_the_checks_of_the_interface_pass(self):
        from sklearn.utils import estimator_checks

        if not hasattr(estimator_checks, "estimator_checks_generator"):
            pytest.skip("scikit-learn before 1.6 checks by class alone")
        checked = fl.FederatedClassifier(num_clients=2, num_rounds=10)
        ran = set()
        for estimator, check in estimator_checks.estimator_checks_generator(checked):
            name = check.func.__name__
            if name not in NOT_APPLICABLE:
                try:
                    check(estimator)
                except SkipTest:
                    continue
                ran.add(name)
        assert "check_classifiers_train" in ran  # other names may change with the version


def test_a_score_of_labels_of_another_kind_or_number_is_refused() -> None:
    rows, labels = np.arange(8.0)[:, None], np.arange(8) // 4
    fitted = fl.FederatedClassifier("logistic", num_clients=2, num_rounds=1).fit(rows, labels)
    with pytest.raises(ValueError, match="y must hold labels of the kind that fit was given, got"):
        fitted.score(rows, np.array(["no", "yes"])[labels])
    with pytest.raises(ValueError, match=r"y must have shape \(8,\), one for each row of X"):
        fitted.score(rows, labels[:3])
    assert fitted.score(rows, labels.astype(float)) == fitted.score(rows, labels)
