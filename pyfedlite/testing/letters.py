"""A counterexample in the letters of the pages: theta, X and y, the deltas and n_k of clients."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.data import Dataset
from pyfedlite.testing.literals import literal
from pyfedlite.testing.strategies import ModelCase


def in_letters(case: Mapping[str, Any]) -> str:
    """Return a drawn case as lines that one can type, as far as it can be typed.

    Examples
    --------
    >>> print(in_letters({"factor": 0.5, "delta": np.array([1.0])}))
    factor = 0.5
    delta = np.array([1.0])
    """
    lines = {}
    for name, value in case.items():
        lines.update(_letters(name, value))
    return "\n".join(f"{name} = {text}" for name, text in lines.items())


def _letters(name: str, value: Any) -> dict[str, str]:
    """Return the names and the values that a drawn object stands for."""
    if isinstance(value, ModelCase):
        names = ("theta", "features", "labels")
        return {letter: literal(getattr(value, letter)) for letter in names}
    if isinstance(value, Dataset):
        return {"labels": literal(value.labels), "groups": literal(value.groups)}
    if isinstance(value, np.random.Generator):
        return {name: "np.random.default_rng(...)"}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {k: v for item in value._asdict().items() for k, v in _letters(*item).items()}
    if isinstance(value, list) and value and isinstance(value[0], ClientUpdate):
        return {
            "client_ids": literal([update.client_id for update in value]),
            "deltas": literal(np.stack([update.delta for update in value])),
            "num_examples": literal(np.array([update.num_examples for update in value])),
        }
    if isinstance(value, list) and value and isinstance(value[0], Participant):
        return {k: v for participant in value for k, v in _rows_of(participant).items()}
    return {name: literal(value)}


def _rows_of(participant: Participant) -> dict[str, str]:
    client = participant.client
    k = client.client_id
    return {
        f"X_{k}": literal(np.asarray(client.features)),
        f"y_{k}": literal(np.asarray(client.labels)),
    }
