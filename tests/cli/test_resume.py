"""A run that was interrupted goes on, and ends in the same bits."""

import json
import re
import signal
import subprocess
import sys
from importlib import import_module

import pytest

from pyfedlite.simulation import progress

ROUNDS = 150
SETTINGS = ("--num-rounds", ROUNDS, "--no-plots", "--json")


def interrupt_after(round, monkeypatch):
    """Press Ctrl-C when a round has been shown."""
    show = progress.Lines.show

    def pressed(self, number, words):
        show(self, number, words)
        if number == round:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress.Lines, "show", pressed)


@pytest.fixture
def uninterrupted(ask):
    return ask("run", "--num-rounds", 6, "--no-plots", "--json").json


def test_a_resumed_run_ends_in_the_same_bits(ask, uninterrupted, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(3, patch)
        stopped = ask("run", "--num-rounds", 6, "--out", "mine")
    assert stopped.code == 130
    resumed = ask("run", "--resume", "mine", "--no-plots", "--json").json
    assert resumed["fingerprint"] == uninterrupted["fingerprint"]
    assert resumed["plan_fingerprint"] == uninterrupted["plan_fingerprint"]
    assert resumed["rounds"] == 6


def test_the_state_of_the_server_is_resumed_too(ask, monkeypatch):
    words = ("run", "--num-rounds", 6, "--algorithm", "fedadam", "--no-plots")
    whole = ask(*words, "--json").json
    with monkeypatch.context() as patch:
        interrupt_after(3, patch)
        ask(*words, "--out", "mine")
    assert ask("run", "--resume", "mine", "--json").json["fingerprint"] == whole["fingerprint"]


def test_an_interruption_in_the_middle_of_a_round_loses_that_round_alone(
    ask, uninterrupted, monkeypatch
):
    simulating = import_module("pyfedlite.simulation.simulate")  # not the function of that name
    evaluate, calls = simulating.evaluate, []

    def pressed(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return evaluate(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(simulating, "evaluate", pressed)
        assert ask("run", "--num-rounds", 6, "--out", "mine").code == 130
    resumed = ask("run", "--resume", "mine", "--no-plots", "--json").json
    assert resumed["fingerprint"] == uninterrupted["fingerprint"]


def test_an_interruption_says_how_to_go_on(ask, monkeypatch):
    interrupt_after(2, monkeypatch)
    stopped = ask("run", "--num-rounds", 6, "--out", "my run")
    last = stopped.err.splitlines()[-1]
    assert last == "pyfedlite: interrupted; go on with: pyfedlite run --resume 'my run'"


def test_a_run_without_a_checkpoint_yet_starts_from_the_beginning(ask, here, uninterrupted):
    (here / "mine").mkdir()
    config = (here / uninterrupted["out"] / "config.toml").read_text("utf-8")
    (here / "mine" / "config.toml").write_text(config)
    resumed = ask("run", "--resume", "mine", "--no-plots", "--json").json
    assert resumed["fingerprint"] == uninterrupted["fingerprint"]


def test_a_run_that_is_done_is_not_resumed(ask, uninterrupted):
    refused = ask("run", "--resume", uninterrupted["out"])
    assert refused.code == 2
    assert "folder must hold a run that was interrupted, got one that is done" in refused.err


TRAINED = {"digits": ("--algorithm", "fedadam"), "breast-cancer": ("--partition", "iid")}


@pytest.mark.parametrize("dataset", TRAINED)
@pytest.mark.parametrize("eval_every", [1, 4])
def test_a_prolonged_run_leaves_what_a_longer_run_leaves(ask, here, dataset, eval_every):
    words = ("run", "--dataset", dataset, "--eval-every", eval_every, "--no-plots", "--json")
    words = (*words, *TRAINED[dataset])
    whole = ask(*words, "--num-rounds", 8, "--out", "whole").json
    ask(*words, "--num-rounds", 3, "--out", "mine")
    prolonged = ask("run", "--resume", "mine", "--num-rounds", 8, "--no-plots", "--json").json
    prolonged_anew = {**prolonged, "out": "whole", "seconds": whole["seconds"]}
    assert prolonged_anew == whole
    assert {path.name for path in (here / "mine").iterdir()} == {
        path.name for path in (here / "whole").iterdir()
    }
    for name in ("config.toml", "model.npz"):
        assert (here / "mine" / name).read_bytes() == (here / "whole" / name).read_bytes()
    mine, other = (json.loads((here / f / "history.json").read_text()) for f in ("mine", "whole"))
    for record in (*mine["records"], *other["records"]):
        record["metrics"].pop("seconds")
    assert mine == other


def test_a_run_may_be_prolonged_more_than_once(ask):
    whole = ask("run", "--num-rounds", 4, "--no-plots", "--json").json
    ask("run", "--num-rounds", 1, "--no-plots", "--out", "mine")
    for rounds in (2, 4):
        last = ask("run", "--resume", "mine", "--num-rounds", rounds, "--no-plots", "--json").json
    assert last["fingerprint"] == whole["fingerprint"]


def test_an_interrupted_run_may_be_prolonged(ask, monkeypatch):
    whole = ask("run", "--num-rounds", 6, "--no-plots", "--json").json
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        ask("run", "--num-rounds", 3, "--out", "mine")
    last = ask("run", "--resume", "mine", "--num-rounds", 6, "--no-plots", "--json").json
    assert last["fingerprint"] == whole["fingerprint"]


def test_a_prolonged_run_that_is_interrupted_goes_on(ask, here, monkeypatch):
    whole = ask("run", "--num-rounds", 6, "--no-plots", "--json").json
    ask("run", "--num-rounds", 2, "--no-plots", "--out", "mine")
    with monkeypatch.context() as patch:
        interrupt_after(4, patch)
        assert ask("run", "--resume", "mine", "--num-rounds", 6).code == 130
    assert not (here / "mine" / "model.npz").exists()
    last = ask("run", "--resume", "mine", "--no-plots", "--json").json
    assert last["fingerprint"] == whole["fingerprint"]


@pytest.mark.parametrize(
    ("made", "asked", "sentence"),
    [
        (["--num-rounds", 3], 2, "num_rounds must be at least 3, as many are done, got 2"),
        (["--num-rounds", 3], 3, "num_rounds must be above 3, as many are done, got 3"),
        (["--num-rounds", 3], 0, "num_rounds must be at least 1, got 0"),
        (
            ["--num-rounds", 9, "--target-accuracy", 0.1],
            20,
            "has ended, got 20; test_accuracy .* has reached its target 0.1 in round 1",
        ),
        (
            ["--num-rounds", 9, "--target-loss", 9],
            9,
            "has ended, got 9; test_loss .* has reached its target 9 in round 1",
        ),
    ],
)
def test_a_run_that_cannot_be_prolonged_says_why_and_stays(ask, here, made, asked, sentence):
    ask("run", "--no-plots", "--out", "mine", *made)
    before = {path.name: path.read_bytes() for path in (here / "mine").iterdir()}
    refused = ask("run", "--resume", "mine", "--num-rounds", asked)
    assert refused.code == 2
    assert re.search(sentence, refused.err)
    assert {path.name: path.read_bytes() for path in (here / "mine").iterdir()} == before


def test_a_folder_without_a_checkpoint_cannot_be_prolonged(ask, here, uninterrupted):
    (here / uninterrupted["out"] / "checkpoint.npz").unlink()
    refused = ask("run", "--resume", uninterrupted["out"], "--num-rounds", 9)
    assert refused.code == 2
    assert "folder must hold the checkpoint.npz of its run" in refused.err


@pytest.mark.parametrize("flag", ["--seed", "--target-loss", "--eval-every", "--workers-not"])
def test_no_other_flag_stands_beside_resume(ask, uninterrupted, flag):
    refused = ask("run", "--resume", uninterrupted["out"], "--num-rounds", 9, flag, 1)
    assert refused.code == 2
    assert flag in refused.err


def test_a_checkpoint_of_other_settings_is_refused(ask, here, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        ask("run", "--num-rounds", 6, "--out", "mine")
    config = here / "mine" / "config.toml"
    config.write_text(config.read_text("utf-8").replace("seed = 0", "seed = 1"))
    refused = ask("run", "--resume", "mine")
    assert refused.code == 2
    assert "checkpoint must come from a run with the same settings" in refused.err
    assert "seed (0 there, 1 here)" in refused.err


def test_a_damaged_checkpoint_is_refused(ask, here, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        ask("run", "--num-rounds", 6, "--out", "mine")
    checkpoint = here / "mine" / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    refused = ask("run", "--resume", "mine")
    assert refused.code == 2
    assert "checkpoint must be a file written by pyfedlite" in refused.err


@pytest.fixture
def heard_ctrl_c():
    """Processes that are started hear Ctrl-C; a shell's job in the background starts them deaf."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.usefixtures("heard_ctrl_c")
def test_a_real_ctrl_c_leaves_a_checkpoint_to_resume_from(here):
    command = [sys.executable, "-m", "pyfedlite", "run"]
    settings = [str(word) for word in SETTINGS]
    process = subprocess.Popen(
        [*command, *settings, "--out", "mine"], stderr=subprocess.PIPE, text=True
    )
    seen = process.stderr.readline()  # the first line of progress: training has begun
    assert seen.startswith(f"round  15/{ROUNDS}")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1].endswith("pyfedlite run --resume mine")
    assert "Traceback" not in err
    assert (here / "mine" / "checkpoint.npz").exists()

    def last_line(*words):
        # A process too: the command has one BLAS thread, this one may have several.
        done = subprocess.run([*command, *words], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    resumed, whole = last_line("--resume", "mine", "--json"), last_line(*settings)
    assert resumed["fingerprint"] == whole["fingerprint"]
    assert resumed["rounds"] == ROUNDS
