"""From a configuration to the objects of the road."""

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.algorithms import ALGORITHMS
from pyfedlite.errors import DataError
from pyfedlite.experiments import build, resolve
from pyfedlite.experiments.datasets import load_dataset
from pyfedlite.experiments.defaults import table


def built(**run):
    return build(resolve({"run": run}))


@pytest.fixture
def csv_file(tmp_path):
    """40 rows of two columns: y is whether x is above 0; three sites own them."""
    path = tmp_path / "mine.csv"
    x = np.linspace(-3.1, 3.1, 40)
    lines = [f"{v},{i % 7},{'site' + str(i % 3)},{v > 0}" for i, v in enumerate(x)]
    path.write_text("x,noise,group,label\n" + "\n".join(lines) + "\n")
    return path


def test_the_default_run_is_the_one_of_the_readme():
    data = fl.load_digits()
    clients = fl.partition(data, fl.dirichlet(alpha=0.3), num_clients=50, seed=0)
    algorithm = fl.fedavg(fl.MLP(64, 64, 10), local_epochs=5, batch_size=10, learning_rate=0.2)
    by_hand = fl.simulate(algorithm, clients, num_rounds=3, client_fraction=0.2, seed=0)
    assert built(num_rounds=3).run().fingerprint == by_hand.fingerprint


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_by_name_is_its_builder_by_default(name):
    experiment = built(algorithm=name, local_epochs=1, batch_size="all", learning_rate=0.25)
    builder = {"fedsgd": fl.fedsgd, "fedavg": fl.fedavg, "fedprox": fl.fedprox}
    builder |= {"fedavgm": fl.fedavgm, "fedadagrad": fl.fedadagrad}
    builder |= {"fedadam": fl.fedadam, "fedyogi": fl.fedyogi}
    settings = {} if name == "fedsgd" else {"local_epochs": 1, "batch_size": None}
    expected = builder[name](fl.MLP(64, 64, 10), learning_rate=0.25, **settings)
    assert experiment.algorithm == expected


def test_tabular_columns_are_standardised_over_all_clients():
    experiment = built(dataset="breast_cancer")
    features = experiment.clients.pooled.features
    assert experiment.scale is not None
    # 456 values near 1, each rounded to float32 by at most 2^-22 of the largest, about 12
    assert np.allclose(features.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(features.std(axis=0), 1, atol=1e-4)


def test_images_are_left_as_they_are():
    experiment = built()
    assert experiment.scale is None
    assert experiment.clients.pooled.features.max() == 1


def test_groups_of_an_own_file_are_the_clients(csv_file):
    experiment = built(dataset=str(csv_file))
    assert experiment.clients.num_clients == 3
    assert experiment.config.partition == fl.natural()


def test_rows_of_an_own_file_without_groups_are_dealt_out(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, features=np.eye(40), labels=np.arange(40) % 2)
    experiment = built(dataset=str(path))
    assert experiment.clients.num_clients == 10
    assert experiment.config.partition == fl.iid()


def test_the_model_left_to_the_data_is_an_mlp_for_classes(csv_file):
    experiment = built(dataset=str(csv_file))
    assert experiment.algorithm.model == fl.MLP(2, 64, 1)
    assert experiment.config.model.name == "mlp"


def test_the_model_left_to_the_data_is_linear_for_numbers(csv_file):
    experiment = built(dataset=str(csv_file), label="x", num_rounds=2)
    assert isinstance(experiment.algorithm.model, fl.LinearRegression)
    history = experiment.run()
    assert history.final_accuracy is None
    assert history.last("test_loss") > 0


def test_what_was_left_to_the_data_is_in_the_configuration_of_the_experiment(csv_file):
    first = built(dataset=str(csv_file), num_rounds=2)
    again = build(first.config)
    assert again.config == first.config
    assert again.run().fingerprint == first.run().fingerprint


def test_a_float64_model_is_asked_for_in_its_table():
    experiment = build(resolve({"model": {"dtype": "float64"}, "run": {"num_rounds": 1}}))
    assert experiment.run().theta.dtype == np.float64


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ({"dataset": "digitz"}, "dataset must be one of .* got 'digitz'; did you mean 'digits'"),
        ({"dataset": "patients"}, "a file of your own ends in .csv or .npz"),
        ({"dataset": "synthetic:1"}, "dataset must be synthetic:ALPHA,BETA"),
        ({"dataset": "synthetic:-1,1"}, "alpha must be at least 0, got -1.0"),
        ({"label": "y"}, "label must be left out but for a .csv file, got 'y'"),
        ({"model": "logistic"}, "model must tell 10 classes apart, got 'logistic'"),
        ({"model": "linear"}, "model must be mlp, softmax or logistic for classes"),
        ({"partition": "natural"}, r"dataset must have groups for natural\(\), got none"),
        ({"num_clients": 2000}, "num_clients must be at most 1438"),
    ],
)
def test_parts_that_do_not_fit_the_data_are_told_in_a_sentence(run, sentence):
    with pytest.raises(ValueError, match=sentence):
        built(**run)


def test_another_number_of_clients_than_of_groups_is_refused(csv_file):
    with pytest.raises(ValueError, match=r"num_clients must be 3, got 5; .*natural\(\)"):
        built(dataset=str(csv_file), partition="natural", num_clients=5)


def test_an_absent_file_is_a_data_error():
    with pytest.raises(DataError, match=r"none.csv must be readable"):
        built(dataset="none.csv")


def test_synthetic_data_do_not_depend_on_the_seed_of_the_run():
    a, b = (built(dataset="synthetic", seed=k).clients.pooled.features for k in range(2))
    assert np.array_equal(a, b)


def test_alpha_and_beta_stand_behind_the_name():
    assert load_dataset("synthetic:0.5,2").name == "synthetic(0.5, 2)"


def test_the_help_shows_the_table_of_defaults():
    from pyfedlite.cli.flags import EPILOG

    assert table() in EPILOG
