"""Images out of an update: a server reads the rows that a client has trained on.

Adversary: a server that sees the update of one client, or the sum of several, and knows the model.
Protected: nothing in an update of few rows. Protected by: a sum over many (`num_clients`), and
clipping with noise, more or less. For teaching and research: not audited.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.attacks.inference import (
    Matched,
    Recovered,
    gradient_of_update,
    label_of,
    match_gradient,
    recover_rows,
)
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table
from pyfedlite.experiments.attacks.targets import Rows, check_trained, rows_of
from pyfedlite.models import MLP
from pyfedlite.models.named import check_size
from pyfedlite.norms import check_max_norm, clip
from pyfedlite.seeds import RoundSeed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXACT = 1e-6
"""A mean squared error below it counts as exact."""
MOST_DRAWN = 10


@dataclass(frozen=True)
class InversionConfig:
    """What a client has trained on, and what the server sees of it.

    Parameters
    ----------
    dataset : str
    method : {"divide", "match"}
        `recover_rows`, which is exact, or `match_gradient`, which searches.
    batch_size : int
        Rows of a client; to match a gradient, 1.
    hidden : int
        Units of the hidden layer: ReLU to divide, sigmoid to match.
    num_steps : int
        Local steps that the client has taken, each on all its rows.
    learning_rate : float
    num_clients : int
        How many clients' updates are added up before the server sees them, as under secure
        aggregation.
    clip : float, optional
        To what length an update is clipped before it is sent.
    noise : float
        Deviation of the noise on each entry of what the server sees.
    seed : int
    """

    dataset: str = "digits"
    method: str = "divide"
    batch_size: int = 8
    hidden: int = 64
    num_steps: int = 1
    learning_rate: float = 0.1
    num_clients: int = 1
    clip: float | None = None
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check.one_of("method", self.method, ("divide", "match"))
        for name in ("batch_size", "hidden", "num_steps", "num_clients"):
            _check.integer(name, getattr(self, name), minimum=1)
        _check.positive("learning_rate", self.learning_rate)
        _check.non_negative("noise", self.noise)
        if self.clip is not None:
            check_max_norm("clip", self.clip)
        if self.method == "match" and (self.batch_size, self.num_clients) != (1, 1):
            got = f"{self.batch_size} of each of {self.num_clients} clients"
            hint = "add --batch-size 1, or divide"
            _check.fail("what the server sees", "be of one row to match a gradient", got, hint)


def run_inversion(config: InversionConfig) -> Finding:
    """Train, look at the update, and compare what comes out with what went in.

    Parameters
    ----------
    config : InversionConfig

    Raises
    ------
    ValueError
        If the data set has too few rows, or is none.

    Examples
    --------
    One row comes out exactly:

    >>> run_inversion(InversionConfig(batch_size=1)).metrics["exact"]
    1
    """
    rows, seed = rows_of(config.dataset), RoundSeed(config.seed)
    number = config.batch_size * config.num_clients
    if number > len(rows.labels):
        _check.fail("rows of all clients", f"be at most {len(rows.labels)}", number)
    chosen = seed.rng("inversion rows").choice(len(rows.labels), number, replace=False)
    truth, labels = rows.features[chosen], rows.labels[chosen]
    activation = "relu" if config.method == "divide" else "sigmoid"
    model = MLP(
        truth.shape[1], config.hidden, rows.num_classes, activation=activation, dtype="float64"
    )
    check_size(model)
    theta = model.init(seed.rng("inversion model"))
    seen = gradient_of_update(
        _update(config, model, theta, truth, labels), config.learning_rate, config.num_steps
    )
    found: Recovered | Matched
    if config.method == "divide":
        found = recover_rows(model.layout, seen)
    else:
        rng = seed.rng("inversion search")
        knows_label = label_of(model.layout, seen) is not None  # noise may hide it
        found = match_gradient(model, theta, seen, rng, knows_label=knows_label, num_starts=3)
    return _finding(rows, found, truth, labels, label_of(model.layout, seen))


def _update(
    config: InversionConfig, model: MLP, theta: Vector, truth: Matrix, labels: Labels
) -> Vector:
    """Return what the server sees: the mean of the clients' updates, clipped, with noise."""
    deltas: list[Vector] = []
    for k in range(config.num_clients):
        own, theta_k = slice(k * config.batch_size, (k + 1) * config.batch_size), theta
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(config.num_steps):
                gradient = model.grad(theta_k, truth[own], labels[own])
                theta_k = theta_k - config.learning_rate * gradient
        check_trained(theta_k, config.learning_rate)
        deltas.append(theta_k - theta)
    if config.clip is not None:
        deltas = [clip(delta, config.clip) for delta in deltas]
    noise = RoundSeed(config.seed).rng("inversion noise").standard_normal(theta.shape)
    seen: Vector = np.mean(deltas, axis=0) + config.noise * noise
    return seen


def _finding(
    rows: Rows, found: Recovered | Matched, truth: Matrix, labels: Labels, label: int | None
) -> Finding:
    recovered = found if isinstance(found, Recovered) else _as_recovered(found)
    # With two classes a mixture may be found by several units too, which confirms nothing.
    confirms = isinstance(found, Recovered) and rows.num_classes > 2
    errors = recovered.errors(truth)
    psnr = recovered.psnr(truth, rows.value_range)
    metrics = {
        "rows": len(truth),
        "exact": int((errors < EXACT).sum()),
        "confirmed": len(recovered.confirmed) if confirms else None,
        "believed": None if isinstance(found, Recovered) else found.is_match,
        "mse": _finite(errors.mean()),
        "mse_median": _finite(np.median(errors)),
        "psnr_median": _finite(np.median(psnr)),  # infinite where it is exact to the last bit
        "label": label,
        "label_is_right": bool(label == labels[0]) if len(truth) == 1 else None,
    }
    table = Table(
        [
            {"row": k, "label": int(labels[k]), "mse": _finite(errors[k]), "psnr": _finite(psnr[k])}
            for k in range(len(truth))
        ]
    )
    pictures = {}
    if rows.image is not None:
        shown = truth[:MOST_DRAWN]
        draw = partial(_draw, recovered, shown, rows.image)
        pictures["images"] = Picture(0.4 + len(shown), 2.1, draw)
    lines = [
        f"rows             {metrics['rows']}",
        f"exact            {metrics['exact']}  (mean squared error below {EXACT:g})",
        f"median error     {np.median(errors):.3g}",
        f"median PSNR      {np.median(psnr):.1f} dB",
    ]
    if metrics["confirmed"] is not None:
        lines.append(f"confirmed        {metrics['confirmed']}  (found by several units)")
    if metrics["believed"] is not None:
        words = "yes" if metrics["believed"] else "no: the search has failed, and says so"
        lines.append(f"gradient matched {words}")
    if metrics["label_is_right"] is not None:
        lines.append(f"label            {'right' if metrics['label_is_right'] else 'not found'}")
    return Finding(metrics, table, pictures, "\n".join(lines))


def _as_recovered(found: Matched) -> Recovered:
    return Recovered(found.features[np.newaxis], np.ones(1, np.int64))


def _draw(found: Recovered, truth: Matrix, shape: tuple[int, int], figure: "Figure") -> None:
    # The colours are those of the true images: what is far off is all black or white.
    drawn = Recovered(np.clip(found.nearest(truth), truth.min(), truth.max()), found.num_units)
    drawn.plot(truth, shape, axes=figure.subplots(2, len(truth), squeeze=False))


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
