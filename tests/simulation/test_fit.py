"""Settings that cannot act, and values that no model can hold, are refused by their names."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation import secure_mean
from pyfedlite.data import load_frame
from pyfedlite.experiments import build, resolve

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=3, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
X = np.arange(24.0).reshape(12, 2)
CLASSES = np.arange(12) % 2


def run(**options: Any) -> Any:
    return fl.simulate(fl.fedavg(MODEL), CLIENTS, **{"num_rounds": 1, "seed": 0, **options})


def with_rule(rule: str) -> Any:
    return fl.simulate(fl.fedavg(MODEL, aggregator=rule), CLIENTS, num_rounds=1, seed=0)


def regression(labels: Any, test_labels: Any = None, dtype: str = "float32") -> Any:
    data = fl.Dataset(X, labels, X, labels if test_labels is None else test_labels, None, "r")
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    model = fl.LinearRegression(2, dtype=dtype)
    return fl.simulate(fl.fedavg(model, learning_rate=1e-4), clients, num_rounds=1, seed=0)


def fit(labels: Any, rows: Any = X, **settings: Any) -> Any:
    settings = {"model": "logistic", "num_clients": 2, "num_rounds": 1} | settings
    return fl.FederatedClassifier(**settings).fit(rows, labels)


NO_EFFECT: dict[str, tuple[Callable[[], Any], str]] = {
    "reports": (lambda: run(min_reports=4), "min_reports must be at most .* clients, 3, got 4"),
    "epochs": (lambda: fl.fedsgd(MODEL, local_epochs=3), "local_epochs must be left out for"),  # type: ignore[call-arg]
    "batch": (lambda: fl.fedsgd(MODEL, batch_size=3), "batch_size must be left out for fedsgd"),  # type: ignore[call-arg]
    "server": (lambda: fl.fedadam(MODEL, server=fl.fedavg(MODEL).server), "server must be left"),
    "layers": (
        lambda: fit(CLASSES, model="softmax", hidden=(3,)),
        r"hidden must be left out for the model softmax, got \[3\]",
    ),
    "liars": (
        lambda: with_rule("median:num_byzantine=2"),
        r"aggregator must have an answer to the updates of all 3 clients, got none: median needs "
        r"n > 2 f, .* f = 2 attackers; no round could have a result",
    ),
    "liars among neighbours": (lambda: with_rule("nnm+krum:num_byzantine=1"), "krum needs n >="),
    "groups": (lambda: with_rule("secure_groups:5+median:num_byzantine=0"), "groups need n >= s"),
    "liars among groups": (lambda: with_rule("secure_groups:3+median:num_byzantine=1"), "n > 2 f"),
    "clip": (lambda: secure_mean(clip=1e300), r"clip must leave at least 8 bits .*, got 1e\+300"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_EFFECT)
def test_a_setting_that_cannot_act_is_refused(case: str) -> None:
    act, sentence = NO_EFFECT[case]
    with pytest.raises(ValueError, match=sentence):
        act()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"run": {"hidden": [5]}}, r"hidden must be left out for a regression, .*, got \[5\]"),
        ({"model": {"activation": "tanh"}}, "activation must be left out for a regression"),
        ({"run": {"target_accuracy": 0.5}}, "target_accuracy must be left out for a regression"),
        ({"run": {"target_auc": 0.5}}, "target_auc must be left out for a regression"),
    ],
)
def test_a_setting_that_cannot_act_is_refused_in_a_file(
    tmp_path: Any, settings: dict[str, Any], sentence: str
) -> None:
    rows = "\n".join(f"{k},{k / 3}" for k in range(40))
    (tmp_path / "r.csv").write_text(f"a,y\n{rows}\n")
    run = {"dataset": str(tmp_path / "r.csv"), **settings.get("run", {})}
    with pytest.raises(ValueError, match=sentence):
        build(resolve({**settings, "run": run}))


@pytest.mark.parametrize("huge", [1e300, -1e25])
def test_labels_whose_squares_overflow_are_told_apart_from_a_learning_rate(huge: float) -> None:
    told = r"labels must have squares that fit into float32 \(at most about 2e\+19\), got 1e\+"
    with pytest.raises(ValueError, match=told):
        regression([huge] * 12)
    with pytest.raises(ValueError, match=f"test_{told}"):
        regression([1.0] * 12, [huge] * 12)
    with pytest.raises(ValueError, match=r"fit into float64 \(at most about 1e\+154\)"):
        regression([1e300] * 12, dtype="float64")


def huge_column() -> np.ndarray:
    rows = X.copy()
    rows[3, 1] = 1e300
    return rows


UNUSABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "none as a class": (lambda: fit([None, 1] * 6), "y must have a value .* missing one in row 0"),
    "nan as a class": (lambda: fit([np.nan, 1.0] * 6), "y must have a value everywhere"),
    "infinity as a class": (lambda: fit([np.inf, 1.0] * 6), "y must be finite everywhere, got inf"),
    "bytes as classes": (lambda: fit([b"a", b"b"] * 6), r"decode them first: y\.astype\(str\)"),
    "bytes beside text": (
        lambda: fit(np.array([b"a", "b"] * 6, object)),
        "y must hold values of one kind, not bytes beside str",
    ),
    "one class": (lambda: fit([1] * 12), "y must hold at least two classes, got one class"),
    "no rows": (lambda: fit([], X[:0]), "y must hold at least two classes, got one class"),
    "a huge column": (lambda: fit(CLASSES, huge_column()), "column 1 must have values whose sq"),
    "rows of several lengths": (
        lambda: fl.Dataset([[1, 2], [3]], [0, 1], X, CLASSES, 2, "d"),
        "features must have rows of one length, got several",
    ),
    "two rows": (
        lambda: load_frame({"a": [1.0, 2.0], "label": ["u", "v"]}),
        "rows must be enough to set a fifth apart for testing: 3 of a class, got 2 rows",
    ),
    "one class in a frame": (
        lambda: load_frame({"a": [1.0, 2.0] * 6, "label": ["u"] * 12}),
        "labels must hold at least two classes, got only 'u'",
    ),
    "bytes in a frame": (
        lambda: load_frame({"a": [1.0, 2.0] * 6, "label": [b"u", b"v"] * 6}),
        "column 'label' must hold numbers or text",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_sentence_is_about_what_was_given(case: str) -> None:
    act, sentence = UNUSABLE[case]
    with pytest.raises((ValueError, TypeError), match=sentence):
        act()


def test_six_rows_are_enough() -> None:
    data = load_frame({"a": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "label": ["u", "v"] * 3})
    assert (data.num_examples, len(data.test_labels)) == (4, 2)


def test_a_rule_of_somebodys_own_is_asked_for_nothing_but_its_rounds() -> None:
    class Own:
        num_byzantine, calls = 1, 0

        def __call__(self, updates: Any, context: Any) -> fl.state.Aggregate:
            self.calls += 1
            vectors = np.stack([update.delta for update in updates])
            assert vectors.shape == (3, 650)  # it counts on the parameters of the model
            return fl.state.Aggregate(np.median(vectors, axis=0))

    own = Own()
    fl.simulate(replace(fl.fedavg(MODEL), aggregator=own), CLIENTS, num_rounds=2, seed=0)
    assert own.calls == 2
