"""Whatever stands in the place of a part: every entrance takes those of its role, and no others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite._role_checks import ROLES, role_of
from pyfedlite.aggregation import AGGREGATORS, weighted_mean
from pyfedlite.aggregation.robust import median, nnm, pre_aggregated
from pyfedlite.algorithms import ALGORITHMS, FedAvg
from pyfedlite.attacks.poisoning import flip_labels
from pyfedlite.data import PARTITIONERS, LazyClients
from pyfedlite.evaluation import evaluate
from pyfedlite.local import LocalSGD
from pyfedlite.models import MODELS
from pyfedlite.names.words import part_of
from pyfedlite.sampling import dropouts
from pyfedlite.server import ServerSGD
from pyfedlite.statistics import standardisation
from pyfedlite.transforms import only_for, worker_momentum

DATA = fl.load_digits()
CLIENTS = fl.partition(DATA, fl.iid(), num_clients=5, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
ALGORITHM = fl.fedavg(MODEL)
THETA = np.zeros(650, np.float32)


def correction(participant: Any, theta: Any) -> Any:
    return 0 * theta


def cohort_transform(updates: Any, context: Any, rng: Any) -> Any:
    return updates


def callback(records: Any, state: Any) -> None:
    return None


PARTS: dict[str, Any] = {
    "clients": CLIENTS,
    "dataset": DATA,
    "algorithm": ALGORITHM,
    "model": MODEL,
    "local": LocalSGD(),
    "correction": correction,
    "aggregator": weighted_mean(),
    "server": ServerSGD(),
    "data transform": flip_labels(10),
    "update transform": worker_momentum(),
    "cohort transform": cohort_transform,
    "sampler": fl.sample_fraction(0.5),
    "availability": dropouts(0.0),
    "callback": callback,
    "partitioner": fl.iid(),
}
"""One part of each role."""


def run(**options: Any) -> Any:
    settings = {"algorithm": ALGORITHM, "clients": CLIENTS, "num_rounds": 1, "seed": 0} | options
    return fl.simulate(settings.pop("algorithm"), settings.pop("clients"), **settings)


def saved(model: Any) -> None:
    fl.save_model("never.npz", model, THETA)


ENTRANCES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "simulate algorithm": ("algorithm", lambda part: run(algorithm=part)),
    "simulate clients": ("clients", lambda part: run(clients=part)),
    "simulate sampler": ("sampler", lambda part: run(sampler=part)),
    "simulate availability": ("availability", lambda part: run(availability=part)),
    "simulate callbacks": ("callback", lambda part: run(callbacks=[part])),
    "partition dataset": (
        "dataset",
        lambda part: fl.partition(part, fl.iid(), num_clients=2, seed=0),
    ),
    "partition partitioner": (
        "partitioner",
        lambda part: fl.partition(DATA, part, num_clients=2, seed=0),
    ),
    "FederatedDataset": ("dataset", lambda part: fl.FederatedDataset(part, [0] * 1438)),
    "LazyClients": ("dataset", lambda part: LazyClients(lambda k: (), [1], part)),
    "FedAvg": ("model", FedAvg),
    "FedAvg local": ("local", lambda part: FedAvg(MODEL, part)),
    "LocalSGD correction": ("correction", lambda part: LocalSGD(correction=part)),
    "only_for": ("update transform", lambda part: only_for({3}, part)),
    "evaluate": ("model", lambda p: evaluate(p, THETA, DATA.test_features, DATA.test_labels)),
    "TrainedModel": ("model", lambda part: fl.models.TrainedModel(part, THETA)),
    "standardise": ("clients", fl.standardise),
    "standardisation": ("clients", standardisation),
    "fill_missing": ("clients", lambda part: fl.fill_missing(part, "mean")),
    "estimator partition": (
        "partitioner",
        lambda part: fl.FederatedClassifier(
            "logistic", partition=part, num_clients=2, num_rounds=1
        ).fit(np.arange(8.0).reshape(8, 1), np.arange(8) % 2),
    ),
}
OF_ALGORITHMS = {
    "aggregator": ("aggregator", lambda part: part),
    "server": ("server", lambda part: part),
    "correction": ("correction", lambda part: part),
    "transforms": ("update transform", lambda part: (part,)),
    "cohort_transforms": ("cohort transform", lambda part: (part,)),
    "data_transforms": ("data transform", lambda part: (part,)),
}
OTHER_SERVER = ("fedavgm", "fedadagrad", "fedadam", "fedyogi")
for name in ALGORITHMS:
    ENTRANCES[name] = ("model", ALGORITHMS[name])
    for key, (role, wrapped) in OF_ALGORITHMS.items():
        if key != "server" or name not in OTHER_SERVER:
            ENTRANCES[f"{name} {key}"] = (
                role,
                lambda part, name=name, key=key, wrapped=wrapped: ALGORITHMS[name](
                    MODEL, **{key: wrapped(part)}
                ),
            )
SEVERAL_ROLES = {"only_for": {"data transform", "cohort transform"}}
BY_WORD = {"model", "aggregator", "partitioner"}
OPTIONAL = {"simulate sampler", "simulate availability", "LocalSGD correction"}
OPTIONAL |= {f"{name} correction" for name in ALGORITHMS}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_an_entrance_takes_a_part_of_its_role(entrance: str) -> None:
    role, enter = ENTRANCES[entrance]
    enter(PARTS[role])


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_an_entrance_takes_no_part_of_another_role(entrance: str) -> None:
    role, enter = ENTRANCES[entrance]
    for other in set(PARTS) - {role} - SEVERAL_ROLES.get(entrance, set()):
        if entrance in ("evaluate", "TrainedModel") and hasattr(PARTS[other], "layout"):
            continue
        with pytest.raises(TypeError, match=r" must be an? .*, got ") as told:
            enter(PARTS[other])
        article_and_role = ROLES[other].words
        assert f"got {article_and_role}, " in str(told.value)


class Nothing:
    """A class that plays no role, and whose objects play none."""


WRONG: dict[str, tuple[Any, str]] = {
    "a class": (Nothing, "got the class Nothing; make one of it"),
    "a class of our own": (fl.sampling.SampleFixed, "got the class SampleFixed; make one of it"),
    "an object": (Nothing(), "got Nothing"),
    "a number": (0.5, "got float"),
    "an array": (np.zeros(3), "got ndarray"),
    "a list": ([1, 2], "got list"),
    "None": (None, "got None"),
    "a builder": (fl.shards, "got the function shards"),
    "a text": ("nothing like it", "got 'nothing like it'"),
}


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("kind", WRONG)
def test_what_plays_no_role_gets_a_sentence_about_the_role(entrance: str, kind: str) -> None:
    role, enter = ENTRANCES[entrance]
    part, told = WRONG[kind]
    if kind == "None" and entrance in OPTIONAL:
        return
    if kind == "a builder" and entrance == "only_for":
        return  # a function is not looked into there: it may be of three kinds
    is_word = isinstance(part, str) and role in BY_WORD
    is_word &= entrance not in ("evaluate", "TrainedModel")
    with pytest.raises(ValueError if is_word else TypeError, match=told):
        enter(part)


@pytest.mark.parametrize("role", ROLES)
def test_the_role_of_a_part_is_known(role: str) -> None:
    assert role_of(PARTS[role]) == role


@pytest.mark.parametrize(
    ("mistaken", "hint"),
    [
        (lambda: run(clients=DATA), "divide it: partition"),
        (lambda: run(algorithm=MODEL), r"fedavg\(model\)"),
        (lambda: run(algorithm=CLIENTS, clients=ALGORITHM), "the algorithm comes first"),
        (lambda: fl.partition(fl.iid(), DATA, seed=0), "the dataset comes first"),  # type: ignore[arg-type]
        (lambda: saved(ALGORITHM), r"take its model: algorithm\.model"),
        (lambda: fl.save_model("never.npz", THETA, MODEL), "the model comes first"),  # type: ignore[arg-type]
        (lambda: fl.fedavg(fl.SoftmaxRegression), r"make one of it: SoftmaxRegression\("),  # type: ignore[arg-type]
        (lambda: fl.partition(DATA, fl.dirichlet, seed=0), r"call it: dirichlet\("),  # type: ignore[arg-type]
        (lambda: fl.fedavg(MODEL, transforms=worker_momentum()), r"write \(part,\)"),  # type: ignore[arg-type]
        (lambda: run(callbacks=callback), r"write \(part,\)"),
        (lambda: run(callbacks=[lambda records: None]), r"has to take \(records, state\)"),
        (lambda: fl.fedavg(MODEL, server=lambda s, a: s), r"take \(state, aggregate, population\)"),  # type: ignore[arg-type, misc]
        (lambda: pre_aggregated(nnm, median(num_byzantine=1)), r"call it: nnm\("),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_usual_mistake_is_told_what_to_try(mistaken: Callable[[], Any], hint: str) -> None:
    with pytest.raises(TypeError, match=hint):
        mistaken()


@pytest.mark.parametrize(
    ("mistaken", "nearest"),
    [
        (lambda: fl.fedavg(MODEL, aggregator="krumm:num_byzantine=1"), "krum"),
        (lambda: fl.fedavg("softmx:64,10"), "softmax"),
        (lambda: fl.partition(DATA, "dirichlett:0.3", num_clients=2, seed=0), "dirichlet"),
    ],
)
def test_an_unknown_word_is_told_the_nearest_name(
    mistaken: Callable[[], Any], nearest: str
) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{nearest}'"):
        mistaken()


SPELLED: list[tuple[Any, str, Callable[[str], Any]]] = [
    (AGGREGATORS, text, lambda text: fl.fedavg(MODEL, aggregator=text).aggregator)
    for text in [
        *(name for name in ("mean", "mean:weights=uniform", "secure:clip=2")),
        *(f"{name}:num_byzantine=1" for name in ("median", "trimmed_mean", "krum", "bulyan")),
        *(f"{name}:num_byzantine=1" for name in ("multi_krum", "geometric_median")),
        *("centred_clipping:0.5", "norm_clipping:0.5", "nnm+median:num_byzantine=2"),
        *("private:0.5,2.5,population=9", "distributed_private:0.5,2.5,min_honest=3"),
        "secure_groups:3+median:num_byzantine=1",
    ]
]
SPELLED += [
    (MODELS, text, lambda text: fl.fedavg(text).model)
    for text in ("mlp:64,32,10", "softmax:64,10", "logistic:64", "linear:64")
]


@pytest.mark.parametrize(("names", "text", "build"), SPELLED)
def test_a_word_of_the_command_line_means_the_same_in_python(
    names: Any, text: str, build: Callable[[str], Any]
) -> None:
    assert build(text) == names.read(text) == part_of(names, names.read(text))


def test_no_name_of_a_family_is_forgotten_above() -> None:
    for names in (AGGREGATORS, MODELS):
        spelled = {
            text.split("+")[-1].partition(":")[0] for table, text, _ in SPELLED if table is names
        }
        assert spelled == set(names)


GROUPED = fl.Dataset(
    np.zeros((8, 1)), [0, 1] * 4, [[0.0]], [0], 2, "tiny", groups=[0] * 4 + [1] * 4
)
PARTITIONS = ("iid", "shards:2", "dirichlet:0.3,min_examples=2", "quantity:1.2", "natural")


@pytest.mark.parametrize("text", PARTITIONS)
def test_a_partition_by_word_is_the_one_by_part(text: str) -> None:
    by_word = fl.partition(GROUPED, text, num_clients=2, seed=0)
    by_part = fl.partition(GROUPED, PARTITIONERS.read(text), num_clients=2, seed=0)
    assert by_word.fingerprint() == by_part.fingerprint()
    assert {each.partition(":")[0] for each in PARTITIONS} == set(PARTITIONERS)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_estimator_takes_the_words_of_the_command_line(name: str) -> None:
    x, y = np.arange(16.0).reshape(16, 1), np.arange(16) // 8
    settings: dict[str, Any] = {"num_clients": 2, "num_rounds": 2}
    by_word = fl.FederatedClassifier("auto", algorithm=name, partition="shards:2", **settings)
    if name == "fedsgd":
        by_part = fl.FederatedClassifier(
            "mlp", algorithm=lambda model, local_epochs, batch_size, learning_rate: fl.fedsgd(
                model, learning_rate=learning_rate
            ), partition=fl.shards(2), **settings
        )  # fmt: skip
    else:
        by_part = fl.FederatedClassifier(
            "mlp", algorithm=ALGORITHMS[name], partition=fl.shards(2), **settings
        )
    fingerprints = {each.fit(x, y).history_.fingerprint for each in (by_word, by_part)}
    assert len(fingerprints) == 1


def test_settings_behind_the_word_of_an_algorithm_are_its_own() -> None:
    x, y = np.arange(16.0).reshape(16, 1), np.arange(16) // 8
    fitted = fl.FederatedClassifier(
        "logistic", algorithm="fedprox:proximal_mu=0.5", num_clients=2, num_rounds=1
    ).fit(x, y)
    assert "proximal_mu=0.5" in fitted.history_.config["algorithm"]


def test_fedsgd_refuses_what_it_would_not_use() -> None:
    x, y = np.arange(16.0).reshape(16, 1), np.arange(16) // 8
    classifier = fl.FederatedClassifier(algorithm="fedsgd", local_epochs=5, num_clients=2)
    with pytest.raises(ValueError, match="local_epochs must be left out for fedsgd, got 5"):
        classifier.fit(x, y)


def test_nothing_is_written_by_a_model_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError):
        saved(ALGORITHM)
    assert list(tmp_path.iterdir()) == []
