"""The settings of differential privacy, from the keys of ``[run]`` to those of its aggregator.

``[run]`` has one key for each flag of the command line, ``dp_clip`` and so on; ``[aggregate]`` has
the fields of `PrivateMean`. What ``[run]`` says goes on top, as a flag goes on top of a file.
"""

from collections.abc import Mapping
from typing import Any

from pyfedlite import _check
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.algorithms.private import noise_for

DP_KEYS = ("dp_epsilon", "dp_noise_multiplier", "dp_delta", "dp_clip", "dp_population")
"""Keys of ``[run]`` that make a run private."""

CLIP = 1.0
"""C, unless it is given."""

ADAPTIVE = {"clip": 0.1, "quantile": 0.5}
"""What ``dp_clip = "adaptive"`` means: where C starts, and what it follows (Andrew et al. 2021)."""


def with_privacy(
    run: Mapping[str, Any], aggregate: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return ``[run]`` without the keys of privacy, and ``[aggregate]`` with what they mean.

    Raises
    ------
    ValueError, TypeError
        If a value is not allowed, or another aggregator is named beside them.

    Examples
    --------
    >>> run, aggregate = with_privacy({"dp_noise_multiplier": 1.1, "dp_population": 50}, {})
    >>> run
    {'aggregate': 'private'}
    >>> aggregate
    {'clip': 1.0, 'noise_multiplier': 1.1, 'population': 50}
    """
    given = {key: run[key] for key in DP_KEYS if key in run}
    rest = {key: value for key, value in run.items() if key not in DP_KEYS}
    if not given:
        return rest, dict(aggregate)
    spelled = _spelled(rest.get("aggregate", "private"), next(iter(given)))
    rest["aggregate"], settings = "private", {"clip": CLIP, **spelled, **aggregate}
    if "dp_clip" in given:
        settings |= _clip(given["dp_clip"])
    if "dp_delta" in given:
        settings["dp_delta"] = given["dp_delta"]
    for key in ("noise_multiplier", "population"):
        if f"dp_{key}" in given:
            settings[key] = given[f"dp_{key}"]
    if "dp_epsilon" in given:
        if "dp_noise_multiplier" in given:
            hint = "the one follows from the other"
            _check.fail("dp_noise_multiplier", "be left out beside dp_epsilon", "both", hint)
        settings["noise_multiplier"] = _noise(given["dp_epsilon"], rest, settings)
    for key in ("noise_multiplier", "population"):
        if key not in settings:
            hint = "or give dp_epsilon" if key == "noise_multiplier" else ""
            _check.fail(f"dp_{key}", "be given where other settings of privacy are", "none", hint)
    if "dp_delta" in given:
        _check_delta(given["dp_delta"], settings["population"])
    return rest, settings


def _check_delta(delta: object, population: object) -> None:
    """Check that delta does not allow to show a client's data whole, which 1/N of them would."""
    declared = _check.integer("dp_population", population, minimum=1)
    if declared > 1 and _check.real("dp_delta", delta) * declared >= 1:
        condition = f"be below one over dp_population, {1 / declared:g}"
        hint = "whoever shows all data of one client in N keeps delta = 1 / N"
        _check.fail("dp_delta", condition, delta, hint)


def _noise(epsilon: object, run: Mapping[str, Any], settings: Mapping[str, Any]) -> float:
    """Return the noise with which all rounds of the run spend no more than a target."""
    target = _check.positive("dp_epsilon", epsilon)
    if settings.get("dp_delta") is None:
        hint = "take less than one over the number of clients"
        _check.fail("dp_delta", "be given beside dp_epsilon", "none", hint)
    rate, rounds = run["client_fraction"], run["num_rounds"]
    if settings.get("noise") == "discrete":
        rate = 1.0  # as the run itself counts: no amplification is claimed for such noise
    relation = settings.get("relation", "add_or_remove")
    return noise_for(target, settings["dp_delta"], rate, rounds, relation)


def _spelled(text: object, key: str) -> dict[str, Any]:
    """Return the settings behind the name of the private mean."""
    name, settings = AGGREGATORS.parse(text) if isinstance(text, str) else ("", {})
    if name != "private":
        hint = "a robust rule or a secure sum is not clipped as the noise needs it"
        _check.fail("aggregate", f"be private, or be left out, beside {key}", repr(text), hint)
    return settings


def _clip(value: object) -> dict[str, Any]:
    if value == "adaptive":
        return dict(ADAPTIVE)
    if isinstance(value, str):
        _check.fail("dp_clip", "be a number or adaptive", repr(value))
    return {"clip": _check.positive("dp_clip", value), "quantile": None}
