"""The parts of an algorithm, checked when it is made: each plays its role, each word is read.

Left neighbour: whoever makes a `FedAvg`. Right neighbour: ``fedavg``, whose round takes it for
granted.
"""

from collections.abc import Mapping
from typing import Any

from pyfedlite import _check
from pyfedlite._role_checks import all_checked, checked
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.models.named import MODELS
from pyfedlite.names.words import part_of

ALONE = {"model": "model", "local": "local", "aggregator": "aggregator", "server": "server"}
SEVERAL = {
    "transforms": "update transform",
    "cohort_transforms": "cohort transform",
    "data_transforms": "data transform",
}
"""Of each field, the role that its part or parts play."""


def checked_parts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `FedAvg`, each as it has to be.

    Raises
    ------
    TypeError, ValueError
        If a part does not play its role, or a word is unknown; the sentence says what to try.
    """
    model = part_of(MODELS, fields["model"])
    given = {**fields, "model": model, "aggregator": part_of(AGGREGATORS, fields["aggregator"])}
    found = {name: checked(name, given[name], role) for name, role in ALONE.items()}
    found |= {name: all_checked(name, given[name], role) for name, role in SEVERAL.items()}
    return found | {
        "sends": _sends(given["sends"]),
        "extras": _names("extras", given["extras"]),
        "one_at_a_time": _check.boolean("one_at_a_time", given["one_at_a_time"]),
    }


def _sends(sends: Any) -> dict[str, float]:
    if not isinstance(sends, Mapping):
        hint = "give for each slot the number that it holds at the start"
        _check.fail_type("sends", "be a mapping of names to numbers", sends, hint)
    return {name: _check.real(f"sends[{name!r}]", value) for name, value in sends.items()}


def _names(name: str, given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        _check.fail_type(name, "be a tuple of names", given, "for one name write (name,)")
    return tuple(given)
