"""Tables of settings, and the run that they mean."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.algorithms import ALGORITHMS
from pyfedlite.data import IID, Dirichlet, Natural, QuantitySkew, Shards
from pyfedlite.experiments import ModelConfig, resolve, tables, toml
from pyfedlite.experiments.defaults import BY_DATASET
from pyfedlite.experiments.settings import override
from pyfedlite.server import ServerAdam, ServerSGD, ServerYogi

counts = st.integers(1, 10**6)
above_zero = st.floats(1e-6, 1e6)
share = st.floats(0, 1)
below_one = st.floats(0, 0.99)
models = st.sampled_from(["auto", "mlp", "softmax", "logistic", "linear"])
partitions = st.one_of(
    st.sampled_from(["iid", "natural"]),
    st.builds("shards:{}".format, counts),
    st.builds("dirichlet:{!r}".format, above_zero),
    st.builds("quantity:{!r}".format, above_zero),
)
run_tables = st.fixed_dictionaries(
    {},
    optional={
        "dataset": st.one_of(st.sampled_from(sorted(BY_DATASET)), st.just("mine/Größe.csv")),
        "model": models,
        "num_clients": counts,
        "partition": partitions,
        "algorithm": st.sampled_from(sorted(set(ALGORITHMS) - {"fedsgd"})),
        "client_fraction": share,
        "local_epochs": counts,
        "batch_size": st.one_of(counts, st.just("all")),
        "learning_rate": above_zero,
        "num_rounds": counts,
        "target_accuracy": share,
        "eval_every": counts,
        "seed": st.integers(0, 2**63 - 1),
        "standardise": st.booleans(),
        "label": st.text(st.characters(exclude_categories=["Cs"])),
    },
)
local_tables = st.fixed_dictionaries(
    {},
    optional={
        "momentum": below_one,
        "proximal_mu": above_zero,
        "learning_rate_decay": st.floats(0.1, 1),
    },
)
settings = st.fixed_dictionaries(
    {"run": run_tables},
    optional={
        "local": local_tables,
        "model": st.fixed_dictionaries({}, optional={"l2": above_zero}),
        "server": st.fixed_dictionaries({}, optional={"learning_rate": above_zero}),
    },
)


@given(settings)
def test_a_written_configuration_is_read_as_it_was(written):
    config = resolve(written)
    assert resolve(tomllib.loads(toml.write(tables(config)))) == config


@given(settings)
def test_what_is_said_is_kept(written):
    run = tables(resolve(written))["run"]
    assert {key: run[key] for key in written["run"]} == written["run"]


@given(settings)
def test_settings_on_top_of_themselves_change_nothing(written):
    assert resolve(override(written, written)) == resolve(written)


def test_without_a_word_it_is_the_first_run_of_the_quickstart():
    config = resolve({})
    assert config.dataset == "digits"
    assert config.partition == fl.dirichlet(0.3)
    assert config.num_clients == 50
    assert config.model == ModelConfig("mlp", (64,))
    assert config.client_fraction == 0.2
    assert (config.local.local_epochs, config.local.batch_size) == (5, 10)
    assert (config.local.learning_rate, config.num_rounds, config.seed) == (0.2, 50, 0)


@pytest.mark.parametrize("dataset", BY_DATASET)
def test_every_row_of_the_table_of_defaults_is_a_run(dataset):
    assert resolve({"run": {"dataset": dataset}}).dataset == dataset


def test_hospitals_are_the_clients_of_heart_disease():
    config = resolve({"run": {"dataset": "heart-disease"}})
    assert config.partition == fl.natural()
    assert config.num_clients is None  # the groups say how many


@pytest.mark.parametrize(
    ("spelled", "partitioner"),
    [
        ("iid", IID(min_examples=3)),
        ("shards:4", Shards(4, min_examples=3)),
        ("dirichlet:0.5", Dirichlet(0.5, min_examples=3)),
        ("quantity:2", QuantitySkew(2.0, min_examples=3)),
        ("natural", Natural(min_examples=3)),
    ],
)
def test_a_partition_is_spelled_in_a_word_and_refined_in_its_table(spelled, partitioner):
    written = {"run": {"partition": spelled}, "partition": {"min_examples": 3}}
    assert resolve(written).partition == partitioner


@pytest.mark.parametrize(
    "written",
    [
        {"run": {"partition": "dirichlet:0.5,min_examples=3"}},
        {"run": {"partition": "dirichlet"}, "partition": {"alpha": 0.5, "min_examples": 3}},
        {
            "run": {"partition": "dirichlet:9,min_examples=9"},
            "partition": {"alpha": 0.5, "min_examples": 3},
        },
    ],
)
def test_a_setting_of_a_partition_stands_in_either_place_and_its_table_wins(written):
    assert resolve(written).partition == Dirichlet(0.5, min_examples=3)


def test_a_natural_partition_with_settings_has_its_clients_from_the_groups():
    written = {"run": {"dataset": "heart_disease", "partition": "natural:min_examples=2"}}
    assert resolve(written).partition == Natural(min_examples=2)
    assert resolve(written).num_clients is None


@pytest.mark.parametrize(
    ("algorithm", "table", "server"),
    [
        ("fedavg", {"learning_rate": 0.5}, ServerSGD(0.5)),
        ("fedavgm", {}, ServerSGD(1.0, momentum=0.9)),
        ("fedadam", {"tau": 0.1}, ServerAdam(0.01, tau=0.1)),
        ("fedyogi", {"beta2": 0.5}, ServerYogi(0.01, beta2=0.5)),
    ],
)
def test_the_algorithm_decides_what_its_server_can_be_told(algorithm, table, server):
    assert resolve({"run": {"algorithm": algorithm}, "server": table}).server == server


def test_fedprox_pulls_without_being_told_how_hard():
    assert resolve({"run": {"algorithm": "fedprox"}}).local.proximal_mu > 0


def test_fedsgd_takes_one_step_on_all_rows():
    local = resolve({"run": {"algorithm": "fedsgd", "learning_rate": 0.5}}).local
    assert (local.local_epochs, local.batch_size, local.learning_rate) == (1, None, 0.5)


def test_whole_numbers_do_where_others_are_meant():
    config = resolve({"run": {"learning_rate": 1}, "server": {"momentum": 0}})
    assert repr(config.local.learning_rate) == "1.0"
    assert repr(config.server) == "ServerSGD(learning_rate=1.0, momentum=0.0)"


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("local", "local_epochs", 3),
        ("local", "batch_size", "all"),
        ("local", "learning_rate", 0.7),
        ("model", "hidden", [7]),
    ],
)
def test_a_setting_of_run_may_stand_in_the_table_of_its_part(table, key, value):
    assert resolve({table: {key: value}}) == resolve({"run": {key: value}})


def test_one_size_needs_no_brackets():
    assert resolve({"run": {"hidden": 7}}).model.hidden == (7,)


def test_sizes_may_be_written_as_on_the_command_line():
    assert resolve({"run": {"hidden": "200,100"}}).model.hidden == (200, 100)


def test_layers_of_the_default_are_not_those_of_another_model():
    assert resolve({"run": {"model": "softmax"}}).model.hidden == ()


class TestOverride:
    """Flags go on top of a file."""

    def test_a_flag_wins(self):
        merged = override({"run": {"seed": 1, "num_rounds": 3}}, {"run": {"seed": 2}})
        assert merged["run"] == {"seed": 2, "num_rounds": 3}

    def test_a_flag_wins_over_the_table_of_the_part(self):
        merged = override({"local": {"learning_rate": 0.1}}, {"run": {"learning_rate": 0.2}})
        assert resolve(merged).local.learning_rate == 0.2

    def test_the_table_of_the_part_wins_over_the_file(self):
        merged = override({"run": {"learning_rate": 0.1}}, {"local": {"learning_rate": 0.2}})
        assert resolve(merged).local.learning_rate == 0.2

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("algorithm", "fedadam"),
            ("model", "softmax"),
            ("partition", "shards:2"),
            ("dataset", "breast_cancer"),
        ],
    )
    def test_another_part_than_the_file_has_starts_from_its_defaults(self, key, value):
        file = tables(resolve({}))
        resolved = resolve(override(file, {"run": {key: value}}))
        assert tables(resolved)["run"][key] == value

    def test_another_algorithm_has_its_own_proximal_term(self):
        file = tables(resolve({}))  # it says proximal_mu = 0.0
        resolved = resolve(override(file, {"run": {"algorithm": "fedprox"}}))
        assert resolved.local == resolve({"run": {"algorithm": "fedprox"}}).local

    def test_naming_the_same_part_again_drops_nothing(self):
        file = {"run": {"algorithm": "fedavgm"}, "server": {"momentum": 0.5}}
        assert override(file, {"run": {"algorithm": "fedavgm"}})["server"] == {"momentum": 0.5}


BAD = [
    ({"rum": {}}, "table must be one of run, .* got 'rum'; did you mean 'run'"),
    ({"run": {"num_round": 3}}, r"\[run\] key must be .* 'num_round'; did you mean 'num_rounds'"),
    ({"server": {"learning_rte": 1}}, r"\[server\] key .* of ServerSGD .*'learning_rate'"),
    ({"server": {"beta1": 0.5}}, r"\[server\] key must be a setting of ServerSGD"),
    ({"local": {"momentun": 0.5}}, r"\[local\] key .* did you mean 'momentum'"),
    ({"model": {"activaton": "tanh"}}, r"\[model\] key .* did you mean 'activation'"),
    ({"partition": {"min_exampels": 2}}, r"\[partition\] key .* did you mean 'min_examples'"),
    ({"aggregate": {"rule": "man"}}, "aggregate must be one of .* did you mean 'mean'"),
    ({"aggregate": {"trim": 1}}, r"\[aggregate\] key must be a setting of mean \(weights, rule\)"),
    ({"run": {"algorithm": "fedavgg"}}, "algorithm must be one of .* did you mean 'fedavg'"),
    ({"run": {"model": "mpl"}}, "model must be one of .* did you mean 'mlp'"),
    ({"run": {"partition": "dirichelt:1"}}, "partition must be one of .* 'dirichlet'"),
    ({"run": {"partition": "dirichlet"}}, "partition must be dirichlet: and a number"),
    ({"run": {"partition": "shards:0"}}, "^per_client must be at least 1, got 0"),
    (
        {"run": {"partition": "shards:2"}, "partition": {"per_client": 0}},
        r"^partition.per_client must be at least 1, got 0",
    ),
    (
        {"run": {"partition": "iid:min_example=2"}},
        "partition key must be .* did you mean 'min_examples'",
    ),
    ({"run": {"aggregate": "mean:clip=2"}}, r"aggregate key must be .* mean \(weights\)"),
    ({"run": {"num_rounds": 0}}, "num_rounds must be at least 1, got 0"),
    ({"run": {"num_rounds": -3}}, "num_rounds must be at least 1, got -3"),
    ({"run": {"num_clients": 0}}, "num_clients must be at least 1, got 0"),
    ({"run": {"local_epochs": 0}}, "local_epochs must be at least 1, got 0"),
    ({"run": {"eval_every": 0}}, "eval_every must be at least 1, got 0"),
    ({"run": {"seed": -1}}, "seed must be at least 0, got -1"),
    ({"run": {"batch_size": 0}}, "batch_size must be at least 1, got 0; 'all' takes all rows"),
    ({"run": {"batch_size": "most"}}, "batch_size must be a whole number or 'all', got 'most'"),
    ({"run": {"learning_rate": 0.0}}, "^learning_rate must be above 0, got 0.0"),
    ({"server": {"learning_rate": -1}}, r"^server.learning_rate must be above 0, got -1.0"),
    ({"local": {"momentum": 1.0}}, r"^local.momentum must lie in \[0, 1\), got 1.0"),
    ({"run": {"client_fraction": 1.5}}, r"client_fraction must lie in \[0, 1\], got 1.5"),
    ({"run": {"target_accuracy": 97}}, r"target_accuracy must lie in \[0, 1\], got 97"),
    ({"run": {"hidden": []}}, "hidden must name at least one size for the model mlp, got none"),
    ({"run": {"hidden": [0]}}, "hidden must be at least 1, got 0"),
    ({"run": {"model": "softmax", "hidden": [3]}}, r"hidden must be left out for the model softm"),
    ({"model": {"l2": -1}}, "^model.l2 must be at least 0, got -1.0"),
    ({"model": {"activation": "rele"}}, "^model.activation must be one of .* 'relu'"),
    ({"run": {"algorithm": "fedsgd", "local_epochs": 2}}, "local_epochs must be 1 for fedsgd"),
    ({"run": {"algorithm": "fedsgd", "batch_size": 9}}, "batch_size must be all for fedsgd"),
    (
        {"run": {"learning_rate": 0.1}, "local": {"learning_rate": 0.2}},
        r"\[local\] learning_rate must be what \[run\] says, 0.1, got 0.2; say it once",
    ),
    (
        {"run": {"dataset": "mine.csv"}, "partition": {"min_examples": 2}},
        r"\[partition\] must stand beside partition = … in \[run\]",
    ),
]
BAD_TYPES = [
    ({"run": {"dataset": 3}}, "dataset must be text, got int"),
    ({"run": {"model": ["mlp"]}}, "model must be text, got list"),
    ({"run": {"partition": 2}}, "partition must be text, got int"),
    ({"run": {"algorithm": True}}, "algorithm must be text, got bool"),
    ({"run": {"num_rounds": "ten"}}, "num_rounds must be an integer, got str"),
    ({"run": {"num_rounds": True}}, "num_rounds must be an integer, got bool"),
    ({"run": {"num_clients": 2.5}}, "num_clients must be an integer, got float"),
    ({"run": {"batch_size": 2.5}}, "batch_size must be an integer, got float"),
    ({"run": {"hidden": 6.4}}, "hidden must be a list of sizes, got float"),
    ({"run": {"hidden": "6,x"}}, "hidden must be an integer, got str"),
    ({"run": {"label": 3}}, "label must be text, got int"),
    ({"run": {"hidden": ["64"]}}, "hidden must be an integer, got str"),
    ({"run": {"learning_rate": "fast"}}, "^learning_rate must be a number, got str"),
    ({"run": {"standardise": "yes"}}, "standardise must be true or false, got str"),
    ({"server": {"momentum": "much"}}, "^server.momentum must be a number, got str"),
]


@pytest.mark.parametrize(("written", "sentence"), BAD, ids=[str(written) for written, _ in BAD])
def test_what_cannot_be_meant_is_told_in_a_sentence(written, sentence):
    with pytest.raises(ValueError, match=sentence):
        resolve(written)


@pytest.mark.parametrize(("written", "sentence"), BAD_TYPES, ids=[str(s) for s, _ in BAD_TYPES])
def test_a_value_of_another_type_is_told_in_a_sentence(written, sentence):
    with pytest.raises(TypeError, match=sentence):
        resolve(written)
