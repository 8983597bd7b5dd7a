"""The server's loop: the outer lines of Algorithm 1 of McMahan et al. 2017.

Left neighbour: ``algorithms`` says what a round is. Right neighbour: `History` says what came of
it. The loop draws a cohort and its fates, runs a round, evaluates, records; nothing else.
"""

import math
import os
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pyfedlite import _check, _files
from pyfedlite._blas import one_blas_thread
from pyfedlite._memory import keep_freed_memory
from pyfedlite.data.inputs import Inputs
from pyfedlite.errors import DivergedError
from pyfedlite.evaluation import evaluate
from pyfedlite.history.checkpoint import Saver
from pyfedlite.history.fingerprint import plan_fingerprint
from pyfedlite.history.history import History
from pyfedlite.parallel.workers import runner
from pyfedlite.roles import Algorithm, Availability, Callback, Model, Sampler
from pyfedlite.sampling.samplers import sample_fraction
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation.callbacks import call_all
from pyfedlite.simulation.progress import progress as shown_progress
from pyfedlite.simulation.rounds import Clients, Rounds, check_not_hopeless, clock_of
from pyfedlite.state import RoundRecord, State


def simulate(
    algorithm: Algorithm,
    clients: Clients,
    *,
    num_rounds: int,
    seed: int,
    client_fraction: float = 1.0,
    sampler: Sampler | None = None,
    availability: Availability | None = None,
    min_reports: int = 1,
    target_accuracy: float | None = None,
    eval_every: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
) -> History:
    """Train a model over many clients, and return what happened.

    Parameters
    ----------
    algorithm : Algorithm
        For instance ``fedavg(model)``.
    clients : FederatedDataset
    num_rounds : int
        T, at least 1.
    seed : int
        The one number that all draws come from; the same seed gives the same bits.
    client_fraction : float
        C, in [0, 1]: each round takes max(round(C K), 1) clients.
    sampler : Sampler, optional
        Another way to draw the cohort, in place of `client_fraction`.
    availability : Availability, optional
        Who can be reached, and what becomes of those who were asked: for instance
        ``dropouts(0.1)``.
    min_reports : int
        A round to which fewer updates will come fails before anybody trains; 0 leaves it to the
        aggregator.
    target_accuracy : float, optional
        Stop after the first evaluated round at or above it, in [0, 1].
    eval_every : int
        Evaluate on the test rows every so many rounds, and after the last.
    workers : int, optional
        Train clients in so many processes; the result does not depend on it. A script has to keep
        such a call under ``if __name__ == "__main__":``.
    executor : concurrent.futures.Executor, optional
        Train clients on an executor of your own, in place of `workers`.
    checkpoint : path, optional
        A file to save the run in, and to go on from if it exists.
    callbacks : sequence of callable
        Each is called as ``callback(records, state)`` after every round. It may return metrics
        for the last record, or ``Stop(reason)`` to end the run for good.
    progress : bool
        Show on the standard error how far the run is: a bar on a terminal, that of tqdm where it is
        installed, and elsewhere a line every tenth of the run.

    Returns
    -------
    History

    Raises
    ------
    DivergedError
        When theta leaves the finite numbers; the message names the client and the round.
    RunFailed
        When the last ten rounds have all failed. A single failed round is recorded with its reason,
        changes nothing but the number of the round, and the run goes on.
    """
    _check_settings(algorithm, clients, num_rounds, target_accuracy, eval_every)
    _check.integer("min_reports", min_reports, minimum=0)
    if not isinstance(progress, bool | np.bool):
        _check.fail_type("progress", "be True or False", progress)
    sampler = sample_fraction(client_fraction) if sampler is None else sampler
    parts = {
        "algorithm": algorithm,
        "partition": clients.plan_bytes(),
        "sampler": sampler,
        "availability": availability,
        "min_reports": min_reports,
        "seed": seed,
        "eval_every": eval_every,
    }
    saver = Saver.of(checkpoint, parts if checkpoint is None else parts | _rows(clients, seed))
    state, records, stopped = saver.start(algorithm.init(RoundSeed(seed).rng(Role.INIT)))
    records = _without_last_test(records, num_rounds, eval_every)
    done = stopped is not None or _is_done(records, num_rounds, target_accuracy)
    sizes = np.array([clients.num_examples(k) for k in range(clients.num_clients)])
    keep_freed_memory()
    try:
        with (
            runner(workers, executor, clients, algorithm) as map,
            shown_progress(num_rounds, quiet=not progress) as shown,
        ):
            rounds = Rounds(algorithm, clients, sampler, availability, min_reports, sizes, map)
            while not done:
                seed_of_round = RoundSeed(seed, state.round + 1)
                with one_blas_thread():
                    after, record = rounds.run(state, seed_of_round, clock_of(records))
                    if _is_time_to_test(record, num_rounds, eval_every):
                        record = _tested(record, algorithm, clients, after)
                records.append(record)
                # In one step: an interruption leaves a round that is done, or one that is not.
                state, stopped = after, call_all((*callbacks, shown), records, after)
                done = stopped is not None or _is_done(records, num_rounds, target_accuracy)
                saver.save(state, records, stopped)
                check_not_hopeless(records)
    finally:
        saver.save(state, records, stopped, now=True)  # also on Ctrl-C: what is done is not lost
    if "test_loss" not in records[-1].metrics:  # a callback has ended the run, or the round failed
        records[-1] = _tested(records[-1], algorithm, clients, state)
    local = getattr(algorithm, "local", None)
    plan = partial(plan_fingerprint, clients, local, availability, seed)
    config = {name: _in_words(part) for name, part in parts.items()} | {"clients": repr(clients)}
    inputs = getattr(clients, "inputs", Inputs())
    return History(tuple(records), state, algorithm.model, config, plan, stopped, inputs)


def _rows(clients: Clients, seed: int) -> dict[str, bytes]:
    """Return hashes of the rows that a run is made of, where the clients tell them."""
    identity = getattr(clients, "identity", None)
    return {} if identity is None else dict(identity(seed))


def _is_time_to_test(record: RoundRecord, num_rounds: int, eval_every: int) -> bool:
    return record.failure is None and (record.round % eval_every == 0 or record.round == num_rounds)


def _tested(
    record: RoundRecord, algorithm: Algorithm, clients: Clients, state: State
) -> RoundRecord:
    """Return the record with the metrics on the test rows.

    Raises
    ------
    DivergedError
        If the loss there is inf or NaN.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow is named below
        test = (clients.test_features, clients.test_labels)
        metrics = evaluate(algorithm.model, state.theta, *test)
    if not math.isfinite(metrics["test_loss"] or 0.0):
        raise DivergedError(
            f"test_loss must stay finite, got {metrics['test_loss']} in round {state.round}; "
            "try a smaller learning_rate, of the clients or of the server"
        )
    return replace(record, metrics=record.metrics | metrics)


def _without_last_test(
    records: Sequence[RoundRecord], num_rounds: int, eval_every: int
) -> list[RoundRecord]:
    """Return the records of a checkpoint as a run of `num_rounds` would have left them so far.

    The last round of a shorter run was evaluated whatever `eval_every` says.
    """
    if not records or records[-1].round >= num_rounds:
        return list(records)
    if records[-1].failure is None and records[-1].round % eval_every == 0:
        return list(records)
    kept = {name: v for name, v in records[-1].metrics.items() if not name.startswith("test_")}
    return [*records[:-1], replace(records[-1], metrics=kept)]


def _is_done(
    records: Sequence[RoundRecord], num_rounds: int, target_accuracy: float | None
) -> bool:
    if not records:
        return False
    accuracy = records[-1].metrics.get("test_accuracy")
    reached = target_accuracy is not None and accuracy is not None and accuracy >= target_accuracy
    return reached or records[-1].round >= num_rounds


def _in_words(part: Any) -> Any:
    """Return a part of a run as it is shown: a number, a hash, or what it prints as."""
    if isinstance(part, bytes):
        return _files.sha256(part)
    return part if isinstance(part, int) else repr(part)


def _check_settings(
    algorithm: Algorithm,
    clients: Clients,
    num_rounds: int,
    target_accuracy: float | None,
    eval_every: int,
) -> None:
    _check.integer("num_rounds", num_rounds, minimum=1)
    _check.integer("eval_every", eval_every, minimum=1)
    if target_accuracy is not None:
        _check.fraction("target_accuracy", target_accuracy)
    num_missing = getattr(clients, "num_missing", 0)
    if num_missing:
        hint = "call fill_missing(clients, 'mean') first"
        _check.fail("clients", "have no missing values", f"{num_missing:,} missing cells", hint)
    model = algorithm.model
    _check_range(clients, model)
    if clients.num_features != model.num_features:
        _check.fail(
            "model",
            f"have num_features={clients.num_features}, as the data has",
            model.num_features,
        )
    if clients.num_classes != model.num_classes:
        _check.fail(
            "model", f"have num_classes={clients.num_classes}, as the data has", model.num_classes
        )


def _check_range(clients: Clients, model: Model) -> None:
    """Check that no feature is infinite in the dtype of the model."""
    pooled, most = getattr(clients, "pooled", None), float(np.finfo(model.dtype).max)
    if pooled is None or pooled.features.dtype.itemsize <= np.dtype(model.dtype).itemsize:
        return
    for name in ("features", "test_features"):
        rows = getattr(pooled, name)
        low, high = rows.min(axis=0), rows.max(axis=0)
        large = np.flatnonzero((high > most) | (low < -most))
        if large.size:
            column = int(large[0])
            shown = column if pooled.feature_names is None else repr(pooled.feature_names[column])
            got = f"{max(high[column], -low[column])} in column {shown}"
            hint = "rescale the column, leave it out, or take a model with dtype='float64'"
            _check.fail(name, f"fit into {model.dtype}, the dtype of the model", got, hint)
