"""Your own data, from a CSV or an NPZ file."""

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix
from pyfedlite.data._csv import read_csv
from pyfedlite.data._rows import Task, dataset_of
from pyfedlite.data.dataset import Dataset
from pyfedlite.errors import DataError

LABEL_NAMES = ("label", "target", "y", "class")
GROUP_NAMES = ("group", "client")
_DAMAGED = (ValueError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)
NPZ_KEYS = (
    "features",
    "labels",
    "test_features",
    "test_labels",
    "groups",
    "test_groups",
    "feature_names",
)


def load_csv(
    path: str | os.PathLike[str], *, label: str | None = None, task: Task | None = None
) -> Dataset:
    """Load a table with names in its first line.

    A column of numbers is one feature, in its own units; a column of text becomes one feature for
    each of its values, named ``column=value``. A column named ``group`` or ``client`` is the
    natural partition. A fifth of each label (in each group) is for testing; the choice of these
    rows is the same in every call.

    Parameters
    ----------
    path : path
        CSV: commas, UTF-8.
    label : str, optional
        The column to predict. By default the one named ``label``, ``target``, ``y`` or ``class``,
        and if there is none, the last column.
    task : {"classification", "regression"}, optional
        By default text is classes, whole numbers of at most 20 different values are classes too,
        and other numbers are the targets of a regression. Classes are numbered in sorted order,
        and ``Dataset.class_names`` keeps their names.

    Returns
    -------
    Dataset
        With float64 features: apply ``standardise`` after `partition`.

    Raises
    ------
    DataError
        If the file is not such a table or a value is missing; the message names line and column.
    """
    table = read_csv(Path(path))
    label = _label_column(list(table.columns)) if label is None else label
    group = _named(list(table.columns), GROUP_NAMES)
    feature_columns = [name for name in table.columns if name not in (label, group)]
    if not feature_columns:
        got = ", ".join(table.columns)
        raise DataError(_check.sentence(str(path), f"have a column besides {label!r}", got))
    encoded = [table.encoded(name) for name in feature_columns]
    features = np.concatenate([part for part, _ in encoded], axis=1)
    names = tuple(name for _, part in encoded for name in part)
    arrays = {"features": features, "labels": table.values(label)}
    if group is not None:
        arrays["groups"] = table.values(group)
    return dataset_of(Path(path), arrays, names, task)


def load_npz(path: str | os.PathLike[str], *, task: Task | None = None) -> Dataset:
    """Load arrays that ``np.savez`` wrote.

    Parameters
    ----------
    path : path
        It must hold the arrays ``features`` (n, num_features) of numbers and ``labels`` (n,) of
        numbers or text. It may also hold ``test_features`` and ``test_labels``, ``groups`` (the
        natural partition) and ``test_groups``, and ``feature_names``. Without test rows a fifth of
        each label (in each group) is for testing; the choice of these rows is the same in every
        call.
    task : {"classification", "regression"}, optional
        As for ``load_csv``.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the file is not an NPZ file, or its arrays do not make a dataset.
    """
    arrays = _arrays(Path(path))
    for name in arrays:
        if name not in NPZ_KEYS:
            condition = f"hold arrays named {', '.join(NPZ_KEYS)}"
            hint = _check.nearest(name, NPZ_KEYS)
            raise DataError(_check.sentence(str(path), condition, repr(name), hint))
    for pair in (("features", "labels"), ("test_features", "test_labels")):
        absent = [name for name in pair if name not in arrays]
        if absent and (pair[0] == "features" or len(absent) == 1):
            got = ", ".join(arrays)
            raise DataError(_check.sentence(str(path), f"hold the array {absent[0]!r}", got))
    names = arrays.pop("feature_names", None)
    return dataset_of(Path(path), arrays, None if names is None else tuple(names.tolist()), task)


def read_features(
    path: str | os.PathLike[str], feature_names: tuple[str, ...] | None = None
) -> Matrix:
    """Return the features in a CSV or NPZ file, to predict labels for.

    Parameters
    ----------
    path : path
        Labels and groups in it are ignored.
    feature_names : tuple of str, optional
        ``Dataset.feature_names`` of the training data: the columns to take from a CSV file, in that
        order; text is encoded as in the training data. By default all columns are taken, and they
        must be numbers.

    Returns
    -------
    ndarray of shape (n, num_features), float64 (an NPZ file's own dtype if that is float32)

    Raises
    ------
    DataError
        If the file cannot be read, a column is absent, or a category is not in the training data.
    """
    file = Path(path)
    if file.suffix == ".npz":
        arrays = _arrays(file)
        if "features" not in arrays:
            got = ", ".join(arrays)
            raise DataError(_check.sentence(str(path), "hold the array 'features'", got))
        features = arrays["features"]
        if features.dtype.kind not in "biuf" or features.ndim != 2:
            got = f"{features.dtype} of shape {features.shape}"
            condition = "hold features (n, num_features) of numbers"
            raise DataError(_check.sentence(str(path), condition, got))
        kept = np.float32 if features.dtype == np.float32 else np.float64
        return np.asarray(features, dtype=kept)
    table = read_csv(file)
    if feature_names is not None:
        return table.selected(feature_names)
    besides = (_named(list(table.columns), LABEL_NAMES), _named(list(table.columns), GROUP_NAMES))
    return np.stack([table.numbers(name) for name in table.columns if name not in besides], axis=1)


def _label_column(names: list[str]) -> str:
    return _named(names, LABEL_NAMES) or names[-1]


def _named(names: list[str], choices: tuple[str, ...]) -> str | None:
    """Return the name that equals the first possible of `choices`, upper or lower case."""
    by_lower = {name.casefold(): name for name in names}
    return next((by_lower[name] for name in choices if name in by_lower), None)


def _arrays(path: Path) -> dict[str, Any]:
    """Return the arrays of an NPZ file; one of objects is an error, as it could run code."""
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise ValueError("a single array")
            return dict(loaded)
    except OSError as error:
        raise DataError(_check.sentence(str(path), "be readable", error.strerror)) from error
    except _DAMAGED as error:
        message = _check.sentence(str(path), "be an NPZ file of numbers and text", error)
        raise DataError(message) from error
