"""A copy of a model that answers questions, and what rounding its answers does about it.

Adversary: a customer who may ask for probabilities of rows of its choice. Protected: nothing, where
they are given with all digits. Protected by: rounding, which makes the copy a rough one; a limit of
questions below d + 1. For teaching and research: not audited.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import _check
from pyfedlite.attacks.inference import Oracle, extract_logistic
from pyfedlite.attacks.inference.extraction import check_decimals
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table, Value
from pyfedlite.experiments.attacks.targets import descended, rows_of
from pyfedlite.models import LogisticRegression
from pyfedlite.plotting import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ExtractionConfig:
    """The model that is copied, and how it answers.

    Parameters
    ----------
    dataset : str
        One with two classes.
    decimals : tuple of int
        To which its answers are rounded, one run for each; unrounded is always among them.
    max_queries : int, optional
        How many rows may be asked about.
    scale : float
        Length of the questions, not 0.
    num_steps : int
    learning_rate : float
    seed : int
        Nothing here is drawn; it is kept for the record.
    """

    dataset: str = "breast_cancer"
    decimals: tuple[int, ...] = (6, 4, 3, 2, 1)
    max_queries: int | None = None
    scale: float = 1.0
    num_steps: int = 200
    learning_rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        for number in self.decimals:
            check_decimals(number)
        if self.max_queries is not None:
            _check.integer("max_queries", self.max_queries, minimum=0)
        if _check.real("scale", self.scale) == 0.0:
            _check.fail("scale", "not be 0", self.scale)
        _check.integer("num_steps", self.num_steps, minimum=1)
        _check.positive("learning_rate", self.learning_rate)


def run_extraction(config: ExtractionConfig) -> Finding:
    """Train a logistic regression, and copy it by its answers.

    Parameters
    ----------
    config : ExtractionConfig

    Raises
    ------
    ValueError
        If the data set has other than two classes, or the owner allows too few questions.

    Examples
    --------
    >>> run_extraction(ExtractionConfig(decimals=())).metrics["copies"][0]["agreement"]
    1.0
    """
    rows = rows_of(config.dataset)
    if rows.num_classes != 2:
        _check.fail("dataset", "have two classes", config.dataset, "take breast_cancer")
    num_features = rows.features.shape[1]
    if config.max_queries is not None and config.max_queries <= num_features:
        condition = f"be at least {num_features + 1} to copy {num_features} weights and a bias"
        hint = "this limit is a defence, and it holds"
        _check.fail("max_queries", condition, config.max_queries, hint)
    model = LogisticRegression(num_features, dtype="float64")
    theta = descended(
        model,
        rows.features,
        rows.labels,
        num_steps=config.num_steps,
        learning_rate=config.learning_rate,
    )
    answers = model.predict(theta, rows.test_features)
    copies: list[dict[str, Value]] = []
    for decimals in (None, *config.decimals):
        oracle = Oracle(model, theta, decimals=decimals, max_queries=config.max_queries)
        copy = extract_logistic(oracle, num_features, scale=config.scale)
        is_whole = bool(np.isfinite(copy).all())
        agreement = float(np.mean(model.predict(copy, rows.test_features) == answers))
        copies.append(
            {
                "decimals": "all" if decimals is None else str(decimals),
                "queries": oracle.num_queries,
                "largest_error": float(np.abs(copy - theta).max()) if is_whole else None,
                "agreement": agreement if is_whole else None,
            }
        )
    metrics = {"copies": copies, "weights": num_features + 1}
    return Finding(metrics, Table(copies), {"copies": Picture(4.6, 3.2, partial(_draw, copies))})


def _draw(copies: list[dict[str, Value]], figure: "Figure") -> None:
    ax = figure.subplots()
    whole = [copy for copy in copies if copy["largest_error"]]  # 0 has no logarithm
    errors = [float(copy["largest_error"] or 0.0) for copy in whole]
    ax.plot([str(copy["decimals"]) for copy in whole], errors, "o-", color=COLOURS[0])
    ax.set(xlabel="decimals of the answers", ylabel="largest error of a weight", yscale="log")
    ax.grid(alpha=0.3)
