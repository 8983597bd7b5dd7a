import logging
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite import _blas
from pyfedlite.errors import DivergedError, FileFormatError
from pyfedlite.history import History, RoundRecord
from pyfedlite.history.checkpoint import load_checkpoint, save_checkpoint
from pyfedlite.state import State, Stop

CLIENTS = fl.partition(fl.load_digits(), fl.dirichlet(alpha=0.3), num_clients=20, seed=0)
ALGORITHM = fl.fedavg(fl.SoftmaxRegression(64, 10), batch_size=20)


def run(algorithm=ALGORITHM, **options) -> History:
    return fl.simulate(
        algorithm, CLIENTS, **({"num_rounds": 4, "client_fraction": 0.2, "seed": 1} | options)
    )


def test_training_on_digits_learns() -> None:
    history = run(fl.fedavg(fl.SoftmaxRegression(64, 10), local_epochs=5), num_rounds=20)
    assert history.final_accuracy > 0.8  # guessing gives 0.1
    losses = history.series("train_loss")[1]
    assert losses[0] == pytest.approx(np.log(10))  # theta = 0: each class has probability 1/10
    assert losses[-1] < losses[0] / 2


def test_same_seed_gives_the_same_fingerprints() -> None:
    one, other = run(), run()
    assert one.fingerprint == other.fingerprint
    assert one.plan_fingerprint == other.plan_fingerprint


def test_another_seed_gives_other_fingerprints() -> None:
    one, other = run(seed=1), run(seed=2)
    assert one.fingerprint != other.fingerprint
    assert one.plan_fingerprint != other.plan_fingerprint


def test_plan_does_not_depend_on_the_learning_rate() -> None:
    slower = fl.fedavg(ALGORITHM.model, batch_size=20, learning_rate=0.01)
    assert run(slower).plan_fingerprint == run().plan_fingerprint
    assert run(slower).fingerprint != run().fingerprint


def test_executor_changes_no_bit() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert run(executor=executor).fingerprint == run().fingerprint


def test_both_kernels_give_the_same_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyfedlite._rust")
    code = (
        "import pyfedlite as fl; d = fl.load_digits();"
        "c = fl.partition(d, fl.iid(), num_clients=9, seed=0);"
        "h = fl.simulate(fl.fedavg(fl.MLP(64, 16, 10)), c, num_rounds=3, seed=0);"
        "print(h.fingerprint, h.plan_fingerprint)"
    )
    printed = set()
    for kernels in ("rust", "numpy"):
        monkeypatch.setenv("PYFEDLITE_KERNELS", kernels)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        printed.add(done.stdout)
    assert len(printed) == 1


@pytest.mark.parametrize("name", ["fedavgm", "fedadam"])
def test_resumed_run_ends_in_the_same_bits(name: str, tmp_path: Path) -> None:
    algorithm = getattr(fl, name)(fl.SoftmaxRegression(64, 10))
    path = tmp_path / "run.npz"
    run(algorithm, num_rounds=3, checkpoint=path)
    resumed = run(algorithm, num_rounds=6, checkpoint=path)
    straight = run(algorithm, num_rounds=6)
    np.testing.assert_array_equal(resumed.theta, straight.theta)
    assert [r.cohort for r in resumed.records] == [r.cohort for r in straight.records]
    assert resumed.plan_fingerprint == straight.plan_fingerprint
    assert resumed.fingerprint == straight.fingerprint


@given(st.integers(1, 5), st.integers(1, 7))
def test_run_made_longer_has_the_fingerprint_of_a_long_one(
    tmp_path_factory: pytest.TempPathFactory, first: int, eval_every: int
) -> None:
    path = tmp_path_factory.mktemp("longer") / "run.npz"
    run(num_rounds=first, eval_every=eval_every, checkpoint=path)
    longer = run(num_rounds=6, eval_every=eval_every, checkpoint=path)
    assert longer.fingerprint == run(num_rounds=6, eval_every=eval_every).fingerprint


def test_interrupted_run_leaves_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def interrupt(records: Sequence[RoundRecord], state: State) -> None:
        if records[-1].round == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=path, callbacks=[interrupt])
    assert run(checkpoint=path).fingerprint == run().fingerprint


def test_checkpoint_that_is_no_path_is_told() -> None:
    with pytest.raises(TypeError, match=r"^checkpoint must be a path, got int"):
        run(checkpoint=3)


def test_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    run(checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="checkpoint must come from a run with the same settings"):
        run(seed=2, checkpoint=tmp_path / "run.npz")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04truncated"])
def test_damaged_checkpoint_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"checkpoint must be .* got .*run\.npz"):
        run(checkpoint=path)


@settings(max_examples=20)
@given(
    st.integers(0, 2**32 - 1),
    st.dictionaries(st.sampled_from(["server.m", "server.v", "a/b"]), st.integers(1, 5)),
    st.dictionaries(st.integers(0, 99), st.dictionaries(st.sampled_from("ch"), st.integers(1, 5))),
)
def test_checkpoint_comes_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    slots: dict[str, int],
    memories: dict[int, dict[str, int]],
) -> None:
    rng = np.random.default_rng(seed)
    draw = lambda sizes: {name: rng.normal(size=size) for name, size in sizes.items()}  # noqa: E731
    clients = {k: draw(memory) for k, memory in memories.items() if memory}
    state = State(3, rng.normal(size=4).astype(np.float32), draw(slots), clients)
    records = [RoundRecord(r, (r,), {"train_loss": rng.normal(), "n": r}) for r in (1, 2, 3)]
    path = tmp_path_factory.mktemp("checkpoint") / "c.npz"
    stopped = "enough" if seed % 2 else None
    save_checkpoint(path, state, records, {"seed": seed}, stopped)
    back, back_records, reason = load_checkpoint(path, {"seed": seed})
    assert reason == stopped
    assert back_records == records
    assert back.round == 3
    assert back.theta.dtype == np.float32
    np.testing.assert_array_equal(back.theta, state.theta)
    assert back.slots.keys() == state.slots.keys()
    assert back.memories.keys() == state.memories.keys()
    for name in slots:
        np.testing.assert_array_equal(back.slots[name], state.slots[name])
    for k, memory in clients.items():
        for name in memory:
            np.testing.assert_array_equal(back.memories[k][name], memory[name])


def test_run_stops_at_the_target_accuracy() -> None:
    history = run(num_rounds=50, target_accuracy=0.5)
    assert len(history.records) < 50
    assert history.final_accuracy >= 0.5
    assert history.rounds_to(0.5) == len(history.records)
    assert all(a < 0.5 for a in history.series("test_accuracy")[1][:-1])


def test_callback_sees_every_round_and_can_end_the_run() -> None:
    seen: list[int] = []

    def watch(records: Sequence[RoundRecord], state: State) -> Stop | None:
        seen.append(records[-1].round)
        return Stop("enough") if state.round == 3 else None

    assert len(run(callbacks=[watch]).records) == 3
    assert seen == [1, 2, 3]


def test_evaluation_every_so_many_rounds_includes_the_last() -> None:
    assert run(num_rounds=5, eval_every=2).series("test_accuracy")[0] == [2, 4, 5]


def test_evaluation_includes_the_round_in_which_a_callback_ends_the_run() -> None:
    history = run(
        eval_every=3,
        callbacks=[lambda records, state: Stop("enough") if state.round == 2 else None],
    )
    assert history.series("test_accuracy")[0] == [2]
    assert history.final_accuracy == run(num_rounds=2).final_accuracy


def test_evaluation_does_not_change_training() -> None:
    np.testing.assert_array_equal(run(eval_every=3).theta, run().theta)


def test_bytes_are_four_for_each_parameter_and_client() -> None:
    metrics = run().records[0].metrics
    assert metrics["bytes_up"] == metrics["bytes_down"] == 4 * 4 * 650  # 0.2 * 20 clients


def test_sampler_may_ask_for_losses() -> None:
    def worst_two(view, rng):
        return sorted(range(view.num_clients), key=view.loss_of)[-2:]

    history = run(sampler=worst_two, client_fraction=1.0)
    assert all(len(record.cohort) == 2 for record in history.records)


def test_a_fraction_beside_a_sampler_cannot_act() -> None:
    with pytest.raises(ValueError, match=r"^client_fraction must be left out beside a sampler"):
        run(sampler=fl.sample_fixed(2), client_fraction=0.2)


def test_diverging_run_names_client_round_and_remedy() -> None:
    steep = fl.fedavg(fl.MLP(64, 32, 10), learning_rate=1e20, local_epochs=20)
    with pytest.raises(DivergedError, match=r"theta of client \d+ must stay finite.* in round \d+"):
        run(steep)


def test_diverging_server_names_the_round() -> None:
    leap = fl.fedavgm(fl.SoftmaxRegression(64, 10), server_learning_rate=1e39)
    with pytest.raises(DivergedError, match=r"must stay finite, got .* in round 1; try a smaller"):
        run(leap)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_rounds": 0}, "num_rounds must be at least 1, got 0"),
        ({"eval_every": 0}, "eval_every must be at least 1, got 0"),
        ({"client_fraction": 1.5}, r"client_fraction must lie in \[0, 1\], got 1\.5"),
        ({"client_fraction": -0.5}, r"client_fraction must lie in \[0, 1\], got -0\.5"),
        ({"target_accuracy": 97}, r"target_accuracy must lie in \[0, 1\], got 97\.0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_setting_out_of_range_is_refused(options: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run(**options)


def test_model_with_other_columns_than_the_data_is_refused() -> None:
    with pytest.raises(ValueError, match="model must have num_features=64, as the data has, got 3"):
        run(fl.fedavg(fl.SoftmaxRegression(3, 10)))


def test_model_with_other_classes_than_the_data_is_refused() -> None:
    with pytest.raises(ValueError, match="model must have num_classes=10, as the data has, got 2"):
        run(fl.fedavg(fl.LogisticRegression(64)))


def test_missing_threadpoolctl_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_blas, "_has_warned", False)
    monkeypatch.setattr(_blas, "is_single_threaded", lambda: False)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with caplog.at_level(logging.WARNING):
        run(num_rounds=3)
    assert len(caplog.records) == 1
    assert "pyfedlite[fast]" in caplog.text


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_checkpoint_with_a_wrong_byte_is_named_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, where: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "c.npz"
    state = State(1, np.arange(3.0), {"server.v": np.ones(3)})
    save_checkpoint(path, state, [RoundRecord(1, (0,), {"train_loss": 0.5})], {"seed": 0})
    content = bytearray(path.read_bytes())
    content[where % len(content)] ^= flip
    path.write_bytes(content)
    said = ""
    try:
        load_checkpoint(path, {"seed": 0})
    except (FileFormatError, ValueError) as error:
        said = str(error)
    assert said == "" or said.startswith("checkpoint must")


def test_overflow_in_what_the_server_keeps_is_named() -> None:
    def leap(update, participant, round, rng):
        return replace(update, delta=np.full(650, 1e200))

    algorithm = replace(fl.fedadam(fl.SoftmaxRegression(64, 10)), transforms=(leap,))
    overflow = pytest.raises(DivergedError, match=r"server\.v of the server must stay finite")
    with np.errstate(over="ignore"), overflow:
        run(algorithm)
