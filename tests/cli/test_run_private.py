"""``pyfedlite run`` with noise for privacy: what it prints, and what it writes."""

import json

import numpy as np
import pytest

from pyfedlite.experiments import plots
from pyfedlite.experiments.build import build
from pyfedlite.experiments.settings import resolve

DP = {"dp_noise_multiplier": 1.0, "dp_population": 60}
FLAGS = "--num-rounds 3 --dp-noise-multiplier 1 --dp-population 60 --dp-clip 0.5".split()


def test_a_private_run_says_and_writes_what_was_released(ask, tmp_path):
    done = ask("run", *FLAGS, "--out", tmp_path / "run", "--json")
    assert done.code == 0
    assert "only what has noise is recorded" in done.out
    assert "50 clients" not in done.out
    assert "of this run alone: its noise is secret" in done.out
    assert "keep the other files to yourself" in done.out
    assert done.json["plan_fingerprint"] is None
    assert done.json["seconds"] is None
    head = (tmp_path / "run" / "history.csv").read_text().splitlines()[0]
    assert head == "round,cohort,dp_noise,test_loss,test_accuracy"
    assert not (tmp_path / "run" / "partition.png").exists()
    saved = json.loads((tmp_path / "run" / "history.json").read_text())
    assert saved["reproducible"] is False


def test_the_config_of_a_private_run_runs_again_with_other_noise(ask, tmp_path):
    ask("run", *FLAGS, "--out", tmp_path / "a", "--no-plots")
    again = ask(
        "run", tmp_path / "a" / "config.toml", "--out", tmp_path / "b", "--no-plots", "--json"
    )
    assert again.code == 0
    one, other = (np.load(tmp_path / name / "model.npz")["theta"] for name in "ab")
    assert not np.array_equal(one, other)


def test_an_exact_standardisation_is_named(ask, tmp_path):
    flags = [*FLAGS, "--dataset", "breast_cancer", "--no-plots", "--json"]
    done = ask("run", *flags, "--out", tmp_path / "run")
    assert "are exact: no noise covers them" in done.out
    assert done.json["exact"] == ["the columns' mean and deviation"]
    done = ask("run", *flags, "--out", tmp_path / "raw", "--no-standardise", "--quiet")
    assert done.json["exact"] == []


def test_what_else_a_model_file_holds_of_the_rows_is_named(ask, tmp_path):
    cells = [f"{'' if i % 9 == 0 else 20 + i},{'uz'[i % 2]},{i % 2}" for i in range(200)]
    (tmp_path / "own.csv").write_text("\n".join(["age,town,y", *cells]))
    flags = [*FLAGS, "--dataset", tmp_path / "own.csv", "--label", "y", "--missing", "median"]
    out = ask("run", *flags, "--no-standardise", "--no-plots", "--out", tmp_path / "run").out
    said = "the values for missing cells and the names of categories in model.npz are exact"
    assert said in out
    assert "what is said above of the columns and classes is exact too" in out


@pytest.mark.parametrize(("settings", "is_said"), [({}, True), (DP, False)])
def test_the_title_of_a_private_plot_says_no_number_of_clients(tmp_path, settings, is_said):
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    experiment = build(resolve({"run": {"num_rounds": 1, "model": "softmax", **settings}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save_figure", lambda figure, path: drawn.append(figure))
        plots.draw_history(tmp_path / "plot.png", experiment, experiment.run())
    assert ("50 clients" in drawn[0].get_suptitle()) is is_said


def test_an_availability_leaves_no_law_to_count_on(ask, tmp_path):
    done = ask("run", *FLAGS, "--dropout-rate", "0.1", "--out", tmp_path / "run")
    assert done.code == 2
    assert "sampling_rate must be declared by the sampler or given" in done.err


def test_epsilon_is_shown_written_and_drawn(ask, tmp_path):
    flags = "--num-rounds 4 --client-fraction 0.5 --dp-population 60 --dp-epsilon 8".split()
    done = ask("run", *flags, "--dp-delta", "1e-3", "--out", tmp_path / "run")
    assert done.code == 0
    assert "epsilon 8.00" in done.err  # the last line of the progress
    assert "delta = 0.001" in done.out
    table = done.out.split("\n\n")[1]
    assert "epsilon" in table.splitlines()[0]
    rows = (tmp_path / "run" / "history.csv").read_text().splitlines()
    column = rows[0].split(",").index("dp_epsilon")
    spent = [float(row.split(",")[column]) for row in rows[1:]]
    assert spent == sorted(spent)
    assert 7.99 < spent[-1] <= 8.0
    config = (tmp_path / "run" / "config.toml").read_text()
    assert "dp_delta = 0.001" in config
    assert 'rule = "private:1.0,' in config  # with the noise that was found


def test_flags_are_checked(ask):
    done = ask("run", *FLAGS, "--dp-clip", "small")
    assert done.code == 2
    assert "must be a number or adaptive, got 'small'" in done.err


def test_a_run_with_a_target_is_not_prolonged_beyond_it(ask, tmp_path):
    flags = "--num-rounds 3 --client-fraction 0.5 --dp-population 60 --dp-epsilon 8".split()
    ask("run", *flags, "--dp-delta", "1e-3", "--no-plots", "--out", tmp_path / "run")
    done = ask("run", "--resume", tmp_path / "run", "--num-rounds", "6")
    assert done.code == 2
    assert "num_rounds must stay 3 in a run that may spend 8, got 6; its noise was" in done.err
    config = tmp_path / "run" / "config.toml"
    longer = ask("run", config, "--num-rounds", "6", "--no-plots", "--out", tmp_path / "new")
    assert "epsilon 8.00" in longer.err
