"""A trained model as one file: what it is, its parameters, and what a reader of rows needs.

An ``.npz`` file, written whole or not at all and read without pickle, so that a file from a
stranger cannot run code. Its array ``header`` is JSON in UTF-8: the format, the class of the model
with its settings, the columns with their categories, the names of features and classes, and the
steps that rows go through first. ``theta`` is the parameter vector; ``0.values``, ``1.mean`` and
``1.std`` are the numbers of the steps. Files of the first format, in which there was at most one
step and no columns, are still read.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyfedlite import _check, _npz
from pyfedlite._typing import Vector
from pyfedlite.data import tables
from pyfedlite.data.inputs import Fill, Inputs, Standardisation, Step, Unknown
from pyfedlite.errors import FileFormatError, MissingExtraError, SignatureError
from pyfedlite.models.named import MODELS
from pyfedlite.models.trained import TrainedModel
from pyfedlite.roles import Model

FORMAT = "pyfedlite-model-2"
FIRST_FORMAT = "pyfedlite-model-1"
MOST_STEPS = 100
STEPS: dict[str, type[Step]] = {"fill": Fill, "standardise": Standardisation, "unknown": Unknown}


def save_model(
    path: str | os.PathLike[str],
    model: Model,
    theta: Vector,
    *,
    mean: ArrayLike | None = None,
    std: ArrayLike | None = None,
    feature_names: tuple[str, ...] | None = None,
    class_names: tuple[str, ...] | None = None,
    inputs: Inputs | None = None,
    overwrite: bool = False,
) -> None:
    """Write a model and its parameters to one file, whole or not at all.

    ``history.save`` does the same with all that the model needs.

    Parameters
    ----------
    path : path
        With a key, ``signing.signed(path, key)``, the file is signed.
    model : MLP, SoftmaxRegression, LogisticRegression or LinearRegression
    theta, mean, std, feature_names, class_names, inputs
        As for `TrainedModel`.
    overwrite : bool
        Whether a file that stands there may be replaced.

    Raises
    ------
    ValueError
        If the file exists, or an argument does not fit the model.
    TypeError
        If the model is of another class.

    Examples
    --------
    >>> import tempfile
    >>> from pyfedlite.models import SoftmaxRegression
    >>> model = SoftmaxRegression(2, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(f"{folder}/model.npz", model, np.zeros(9))
    ...     load_model(f"{folder}/model.npz").model == model
    True
    """
    if Path(path).exists() and not overwrite:
        _check.fail("path", "be a new file", path, "pass overwrite=True to replace it")
    known = (mean, std, feature_names, class_names)
    trained = TrainedModel(model, theta, *known, *([] if inputs is None else [inputs]))  # type: ignore[arg-type]  # what it checks and converts
    inputs = trained.inputs
    header = {
        "format": FORMAT,
        "model": _settings(model),
        "columns": None if inputs.columns is None else tables.to_json(inputs.columns),
        "feature_names": inputs.feature_names,
        "class_names": inputs.class_names,
        "steps": [_name_of(step) for step in inputs.steps],
        "label": inputs.label,
        "missing_marks": inputs.missing_marks,
    }
    arrays = {"theta": trained.theta}
    for number, step in enumerate(inputs.steps):
        arrays |= {f"{number}.{name}": vector for name, vector in vars(step).items()}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    _npz.write_npz(path, {"header": text, **arrays})


def load_model(path: str | os.PathLike[str]) -> TrainedModel:
    """Return the model in a file that `save_model` wrote.

    Parameters
    ----------
    path : path
        With a key, ``signing.verified(path, key)``, the file has to be signed by it.

    Raises
    ------
    FileFormatError
        If the file is absent, damaged or of another kind; `SignatureError` where it is not what
        the key of the path has signed.
    """
    try:
        return _read(path)
    except (SignatureError, MissingExtraError):
        raise
    except Exception as error:  # a damaged file fails in every way that zip, NumPy and JSON know
        reason = error.strerror if isinstance(error, OSError) else error
        got = f"{path} ({reason or type(error).__name__})"
        message = _check.sentence("model", "be a file written by save_model", got)
        raise FileFormatError(message) from error


def _read(path: str | os.PathLike[str]) -> TrainedModel:
    arrays = _npz.read_npz(path)
    header = json.loads(arrays["header"].tobytes())
    model, theta = _model(header["model"]), arrays["theta"]
    names = (_names(header["feature_names"]), _names(header["class_names"]))
    if header["format"] == FIRST_FORMAT:
        return TrainedModel(model, theta, arrays.get("mean"), arrays.get("std"), *names)
    if header["format"] != FORMAT:
        _check.fail("format", f"be {FORMAT}", header["format"])
    columns = header["columns"]
    inputs = Inputs(
        None if columns is None else tables.from_json(columns),
        *names,
        _steps(header["steps"], arrays),
        header["label"],
        tuple(map(str, header["missing_marks"])),
    )
    return TrainedModel(model, theta, inputs=inputs)


def _steps(names: list[str], arrays: dict[str, Any]) -> tuple[Step, ...]:
    """Return the steps of these names, each with its own arrays."""
    if len(names) > MOST_STEPS:
        _check.fail("steps", f"be at most {MOST_STEPS}", len(names))
    fields = {name: tuple(kind.__dataclass_fields__) for name, kind in STEPS.items()}
    return tuple(
        STEPS[name](**{field: arrays[f"{number}.{field}"] for field in fields[name]})
        for number, name in enumerate(names)
    )


def _name_of(step: Step) -> str:
    return next(name for name, kind in STEPS.items() if type(step) is kind)


def _settings(model: Model) -> dict[str, Any]:
    """Return what a model is, in words and numbers."""
    name, settings = MODELS.settings(model)
    return {"class": name, **settings}


def _model(settings: dict[str, Any]) -> Model:
    """Return the model of some settings, the inverse of `_settings`."""
    return MODELS.make(settings["class"], {k: v for k, v in settings.items() if k != "class"})


def _names(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
