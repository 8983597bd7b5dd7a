import numpy as np
import pytest

from pyfedlite.experiments import build, resolve


@pytest.mark.slow
def test_a_run_that_is_told_nothing_learns_the_digits_from_any_seed() -> None:
    runs = [build(resolve({"run": {"seed": seed, "eval_every": 50}})).run() for seed in range(5)]
    accuracies = [run.final_accuracy for run in runs]
    # The least that the defaults were chosen for. Of 359 test digits, one is 0.0028.
    assert np.mean(accuracies) >= 0.945
    assert min(accuracies) >= 0.92
