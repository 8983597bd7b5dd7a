"""The parts that a configuration names, and the one place where settings become their fields."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from pyfedlite import _check
from pyfedlite.algorithms import ALGORITHMS, FedAvg
from pyfedlite.experiments.defaults import EVERYWHERE
from pyfedlite.models import MODELS, LinearRegression
from pyfedlite.models.activations import ACTIVATIONS
from pyfedlite.models.named import named_model
from pyfedlite.names import ChainedNames, Names
from pyfedlite.roles import Model

HIDDEN = tuple(EVERYWHERE["hidden"])
_ANY_MODEL = LinearRegression(1)  # an algorithm's own settings do not depend on its model

Part = TypeVar("Part")


@dataclass(frozen=True)
class ModelConfig:
    """A model without the sizes that the data decides.

    Parameters
    ----------
    name : {"auto", "mlp", "softmax", "logistic", "linear"}
        The first leaves it to the data: ``mlp`` for classes, ``linear`` for a regression.
    hidden : tuple of int
        Units of each hidden layer, of the MLP alone.
    activation : {"relu", "tanh", "sigmoid"}
        Of the hidden layers.
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}

    Examples
    --------
    >>> ModelConfig("mlp", (32,)).build(num_features=64, num_classes=10).sizes
    (64, 32, 10)
    """

    name: str
    hidden: tuple[int, ...] = ()
    activation: str = "relu"
    l2: float = 0.0
    dtype: str = "float32"

    def __post_init__(self) -> None:
        name = _check.one_of("model", self.name, ("auto", *MODELS))
        object.__setattr__(self, "name", name)  # the class is frozen
        if bool(self.hidden) != self._has_layers:
            wanted = "name at least one size" if self._has_layers else "be left out"
            got = list(self.hidden) or "none"
            _check.fail("hidden", f"{wanted} for the model {self.name}", got)
        hidden = tuple(_check.integer("hidden", size, minimum=1) for size in self.hidden)
        object.__setattr__(self, "hidden", hidden)  # the class is frozen
        _check.keep(self, "activation", _check.one_of, ACTIVATIONS)
        _check.keep(self, "l2", _check.non_negative)
        _check.keep(self, "dtype", _check.one_of, ("float32", "float64"))

    @property
    def _has_layers(self) -> bool:
        return self.name in ("mlp", "auto")

    def chosen(self, num_classes: int | None) -> "ModelConfig":
        """Return the same with the model named that ``auto`` means for so many classes."""
        if self.name != "auto":
            return self
        if num_classes is None:
            for key, usual in (("hidden", HIDDEN), ("activation", "relu")):
                if getattr(self, key) != usual:
                    condition = "be left out for a regression, whose model has no layers"
                    got = getattr(self, key)
                    _check.fail(key, condition, list(got) if key == "hidden" else repr(got))
            return replace(self, name="linear", hidden=(), activation="relu")
        return replace(self, name="mlp")

    def build(self, num_features: int, num_classes: int | None) -> Model:
        """Return the model for rows of `num_features` and `num_classes` (None: a regression).

        Raises
        ------
        ValueError
            If the model is not made for so many classes.
        """
        return named_model(
            self.name,
            num_features,
            num_classes,
            hidden=self.hidden,
            activation=self.activation,
            l2=self.l2,
            dtype=self.dtype,
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings that mean something for this model, apart from name and layers."""
        named = {"name", "hidden"} | (set() if self._has_layers else {"activation"})
        return {key: value for key, value in asdict(self).items() if key not in named}


def template(algorithm: str) -> FedAvg:
    """Return an algorithm with its own settings, such as the momentum of FedAvgM.

    Examples
    --------
    >>> template("fedavgm").server
    ServerSGD(learning_rate=1.0, momentum=0.9)
    """
    return ALGORITHMS[algorithm](_ANY_MODEL)


def part_by_name(
    table: str,
    names: Names[Part] | ChainedNames[Part],
    text: str,
    settings: Mapping[str, Any],
    besides: tuple[str, ...] = (),
) -> Part:
    """Return the part that `text` spells, with the settings of its table on top.

    Parameters
    ----------
    table : str
        For the sentence about a bad key or value.
    names : Names or ChainedNames
        Of its family.
    text : str
        As in ``[run]``.
    settings : mapping of str to value
    besides : tuple of str
        Other keys that the table knows.

    Raises
    ------
    ValueError, TypeError
        If a name or a key is unknown (the nearest is given), or a value is missing or not allowed.

    Examples
    --------
    >>> from pyfedlite.data import PARTITIONERS
    >>> part_by_name("partition", PARTITIONERS, "dirichlet:0.3", {"min_examples": 5})
    Dirichlet(alpha=0.3, min_examples=5)
    """
    name, spelled = names.parse(text)
    for key in settings:
        check_key(table, key, (*names.keys_of(name), *besides), of=name)
    try:
        return names.make(name, {**spelled, **settings})
    except (ValueError, TypeError) as error:
        is_in_table = str(error).partition(" ")[0] in settings
        raise type(error)(f"{table}.{error}" if is_in_table else str(error)) from error


def adjusted(table: str, part: Part, settings: Mapping[str, Any]) -> Part:
    """Return `part` with the fields that a table names set to its values.

    Parameters
    ----------
    table : str
        For the sentence about a bad key or value.
    part : a frozen dataclass
    settings : mapping of str to value

    Raises
    ------
    ValueError
        If a key is no field of the part (the nearest is given), or a value is not allowed.

    Examples
    --------
    >>> from pyfedlite.server import ServerSGD
    >>> adjusted("server", ServerSGD(), {"momentum": 0.5})
    ServerSGD(learning_rate=1.0, momentum=0.5)
    """
    present = {f.name: getattr(part, f.name) for f in fields(part)}  # type: ignore[arg-type]
    checked = {}
    for key, value in settings.items():
        check_key(table, key, tuple(present), of=type(part).__name__)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        checked[key] = float(value) if is_whole and isinstance(present[key], float) else value
    try:
        return replace(part, **checked)  # type: ignore[type-var]
    except (ValueError, TypeError) as error:
        where = "" if table == "run" else f"{table}."
        raise type(error)(f"{where}{error}") from error


def check_key(table: str, key: str, known: tuple[str, ...], of: str = "") -> None:
    """Check that a table knows a key."""
    if key not in known:
        name = f"a setting of {of}" if of else "a setting"
        listed = f" ({', '.join(known)})" if known else ", which has none"
        _check.fail(f"[{table}] key", f"be {name}{listed}", repr(key), _check.nearest(key, known))
