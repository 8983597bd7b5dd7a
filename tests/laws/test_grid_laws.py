"""A grid: neither order nor interruption matters, and nothing is computed twice."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.experiments.grid import Cell, run_grid

COMPUTED: Counter[int] = Counter()


def work(configuration: dict[str, int]) -> dict[str, Any]:
    """Draws a few numbers; a multiple of seven fails."""
    number = configuration["number"]
    COMPUTED[number] += 1
    if number % 7 == 0:
        raise ValueError(f"{number} must not be a multiple of 7")
    draws = np.random.default_rng(number).normal(size=3)
    return {"draws": draws.tolist(), "pair": (number, "text")}


def told(cells: list[Cell]) -> list[Any]:
    return [(cell.configuration["number"], cell.result, cell.failure) for cell in cells]


numbers = st.lists(st.integers(0, 50), min_size=1, max_size=8)


@given(numbers, st.randoms(use_true_random=False))
def test_the_order_of_cells_changes_no_result(ns: list[int], random: Any) -> None:
    shuffled = random.sample(ns, len(ns))
    one, other = (run_grid(work, [{"number": n} for n in order]) for order in (ns, shuffled))
    assert [n for n, _, _ in told(one)] == ns
    assert sorted(told(one), key=str) == sorted(told(other), key=str)


@given(numbers, st.lists(st.integers(0, 8), max_size=4))
def test_a_grid_that_was_stopped_goes_on_to_the_same_bits(ns: list[int], stops: list[int]) -> None:
    configurations = [{"number": n} for n in ns]
    expected = told(run_grid(work, configurations))
    COMPUTED.clear()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "cells"
        for stop in stops:

            def interrupt(done: int, total: int, at: int = stop) -> None:
                if done == at:
                    raise KeyboardInterrupt

            try:
                run_grid(work, configurations, folder=folder, progress=interrupt)
            except KeyboardInterrupt:
                continue
        assert told(run_grid(work, configurations, folder=folder)) == expected
        once = {n: COMPUTED[n] for n in ns if n % 7}
        assert once == dict.fromkeys(once, 1)
        assert told(run_grid(work, configurations[::-1], folder=folder)) == expected[::-1]
        assert {n: COMPUTED[n] for n in once} == once  # all of it was read


def test_what_fails_is_kept_with_its_reason_and_tried_again(tmp_path: Path) -> None:
    (failed,) = run_grid(work, [{"number": 14}], folder=tmp_path)
    assert (failed.result, failed.failure) == (None, "ValueError: 14 must not be a multiple of 7")
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text("utf-8"))["failure"] == failed.failure
    before = COMPUTED[14]
    run_grid(work, [{"number": 14}], folder=tmp_path)
    assert COMPUTED[14] == before + 1


def test_a_spoilt_file_is_computed_again(tmp_path: Path) -> None:
    expected = told(run_grid(work, [{"number": 3}], folder=tmp_path))
    (file,) = tmp_path.glob("*.json")
    for text in ("", "{}", "[]", '{"result": 3}', "{"):
        file.write_text(text)
        assert told(run_grid(work, [{"number": 3}], folder=tmp_path)) == expected


def not_finite(configuration: Any) -> dict[str, float]:
    return {"value": float("nan")}


def test_the_result_of_another_cell_is_computed_again(tmp_path: Path) -> None:
    one = run_grid(work, [{"number": 2}], folder=tmp_path / "one")
    run_grid(work, [{"number": 3}], folder=tmp_path / "other")
    (file,), (wrong,) = ((tmp_path / name).glob("*.json") for name in ("one", "other"))
    file.write_bytes(wrong.read_bytes())
    assert told(run_grid(work, [{"number": 2}], folder=tmp_path / "one")) == told(one)


def test_a_result_that_json_cannot_hold_is_a_failure() -> None:
    (cell,) = run_grid(not_finite, [0])
    assert cell.result is None
    assert cell.failure.startswith("ValueError: Out of range float values")


def test_another_function_has_other_cells(tmp_path: Path) -> None:
    cells = [run_grid(work, ["abba"], folder=tmp_path) for work in (Counter, dict.fromkeys)]
    assert [cell.result for (cell,) in cells] == [{"a": 2, "b": 2}, {"a": None, "b": None}]


def test_progress_tells_what_is_done_of_all_different_cells() -> None:
    seen: list[tuple[int, int]] = []
    run_grid(work, [{"number": n} for n in (1, 2, 1)], progress=lambda *pair: seen.append(pair))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_workers_change_no_bit(tmp_path: Path) -> None:
    configurations = ["abba", "c", 0, "de"]
    one, two = (
        run_grid(Counter, configurations, workers=n, folder=tmp_path / str(n)) for n in (1, 2)
    )
    assert [(c.result, c.failure) for c in one] == [(c.result, c.failure) for c in two]
    assert one[2].failure == "TypeError: 'int' object is not iterable"
    names = [sorted(path.name for path in (tmp_path / str(n)).iterdir()) for n in (1, 2)]
    assert names[0] == names[1]


def test_fewer_than_one_worker_is_refused() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        run_grid(work, [{"number": 1}], workers=0)
