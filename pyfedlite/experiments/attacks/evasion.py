"""Rows that are changed a little, and read wrongly.

Adversary: somebody who knows the model and may change every column of a row by epsilon. Protected:
nothing. Protected by: training on such rows, which is not built here. For teaching and research:
not audited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import _check
from pyfedlite.attacks.inference import Evaded, fgsm
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table, Value
from pyfedlite.experiments.attacks.targets import Rows, descended, rows_of
from pyfedlite.models import SoftmaxRegression
from pyfedlite.plotting import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 8
MOST = 1e6
"""Rows have grey values up to 1, or columns of deviation 1: beyond it there is no attack to see."""


@dataclass(frozen=True)
class EvasionConfig:
    """The model that is evaded, and by how much rows are changed.

    Parameters
    ----------
    dataset : str
    epsilons : tuple of float
        Each at least 0; where rows are no images, in deviations of a column.
    num_steps : int
    learning_rate : float
    seed : int
        Nothing here is drawn; it is kept for the record.
    """

    dataset: str = "digits"
    epsilons: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
    num_steps: int = 200
    learning_rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.epsilons:
            _check.fail("epsilons", "be at least one", "none")
        for epsilon in self.epsilons:
            if _check.non_negative("epsilons", epsilon) > MOST:
                _check.fail("epsilons", f"be at most {MOST:g}", epsilon)
        _check.integer("num_steps", self.num_steps, minimum=1)
        _check.positive("learning_rate", self.learning_rate)


def run_evasion(config: EvasionConfig) -> Finding:
    """Train a softmax regression, and change the test rows along the sign of the gradient.

    Parameters
    ----------
    config : EvasionConfig

    Raises
    ------
    ValueError
        If there is no such data set.
    """
    rows = rows_of(config.dataset)
    model = SoftmaxRegression(rows.features.shape[1], rows.num_classes, dtype="float64")
    theta = descended(
        model,
        rows.features,
        rows.labels,
        num_steps=config.num_steps,
        learning_rate=config.learning_rate,
    )
    limits = None if rows.image is None else (0.0, 1.0)
    test = (rows.test_features, rows.test_labels)
    evaded = {e: fgsm(model, theta, *test, e, limits=limits) for e in config.epsilons}
    table: list[dict[str, Value]] = []
    for epsilon, result in evaded.items():
        before = result.accuracy_before
        success = 1 - result.accuracy_after / before if before > 0 else None
        table.append({"epsilon": epsilon, "accuracy": result.accuracy_after, "success": success})
    first = next(iter(evaded.values()))
    metrics = {"accuracy_before": first.accuracy_before, "evaded": table}
    pictures = {"accuracy": Picture(4.6, 3.2, partial(_draw_curve, evaded))}
    if rows.image is not None:
        middle = sorted(evaded)[len(evaded) // 2]
        draw = partial(_draw_images, evaded[middle], rows, f"epsilon {middle:g}")
        pictures["images"] = Picture(0.4 + DRAWN, 2.4, draw)
    return Finding(metrics, Table(table), pictures)


def _draw_curve(evaded: Mapping[float, Evaded], figure: "Figure") -> None:
    ax = figure.subplots()
    epsilons = sorted(evaded)
    ax.plot(epsilons, [evaded[e].accuracy_after for e in epsilons], "o-", color=COLOURS[0])
    ax.set(xlabel="epsilon", ylabel="accuracy on the test rows", ylim=(0, 1.02))
    ax.grid(alpha=0.3)


def _draw_images(result: Evaded, rows: Rows, title: str, figure: "Figure") -> None:
    assert rows.image is not None
    number = min(DRAWN, len(rows.test_labels))
    axes = figure.subplots(2, number, squeeze=False)
    result.plot(np.asarray(rows.test_features), rows.image, most=number, axes=axes)
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
