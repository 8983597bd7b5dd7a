"""The names of models, for files of models and for whoever has rows and a word.

The second are the command line and the estimator, which leave the sizes to the rows.
"""

from pyfedlite import _check
from pyfedlite.models.linear import LinearRegression
from pyfedlite.models.logistic import LogisticRegression
from pyfedlite.models.mlp import MLP
from pyfedlite.models.softmax import SoftmaxRegression
from pyfedlite.names import Names
from pyfedlite.roles import Model

MODELS: Names[Model] = Names(
    "model",
    {
        "mlp": MLP,
        "softmax": SoftmaxRegression,
        "logistic": LogisticRegression,
        "linear": LinearRegression,
    },
)
"""The models by name: ``MODELS.read("mlp:64,32,10") == MLP(64, 32, 10)``."""


MOST_PARAMS = 2**28
"""One gigabyte in float32, of which training takes a multiple."""


def named_model(
    name: str,
    num_features: int,
    num_classes: int | None,
    *,
    hidden: tuple[int, ...] = (),
    activation: str = "relu",
    l2: float = 0.0,
    dtype: str = "float32",
) -> Model:
    """Return the model called `name` for rows of so many features and classes.

    Parameters
    ----------
    name : {"auto", "mlp", "softmax", "logistic", "linear"}
        The first is ``mlp`` for classes, and ``linear`` for a regression.
    num_features : int
    num_classes : int or None
        ``None`` for a regression, which is the business of ``linear`` alone.
    hidden : tuple of int
        Units of each hidden layer, for the MLP; at least one.
    activation : {"relu", "tanh", "sigmoid"}
        Of the hidden layers.
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}

    Raises
    ------
    ValueError
        If the name is unknown, or the model is not made for so many classes.

    Examples
    --------
    >>> named_model("mlp", 64, 10, hidden=(32,)).sizes
    (64, 32, 10)
    >>> named_model("mlp", 30, 2, hidden=(8,)).sizes  # one output: the log-odds of class 1
    (30, 8, 1)
    """
    name = _check.one_of("model", name, ("auto", *MODELS))
    if name == "auto":
        name = "linear" if num_classes is None else "mlp"
    _check_task(name, num_classes)
    if num_classes is None:
        return LinearRegression(num_features, l2, dtype)
    if name == "logistic":
        return LogisticRegression(num_features, l2, dtype)
    if name == "softmax":
        return SoftmaxRegression(num_features, num_classes, l2, dtype)
    if not hidden:
        _check.fail("hidden", "name at least one size for the mlp", "none")
    num_outputs = 1 if num_classes == 2 else num_classes
    return check_size(
        MLP(num_features, *hidden, num_outputs, activation=activation, l2=l2, dtype=dtype)
    )


def check_size(mlp: MLP) -> MLP:
    """Return the MLP, if it does not ask for more than a gigabyte of parameters."""
    if mlp.layout.num_params > MOST_PARAMS:
        condition = f"leave at most {MOST_PARAMS:,} parameters"
        _check.fail("hidden", condition, f"{mlp.layout.num_params:,}", "take fewer units")
    return mlp


def _check_task(name: str, num_classes: int | None) -> None:
    if num_classes is None and name != "linear":
        _check.fail("model", "be linear for labels that are numbers, not classes", repr(name))
    if num_classes is not None and name == "linear":
        hint = "linear is for labels that are numbers"
        _check.fail("model", "be mlp, softmax or logistic for classes", repr(name), hint)
    if name == "logistic" and num_classes != 2:
        condition = f"tell {num_classes} classes apart"
        _check.fail("model", condition, "'logistic', which tells two", "take softmax or mlp")
