"""Your own data, from a CSV file, an NPZ file or a data frame."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix
from pyfedlite.data._csv import read_csv
from pyfedlite.data._frames import frame_table, is_frame
from pyfedlite.data._rows import Task, dataset_of
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.inputs import Inputs, read_arrays
from pyfedlite.data.reading import Reading, read_table
from pyfedlite.errors import DataError

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
    path: str | os.PathLike[str],
    *,
    label: str | None = None,
    task: Task | None = None,
    group: str | None = None,
    drop: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    missing: str | None = None,
    missing_marks: str | Sequence[str] = (),
) -> Dataset:
    """Load a table with names in its first line.

    A column of numbers is one feature, in its own units; a column of text becomes one feature for
    each of its values, with the name ``column=value``. A column that is partly numbers is an error
    until it is said what it is. A fifth of each label (in each group) is for testing; the choice of
    these rows is the same in every call. ``pyfedlite.data.describe`` says how the table was read.

    Parameters
    ----------
    path : path
        CSV in UTF-8, with commas, semicolons or tabs between the values.
    label : str, optional
        The column to predict. By default the one named ``label``, ``target``, ``y`` or ``class``,
        and if there is none, the last column.
    task : {"classification", "regression"}, optional
        By default text is classes, whole numbers of at most 20 different values are classes too,
        and other numbers are the targets of a regression. Classes are numbered in sorted order,
        and ``Dataset.class_names`` keeps their names.
    group : str, optional
        The column that says whose each row is: the natural partition. By default the one named
        ``group`` or ``client``, if there is one.
    drop : sequence of str
        Columns to leave out.
    categorical : sequence of str
        Columns that hold categories, whatever they look like.
    missing : {"mean", "median", "most-frequent", "drop", "keep"}, optional
        What becomes of missing values; by default they are an error. See `Dataset`.
    missing_marks : sequence of str
        Texts that stand for a missing value, beside an empty cell, ``?``, ``NA``, ``N/A``, ``NaN``,
        ``null`` and ``None``.

    Returns
    -------
    Dataset
        With float64 features: apply ``standardise`` after `partition`.

    Raises
    ------
    DataError
        If the file is not such a table or a value is missing; the message names line and column.
    """
    file = _path(path)
    reading = Reading(label, task, group, drop, categorical, missing, missing_marks)  # type: ignore[arg-type]  # which makes tuples
    return read_table(read_csv(file, reading.missing_marks), reading, file.stem)


def load_frame(
    frame: Any,
    *,
    label: str | None = None,
    task: Task | None = None,
    group: str | None = None,
    drop: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    missing: str | None = None,
    missing_marks: str | Sequence[str] = (),
    name: str = "frame",
) -> Dataset:
    """Load a data frame, or a mapping of names to columns, as ``load_csv`` loads a file.

    Parameters
    ----------
    frame : data frame of pandas, polars or alike, or mapping of str to array-like
    label, task, group, drop, categorical, missing, missing_marks
        As for ``load_csv``.
    name : str
        Of the dataset.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        As ``load_csv`` raises a DataError; rows are counted from 0.

    Examples
    --------
    >>> frame = {"dose": [1.0, 2.0, 3.0] * 4, "sick": ["no", "yes", "no"] * 4}
    >>> load_frame(frame).class_names
    ('no', 'yes')
    """
    reading = Reading(label, task, group, drop, categorical, missing, missing_marks)  # type: ignore[arg-type]  # which makes tuples
    return read_table(frame_table(frame, reading.missing_marks), reading, name)


def load_npz(
    path: str | os.PathLike[str], *, task: Task | None = None, missing: str | None = None
) -> Dataset:
    """Load arrays that ``np.savez`` wrote.

    Parameters
    ----------
    path : path
        It must hold the arrays ``features`` (n, num_features) of numbers and ``labels`` (n,) of
        numbers or text. It may also hold ``test_features`` and ``test_labels``, ``groups`` (the
        natural partition) and ``test_groups``, and ``feature_names``. Without test rows a fifth of
        each label (in each group) is for testing; the choice of these rows is the same in every
        call.
    task, missing : optional
        As for ``load_csv``.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the file is not an NPZ file, or its arrays do not make a dataset.
    """
    file = _path(path)
    arrays = _arrays(file)
    names = arrays.pop("feature_names", None)
    return dataset_of(
        file.stem,
        str(file),
        arrays,
        task,
        feature_names=None if names is None else tuple(map(str, names.ravel().tolist())),
        missing=missing,
        label_name="labels",
    )


def read_features(
    path: str | os.PathLike[str], feature_names: tuple[str, ...] | None = None
) -> Matrix:
    """Return the features in a CSV or NPZ file, to predict labels for.

    A trained model reads files by itself, and knows the categories of every column: see
    ``TrainedModel.predict``.

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
    return Inputs(feature_names=feature_names).features(path)


def _path(path: object) -> Path:
    """Return a path, if it is one."""
    if isinstance(path, str | os.PathLike):
        place = os.fspath(path)
        if isinstance(place, str):
            return Path(place)
    hint = "load_frame takes rows" if is_frame(path) or isinstance(path, np.ndarray) else ""
    _check.fail_type("path", "be the path of a file, as text or a Path", path, hint)


def _arrays(path: Path) -> dict[str, Any]:
    """Return the arrays of an NPZ file; objects, which could run code when read, are refused."""

    def check(names: list[str]) -> None:
        for name in names:
            if name not in NPZ_KEYS:
                condition = f"hold arrays named {', '.join(NPZ_KEYS)}"
                hint = _check.nearest(name[:100], NPZ_KEYS)
                raise DataError(_check.sentence(str(path), condition, repr(name[:100]), hint))
        for pair in (("features", "labels"), ("test_features", "test_labels")):
            absent = [name for name in pair if name not in names]
            if absent and (pair[0] == "features" or len(absent) == 1):
                got = ", ".join(names)
                raise DataError(_check.sentence(str(path), f"hold the array {absent[0]!r}", got))

    return read_arrays(path, None, check)
