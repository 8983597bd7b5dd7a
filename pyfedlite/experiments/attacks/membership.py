"""Who was in the training set: three attacks, judged where false alarms are rare.

Adversary: somebody with the model, rows and their labels, and for LiRA the means to train models
like it. Protected: nothing, where a model knows its own rows better than others. Protected by:
differential privacy; more rows; fewer steps, a little. For teaching and research: not audited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.attacks.inference import (
    Guesses,
    confidences,
    gap_scores,
    lira_scores,
    loss_scores,
    shadow_halves,
)
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table, Value
from pyfedlite.experiments.attacks.targets import descended, rows_of
from pyfedlite.models import SoftmaxRegression
from pyfedlite.seeds import RoundSeed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATES = {"tpr_at_0.1%": 0.001, "tpr_at_1%": 0.01}


@dataclass(frozen=True)
class MembershipConfig:
    """What the models are trained on, and how many of them there are.

    Parameters
    ----------
    dataset : str
    num_rows : int
        Of which each model is trained on one half.
    label_noise : float
        The share of labels that are wrong, as some are everywhere; in [0, 1].
    num_steps : int
        On all its rows, from zeros.
    learning_rate : float
    num_shadows : int
        Models that LiRA trains, at least 8.
    num_targets : int
        Models that are attacked. The scores of all are judged together.
    seed : int
    """

    dataset: str = "digits"
    num_rows: int = 400
    label_noise: float = 0.1
    num_steps: int = 200
    learning_rate: float = 2.0
    num_shadows: int = 32
    num_targets: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        _check.integer("num_rows", self.num_rows, minimum=4)
        _check.fraction("label_noise", self.label_noise)
        _check.integer("num_steps", self.num_steps, minimum=1)
        _check.positive("learning_rate", self.learning_rate)
        hint = "every row needs two with it and two without it"
        _check.integer("num_shadows", self.num_shadows, minimum=8, hint=hint)
        _check.integer("num_targets", self.num_targets, minimum=1)


def run_membership(config: MembershipConfig) -> Finding:
    """Train targets and shadow models, and attack the targets.

    Parameters
    ----------
    config : MembershipConfig

    Raises
    ------
    ValueError
        If the data set has too few rows, or is none.
    """
    features, labels, num_classes = _rows(config)
    model = SoftmaxRegression(features.shape[1], num_classes, dtype="float64")
    rng = RoundSeed(config.seed).rng("membership halves")
    is_in = shadow_halves(config.num_shadows + config.num_targets, len(labels), rng)
    _check_shadows(is_in[config.num_targets :])
    thetas = [
        descended(
            model,
            features[half],
            labels[half],
            num_steps=config.num_steps,
            learning_rate=config.learning_rate,
        )
        for half in is_in
    ]
    case = (features, labels)
    phi = np.stack([confidences(model, theta, *case) for theta in thetas])
    targets, shadows = slice(config.num_targets), slice(config.num_targets, None)
    scores = {
        "gap": [gap_scores(model, theta, *case) for theta in thetas[targets]],
        "loss": [loss_scores(model, theta, *case) for theta in thetas[targets]],
        "LiRA, offline": _lira(phi[targets], phi[shadows], is_in[shadows], offline=True),
        "LiRA": _lira(phi[targets], phi[shadows], is_in[shadows], offline=False),
    }
    truth = is_in[targets].ravel()
    guesses = {name: Guesses(np.concatenate(score), truth) for name, score in scores.items()}
    accuracies = [model.predict(theta, features) == labels for theta in thetas[targets]]
    return _finding(guesses, np.concatenate(accuracies), truth)


def _rows(config: MembershipConfig) -> tuple[Matrix, Labels, int]:
    """Return some rows of the data set, a share of them with a wrong label."""
    rows, rng = rows_of(config.dataset), RoundSeed(config.seed).rng("membership rows")
    if config.num_rows > len(rows.labels):
        _check.fail("num_rows", f"be at most {len(rows.labels)}", config.num_rows)
    chosen = rng.choice(len(rows.labels), config.num_rows, replace=False)
    labels = rows.labels[chosen].astype(np.int64)
    wrong = rng.random(config.num_rows) < config.label_noise
    shifts = rng.integers(1, rows.num_classes, config.num_rows)
    noisy = np.where(wrong, (labels + shifts) % rows.num_classes, labels)
    return rows.features[chosen], noisy, rows.num_classes


def _check_shadows(is_in: NDArray[np.bool_]) -> None:
    """Refuse halves of which a row is in, or out of, fewer than two, before anything is trained."""
    num_with = is_in.sum(axis=0)
    if min(num_with.min(), (len(is_in) - num_with).min()) < 2:
        condition = f"give each of {is_in.shape[1]} rows two models with it and two without it"
        _check.fail("num_shadows", condition, len(is_in), "take more, or another seed")


def _lira(
    targets: Matrix, shadows: Matrix, is_in: NDArray[np.bool_], *, offline: bool
) -> list[Vector]:
    return [lira_scores(phi, shadows, is_in, offline=offline) for phi in targets]


def _finding(
    guesses: Mapping[str, Guesses], is_right: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> Finding:
    rows: list[dict[str, Value]] = []
    for name, guess in guesses.items():
        row: dict[str, Value] = {"attack": name, "auc": guess.auc, "advantage": guess.advantage}
        for key, fpr in RATES.items():
            row[key] = guess.tpr_at(fpr)
            row[f"{key}_low"], row[f"{key}_high"] = guess.interval_at(fpr)
        rows.append(row)
    accuracies = {
        "accuracy_members": float(is_right[truth].mean()),
        "accuracy_others": float(is_right[~truth].mean()),
    }
    words = [
        {
            "attack": row["attack"],
            "AUC": row["auc"],
            **{f"TPR at {key[7:]}": _with_interval(row, key) for key in RATES},
        }
        for row in rows
    ]
    shown = (
        f"{Table(words).text()}\n"
        f"accuracy on members {accuracies['accuracy_members']:.4f}, "
        f"on others {accuracies['accuracy_others']:.4f}; "
        f"{truth.sum()} members and {(~truth).sum()} others; intervals of 95 %"
    )
    picture = Picture(4.6, 4.2, partial(_draw, guesses))
    return Finding({"attacks": rows, **accuracies}, Table(rows), {"roc": picture}, shown)


def _with_interval(row: Mapping[str, Value], key: str) -> str:
    return f"{row[key]:.3f} ({row[f'{key}_low']:.3f} to {row[f'{key}_high']:.3f})"


def _draw(guesses: Mapping[str, Guesses], figure: "Figure") -> None:
    ax = figure.subplots()
    least = 0.5 / len(next(iter(guesses.values())).truth)
    ax.plot([least, 1], [least, 1], color="#94a4a2", linestyle="--", label="guessing")
    ax.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    ax.set(xlabel="false positive rate", ylabel="true positive rate")
    for name, guess in guesses.items():
        guess.plot(name, ax=ax)
