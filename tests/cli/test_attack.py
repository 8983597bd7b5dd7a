"""``pyfedlite attack``: what each prints, keeps and refuses."""

import csv
import json
from contextlib import contextmanager

import pytest

import pyfedlite.attacks
from pyfedlite.attacks import inference, poisoning
from pyfedlite.attacks.catalogue import FAMILIES
from pyfedlite.attacks.poisoning import POISONS

SMALL = ("--num-rounds", 2, "--no-plots")


# ---- list ---------------------------------------------------------------------------------------


def test_the_list_has_every_attack_by_name(ask):
    told = ask("attack", "list", "--json").json["attacks"]
    assert {entry["name"] for entry in told["poisoning"]} == set(POISONS) - {"none"}
    for family, room in (("inference", inference), ("secure aggregation", pyfedlite.attacks)):
        assert {entry["name"] for entry in told[family]} <= set(room.__all__)


def test_no_attack_on_updates_is_missing_in_the_list():
    parts = {"colluding", "omniscient", "corner", "trains_otherwise", "success_rate"}
    parts |= {"alie_strength", "deviations_from_mean", "plant_trigger", "model_replacement"}
    attacks = {name for name in poisoning.__all__ if name.islower()} - parts
    assert attacks == {entry.name for entry in FAMILIES["poisoning"]} - {"backdoor"}


def test_the_list_says_what_each_has_to_know(ask):
    line = next(line for line in ask("attack", "list").out.splitlines() if " min_max " in line)
    assert line.split()[:2] == ["min_max", "omniscient"]


# ---- poison -------------------------------------------------------------------------------------


def poison(ask, *words):
    return ask("attack", "poison", *SMALL, *words)


def test_json_has_a_row_for_each_defence(ask):
    done = poison(ask, "--defence", "mean", "krum", "--json", "--quiet")
    assert done.out.count("\n") == 1
    assert done.err == ""
    assert list(done.json) == ["attack", "defences", "seconds", "out"]
    assert [row["defence"] for row in done.json["defences"]] == ["mean", "krum"]
    assert 0 < done.json["defences"][0]["accuracy"] < 1


def test_the_folder_holds_settings_results_and_a_table(ask, here):
    done = poison(ask, "--attack", "flip_mean:3", "--defence", "median", "--json")
    folder = here / done.json["out"]
    kept = json.loads((folder / "result.json").read_text("utf-8"))
    assert kept["settings"]["base"]["attack"] == "flip_mean:3"
    assert kept["metrics"]["defences"] == done.json["defences"]
    text = (folder / "table.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["round"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["accuracy"]) == done.json["defences"][0]["accuracy"]


def test_a_backdoor_has_a_success(ask):
    (row,) = poison(ask, "--attack", "backdoor", "--defence", "mean", "--json").json["defences"]
    assert 0 <= row["attack_success"] <= 1


def test_the_same_seed_gives_the_same_bits_with_workers_too(ask):
    told = [
        poison(ask, "--attack", "gaussian", "--defence", "mean", "median", "--json", *more).json
        for more in ((), ("--workers", 2), ("--seed", 1))
    ]
    assert told[0]["defences"] == told[1]["defences"] != told[2]["defences"]


def test_a_run_that_diverges_is_an_answer(ask):
    done = poison(ask, "--attack", "not_a_number", "--defence", "mean", "median", "--json")
    accuracies = [row["accuracy"] for row in done.json["defences"]]
    assert accuracies[0] is None
    assert accuracies[1] > 0.2
    assert "mean: delta must stay finite" in done.out
    assert done.json["defences"][0]["ended"].startswith("delta must stay finite")
    assert done.json["defences"][1]["ended"] is None


def test_pictures_are_drawn_where_they_can_be(ask, here, monkeypatch):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    words = ("attack", "poison", "--num-rounds", 2, "--attack", "backdoor", "--json")
    assert (here / ask(*words).json["out"] / "plot.png").exists()
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    done = ask(*words)
    assert done.code == 0
    assert "pip install 'pyfedlite[plot]'" in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--attack", "alye"), "attack must be one of none, .*; did you mean 'alie'?"),
        (("--defence", "krun"), "defence must be one of mean, .*; did you mean 'krum'?"),
        (("--knowledge", "all"), "knowledge must be one of own, colluding, omniscient, got 'all'"),
        (("--partition", "dirichlet"), "partition must be dirichlet: and a number"),
        (("--dataset", "digitz"), "dataset must be one of .*; did you mean 'digits'?"),
        (
            ("--defence", "secure_groups:5+median", "--num-clients", 6, "--num-byzantine", 1),
            "num_byzantine must be what secure_groups:5+median can bear (median needs n > 2 f",
        ),
        (
            ("--num-byzantine", 12, "--attack", "zero", "--defence", "krum"),
            "num_byzantine must be what krum can bear (krum needs n >= 2 f + 3, got n = 25 updates "
            "for f = 12 attackers), got 12; take fewer attackers, more clients or another defence",
        ),
        (
            ("--num-byzantine", 7, "--defence", "bucketing:2+median"),
            "needs ceil(n / 2) = 13 > 2 f, got n = 25",
        ),
        (("--num-clients", 6, "--defence", "bulyan"), "bulyan needs n >= 4 f + 3, got n = 6"),
        (("--num-byzantine", 25), "num_byzantine must be below the 25 clients, got 25"),
        (("--num-byzantine", 0), "num_byzantine must be at least 1 for the attack alie, got 0"),
        (("--num-byzantine", 13), "number of attackers must leave a majority open among 25"),
        (("--num-byzantine", 1, "--knowledge", "colluding"), "must be at least 2 for alie, got 1"),
        (
            ("--attack", "mimic", "--knowledge", "colluding"),
            "knowledge must be omniscient for mimic, got 'colluding'; "
            "it needs to know the honest updates",
        ),
        (("--knowledge", "own"), "knowledge must be colluding or omniscient for alie, got 'own'"),
        (("--attack", "backdoor:size=9"), "size must fit into an image of 8 times 8, got 9"),
        (("--attack", "backdoor:target=10"), "target must lie from 0 to 9, got 10"),
        (("--attack", "relabel:7,10"), "target must lie from 0 to 9, got 10"),
        (
            ("--attack", "backdoor", "--dataset", "breast-cancer", "--model", "logistic"),
            "dataset must hold images for a backdoor",
        ),
        (("--momentum", "1"), "momentum must lie in [0, 1), got 1.0"),
        (("--num-rounds", "0"), "num_rounds must be at least 1, got 0"),
        (("--workers", "0"), "workers must be at least 1, got 0"),
        (("--defence", "mean", "mean"), "defences must be at least one, and distinct"),
        (("--workers", "1000000"), "workers must be at most 256, got 1000000"),
    ],
)
def test_bad_input_is_one_sentence(ask, here, words, sentence):
    done = poison(ask, "--defence", "mean", *words)
    assert done.code == 2
    assert done.out == ""
    assert all(part in done.err for part in sentence.split(".*"))
    assert not (here / "runs").exists()


@pytest.mark.parametrize(
    "rule", ["secure", "secure_groups:5+median:num_byzantine=2", "distributed_private:1,1"]
)
def test_what_secure_aggregation_hides_no_attacker_knows(ask, rule):
    pytest.importorskip("cryptography", reason="cryptography is not installed")
    done = poison(ask, "--attack", "min_max", "--defence", rule, "--knowledge", "omniscient")
    assert done.code == 2
    assert "secure aggregation hides the honest updates" in done.err
    done = poison(ask, "--attack", "min_max", "--defence", rule)
    assert "knowledge must be omniscient for min_max, got 'colluding'" in done.err


def test_a_folder_that_is_there_is_refused(ask, here):
    (here / "mine").mkdir()
    assert "out must be a new folder, got mine" in poison(ask, "--out", "mine").err
    assert poison(ask, "--out", "mine", "--overwrite", "--quiet").code == 0
    assert (here / "mine" / "result.json").exists()


# ---- matrix -------------------------------------------------------------------------------------

TINY = (
    *("attack", "matrix", "--num-rounds", 2, "--num-seeds", 2, "--no-plots", "--json"),
    *("--attacks", "flip_mean:10", "not_a_number", "--defences", "mean", "median"),
)


def test_a_matrix_has_a_worst_case_for_each_defence_and_partition(ask, here):
    told = ask(*TINY).json
    places = [(row["partition"], row["defence"]) for row in told["worst"]]
    assert places == [(p, d) for p in ("iid", "dirichlet:0.1") for d in ("mean", "median")]
    mean, median = told["worst"][:2]
    assert (mean["attack"], mean["worst"]) == ("not_a_number", None)  # no end, as bad as it gets
    assert median["attack"] == "flip_mean:10" or median["worst"] <= median["accuracy"]
    assert (told["num_runs"], told["failures"]) == (2 * 2 * 2 * 3, [])
    folder = here / told["out"]
    rows = list(csv.DictReader((folder / "table.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 2 * 2 * 3
    assert {row["attack"] for row in rows} == {"none", "flip_mean:10", "not_a_number"}
    assert "| median |" in (folder / "table.md").read_text("utf-8")
    assert len(list((folder / "cells").iterdir())) == told["num_runs"]


def test_an_interrupted_matrix_goes_on_to_the_same_table(ask, here, monkeypatch):
    words = (*TINY, "--partitions", "iid", "--quiet")
    expected = ask(*words, "--out", "whole")
    assert expected.code == 0

    @contextmanager
    def stopped(arguments):
        def show(done, total):
            if done == 3:
                raise KeyboardInterrupt

        yield show

    with monkeypatch.context() as patch:
        patch.setattr("pyfedlite.cli.attack.matrix.cells_shown", stopped)
        done = ask(*words, "--out", "stopped")
    assert done.code == 130
    assert "go on with: pyfedlite attack matrix --resume stopped" in done.err
    assert len(list((here / "stopped" / "cells").iterdir())) == 3
    resumed = ask("attack", "matrix", "--resume", "stopped", "--no-plots", "--quiet", "--json")
    assert resumed.json["worst"] == expected.json["worst"]
    for name in ("table.csv", "table.md", "result.json", "settings.json"):
        texts = [(here / folder / name).read_text("utf-8") for folder in ("whole", "stopped")]
        assert texts[0] == texts[1]


def test_a_matrix_is_drawn(ask, here):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    words = ("attack", "matrix", "--num-rounds", 1, "--num-seeds", 1, "--partitions", "iid")
    told = ask(*words, "--attacks", "zero", "--defences", "mean", "--json").json
    assert (here / told["out"] / "matrix.png").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--attacks", "alye"), "did you mean 'alie'?"),
        (("--defences", "mean", "mean"), "defences must be at least one, and distinct"),
        (("--partitions", "iids"), "did you mean 'iid'?"),
        (("--num-seeds", 0), "num_seeds must be at least 1, got 0"),
        (("--num-byzantine", 6), "bulyan needs n >= 4 f + 3, got n = 25 updates for f = 6"),
        (("--resume", "nowhere"), "folder must hold the settings.json of a matrix, got nowhere"),
        (
            ("--resume", "a", "--num-rounds", 5),
            "--resume must stand without settings, got --num-rounds too; a matrix goes on with",
        ),
        (("--resume", "a", "--out", "b"), "--resume must stand without --out, got b too"),
        (("--resume", "a", "--num-seeds", 7), "must stand without settings, got --num-seeds too"),
        (("--resume", "a", "--defences", "mean"), "without settings, got --defences too; a matrix"),
        (("--resume", "a", "--momentum", 0.9), "without settings, got --momentum too"),
    ],
)
def test_a_bad_matrix_is_one_sentence(ask, here, words, sentence):
    done = ask("attack", "matrix", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert not (here / "runs").exists()


def test_settings_that_were_changed_by_hand_are_a_sentence(ask, here):
    (here / "mine").mkdir()
    for text in ("{}", "[", '{"base": {"model": {}}}'):
        (here / "mine" / "settings.json").write_text(text)
        done = ask("attack", "matrix", "--resume", "mine")
        assert done.code == 2
        assert "settings.json must be as it was written" in done.err


# ---- inference ----------------------------------------------------------------------------------

QUICK = ("--num-steps", 40, "--no-plots", "--json")


def test_a_row_is_divided_out_of_an_update_of_several_steps(ask):
    told = ask("attack", "inversion", "--batch-size", 1, "--num-steps", 5, "--json").json
    assert (told["rows"], told["exact"], told["label_is_right"]) == (1, 1, True)
    assert told["mse"] < 1e-20


def test_a_sum_over_many_hides_and_noise_hides(ask):
    alone, among, noisy = (
        ask("attack", "inversion", "--no-plots", "--json", *more).json
        for more in ((), ("--num-clients", 20), ("--noise", 0.01))
    )
    assert alone["mse_median"] < among["mse_median"]
    assert alone["exact"] > 0
    assert noisy["exact"] == 0


def test_a_search_says_whether_it_has_found(ask):
    words = ("attack", "inversion", "--method", "match", "--batch-size", 1, "--no-plots", "--json")
    found = ask(*words).json
    assert found["believed"]
    assert found["mse"] < 1e-6
    assert not ask(*words, "--noise", 0.001).json["believed"]


def test_two_classes_confirm_nothing(ask):
    words = ("attack", "inversion", "--no-plots", "--json")
    assert ask(*words).json["confirmed"] is not None
    assert ask(*words, "--dataset", "breast_cancer").json["confirmed"] is None


def test_membership_has_an_interval_about_each_rate(ask, here):
    words = ("--num-rows", 100, "--num-steps", 20, "--num-shadows", 16, "--num-targets", 2)
    told = ask("attack", "membership", *words, "--no-plots", "--json").json
    assert [row["attack"] for row in told["attacks"]] == ["gap", "loss", "LiRA, offline", "LiRA"]
    for row in told["attacks"]:
        assert 0 <= row["auc"] <= 1
        for rate in ("tpr_at_0.1%", "tpr_at_1%"):
            assert row[f"{rate}_low"] <= row[rate] <= row[f"{rate}_high"]
    assert told["accuracy_members"] > told["accuracy_others"]
    assert "AUC" in (ask("attack", "membership", *words, "--no-plots").out)


def test_a_column_is_guessed_with_and_without_the_model(ask):
    done = ask("attack", "attribute", "--column", "mean texture", "--no-plots", "--json")
    assert done.json["column"] == "mean texture"
    assert done.json["added_by_model"] == done.json["with_model"] - done.json["imputed"]
    assert 0.4 < done.json["most_frequent"] < 0.6  # above and below the median


def test_a_copy_is_exact_and_a_rounded_one_is_rough(ask):
    told = ask("attack", "extraction", "--decimals", 1, "--no-plots", "--json").json
    whole, rounded = told["copies"]
    assert whole["queries"] == told["weights"] == 31
    assert whole["largest_error"] < 1e-9 < rounded["largest_error"]


def test_the_more_rows_are_changed_the_more_are_misread(ask):
    told = ask("attack", "evasion", "--epsilons", 0, 0.1, 0.3, *QUICK).json
    accuracies = [row["accuracy"] for row in told["evaded"]]
    assert accuracies[0] == told["accuracy_before"]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[-1] < 0.2


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (("inversion",), {"images.png"}),
        (("membership", "--num-rows", 50, "--num-steps", 5, "--num-shadows", 16), {"roc.png"}),
        (("attribute",), {"guesses.png"}),
        (("extraction",), {"copies.png"}),
        (("evasion", "--num-steps", 40), {"accuracy.png", "images.png"}),
    ],
)
def test_each_leaves_its_pictures_beside_the_table(ask, here, words, files):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    told = ask("attack", *words, "--json").json
    names = {path.name for path in (here / told["out"]).iterdir()}
    assert names == {"result.json", "table.csv", *files}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("inversion", "--method", "divid"), "method must be one of divide, match, got 'divid'"),
        (("inversion", "--method", "match"), "must be of one row to match a gradient, got 8"),
        (("inversion", "--batch-size", 9999), "rows of all clients must be at most 1438"),
        (("inversion", "--clip", 0), "clip must be above 0, got 0.0"),
        (("inversion", "--clip", 1e-320), "clip must be at least 1e-300 for float64, got 1e-320"),
        (
            ("inversion", "--learning-rate", 1e308, "--num-steps", 5),
            "learning_rate must keep the model finite",
        ),
        (("evasion", "--learning-rate", 1e308), "learning_rate must keep the model finite"),
        (("evasion", "--epsilons", 1e308), "epsilons must be at most 1e+06, got 1e+308"),
        (("extraction", "--decimals", 400), "decimals must be at most 300, got 400"),
        (
            ("membership", "--num-shadows", 8, "--num-steps", 1),
            "num_shadows must give each of 400 rows two models with it and two without it, got 8",
        ),
        (("membership", "--num-shadows", 4), "num_shadows must be at least 8, got 4"),
        (("membership", "--num-rows", 9999), "num_rows must be at most 1438, got 9999"),
        (("attribute", "--column", "mean redius"), "did you mean 'mean radius'?"),
        (("attribute", "--column", 30), "column must be a name or a number from 0 to 29, got '30'"),
        (
            ("extraction", "--max-queries", 30),
            "max_queries must be at least 31 to copy 30 weights and a bias, got 30",
        ),
        (("extraction", "--dataset", "digits"), "dataset must have two classes, got digits"),
        (("evasion", "--epsilons", -1), "epsilons must be at least 0, got -1.0"),
        (("evasion", "--epsilons"), "epsilons must be at least one, got none"),
        (("evasion", "--dataset", "digitz"), "did you mean 'digits'?"),
        (("extract",), "did you mean 'extraction'?"),
    ],
)
def test_what_cannot_be_attacked_is_one_sentence(ask, here, words, sentence):
    done = ask("attack", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert not (here / "runs").exists()


def test_what_no_memory_holds_and_a_seed_below_zero_are_refused(ask):
    wide = ask("attack", "inversion", "--hidden", 10**11)
    assert wide.code == 2
    assert "hidden must leave at most 268,435,456 parameters, got 7,500,0" in wide.err
    done = ask("attack", "evasion", "--seed", "-1")
    assert (done.code, "seed must be at least 0, got -1" in done.err) == (2, True)
