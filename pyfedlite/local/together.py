"""Local training of many clients: which way is the fastest, for this model and these settings.

A room for speed. There are three ways, and the same updates come out of each, up to the rounding of
products and sums that are added up in another order:

- Clients of a small model are stacked and take their steps together (``stack``).
- A single client whose steps are plain SGD goes through its epochs without gradients in memory
  (``models.fast.descend``).
- Everybody else is trained by the `train` of the local trainer itself, one after the other.

The laws that tie them to `LocalSGD.train` are in ``tests/laws/test_together_laws.py``. How much is
won is on the performance page of the documentation.

Left neighbour: ``algorithms`` sends the participants. Right neighbour: their updates.
"""

from collections.abc import Sequence

import numpy as np

from pyfedlite._typing import Matrix, Vector
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.data.lazy import rows_of
from pyfedlite.local.plan import epochs_of, num_steps
from pyfedlite.local.sgd import NUM_LOSS_EXAMPLES, LocalSGD, check_finite
from pyfedlite.local.stack import Stack, train_stacked
from pyfedlite.local.step import step_of, takes_plain_steps
from pyfedlite.models.fast.descend import Descends, can_descend, descend_epoch
from pyfedlite.roles import LocalTrainer, Model

STACK_BYTES = 2**18
"""Parameters trained together, in bytes: they should stay in a core's second-level cache."""

BATCH_BYTES = 2**24
"""Rows of one step, padded, in bytes: above it clients are trained one at a time."""


def stack_size(model: Model) -> int:
    """Return how many clients of `model` are trained at once: a matter of its size alone.

    It never depends on the machine or the number of workers, because the last bits of a product
    may depend on how rows are padded, and results have to be the same everywhere.

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
    corrections: Matrix | None = None,
) -> list[ClientUpdate]:
    """Return the updates of many clients, trained at once where that pays.

    Parameters
    ----------
    local : LocalTrainer
        `LocalSGD`, or another, whose `train` is then called for each participant.
    model : Model
    theta : ndarray of shape (num_params,)
    participants : sequence of Participant
    rngs : sequence of Generator
        One for each, keyed by round and client.
    round : int
        From 1.
    corrections : ndarray of shape (num_participants, num_params), optional
        Added to every gradient of its client.

    Returns
    -------
    list of ClientUpdate
        In the order of `participants`.
    """
    if isinstance(local, LocalSGD) and _stacks(local, model, theta, participants):
        return _train_stack(local, model, theta, participants, rngs, round, corrections)
    if isinstance(local, LocalSGD) and can_descend(model) and takes_plain_steps(local, corrections):
        pairs = zip(participants, rngs, strict=True)
        return [_train_alone(local, model, theta, p, rng, round) for p, rng in pairs]
    each = [None] * len(participants) if corrections is None else corrections
    return [
        local.train(model, theta, participant, rng, round=round, correction=correction)
        for participant, rng, correction in zip(participants, rngs, each, strict=True)
    ]


def _stacks(
    local: LocalSGD, model: Model, theta: Vector, participants: Sequence[Participant]
) -> bool:
    """Return whether it pays, and is affordable, to train `participants` at once."""
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
    corrections: Matrix | None,
) -> list[ClientUpdate]:
    """Return the updates of clients that take their steps together."""
    steps = [_num_steps(local, participant) for participant in participants]
    falling = np.argsort(steps, kind="stable")[::-1]  # who has the most steps comes first
    cohort = [participants[i] for i in falling]
    stack = Stack.of(cohort, [rngs[i] for i in falling], local, str(theta.dtype))
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
        losses = stack.losses(model, theta, NUM_LOSS_EXAMPLES)
        c = None if corrections is None else corrections[falling]
        step = step_of(local, model, theta, round, c)
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
    orders = local.orders(len(labels), rng, epochs_of(participant, local.local_epochs))
    size, rate = local.batch_size or len(labels), local.rate(round)
    theta_k, train_loss = theta.copy(), np.nan
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
        for epoch, order in enumerate(orders):
            x, y = features.take(order, axis=0), labels.take(order)
            if epoch == 0:
                first = slice(NUM_LOSS_EXAMPLES)
                train_loss = float(model.loss(theta, x[first], y[first]))
            descend_epoch(model, theta_k, x, y, rate, size)
        theta_k -= theta  # Delta_k
    check_finite(theta_k, participant.client.client_id, round, rate)
    return _update(participant, theta_k, _num_steps(local, participant), train_loss)


def _num_steps(local: LocalSGD, participant: Participant) -> int:
    epochs = epochs_of(participant, local.local_epochs)
    return num_steps(participant.client.num_examples, epochs, local.batch_size)


def _check_all_finite(
    updates: Sequence[ClientUpdate], deltas: Matrix, round: int, rate: float
) -> None:
    """Raise if a delta has left the finite numbers; one look at all of them is quick."""
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
