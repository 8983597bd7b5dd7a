"""What ``pyfedlite run`` prints before and after training, for people and for programs."""

from pathlib import Path
from typing import Any

from pyfedlite import kernels
from pyfedlite.data.inputs import Fill
from pyfedlite.experiments.build import Experiment
from pyfedlite.experiments.folder import RESULTS
from pyfedlite.history import History

NAMES = {"test_accuracy": "", "test_auc": "AUC ", "test_loss": "loss "}
DIGITS = 16  # of a fingerprint, for people; JSON has all 64

# Of the secure mean's metrics the table shows the survivors of each round; `_secure` has the rest.
HEADINGS = {
    "secure_survivors": "survivors",
    "secure_groups": "groups",
    "secure_groups_aborted": "aborted",
    "secure_threshold": None,
    "secure_min_honest": None,
    "secure_saturated": None,
    "secure_ring_bits": None,
    "secure_fraction_bits": None,
    "dp_noise": None,  # the same in each round, unless the clip is adaptive
    "dp_clip": "clip",
    "dp_epsilon": "epsilon",
}


def opening(experiment: Experiment) -> str:
    """Return the lines about clients, model and algorithm."""
    config, model = experiment.config, experiment.algorithm.model
    local = config.local
    settings = {
        "C": f"{config.client_fraction:g}",
        "E": local.local_epochs,
        "B": local.batch_size or "all",
        "learning rate": f"{local.learning_rate:g}",
        "seed": config.seed,
    }
    private = experiment.algorithm.private
    delta = getattr(experiment.algorithm.aggregator, "dp_delta", None)
    if delta is not None:  # an epsilon means nothing without it
        settings["delta"] = f"{delta:g}"
    is_seen = getattr(experiment.algorithm.aggregator, "sees_cohort", False)
    who = "the server sees who takes part" if is_seen else "each client comes with probability C"
    return "\n".join(
        [
            experiment.summary,
            f"private: {who}, and only what has noise is recorded"
            if private  # how many there are, and with how many rows, is not said
            else experiment.clients.report().summary(),
            f"{model!r}: {model.layout.num_params:,} parameters",
            f"{config.algorithm}: " + ", ".join(f"{k} = {v}" for k, v in settings.items()),
            "",
        ]
    )


def closing(experiment: Experiment, history: History) -> str:
    """Return the table of rounds, and below it the most important results."""
    lines = [("accuracy", _accuracy(history)), ("AUC", _number(history.final_auc))]
    if history.final_accuracy is None:
        lines = [("test loss", _number(history.last("test_loss")))]
    for metric, target in experiment.config.ending().targets.items():
        reached = history.rounds_to(target, metric)
        words = f"round {reached}" if reached else "not reached"
        lines.append((f"to {NAMES[metric]}{target:g}", words))
    training = "" if history.private else f"{history.seconds:.2f} s, "
    lines += [("training", f"{training}{kernels.NAME} kernels"), *_fingerprints(history)]
    known = [(name, value) for name, value in lines if value]
    width = max(len(name) for name, _ in known)
    below = [f"{name:<{width}}  {v}" for name, v in known]
    table = history.table(headings=HEADINGS)
    return "\n".join([*_secure(history), table, "", *below, *_released(experiment, history)])


def _fingerprints(history: History) -> list[tuple[str, str]]:
    """Return the fingerprints that there are, each with where it is the same."""
    result = history.fingerprint[:DIGITS]
    if not history.reproducible:
        return [("result", f"{result}  of this run alone: its noise is secret")]
    lines = [("result", f"{result}  the same on one NumPy build, one CPU type, one BLAS thread")]
    plan = history.plan_fingerprint
    if plan is not None:
        lines.append(("plan", f"{plan[:DIGITS]}  the same on every machine with this NumPy"))
    return lines


def _released(experiment: Experiment, history: History) -> list[str]:
    """Return which files of a private run are covered by its noise, and what is not."""
    if not history.private:
        return []
    lines = ["", f"released with noise: {', '.join(RESULTS)}; keep the other files to yourself"]
    if exact := _exact(experiment):
        lines.append(f"{' and '.join(exact)} in model.npz are exact: no noise covers them")
    lines.append(
        "what is said above of the columns and classes is exact too: keep it as you keep the rows"
    )
    return lines


def _exact(experiment: Experiment) -> list[str]:
    """Return what a model file holds of the clients' rows beside the parameters."""
    inputs = experiment.clients.inputs
    named = any(column.categories is not None for column in inputs.columns or ())
    found = {
        "the columns' mean and deviation": experiment.scale is not None,
        "the values for missing cells": any(isinstance(step, Fill) for step in inputs.steps),
        "the names of categories": named,
    }
    return [words for words, is_there in found.items() if is_there]


def result(experiment: Experiment, history: History, folder: Path) -> dict[str, Any]:
    """Return what ``--json`` prints; of a private run also what no noise covers."""
    targets = experiment.config.ending().targets.items()
    reached = [history.rounds_to(target, metric) for metric, target in targets]
    answer = {
        "final_accuracy": history.final_accuracy,
        "best_accuracy": history.best_accuracy,
        "rounds": len(history.records),
        "rounds_to_target": min((round for round in reached if round is not None), default=None),
        "final_auc": history.final_auc,
        "seconds": None if history.private else history.seconds,
        "fingerprint": history.fingerprint,
        "plan_fingerprint": history.plan_fingerprint,
        "kernels": kernels.NAME,
        "out": str(folder),
    }
    return answer | ({"exact": _exact(experiment)} if history.private else {})


def _accuracy(history: History) -> str:
    best = history.best_accuracy
    if best is None:
        return ""
    return f"{_number(history.final_accuracy)}, best {best:.4f} in round {history.rounds_to(best)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _secure(history: History) -> list[str]:
    """Return what the rules chose for the secure mean, and what it promises; [] for a plain one."""
    if history.last("secure_ring_bits") is None:
        return []
    parts = [
        f"modulo 2^{_span(history, 'secure_ring_bits')}",
        f"threshold {_span(history, 'secure_threshold')}",
    ]
    if not history.private:  # how many values were clipped is no secret then
        parts.insert(1, f"{_span(history, 'secure_fraction_bits')} fraction bits")
        parts.append(f"{sum(history.series('secure_saturated')[1]):,.0f} values clipped")
    promise = f"each sum holds at least {_span(history, 'secure_min_honest')} honest clients"
    return ["secure mean: " + ", ".join(parts), promise, ""]


def _span(history: History, name: str) -> str:
    """Return the value that all rounds share, or else the least and the greatest one."""
    _, values = history.series(name)
    least, most = f"{min(values):.0f}", f"{max(values):.0f}"
    return least if least == most else f"{least} to {most}"
