"""A trained model as one file: what it is, its parameters, and what a reader of rows needs.

An ``.npz`` file, written whole or not at all and read without pickle, so that a file from a
stranger cannot run code. Its array ``header`` is JSON in UTF-8: the format, the class of the model
with its settings, the names of columns and classes. ``theta`` is the parameter vector; ``mean``
and ``std``, where they are, standardise the rows first.
"""

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyfedlite import _check, _files
from pyfedlite._typing import Vector
from pyfedlite.errors import FileFormatError
from pyfedlite.models.named import MODELS
from pyfedlite.models.trained import TrainedModel
from pyfedlite.roles import Model

FORMAT = "pyfedlite-model-1"


def save_model(
    path: str | os.PathLike[str],
    model: Model,
    theta: Vector,
    *,
    mean: ArrayLike | None = None,
    std: ArrayLike | None = None,
    feature_names: tuple[str, ...] | None = None,
    class_names: tuple[str, ...] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a model and its parameters to one file, whole or not at all.

    Parameters
    ----------
    path : path
    model : MLP, SoftmaxRegression, LogisticRegression or LinearRegression
    theta, mean, std, feature_names, class_names
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
    trained = TrainedModel(model, theta, mean, std, feature_names, class_names)  # type: ignore[arg-type]  # what it checks and converts
    header = {
        "format": FORMAT,
        "model": _settings(model),
        "feature_names": trained.feature_names,
        "class_names": trained.class_names,
    }
    arrays = {"theta": trained.theta}
    if trained.mean is not None and trained.std is not None:
        arrays |= {"mean": trained.mean, "std": trained.std}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with _files.atomic_write(path) as file:
        np.savez(file, header=text, **arrays)  # type: ignore[arg-type]  # names are never options


def load_model(path: str | os.PathLike[str]) -> TrainedModel:
    """Return the model in a file that `save_model` wrote.

    Raises
    ------
    FileFormatError
        If the file is absent, damaged or of another kind.
    """
    try:
        return _read(path)
    except Exception as error:  # a damaged file fails in every way that zip, NumPy and JSON know
        reason = error.strerror if isinstance(error, OSError) else error
        got = f"{path} ({reason or type(error).__name__})"
        message = _check.sentence("model", "be a file written by save_model", got)
        raise FileFormatError(message) from error


def _read(path: str | os.PathLike[str]) -> TrainedModel:
    content = io.BytesIO(Path(path).read_bytes())  # of a damaged path, NumPy leaves the file open
    with np.load(content, allow_pickle=False) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    if header["format"] != FORMAT:
        _check.fail("format", f"be {FORMAT}", header["format"])
    return TrainedModel(
        _model(header["model"]),
        arrays["theta"],
        arrays.get("mean"),
        arrays.get("std"),
        _names(header["feature_names"]),
        _names(header["class_names"]),
    )


def _settings(model: Model) -> dict[str, Any]:
    """Return what a model is, in words and numbers."""
    name, settings = MODELS.settings(model)
    return {"class": name, **settings}


def _model(settings: dict[str, Any]) -> Model:
    """Return the model of some settings, the inverse of `_settings`."""
    return MODELS.make(settings["class"], {k: v for k, v in settings.items() if k != "class"})


def _names(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
