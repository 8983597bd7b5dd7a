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
from pyfedlite._role_checks import all_checked
from pyfedlite.data.inputs import Inputs
from pyfedlite.errors import DivergedError
from pyfedlite.evaluation import evaluate
from pyfedlite.history.checkpoint import Saver
from pyfedlite.history.fingerprint import plan_fingerprint
from pyfedlite.history.history import History
from pyfedlite.parallel.workers import runner
from pyfedlite.roles import Algorithm, Availability, Callback, Sampler
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation.callbacks import call_all
from pyfedlite.simulation.ending import Ending, without_last_test
from pyfedlite.simulation.fit import check_fit, check_parts, check_rule, reports_of, sampler_of
from pyfedlite.simulation.progress import progress as shown_progress
from pyfedlite.simulation.rounds import Clients, Rounds, check_not_hopeless, clock_of
from pyfedlite.simulation.secrecy import CHECKPOINT_NOTE, Secrecy, secrecy_of
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
    min_reports: int | None = None,
    target_accuracy: float | None = None,
    target_auc: float | None = None,
    target_loss: float | None = None,
    eval_every: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
    insecure_seed: int | None = None,
) -> History:
    """Train a model over many clients, and return what happened.

    Parameters
    ----------
    algorithm : Algorithm
        For instance ``fedavg(model)``.
    clients : FederatedDataset
    num_rounds : int
        T, at least 1. A run that has ended so, and has a checkpoint, goes on if it is asked for
        more: to the same bits as if they had been asked for at once.
    seed : int
        The one number that all draws come from; the same seed gives the same bits.
    client_fraction : float
        C, in [0, 1]: each round takes max(round(C K), 1) clients.
    sampler : Sampler, optional
        Another way to draw the cohort, in place of `client_fraction`.
    availability : Availability, optional
        Who can be reached, and what becomes of those who were asked: for instance
        ``dropouts(0.1)``.
    min_reports : int, optional
        A round to which fewer updates will come fails before anybody trains; 0 leaves it to the
        aggregator. By default 1; a private run has none.
    target_accuracy, target_auc : float, optional
        Stop after the first evaluated round at or above it, in [0, 1]. The first is for classes,
        the second for two of them.
    target_loss : float, optional
        Stop after the first evaluated round with a test loss at or below it, at least 0.
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
    insecure_seed : int, optional
        For tests and lessons: fixes the noise and the cohorts of a private run, which is then not
        private at all.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        When a part does not fit, a setting is not allowed or cannot act, or the checkpoint is of
        another run, or of one that has ended for another reason than the number of rounds.
    DivergedError
        When theta leaves the finite numbers; the message names the client and the round.
    RunFailed
        When the last ten rounds have all failed. A single failed round is recorded with its reason,
        changes nothing but the number of the round, and the run goes on.

    Notes
    -----
    A *private* run is one of an algorithm with noise for privacy. Its draws, but for the start of
    theta, come from the operating system: `seed` does not repeat them, and a run that is resumed
    goes on with new ones. Its records hold what the noise has made private and the metrics on the
    server's own test rows, which count as public, and nothing else. A checkpoint of it is not a
    release: it holds what clients remember.
    """
    check_parts(algorithm, clients, sampler, availability)
    callbacks = all_checked("callbacks", callbacks, "callback")
    ending = Ending(num_rounds, target_accuracy, target_auc, target_loss)
    check_fit(algorithm.model, clients, ending)
    check_rule(algorithm, clients)
    seed = _check.integer("seed", seed, minimum=0)
    eval_every = _check.integer("eval_every", eval_every, minimum=1)
    secrecy = secrecy_of(algorithm, seed, insecure_seed, min_reports)
    reports_of(clients, secrecy.min_reports)
    sampler = sampler_of(sampler, client_fraction)
    progress = _check.boolean("progress", progress)
    parts = {
        "algorithm": algorithm,
        "partition": clients.plan_bytes(),
        "sampler": sampler,
        "availability": availability,
        "min_reports": secrecy.min_reports,
        "seed": seed,
        "eval_every": eval_every,
    }
    if insecure_seed is not None:
        parts["insecure_seed"] = insecure_seed
    note = CHECKPOINT_NOTE if secrecy.private else None
    saver = Saver.of(checkpoint, parts, partial(_rows, clients, seed), ending.num_rounds, note)
    saved = saver.start(algorithm.init(RoundSeed(seed).rng(Role.INIT)))
    state, stopped = saved.state, saved.stopped
    records = without_last_test(saved.records, num_rounds, eval_every)
    ending.check_goes_on(records, stopped, saved.num_rounds)
    done = stopped is not None or ending.is_done(records)
    sizes = np.array([clients.num_examples(k) for k in range(clients.num_clients)])
    keep_freed_memory()
    try:
        with (
            runner(workers, executor, clients, algorithm) as map,
            shown_progress(num_rounds, quiet=not progress) as shown,
        ):
            rounds = Rounds(algorithm, clients, sampler, availability, secrecy, sizes, map)
            tell = partial(call_all, (*callbacks, shown), private=secrecy.private)
            while not done:
                seed_of_round = RoundSeed(secrecy.key, state.round + 1)
                with one_blas_thread():
                    after, record = rounds.run(state, seed_of_round, clock_of(records))
                    if _is_time_to_test(record, num_rounds, eval_every):
                        record = _tested(record, algorithm, clients, after)
                records.append(record)
                if secrecy.private:  # what was shown is released, also if a callback raises
                    state = after
                # In one step: an interruption leaves a round that is done, or one that is not.
                state, stopped = after, tell(records, after)
                done = stopped is not None or ending.is_done(records)
                # A private round that is done twice is released twice: all are saved at once.
                saver.save(state, records, stopped, now=secrecy.private)
                check_not_hopeless(records)
    finally:
        saver.save(state, records, stopped, now=True)  # also on Ctrl-C: what is done is not lost
    if "test_loss" not in records[-1].metrics:  # a callback has ended the run, or the round failed
        records[-1] = _tested(records[-1], algorithm, clients, state)
    return _history(algorithm, clients, parts, secrecy, tuple(records), state, stopped)


def _history(
    algorithm: Algorithm,
    clients: Clients,
    parts: dict[str, Any],
    secrecy: Secrecy,
    records: tuple[RoundRecord, ...],
    state: State,
    stopped: str | None,
) -> History:
    """Return what happened; of a private run without what tells how many clients there are."""
    words = {name: _in_words(part) for name, part in parts.items()}
    if secrecy.private:
        plan = None
        del words["partition"]
    else:
        local = getattr(algorithm, "local", None)
        plan = partial(plan_fingerprint, clients, local, parts["availability"], parts["seed"])
        words["clients"] = repr(clients)
    return History(
        records,
        state,
        algorithm.model,
        words,
        plan,
        stopped,
        getattr(clients, "inputs", Inputs()),
        private=secrecy.private,
        insecure="insecure_seed" in parts,
    )


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


def _in_words(part: Any) -> Any:
    """Return a part of a run as it is shown: a number, a hash, or what it prints as."""
    if isinstance(part, bytes):
        return _files.sha256(part)
    return part if isinstance(part, int) else repr(part)
