"""A model says of the raw rows of a table what it said in training, whatever door they took."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.clients import Client
from pyfedlite.data import FederatedDataset, load_csv, load_frame
from pyfedlite.data.filling import fill_values, medians, most_frequent, quantiles
from pyfedlite.data.tables import Column, from_json, to_json
from pyfedlite.statistics import federated_mean, federated_variance

N = 24
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6).map(
    lambda text: f"w{text.strip()}="
)
RULES = ["mean", "median", "most-frequent"]


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Columns of numbers and categories, with holes, in any order, with any names."""
    names = draw(st.lists(words, min_size=2, max_size=4, unique_by=str.casefold))
    columns: dict[str, list[Any]] = {}
    for name in names:
        if draw(st.booleans(), label="number"):
            values: list[Any] = draw(
                st.lists(st.floats(-1e6, 1e6).map(float), min_size=N, max_size=N)
            )
        else:
            kinds = draw(st.lists(words, min_size=1, max_size=3, unique=True))
            values = [
                kinds[k]
                for k in draw(st.lists(st.integers(0, len(kinds) - 1), min_size=N, max_size=N))
            ]
        for row in draw(st.sets(st.integers(0, N - 1), max_size=4), label="holes"):
            values[row] = None
        columns[name] = values
    columns["label"] = ["sick" if k % 3 else "well" for k in range(N)]
    return columns


def written(path: Path, columns: dict[str, list[Any]]) -> Path:
    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"'

    rows = zip(*([name, *values] for name, values in columns.items()), strict=True)
    path.write_text("\n".join(",".join(map(cell, row)) for row in rows) + "\n", "utf-8")
    return path


@settings(max_examples=15)
@given(columns=tables(), rule=st.sampled_from(RULES), standardise=st.booleans(), data=st.data())
def test_raw_rows_are_predicted_as_in_training(
    tmp_path_factory: pytest.TempPathFactory,
    columns: dict[str, list[Any]],
    rule: str,
    standardise: bool,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("door")
    path = written(folder / "train.csv", columns)
    doors = [load_csv(path, missing=rule), load_frame(columns, missing=rule)]
    assert doors[0].columns == doors[1].columns
    np.testing.assert_array_equal(doors[0].features, doors[1].features)
    clients = fl.partition(doors[0], fl.iid(), num_clients=3, seed=0)
    clients = fl.standardise(clients) if standardise else clients
    model = fl.LogisticRegression(clients.num_features)
    rng = np.random.default_rng(0)
    theta = rng.normal(size=model.layout.num_params).astype(model.dtype)
    fl.save_model(folder / "m.npz", model, theta, inputs=clients.inputs)
    trained = fl.load_model(folder / "m.npz")

    # The rows as training saw them, in some order, against the same rows raw, through each door.
    seen = np.concatenate([clients.pooled.features, clients.test_features]).astype(model.dtype)
    in_training = sorted(map(tuple, seen.tolist()))
    order = data.draw(st.permutations(list(columns)), label="order of columns")
    shuffled = {name: columns[name] for name in order}
    for raw in (path, written(folder / "other.csv", shuffled), shuffled):
        again = trained.inputs.features(raw).astype(model.dtype)
        assert sorted(map(tuple, again.tolist())) == in_training
        expected = model.predict_proba(theta, again)
        np.testing.assert_array_equal(trained.predict_proba(raw), expected)


@given(st.lists(st.tuples(st.text(), st.none() | st.lists(st.text()).map(tuple))))
def test_columns_are_read_as_they_were_written(pairs: list[tuple[str, Any]]) -> None:
    columns = tuple(Column(*pair) for pair in pairs)
    assert from_json(to_json(columns)) == columns


# ---- every door, once ----------------------------------------------------------------------------

HOLED = np.where(
    np.arange(48).reshape(24, 2) % 11 == 3, np.nan, np.arange(48.0).reshape(24, 2) ** 2
)
LABELS = np.arange(24) // 12


def csv_door(folder: Path) -> tuple[Any, Any]:
    path = written(folder / "door.csv", {"a": HOLED[:, 0], "b": HOLED[:, 1], "y": LABELS})  # type: ignore[dict-item]
    return load_csv(path, missing="median"), path


def frame_door(folder: Path) -> tuple[Any, Any]:
    frame = {"a": HOLED[:, 0], "b": HOLED[:, 1], "y": LABELS}
    return load_frame(frame, missing="median"), frame


def npz_door(folder: Path) -> tuple[Any, Any]:
    np.savez(folder / "door.npz", features=HOLED, labels=LABELS)
    return fl.data.load_npz(folder / "door.npz", missing="median"), folder / "door.npz"


def dataset_door(folder: Path) -> tuple[Any, Any]:
    data = fl.Dataset(HOLED[4:], LABELS[4:], HOLED[:4], LABELS[:4], 2, "d", missing="median")
    return data, HOLED


@pytest.mark.parametrize("door", [csv_door, frame_door, npz_door, dataset_door])
@pytest.mark.parametrize("standardise", [False, True])
def test_a_saved_model_says_what_training_said_through_every_door(
    tmp_path: Path, door: Any, standardise: bool
) -> None:
    data, raw = door(tmp_path)
    clients = fl.partition(data, fl.iid(), num_clients=3, seed=0)
    clients = fl.standardise(clients) if standardise else clients
    history = fl.simulate(fl.fedavg(fl.LogisticRegression(2)), clients, num_rounds=2, seed=0)
    history.save(tmp_path / "m.npz")
    said = fl.load_model(tmp_path / "m.npz").predict_proba(raw)
    seen = np.concatenate([clients.pooled.features, clients.test_features]).astype(np.float32)
    in_training = history.model.predict_proba(history.theta, seen)
    np.testing.assert_array_equal(np.sort(said[:, 1]), np.sort(in_training[:, 1]))


@pytest.mark.parametrize(
    ("written_as", "held_as"),
    [
        (["True", "False"], [True, False]),
        (["TRUE", "FALSE"], np.array([True, False])),
        (["1", "2"], [1.0, 2.0]),
        (["1.0", "2.0"], [1, 2]),
        (["0.50", "2"], [0.5, 2.0]),
        (["007", "7"], ["007", "7"]),
    ],
)
def test_a_category_is_itself_however_a_door_writes_it(
    tmp_path: Path, written_as: list[str], held_as: Any
) -> None:
    frame = {"kind": np.tile(held_as, 6), "y": [0, 1, 1] * 4}
    texts = {"kind": written_as * 6, "y": frame["y"]}
    data = load_csv(written(tmp_path / "kinds.csv", texts), categorical="kind")
    np.testing.assert_array_equal(data.inputs.features(frame), data.inputs.features(texts))
    other = load_frame(frame, categorical="kind")
    np.testing.assert_array_equal(other.inputs.features(texts), other.inputs.features(frame))


@pytest.mark.parametrize("standardise", [False, True])
def test_the_classifier_says_of_raw_rows_what_training_said(standardise: bool) -> None:
    settings = {"num_clients": 3, "num_rounds": 2, "missing": "median", "standardise": standardise}
    fitted = fl.FederatedClassifier("logistic", **settings).fit(HOLED, LABELS)
    data = fl.Dataset(HOLED, LABELS, HOLED, LABELS, 2, "d", missing="median")
    clients = fl.partition(data, fl.iid(), num_clients=3, seed=0)
    clients = fl.standardise(clients) if standardise else clients
    seen = clients.test_features.astype(np.float32)
    trained = fitted.trained_
    expected = trained.model.predict_proba(trained.theta, seen)
    np.testing.assert_array_equal(fitted.predict_proba(HOLED), expected)


# ---- federated statistics ----------------------------------------------------------------------

values = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-0.0, 0.0, 1.0, 2.0])


@st.composite
def clients(draw: st.DrawFn) -> list[np.ndarray]:
    """Rows of two columns at one to five clients; NaN is missing, but never all of a column."""
    rows = draw(st.lists(st.tuples(values, values | st.just(np.nan)), min_size=1, max_size=30))
    x = np.array([*rows, (0.5, 0.5)])
    owner = draw(st.lists(st.integers(0, 4), min_size=len(x), max_size=len(x)))
    parts = [x[np.array(owner) == k] for k in range(5)]
    return [part for part in parts if len(part)]


@example([np.full((3, 2), 8e307)], 0.5)  # whose sum is no number
@given(clients(), st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0]) | st.floats(0, 1))
def test_a_quantile_is_exactly_that_of_the_pooled_rows(x: list[np.ndarray], q: float) -> None:
    pooled = np.concatenate(x)
    expected = [
        np.quantile(column[~np.isnan(column)], q, method="inverted_cdf") for column in pooled.T
    ]
    np.testing.assert_array_equal(quantiles(x, q), expected)


@given(clients())
def test_a_median_is_exactly_that_of_the_pooled_rows(x: list[np.ndarray]) -> None:
    x = [np.clip(part, -8e307, 8e307) for part in x]  # NumPy's own sum of two may overflow
    np.testing.assert_array_equal(medians(x), np.nanmedian(np.concatenate(x), axis=0))


@given(clients())
def test_mean_and_variance_leave_out_what_is_missing(x: list[np.ndarray]) -> None:
    small = [np.clip(part, -1e3, 1e3) for part in x]
    parts = [Client(k, part, np.zeros(len(part))) for k, part in enumerate(small)]
    mean = federated_mean(parts)
    variance = federated_variance(parts, mean)
    pooled = np.concatenate(small)
    # n numbers of size 1e3: sums err by n eps 1e3, their squares by n eps 1e6, twice each
    np.testing.assert_allclose(mean, np.nanmean(pooled, axis=0), rtol=0, atol=1e-11)
    np.testing.assert_allclose(variance, np.nanvar(pooled, axis=0), rtol=0, atol=1e-7)


@given(clients())
def test_the_most_frequent_value_is_that_of_the_pooled_rows(x: list[np.ndarray]) -> None:
    for column, found in zip(np.concatenate(x).T, most_frequent(x), strict=True):
        known = column[~np.isnan(column)].tolist()
        assert known.count(found) == max(map(known.count, known))
        assert found == min(v for v in known if known.count(v) == known.count(found))


@given(clients(), st.sampled_from(RULES))
def test_how_rows_are_divided_does_not_change_what_is_filled_in(
    x: list[np.ndarray], rule: str
) -> None:
    scaled = [part / 1e10 for part in x]  # so that no sum overflows
    pooled = np.concatenate(scaled)
    # For the mean, adding n numbers in another order errs by n eps times their sizes at most.
    size = np.nansum(np.abs(pooled), axis=0)
    tolerance = 2 * len(pooled) * np.finfo(float).eps * size if rule == "mean" else 0
    difference = np.abs(fill_values(scaled, rule) - fill_values([pooled], rule))
    assert (difference <= tolerance).all()


@given(st.sampled_from(RULES), st.integers(0, 2**32 - 1))
def test_filling_changes_nothing_but_what_is_missing(rule: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(12, 3)).round(1)
    holes = rng.random(x.shape) < 0.3
    holes[0] = False
    x[holes] = np.nan
    data = fl.Dataset(x, np.arange(12) % 2, x, np.arange(12) % 2, 2, "holes", missing="keep")
    kept = FederatedDataset(data, rng.permutation(12) % 3)
    filled = fl.fill_missing(kept, rule)
    np.testing.assert_array_equal(filled.pooled.test_features[~holes], x[~holes])
    fill = fill_values([client.features for client in kept], rule)
    np.testing.assert_array_equal(filled.test_features[holes], fill[np.nonzero(holes)[1]])
