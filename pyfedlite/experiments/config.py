"""What a run is: one frozen dataclass, validated when it is made."""

from dataclasses import dataclass, fields

import numpy as np

from pyfedlite import _check
from pyfedlite.algorithms import ALGORITHMS
from pyfedlite.data._rows import Task
from pyfedlite.data.missing import RULES
from pyfedlite.data.reading import Reading
from pyfedlite.experiments.parts import ModelConfig
from pyfedlite.local import LocalSGD
from pyfedlite.roles import Aggregator, Partitioner, ServerOptimizer
from pyfedlite.sampling import Dropouts, dropouts
from pyfedlite.simulation.ending import Ending


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides the bits of a run, but for the data files themselves.

    Parameters
    ----------
    dataset : str
        A name, or the path of a .csv or .npz file.
    partition : Partitioner or None
        None: the data's own groups are the clients where it has some, else rows are dealt out.
    num_clients : int or None
        K; None where the partition knows it by itself.
    model : ModelConfig
    algorithm : str
        Decides the class of `server`.
    local : LocalSGD
    aggregate : Aggregator
    server : ServerOptimizer
    client_fraction : float
        C, in [0, 1].
    num_rounds : int
        T, at least 1.
    seed : int
        At least 0.
    standardise : bool
        Whether to shift and scale columns by the clients' joint mean and deviation.
    target_accuracy, target_auc, target_loss : float, optional
        Stop at this accuracy, AUC or loss on the test rows.
    eval_every : int
        Evaluate every so many rounds.
    label, task, group : str, optional
        The column to predict, in a file of your own, what its values are, and the column that says
        whose each row is.
    drop, categorical, missing_marks : tuple of str
        Columns to leave out, columns that hold categories, and texts for a missing value.
    missing : str, optional
        What becomes of missing values; see `Dataset`.
    dropout_rate : float or tuple of 5 floats
        The share of clients that fail in a round, or one share for each of its stages.
    dp_epsilon : float, optional
        What all rounds together may spend; the noise of `aggregate` was chosen for it and for
        `num_rounds`.

    Raises
    ------
    ValueError, TypeError
        If a value is not allowed.
    """

    dataset: str
    partition: Partitioner | None
    num_clients: int | None
    model: ModelConfig
    algorithm: str
    local: LocalSGD
    aggregate: Aggregator
    server: ServerOptimizer
    client_fraction: float
    num_rounds: int
    seed: int
    standardise: bool = False
    target_accuracy: float | None = None
    eval_every: int = 1
    label: str | None = None
    task: Task | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    missing: str | None = None
    missing_marks: tuple[str, ...] = ()
    dropout_rate: float | tuple[float, ...] = 0.0
    target_auc: float | None = None
    target_loss: float | None = None
    dp_epsilon: float | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "algorithm", _check.one_of, ALGORITHMS)
        _check.keep(self, "client_fraction", _check.fraction)
        _check.keep(self, "eval_every", _check.integer, minimum=1)
        _check.keep(self, "seed", _check.integer, minimum=0)
        ending = self.ending()
        for each in fields(ending):
            object.__setattr__(self, each.name, getattr(ending, each.name))  # the class is frozen
        self.reading()
        if self.missing == "keep":
            hint = "nothing would fill the missing values of a run"
            _check.fail("missing", f"be one of {', '.join(RULES[:-1])}", repr(self.missing), hint)
        rate = np.asarray(self.dropout_rate).tolist()
        plain = tuple(rate) if isinstance(rate, list) else rate
        object.__setattr__(self, "dropout_rate", plain)  # the class is frozen
        self.availability()
        if self.num_clients is not None:
            _check.keep(self, "num_clients", _check.integer, minimum=1)
        standardise = _check.in_python(self.standardise)
        if not isinstance(standardise, bool):
            _check.fail_type("standardise", "be true or false", standardise)
        object.__setattr__(self, "standardise", standardise)  # the class is frozen

    def ending(self) -> Ending:
        """Return when the run ends."""
        return Ending(**{each.name: getattr(self, each.name) for each in fields(Ending)})

    def reading(self) -> Reading:
        """Return how a file of one's own is read."""
        return Reading(**{f.name: getattr(self, f.name) for f in fields(Reading)})

    def availability(self) -> Dropouts | None:
        """Return which clients fail, or None if nobody does."""
        if self.dropout_rate == 0:
            return None
        try:
            return dropouts(self.dropout_rate)
        except (ValueError, TypeError) as error:
            raise type(error)(f"dropout_rate: {error}") from error
