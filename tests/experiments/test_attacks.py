"""What the experiments with attacks make of their numbers, on cells that are written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from pyfedlite.experiments.attacks import (
    DefencesConfig,
    Matrix,
    MatrixConfig,
    PoisonConfig,
    Table,
    run_defences,
    run_matrix,
    run_poisoned,
)
from pyfedlite.experiments.attacks.cells import read, told
from pyfedlite.experiments.attacks.pictures import plot_heat_map, plot_series
from pyfedlite.experiments.attacks.targets import rows_of
from pyfedlite.experiments.grid import Cell

SHORT = PoisonConfig("none", "mean", num_rounds=2)
CONFIG = MatrixConfig(("alie", "zero"), ("mean", "median"), ("iid",), 2, SHORT)


def cells(accuracies):
    """A cell for each number; None where the run came to no end, a text where it failed."""
    made = []
    for configuration, value in zip(CONFIG.cells(), accuracies, strict=True):
        if isinstance(value, str):
            made.append(Cell(configuration, None, value))
        else:
            result = {"accuracy": value, "deviation": 1.0, "ended": "" if value else "inf"}
            made.append(Cell(configuration, result))
    return made


# Two seeds; in each mean and median, against none, alie and zero.
NUMBERS = [0.9, 0.5, 0.8, 0.7, 0.6, None, 0.7, 0.7, 0.8, 0.7, 0.4, 0.5]


def test_cells_come_by_seed_defence_attack():
    order = [(c.seed, c.defence, c.attack) for c in CONFIG.cells()]
    assert order[:4] == [(0, "mean", a) for a in ("none", "alie", "zero")] + [(0, "median", "none")]
    assert order[6] == (1, "mean", "none")


def test_the_worst_case_is_the_lowest_mean_and_no_end_is_lower_still():
    matrix = Matrix.of(CONFIG, cells(NUMBERS))
    assert matrix.means[0, 0].tolist() == pytest.approx([0.8, 0.6, 0.8])
    assert matrix.spreads[0, 0].tolist() == pytest.approx([np.sqrt(0.02), np.sqrt(0.02), 0.0])
    assert matrix.worst.tolist() == [[1, 2]]
    mean, median = matrix.finding().metrics["worst"]
    assert (mean["attack"], mean["worst"]) == ("alie", pytest.approx(0.6))
    assert (median["attack"], median["worst"]) == ("zero", None)


def test_no_attack_is_never_the_worst_case():
    matrix = Matrix.of(CONFIG, cells([0.1, 0.5, 0.8, 0.1, 0.6, 0.7] * 2))
    assert matrix.worst.tolist() == [[1, 1]]


def test_without_attacks_the_worst_case_is_what_a_defence_costs():
    config = replace(CONFIG, attacks=("none",), num_seeds=1)
    result = {"accuracy": 0.5, "deviation": None, "ended": ""}
    matrix = Matrix.of(config, [Cell(c, result) for c in config.cells()])
    assert matrix.finding().metrics["worst"][0]["worst"] == 0.5


def test_a_cell_that_failed_is_told_and_does_not_end_the_table():
    matrix = Matrix.of(CONFIG, cells(["MemoryError: none", *NUMBERS[1:]]))
    finding = matrix.finding()
    assert len(finding.metrics["failures"]) == 1
    assert "failed: PoisonConfig(attack='none', defence='mean'" in finding.text()
    assert finding.metrics["worst"][0]["accuracy"] is None


def test_one_seed_has_no_spread():
    config = replace(CONFIG, num_seeds=1)
    result = {"accuracy": 0.5, "deviation": None, "ended": ""}
    matrix = Matrix.of(config, [Cell(c, result) for c in config.cells()])
    assert matrix.finding().metrics["worst"][0]["accuracy_spread"] is None
    assert "± " not in matrix.markdown()


def test_the_markdown_has_the_worst_case_last():
    line = Matrix.of(CONFIG, cells(NUMBERS)).markdown().splitlines()[4]
    assert line == "| mean | 0.80 ± 0.14 | 0.60 ± 0.14 | 0.80 ± 0.00 | 0.60 ± 0.14 |"


def test_a_written_configuration_is_read_again():
    assert read(told(CONFIG)) == CONFIG
    assert read(told(MatrixConfig())) == MatrixConfig()


def test_one_cell_of_a_matrix_is_the_run_that_poison_makes():
    base = replace(SHORT, attack="flip_mean:10")
    run = run_poisoned(replace(base, defence="median"))
    finding = run_matrix(MatrixConfig(("flip_mean:10",), ("median",), ("iid",), 1, SHORT))
    assert finding.metrics["worst"][0]["worst"] == run.accuracy
    (row,) = run_defences(DefencesConfig(("median",), base)).metrics["defences"]
    assert row["accuracy"] == run.accuracy


def test_a_mean_breaks_and_a_median_holds():
    base = PoisonConfig("flip_mean:10", "mean", num_rounds=20, eval_every=20)
    assert run_poisoned(base).accuracy < 0.3
    assert run_poisoned(replace(base, defence="median")).accuracy > 0.65


def test_a_backdoor_opens_a_mean_and_no_median():
    base = PoisonConfig("backdoor", "mean", num_rounds=20, eval_every=20)
    mean, median = (run_poisoned(replace(base, defence=d)) for d in ("mean", "median"))
    assert mean.successes[-1] > 0.9
    assert mean.accuracy > 0.7  # nobody notices by the accuracy
    assert median.successes[-1] < 0.1


def test_an_aggregate_of_honest_clients_is_their_mean():
    # One step on all rows each, as many rows each: the weighted mean is the mean.
    run = run_poisoned(replace(SHORT, num_clients=2, num_byzantine=0))
    assert max(run.deviations) < 0.01
    attacked = run_poisoned(replace(SHORT, attack="gaussian:10"))
    assert min(attacked.deviations) > 1


def test_momentum_changes_what_honest_clients_send():
    plain, slow = (run_poisoned(replace(SHORT, momentum=beta)) for beta in (0.0, 0.9))
    assert plain.accuracies[0] == slow.accuracies[0]  # the first update is sent as it is
    assert plain.deviations != slow.deviations or plain.accuracies != slow.accuracies


def test_a_table_has_words_left_and_numbers_right():
    table = Table([{"rule": "mean", "n": 3, "x": 0.5}, {"rule": "a", "n": 12, "x": None}])
    assert table.text().splitlines() == [
        "rule   n       x",
        "mean   3  0.5000",
        "a     12       –",
    ]
    assert table.csv() == "rule,n,x\nmean,3,0.5\na,12,\n"
    assert (Table([]).text(), Table([]).csv()) == ("", "")


def test_a_heat_map_shows_each_number():
    pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    ax = plot_heat_map([[0.25, 1.0], [np.nan, 0.0]], ["a", "b"], ["x", "y"])
    assert [text.get_text() for text in ax.texts] == [".25", "1.00", "–", ".00"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    with pytest.raises(ValueError, match=r"values must have shape \(1, 2\)"):
        plot_heat_map([[0.0]], ["a"], ["x", "y"])


def test_lines_over_the_rounds_have_their_names():
    pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    ax = plot_series({str(k): ([1, 2], [k, k]) for k in range(12)}, label="accuracy")
    assert [line.get_label() for line in ax.lines] == [str(k) for k in range(12)]
    assert ax.get_ylabel() == "accuracy"


def test_tabular_rows_are_standardised_and_images_are_not():
    digits, cancer = rows_of("digits"), rows_of("breast_cancer")
    assert (digits.image, digits.value_range) == ((8, 8), 1.0)
    assert cancer.image is None
    assert np.abs(cancer.features.mean(axis=0)).max() < 1e-9
    assert cancer.column("mean radius") == cancer.column("0") == 0
