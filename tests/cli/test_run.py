"""``pyfedlite run`` in this process: what it prints, writes and refuses."""

import re

import pytest

import pyfedlite as fl
from pyfedlite import kernels

SHORT = ("run", "--num-rounds", 2, "--no-plots")
KEYS = [
    "final_accuracy",
    "best_accuracy",
    "rounds",
    "rounds_to_target",
    "final_auc",
    "seconds",
    "fingerprint",
    "plan_fingerprint",
    "kernels",
    "out",
]


def test_json_is_the_last_line_and_has_these_keys(ask):
    assert list(ask(*SHORT, "--json").json) == KEYS


def test_quiet_leaves_nothing_but_json(ask):
    done = ask(*SHORT, "--json", "--quiet")
    assert done.out.count("\n") == 1
    assert done.err == ""


def test_quiet_alone_prints_nothing(ask):
    done = ask(*SHORT, "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_what_json_says_is_what_the_folder_holds(ask, here):
    told = ask(*SHORT, "--json").json
    history = fl.history.records.records_from_csv(
        (here / told["out"] / "history.csv").read_text("utf-8")
    )
    assert told["rounds"] == len(history) == 2
    assert told["final_accuracy"] == history[-1].metrics["test_accuracy"]
    assert told["fingerprint"] in (here / told["out"] / "history.json").read_text("utf-8")
    assert told["kernels"] == kernels.NAME


def test_results_are_told_to_people_on_standard_output(ask):
    done = ask(*SHORT)
    for words in ("digits: 1438 rows, 50 clients", "4,810 parameters", "accuracy  ", "one BLAS"):
        assert words in done.out


def test_both_fingerprints_are_told_to_people(ask):
    done = ask(*SHORT, "--json")
    assert f"result    {done.json['fingerprint'][:16]}  the same on one NumPy build" in done.out
    assert f"plan      {done.json['plan_fingerprint'][:16]}  the same on every" in done.out


def test_progress_goes_to_standard_error_in_a_few_lines(ask):
    done = ask("run", "--num-rounds", 40, "--no-plots")
    lines = done.err.splitlines()
    assert len(lines) == 10
    assert re.fullmatch(r"round 40/40  accuracy 0\.\d{4}, test loss 0\.\d{4}", lines[-1])


def test_the_same_words_give_the_same_bits(ask):
    a, b = (ask(*SHORT, "--json").json for _ in range(2))
    assert a["fingerprint"] == b["fingerprint"]
    assert a["plan_fingerprint"] == b["plan_fingerprint"]
    assert a["out"] != b["out"]


def test_another_seed_gives_another_run(ask):
    a, b = (ask(*SHORT, "--json", "--seed", k).json for k in range(2))
    assert a["fingerprint"] != b["fingerprint"]
    assert a["plan_fingerprint"] != b["plan_fingerprint"]


def test_the_written_configuration_makes_the_same_run(ask, here):
    a = ask(*SHORT, "--json", "--algorithm", "fedyogi", "--set", "server.tau=0.01").json
    b = ask("run", f"{a['out']}/config.toml", "--no-plots", "--json").json
    assert a["fingerprint"] == b["fingerprint"]


def test_flags_win_over_the_file(ask, here):
    (here / "my.toml").write_text("[run]\nnum_rounds = 3\nseed = 5\n")
    done = ask("run", "my.toml", "--num-rounds", 1, "--no-plots", "--json")
    assert done.json["rounds"] == 1
    assert "seed = 5" in (here / done.json["out"] / "config.toml").read_text("utf-8")


def test_set_wins_over_flags(ask):
    assert ask(*SHORT, "--set", "run.num_rounds=1", "--json").json["rounds"] == 1


def test_options_may_stand_in_the_file(ask, here):
    (here / "my.toml").write_text('[run]\nnum_rounds = 1\nout = "mine"\nquiet = true\nplots=false')
    done = ask("run", "my.toml")
    assert done.out == ""
    assert (here / "mine" / "model.npz").exists()


def test_a_target_ends_the_run(ask):
    told = ask("run", "--target-accuracy", 0.5, "--no-plots", "--json").json
    assert told["rounds_to_target"] == told["rounds"] < 50
    assert told["final_accuracy"] >= 0.5


def test_a_target_that_is_not_reached_is_null(ask):
    done = ask(*SHORT, "--target-accuracy", 1.0, "--json")
    assert done.json["rounds_to_target"] is None
    assert "not reached" in done.out


def test_two_classes_have_an_auc(ask):
    done = ask(*SHORT, "--dataset", "breast-cancer", "--json")
    assert 0.5 < done.json["final_auc"] <= 1
    assert "AUC" in done.out


def test_ten_classes_have_none(ask):
    assert ask(*SHORT, "--json").json["final_auc"] is None


def test_hospitals_are_clients_without_being_told(ask):
    if fl.data.status("heart_disease") == "not downloaded":
        pytest.skip("the heart disease data is not on this machine")
    done = ask(*SHORT, "--dataset", "heart-disease", "--json")
    assert "heart_disease: 735 rows, 4 clients" in done.out
    assert done.json["final_auc"] > 0.8  # of a clinical risk score; chance is 0.5


def test_an_own_file_runs_by_its_groups(ask, here):
    rows = "\n".join(f"{i / 40},{i % 3},{i > 19}" for i in range(40))
    (here / "mine.csv").write_text(f"x,group,label\n{rows}\n")
    done = ask(*SHORT, "--dataset", "mine.csv", "--json")
    # a row of each of the 3 x 2 groups and labels, 6 or 7 rows each, is for testing
    assert "mine: 34 rows, 3 clients" in done.out
    assert done.json["final_accuracy"] is not None


def test_a_regression_has_a_loss_and_no_accuracy(ask, here):
    rows = "\n".join(f"{i},{2.5 * i + 0.25}" for i in range(40))
    (here / "mine.csv").write_text(f"x,y\n{rows}\n")
    done = ask(*SHORT, "--dataset", "mine.csv", "--json")
    assert done.json["final_accuracy"] is None
    assert "test loss" in done.out


def test_workers_change_no_bit(ask):
    a = ask(*SHORT, "--json").json
    b = ask(*SHORT, "--json", "--workers", 2).json
    assert a["fingerprint"] == b["fingerprint"]


def test_plots_are_drawn_where_they_can_be(ask, here):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    done = ask("run", "--num-rounds", 2, "--json")
    assert (here / done.json["out"] / "plot.png").exists()
    assert (here / done.json["out"] / "partition.png").exists()


def test_without_matplotlib_a_run_ends_well_and_says_what_to_install(ask, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    done = ask("run", "--num-rounds", 2)
    assert done.code == 0
    assert "pip install 'pyfedlite[plot]'" in done.out


def test_an_existing_folder_is_refused_before_anything_is_done(ask, here):
    (here / "mine").mkdir()
    done = ask(*SHORT, "--out", "mine")
    assert done.code == 2
    assert done.err == (
        "pyfedlite: out must be a new folder, got mine; name another, or add --overwrite\n"
    )
    assert list((here / "mine").iterdir()) == []


def test_an_existing_folder_is_taken_when_told_to(ask, here):
    (here / "mine").mkdir()
    assert ask(*SHORT, "--out", "mine", "--overwrite", "--json").json["out"] == "mine"


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(ask, here):
    (here / "file").write_text("")
    refused = ask("run", "--out", "file/mine")
    assert refused.code == 1
    assert "mine must be writable, got" in refused.err


def test_bad_input_leaves_no_folder_behind(ask, here):
    ask("run", "--dataset", "digitz")
    assert list(here.iterdir()) == []


BAD = [
    (["--dataset", "digitz"], r"dataset must be one of digits, .*; did you mean 'digits'\?"),
    (["--datset", "digits"], r"argument must be known to pyfedlite run, .* mean '--dataset'\?"),
    (["--algorithm", "fedagv"], r"algorithm must be one of .*; did you mean 'fedavg'\?"),
    (["--partition", "iids"], r"partition must be one of .*; did you mean 'iid'\?"),
    (["--model", "softmx"], r"model must be one of .*; did you mean 'softmax'\?"),
    (["--num-clients", "0"], "num_clients must be at least 1, got 0"),
    (["--num-rounds", "-5"], "num_rounds must be at least 1, got -5"),
    (["--num-rounds", "many"], "--num-rounds must be a whole number, got 'many'; see .* --help"),
    (["--num-rounds"], "--num-rounds must be followed by a value; see .* --help"),
    (["--local-epochs", "0"], "local_epochs must be at least 1, got 0"),
    (["--batch-size", "0"], "batch_size must be at least 1, got 0; 'all' takes all rows"),
    (["--batch-size", "some"], "--batch-size must be a whole number or all, got 'some'; .*"),
    (["--client-fraction", "1.5"], r"client_fraction must lie in \[0, 1\], got 1.5"),
    (["--client-fraction", "nan"], "client_fraction must be finite, got nan"),
    (["--target-accuracy", "97"], r"target_accuracy must lie in \[0, 1\], got 97.0"),
    (["--learning-rate", "-0.1"], "learning_rate must be above 0, got -0.1"),
    (["--learning-rate", "x"], "--learning-rate must be a number, got 'x'; see .* --help"),
    (["--hidden", "3,x"], "--hidden must be whole numbers with commas, .* got '3,x'; .*"),
    (["--hidden", "0"], "hidden must be at least 1, got 0"),
    (["--seed", "-1"], "seed must be at least 0, got -1"),
    (["--workers", "0"], "workers must be at least 1, got 0"),
    (["--set", "momentum=1"], "--set must be followed by TABLE.KEY=VALUE, got 'momentum=1'"),
    (["--set", "server.momentun=1"], r"\[server\] key must be .*; did you mean 'momentum'\?"),
    (["--set", "sever.momentum=1"], r"table must be one of run, .*; did you mean 'server'\?"),
    (["--set", "server.momentum=1"], r"server.momentum must lie in \[0, 1\), got 1.0"),
    (["--set", "run.quiet=3"], "quiet must be true or false, got 3"),
    (["--set", "run.numrounds=3"], r"\[run\] key must be .*; did you mean 'num_rounds'\?"),
    (["--algorithm", "fedsgd", "--local-epochs", "5"], "local_epochs must be 1 for fedsgd, .*"),
    (["none.toml"], "file must be a TOML file, got none.toml .*"),
    (["digits"], r"file must be a TOML file, got digits .*; did you mean --dataset digits\?"),
    (["a.toml", "b.toml"], "argument must be known to pyfedlite run, got 'b.toml'; .*"),
    (["--dataset", "none.csv"], "none.csv must be readable, got .*"),
    (["--resume", "none"], r"folder must hold the config.toml of a run, got none"),
    (["--resume", "none", "--seed", "3"], "--resume must stand without settings, got --seed too.*"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_one_sentence_and_exit_code_2(ask, words, sentence):
    done = ask("run", *words)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(f"pyfedlite: {sentence}\n", done.err)


def test_a_file_with_an_unknown_key_suggests_the_nearest(ask, here):
    (here / "my.toml").write_text("[run]\nnum_round = 3\n")
    done = ask("run", "my.toml")
    assert done.code == 2
    assert done.err.endswith("got 'num_round'; did you mean 'num_rounds'?\n")


def test_a_file_that_is_no_toml_says_where(ask, here):
    (here / "my.toml").write_text("[run\n")
    done = ask("run", "my.toml")
    assert done.code == 2
    assert "my.toml must be written in TOML" in done.err
    assert "line 1" in done.err


def test_a_run_that_diverges_names_client_round_and_remedy(ask):
    done = ask("run", "--learning-rate", "1e30", "--no-plots")
    assert done.code == 1
    sentence = r"pyfedlite: .*client \d+ .*round 1; try a learning_rate below 1e\+30.*\n"
    assert re.fullmatch(sentence, done.err)


def test_a_defect_keeps_its_traceback(ask, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("pyfedlite.experiments.folder.RunFolder.finish", broken)
    with pytest.raises(ZeroDivisionError):
        ask(*SHORT)
