"""Local training of many clients: which way is the fastest, for this model and these settings.

A room for speed. There are three ways. Each gives the same updates, up to the rounding of sums that
are added in another order:

- Clients of a small model are stacked and take their steps together (``stack``).
- A single client whose steps are plain SGD goes through its epochs without gradients in memory
  (``models.fast.descend``).
- All other clients are trained by the method `train` of the local trainer, one after the other.

The laws that compare them with `LocalSGD.train` are in ``tests/laws/test_together_laws.py``. The
performance page of the documentation says how much time they save.

Left neighbour: ``algorithms`` sends the participants. Right neighbour: ``algorithms`` takes their
updates to ``aggregation``.
"""

from collections.abc import Sequence

import numpy as np

from pyfedlite._typing import Matrix, Vector
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.data.lazy import rows_of
from pyfedlite.local.sgd import NUM_LOSS_EXAMPLES, LocalSGD, check_finite
from pyfedlite.local.stack import Stack, train_stacked
from pyfedlite.local.step import step_of, takes_plain_steps
from pyfedlite.models.fast.descend import Descends, can_descend, descend_epoch
from pyfedlite.roles import LocalTrainer, Model

STACK_BYTES = 2**18
"""Parameters of one stack, in bytes: they should fit in a core's second-level cache."""

BATCH_BYTES = 2**24
"""Padded rows of one step, in bytes: if there are more, clients are trained one at a time."""


def has_batch_axes(model: Model) -> bool:
    """Return whether a model says that its formulas accept leading batch axes."""
    return bool(getattr(model, "batch_axes", False))


def stack_size(model: Model) -> int:
    """Return how many clients of `model` are trained at once. It depends only on its size.

    It never depends on the machine or the number of workers: the last bits of a product may depend
    on how rows are padded, and results have to be the same with any number of workers.

    Examples
    --------
    >>> from pyfedlite.models import MLP, SoftmaxRegression
    >>> stack_size(SoftmaxRegression(64, 10)), stack_size(MLP(784, 200, 200, 10))
    (100, 1)
    """
    return max(1, STACK_BYTES // (model.layout.num_params * np.dtype(model.dtype).itemsize))


def train_all(
    local: LocalTrainer,
    model: Model,
    theta: Vector,
    participants: Sequence[Participant],
    rngs: Sequence[np.random.Generator],
    *,
    round: int,
) -> list[ClientUpdate]:
    """Return the updates of many clients, trained at once where that is faster.

    Parameters
    ----------
    local : LocalTrainer
        `LocalSGD`, or another one: its `train` is then called for each participant.
    model : Model
    theta : ndarray of shape (num_params,)
    participants : sequence of Participant
    rngs : sequence of Generator
        One for each participant, with a key of round and client.
    round : int
        From 1.

    Returns
    -------
    list of ClientUpdate
        In the order of `participants`.
    """
    if type(local) is LocalSGD and _stacks(local, model, theta, participants):
        return _train_stack(local, model, theta, participants, rngs, round)
    pairs = zip(participants, rngs, strict=True)
    if type(local) is LocalSGD and can_descend(model) and takes_plain_steps(local):
        return [_train_alone(local, model, theta, p, rng, round) for p, rng in pairs]
    return [local.train(model, theta, p, rng, round=round) for p, rng in pairs]


def _stacks(
    local: LocalSGD, model: Model, theta: Vector, participants: Sequence[Participant]
) -> bool:
    """Return whether clients can be stacked, are several, and a step's rows fit in BATCH_BYTES."""
    if not has_batch_axes(model):
        return False
    width = local.batch_size or max(p.client.num_examples for p in participants)
    row_bytes = model.num_features * theta.itemsize
    return 1 < len(participants) <= BATCH_BYTES // (width * row_bytes)


def _train_stack(
    local: LocalSGD,
    model: Model,
    theta: Vector,
    participants: Sequence[Participant],
    rngs: Sequence[np.random.Generator],
    round: int,
) -> list[ClientUpdate]:
    """Return the updates of clients that take their steps together."""
    works = [local.work(p.fate, p.client.num_examples) for p in participants]
    falling = np.argsort([work.num_steps for work in works], kind="stable")[::-1]
    cohort, works = [participants[i] for i in falling], [works[i] for i in falling]
    stack = Stack.of(cohort, works, [rngs[i] for i in falling], local, str(theta.dtype))
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
        losses = stack.losses(model, theta, NUM_LOSS_EXAMPLES)
        step = step_of(local, model, theta, round, _corrections(local, cohort, theta))
        deltas, num_steps = train_stacked(step, theta, stack.batches(local.batch_size), stack)
    updates = [
        _update(participant, delta, steps, loss)
        for participant, delta, steps, loss in zip(
            cohort, deltas, num_steps.tolist(), losses.tolist(), strict=True
        )
    ]
    _check_all_finite(updates, deltas, round, local.rate(round))
    return [updates[i] for i in np.argsort(falling)]


def _train_alone(
    local: LocalSGD,
    model: Descends,
    theta: Vector,
    participant: Participant,
    rng: np.random.Generator,
    round: int,
) -> ClientUpdate:
    """Return the update of one client that takes plain steps, epoch by epoch."""
    features, labels = rows_of([participant.client])
    features = features.astype(theta.dtype, copy=False)
    orders = local.orders(len(labels), participant.fate, rng)
    work = local.work(participant.fate, len(labels))
    size, rate = local.batch_size or len(labels), local.rate(round)
    theta_k, train_loss = theta.copy(), np.nan
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
        for epoch, order in enumerate(orders):
            x, y = features.take(order, axis=0), labels.take(order)
            if epoch == 0:
                first = slice(NUM_LOSS_EXAMPLES)
                train_loss = float(model.loss(theta, x[first], y[first]))
            left = size * (work.num_steps - epoch * -(-len(labels) // size))  # rows still to use
            descend_epoch(model, theta_k, x[:left], y[:left], rate, size)
        theta_k -= theta  # Delta_k
    check_finite(theta_k, participant.client.client_id, round, rate)
    return _update(participant, theta_k, work.num_steps, train_loss)


def _corrections(
    local: LocalSGD, participants: Sequence[Participant], theta: Vector
) -> Matrix | None:
    """Return what is added to the gradients of each client, (num_clients, num_params)."""
    found = [local.correct(participant, theta) for participant in participants]
    added = [vector for vector in found if vector is not None]
    return np.stack(added) if added else None


def _check_all_finite(
    updates: Sequence[ClientUpdate], deltas: Matrix, round: int, rate: float
) -> None:
    """Raise if a delta contains inf or NaN; one test for all of them is quick."""
    if not np.isfinite(np.vdot(deltas, deltas)):
        for update in updates:
            check_finite(update.delta, update.client_id, round, rate)


def _update(
    participant: Participant, delta: Vector, num_steps: int, train_loss: float
) -> ClientUpdate:
    return ClientUpdate(
        client_id=participant.client.client_id,
        delta=delta,
        num_examples=participant.client.num_examples,
        num_steps=num_steps,
        train_loss=train_loss,
        memory=dict(participant.memory),
    )
