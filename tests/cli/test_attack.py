"""``pyfedlite attack``: what each prints, keeps and refuses."""

import csv
import json

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
    assert "mean: theta of the server must stay finite" in done.out


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
        (("--num-rounds", "0"), "num_rounds must be at least 1, got 0"),
        (("--workers", "0"), "workers must be at least 1, got 0"),
    ],
)
def test_bad_input_is_one_sentence(ask, here, words, sentence):
    done = poison(ask, "--defence", "mean", *words)
    assert done.code == 2
    assert done.out == ""
    assert all(part in done.err for part in sentence.split(".*"))
    assert not (here / "runs").exists()


def test_what_secure_aggregation_hides_no_attacker_knows(ask):
    pytest.importorskip("cryptography", reason="cryptography is not installed")
    done = poison(ask, "--attack", "min_max", "--defence", "secure", "--knowledge", "omniscient")
    assert done.code == 2
    assert "secure aggregation hides the honest updates" in done.err


def test_a_folder_that_is_there_is_refused(ask, here):
    (here / "mine").mkdir()
    assert "out must be a new folder, got mine" in poison(ask, "--out", "mine").err
    assert poison(ask, "--out", "mine", "--overwrite", "--quiet").code == 0
    assert (here / "mine" / "result.json").exists()
