"""Model files: what is written is what is read, and a bad file is a sentence."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.errors import FileFormatError
from pyfedlite.models.activations import ACTIVATIONS

num_features = st.integers(1, 5)
num_classes = st.integers(2, 4)
settings = st.fixed_dictionaries(
    {
        "l2": st.floats(0, 10, allow_nan=False),
        "dtype": st.sampled_from(["float32", "float64"]),
    }
)
layers = st.lists(st.integers(1, 5), min_size=2, max_size=4)
models = st.one_of(
    st.builds(lambda p, s: fl.LinearRegression(p, **s), num_features, settings),
    st.builds(lambda p, s: fl.LogisticRegression(p, **s), num_features, settings),
    st.builds(lambda p, c, s: fl.SoftmaxRegression(p, c, **s), num_features, num_classes, settings),
    st.builds(
        lambda sizes, activation, s: fl.MLP(*sizes, activation=activation, **s),
        layers,
        st.sampled_from(sorted(ACTIVATIONS)),
        settings,
    ),
)


def theta_of(model, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=model.layout.num_params).astype(model.dtype)


def saved(tmp_path, model=None, **extra):
    model = fl.LogisticRegression(2) if model is None else model
    path = tmp_path / "model.npz"
    fl.save_model(path, model, theta_of(model), **extra)
    return path


@given(model=models)
def test_a_model_is_read_as_it_was_written(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("models") / "model.npz"
    theta = theta_of(model)
    fl.save_model(path, model, theta)
    loaded = fl.load_model(path)
    assert loaded.model == model
    assert loaded.theta.dtype == theta.dtype
    assert np.array_equal(loaded.theta, theta)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (
            fl.MLP(2, 3, 1, activation="tanh"),
            {"class": "mlp", "sizes": [2, 3, 1], "activation": "tanh"},
        ),
        (fl.SoftmaxRegression(2, 3), {"class": "softmax", "num_features": 2, "num_classes": 3}),
        (fl.LogisticRegression(2), {"class": "logistic", "num_features": 2}),
        (fl.LinearRegression(2), {"class": "linear", "num_features": 2}),
    ],
)
def test_the_header_says_the_model_as_it_always_did(tmp_path, model, settings):
    with np.load(saved(tmp_path, model)) as file:
        header = json.loads(file["header"].tobytes())
    assert header["format"] == "pyfedlite-model-2"
    assert header["model"] == settings | {"l2": 0.0, "dtype": "float32"}


def test_names_and_standardisation_come_back(tmp_path):
    extra = {"mean": [1.0, 2.0], "std": [0.5, 1.0], "feature_names": ("age", "Größe")}
    loaded = fl.load_model(saved(tmp_path, **extra, class_names=("no", "yes")))
    assert loaded.mean.tolist() == [1.0, 2.0]
    assert loaded.std.tolist() == [0.5, 1.0]
    assert loaded.feature_names == ("age", "Größe")
    assert loaded.class_names == ("no", "yes")


def test_raw_rows_are_standardised_before_the_model_sees_them(tmp_path):
    model = fl.LinearRegression(2, dtype="float64")
    path = tmp_path / "model.npz"
    fl.save_model(path, model, np.array([1.0, 10.0, 0.5]), mean=[1.0, 2.0], std=[2.0, 4.0])
    # (3 - 1) / 2 + 10 * (6 - 2) / 4 + 0.5
    assert fl.load_model(path).predict([[3.0, 6.0]]).tolist() == [11.5]


def test_a_row_standardised_here_has_the_bits_of_training(tmp_path):
    rng = np.random.default_rng(0)
    scale = fl.statistics.Standardisation(rng.normal(size=3), rng.uniform(0.1, 9, 3))
    rows, model = rng.normal(size=(50, 3)), fl.SoftmaxRegression(3, 4)
    path = saved(tmp_path, model, mean=scale.mean, std=scale.std)
    expected = model.predict_proba(theta_of(model), scale(rows))
    assert np.array_equal(fl.load_model(path).predict_proba(rows), expected)


def test_probabilities_of_a_row_sum_to_one(tmp_path):
    loaded = fl.load_model(saved(tmp_path, fl.MLP(2, 3, 1)))
    probabilities = loaded.predict_proba(np.ones((4, 2)))
    assert probabilities.shape == (4, 2)
    # two float32 sigmoids, each rounded by 2^-24
    assert np.allclose(probabilities.sum(axis=1), 1, atol=2**-23)


def test_a_regression_has_no_probabilities(tmp_path):
    loaded = fl.load_model(saved(tmp_path, fl.LinearRegression(2)))
    with pytest.raises(ValueError, match="model must tell classes apart"):
        loaded.predict_proba(np.ones((1, 2)))


def test_a_file_is_not_written_over_without_being_asked(tmp_path):
    path = saved(tmp_path)
    with pytest.raises(ValueError, match=r"path must be a new file, got .*overwrite=True"):
        saved(tmp_path)
    before = path.read_bytes()
    fl.save_model(path, fl.LogisticRegression(3), np.zeros(4), overwrite=True)
    assert path.read_bytes() != before


def test_rows_of_another_width_are_refused(tmp_path):
    loaded = fl.load_model(saved(tmp_path))
    with pytest.raises(ValueError, match="features must have 2 columns, as the model has, got 3"):
        loaded.predict(np.ones((1, 3)))


def test_rows_with_missing_values_are_refused(tmp_path):
    loaded = fl.load_model(saved(tmp_path))
    with pytest.raises(ValueError, match="features must have a value everywhere, got NaN"):
        loaded.predict([[1.0, np.nan]])


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"theta": np.zeros(2)}, r"theta must have shape \(3,\), as the model has, got \(2,\)"),
        ({"theta": np.array([0, 0, np.inf])}, "theta must be finite everywhere, got inf"),
        ({"mean": [0.0, 0.0]}, "mean and std must come together"),
        ({"mean": [0.0, 0.0], "std": [1.0, 0.0]}, "std must be above 0, got 0.0"),
        ({"class_names": ("a", "b", "c")}, "class_names must have 2 entries, .* got 3"),
        ({"feature_names": ("a",)}, "feature_names must have 2 entries, .* got 1"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(tmp_path, extra, sentence):
    arguments = {"theta": np.zeros(3)} | extra
    with pytest.raises(ValueError, match=sentence):
        fl.save_model(tmp_path / "model.npz", fl.LogisticRegression(2), **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_another_class_is_refused(tmp_path):
    class Other:
        layout, num_features, num_classes, dtype = fl.MLP(1, 2).layout, 1, 2, "float32"

    with pytest.raises(TypeError, match=r"model must be of one of the classes MLP, .*, got Other"):
        fl.save_model(tmp_path / "model.npz", Other(), np.zeros(4))


def test_an_absent_file_is_a_sentence(tmp_path):
    with pytest.raises(FileFormatError, match=r"model must be a file .*No such file"):
        fl.load_model(tmp_path / "none.npz")


def test_a_file_of_another_kind_is_a_sentence(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, a=np.zeros(3))
    with pytest.raises(FileFormatError, match="model must be a file written by save_model"):
        fl.load_model(path)


def test_a_file_with_pickled_objects_is_not_unpickled(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, header=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FileFormatError, match="allow_pickle=False"):
        fl.load_model(path)


def test_a_format_of_the_future_is_named(tmp_path):
    path = saved(tmp_path)
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes()) | {"format": "pyfedlite-model-9"}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(FileFormatError, match=r"format must be pyfedlite-model-2, got .*-9"):
        fl.load_model(path)


@given(data=st.data())
def test_a_damaged_file_is_a_sentence_or_still_a_model(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(saved(folder, fl.SoftmaxRegression(2, 3)).read_bytes())
    if data.draw(st.booleans(), label="cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1), label="length")]
    else:
        place = data.draw(st.integers(0, len(content) - 1), label="place")
        content[place] ^= data.draw(st.integers(1, 255), label="bits")
    (folder / "bad.npz").write_bytes(content)
    try:
        loaded = fl.load_model(folder / "bad.npz")
    except FileFormatError:
        return
    assert loaded.theta.shape == (9,)  # a flip in a time stamp or the like


def test_a_bit_flip_in_theta_is_noticed(tmp_path):
    path = saved(tmp_path)
    with zipfile.ZipFile(path) as archive:
        theta = archive.read("theta.npy")
    content = path.read_bytes()
    assert content.count(theta) == 1
    flipped = io.BytesIO(content)
    flipped.seek(content.index(theta) + len(theta) - 1)
    flipped.write(bytes([theta[-1] ^ 1]))
    path.write_bytes(flipped.getvalue())
    with pytest.raises(FileFormatError, match="CRC"):
        fl.load_model(path)


def test_a_file_of_the_first_format_is_still_read(tmp_path):
    """As version 1 wrote it: standardised numbers and a category with = in its name."""
    header = {
        "format": "pyfedlite-model-1",
        "model": {"class": "logistic", "num_features": 3, "l2": 0.0, "dtype": "float64"},
        "feature_names": ["age", "bmi=<30", "bmi=>=30"],
        "class_names": ["well", "ill"],
    }
    np.savez(
        tmp_path / "old.npz",
        header=np.frombuffer(json.dumps(header).encode(), np.uint8),
        theta=np.array([1.0, 0.0, 1.0, 0.0]),
        mean=np.array([40.0, 0.0, 0.0]),
        std=np.array([10.0, 1.0, 1.0]),
    )
    trained = fl.load_model(tmp_path / "old.npz")
    rows = {"bmi": ["<30", ">=30"], "age": [40, 40]}
    # The scores are 0 and 1; 1 / (1 + 1/e) = 0.731059.
    assert np.allclose(trained.predict_proba(rows)[:, 1], [0.5, 0.731059])
    assert trained.class_names == ("well", "ill")


def test_what_a_history_saves_predicts_like_the_history(tmp_path):
    columns = {"x": [1.0, 2.0, None, 4.0] * 6, "kind": ["a=b", ">=30"] * 12, "y": [0, 1, 1, 0] * 6}
    data = fl.data.load_frame(columns, missing="mean")
    clients = fl.standardise(fl.partition(data, fl.iid(), num_clients=3, seed=0))
    history = fl.simulate(fl.fedavg(fl.LogisticRegression(3)), clients, num_rounds=2, seed=0)
    history.save(tmp_path / "m.npz")
    loaded = fl.load_model(tmp_path / "m.npz")
    assert np.array_equal(loaded.predict_proba(columns), history.predict_proba(columns))
    assert np.array_equal(loaded.predict(columns), history.predict(columns))
    with pytest.raises(ValueError, match="path must be a new file"):
        history.save(tmp_path / "m.npz")


def test_a_standardised_model_is_used_on_raw_rows(tmp_path):
    """Without the standardisation these rows, of mean 1e6, would all be told ill for certain."""
    rng = np.random.default_rng(0)
    x = 1e6 + rng.normal(size=(200, 1))
    data = fl.Dataset(x, (x[:, 0] > 1e6 + 1).astype(int), x[:9], np.arange(9) % 2, 2, "raw")
    clients = fl.standardise(fl.partition(data, fl.iid(), num_clients=4, seed=0))
    algorithm = fl.fedavg(fl.LogisticRegression(1), learning_rate=0.5)
    history = fl.simulate(algorithm, clients, num_rounds=20, seed=0)
    history.save(tmp_path / "m.npz")
    share = fl.load_model(tmp_path / "m.npz").predict(x).mean()
    assert abs(share - data.labels.mean()) < 0.05


def test_rows_that_only_the_caller_can_change_are_taken_as_arrays():
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    data = fl.Dataset(x, [0, 1, 0, 1], x, [0, 1, 0, 1], 2, "d", feature_names=("x",))
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    changed = clients.with_features(np.log(clients.pooled.features), np.log(x))
    history = fl.simulate(fl.fedavg(fl.LogisticRegression(1)), changed, num_rounds=1, seed=0)
    assert history.predict(np.log(x)).shape == (4,)
    with pytest.raises(ValueError, match=r"got raw columns; pass the changed rows as an array"):
        history.predict({"x": [1.0]})
