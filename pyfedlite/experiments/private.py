"""The settings of differential privacy, from the keys of ``[run]`` to those of its aggregator.

``[run]`` has one key for each flag of the command line, ``dp_clip`` and so on; ``[aggregate]`` has
the fields of `PrivateMean`. What ``[run]`` says goes on top, as a flag goes on top of a file.
"""

from collections.abc import Mapping
from typing import Any

from pyfedlite import _check

DP_KEYS = ("dp_noise_multiplier", "dp_clip", "dp_population")
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
    _check_rule(rest.setdefault("aggregate", "private"), next(iter(given)))
    settings = {"clip": CLIP, **aggregate}
    if "dp_clip" in given:
        settings |= _clip(given["dp_clip"])
    for key in ("noise_multiplier", "population"):
        if f"dp_{key}" in given:
            settings[key] = given[f"dp_{key}"]
        elif key not in settings and ":" not in rest["aggregate"]:
            _check.fail(f"dp_{key}", "be given where other settings of privacy are", "none")
    return rest, settings


def _check_rule(spelled: object, key: str) -> None:
    if not isinstance(spelled, str) or spelled.partition(":")[0].strip() != "private":
        hint = "a robust rule or a secure sum is not clipped as the noise needs it"
        _check.fail("aggregate", f"be private, or be left out, beside {key}", repr(spelled), hint)


def _clip(value: object) -> dict[str, Any]:
    if value == "adaptive":
        return dict(ADAPTIVE)
    if isinstance(value, str):
        _check.fail("dp_clip", "be a number or adaptive", repr(value))
    return {"clip": _check.positive("dp_clip", value), "quantile": None}
