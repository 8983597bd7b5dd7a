"""A table of training rows and test rows: what a loader returns and `partition` divides.

Left neighbour: a loader of this package. Right neighbour: ``partitioners`` decides which client
owns which training row. The test rows belong to no client; they measure the global model.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers, Labels, Matrix
from pyfedlite.data._frames import frame_table, is_frame
from pyfedlite.data.inputs import Inputs, Step
from pyfedlite.data.missing import (
    DROP,
    as_numbers,
    check_rule,
    complete_rows,
    is_missing,
    refuse_missing,
)
from pyfedlite.data.tables import Column


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training rows and test rows of one task.

    Arrays are kept as read-only views. Features of dtype float32 or float64 keep their dtype, other
    numbers become float64; classes become int64, and targets float64.

    Parameters
    ----------
    features : array of shape (num_examples, num_features)
    labels : array of shape (num_examples,)
        Classes 0 to ``num_classes - 1``, or targets of a regression.
    test_features : array of shape (num_test_examples, num_features)
    test_labels : array of shape (num_test_examples,)
    num_classes : int or None
        ``None`` says that the labels are targets of a regression.
    name : str
    groups : array of shape (num_examples,), optional
        The owner of each training row in real life (hospital, writer, device), 0 to
        ``num_groups - 1``: the partition that ``natural()`` uses.
    group_names : tuple of str, optional
        One name for each group.
    test_groups : array of shape (num_test_examples,), optional
        The owner of each test row in real life.
    feature_names : tuple of str, optional
        By default those of a data frame, or of `columns`.
    class_names : tuple of str, optional
    missing : {"mean", "median", "most-frequent", "drop", "keep"}, optional
        What becomes of missing values (NaN, None, NA, masked entries); None refuses them. The first
        three fill in features by federated statistics when the rows are divided among clients,
        ``"drop"`` leaves out every row that misses a feature, label or group, and ``"keep"`` waits
        for ``fill_missing``.
    columns : tuple of Column, optional
        What the columns of the table were that the features come from.
    steps : tuple of Fill or Standardisation
        What was done to the features since; a trained model does the same to new rows.
    label_name : str, optional
        The name of what is predicted.
    missing_marks : tuple of str
        Texts that stand for a missing value in tables of these columns, beside the usual ones.
    notes : tuple of str
        What a reader of the summary should look at.

    Raises
    ------
    ValueError
        If there are no rows, lengths differ, a number is missing or not finite, or a label or group
        is out of range.
    TypeError
        If an array does not hold numbers.

    Examples
    --------
    >>> data = Dataset([[0.0], [1.0], [2.0]], [0, 1, 1], [[3.0]], [1], num_classes=2, name="tiny")
    >>> data
    Dataset('tiny', num_examples=3, num_features=1, num_classes=2)
    """

    features: Matrix
    labels: Labels
    test_features: Matrix
    test_labels: Labels
    num_classes: int | None
    name: str
    groups: Integers | None = None
    group_names: tuple[str, ...] | None = None
    test_groups: Integers | None = None
    feature_names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None
    missing: str | None = None
    columns: tuple[Column, ...] | None = None
    steps: tuple[Step, ...] = ()
    label_name: str | None = None
    missing_marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.num_classes is not None:
            _check.keep(self, "num_classes", _check.integer, minimum=2)
        check_rule(self.missing)
        self._set_frames()
        if self.missing == "drop":
            self._drop_rows()
        for prefix in ("", "test_"):
            self._set_rows(f"{prefix}features", f"{prefix}labels")
        if self.test_features.shape[1] != self.num_features:
            have = f"have {self.num_features} columns, as features has"
            _check.fail("test_features", have, self.test_features.shape[1])
        self._set_groups()
        if self.columns is not None:
            self._set_columns(tuple(self.columns))
        self._set_names("feature_names", self.num_features)
        if self.columns is None and self.feature_names is not None:
            for name, count in Counter(self.feature_names).items():
                if count > 1:  # rows are read by them
                    _check.fail("feature_names", "name each feature once", repr(name))
        self._set_names("class_names", self.num_classes)

    @property
    def num_examples(self) -> int:
        """Number of training rows."""
        return len(self.labels)

    @property
    def num_features(self) -> int:
        """Number of columns."""
        return int(self.features.shape[1])

    @property
    def num_groups(self) -> int:
        """Number of natural groups, 0 if there are none."""
        return 0 if self.groups is None else int(self.groups.max()) + 1

    @property
    def num_missing(self) -> int:
        """Number of training and test cells whose value is missing; a category is one cell."""
        if self.missing is None:
            return 0
        starts = [0] if self.columns is None else _starts(self.columns)
        total = 0
        for features in (self.features, self.test_features):
            columns = features if self.columns is None else features[:, starts]
            total += int(np.count_nonzero(np.isnan(columns)))
        return total

    @property
    def inputs(self) -> Inputs:
        """What stands between rows as they come and these features; a model is saved with it."""
        return Inputs(
            self.columns,
            self.feature_names,
            self.class_names,
            self.steps,
            self.label_name,
            self.missing_marks,
        )

    def changed(self, step: Step) -> "Dataset":
        """Return the same data after one more step, which its models will repeat on new rows."""
        return replace(
            self,
            features=step(self.features),
            test_features=step(self.test_features),
            steps=(*self.steps, step),
        )

    def __repr__(self) -> str:
        rows = f"num_examples={self.num_examples}, num_features={self.num_features}"
        return f"Dataset({self.name!r}, {rows}, num_classes={self.num_classes})"

    def take(self, rows: Integers) -> "Dataset":
        """Return a dataset with only the training rows `rows`, in that order."""
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, features=self.features[rows], labels=self.labels[rows], groups=groups)

    def _set(self, name: str, array: NDArray[Any]) -> None:
        object.__setattr__(self, name, _check.read_only(array))

    def _set_frames(self) -> None:
        """Take the columns of data frames by name: those of the test rows in the same order."""
        if not is_frame(self.features):
            if is_frame(self.test_features):
                _check.fail_type("test_features", "be an array, as features is", self.test_features)
            return
        table = frame_table(self.features, source="features")
        columns = [Column(name) for name in table.cells]
        object.__setattr__(self, "features", table.encode(columns))
        if self.feature_names is None:
            object.__setattr__(self, "feature_names", tuple(table.cells))
        if is_frame(self.test_features):
            test = frame_table(self.test_features, source="test_features")
            object.__setattr__(self, "test_features", test.encode(columns))

    def _drop_rows(self) -> None:
        """Leave out the training and test rows in which a feature, label or group is missing."""
        for prefix in ("", "test_"):
            names = [f"{prefix}{part}" for part in ("features", "labels", "groups")]
            names = [name for name in names if getattr(self, name) is not None]
            lengths = {len(getattr(self, name)) for name in names}
            if len(lengths) > 1:
                return  # which is said below
            complete = complete_rows(getattr(self, name) for name in names)
            for name in names:
                values = getattr(self, name)
                rows = values if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
                object.__setattr__(self, name, rows[complete])
        object.__setattr__(self, "missing", None)

    def _set_columns(self, columns: tuple[Column, ...]) -> None:
        names = tuple(name for column in columns for name in column.feature_names)
        if len(names) != self.num_features:
            _check.fail("columns", f"come to {self.num_features} features", len(names))
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "feature_names", names)

    def _set_rows(self, features_name: str, labels_name: str) -> None:
        features = as_numbers(features_name, getattr(self, features_name))
        _check.ndim(features_name, features, 2)
        if features.size == 0:
            _check.fail(features_name, "have rows and columns", f"shape {features.shape}")
        if features.dtype != np.float32:
            features = features.astype(np.float64, copy=False)
        if self.missing is None:
            if not np.isfinite(features).all():
                refuse_missing(features_name, features, self._known_names())
                _check.finite(features_name, features)
        else:
            _check.finite(
                features_name, np.nan_to_num(features, nan=0, posinf=np.inf, neginf=-np.inf)
            )
        labels = _complete(labels_name, getattr(self, labels_name))
        _check.ndim(labels_name, labels, 1)
        _same_length(labels_name, labels, features_name, features)
        _check.finite(labels_name, labels)
        if self.num_classes is None:
            labels = labels.astype(np.float64, copy=False)
        else:
            labels = _ids(labels_name, labels, self.num_classes)
        self._set(features_name, features)
        self._set(labels_name, labels)

    def _known_names(self) -> tuple[str, ...] | None:
        if self.columns is not None:
            return tuple(name for column in self.columns for name in column.feature_names)
        return None if self.feature_names is None else tuple(map(str, self.feature_names))

    def _set_groups(self) -> None:
        if self.groups is None:
            for name in ("group_names", "test_groups"):
                if getattr(self, name) is not None:
                    _check.fail(name, "be None where groups is None", getattr(self, name))
            return
        groups = _complete("groups", self.groups)
        _check.ndim("groups", groups, 1)
        _same_length("groups", groups, "labels", self.labels)
        self._set("groups", _ids("groups", groups, len(groups)))  # no more groups than rows
        self._set_names("group_names", self.num_groups)
        empty = np.flatnonzero(np.bincount(self.groups) == 0)
        if empty.size:
            _check.fail("groups", "be numbered without gaps", f"no row of group {empty[0]}")
        if self.test_groups is not None:
            test_groups = _complete("test_groups", self.test_groups)
            _check.ndim("test_groups", test_groups, 1)
            _same_length("test_groups", test_groups, "test_labels", self.test_labels)
            self._set("test_groups", _ids("test_groups", test_groups, self.num_groups))

    def _set_names(self, name: str, number: int | None) -> None:
        names = getattr(self, name)
        if names is None:
            return
        names = tuple(str(each) for each in names)
        if len(names) != number:
            _check.fail(name, f"have {number} entries", len(names))
        object.__setattr__(self, name, names)


def _complete(name: str, values: object) -> NDArray[Any]:
    """Return labels or groups as numbers, none of them missing."""
    missing = is_missing(values)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        _check.fail(name, "have a value everywhere", f"a missing one in row {row}", DROP)
    return as_numbers(name, values)


def _starts(columns: tuple[Column, ...]) -> list[int]:
    """Return the first feature of each column."""
    ends = np.cumsum([column.width for column in columns]).tolist()
    return [end - column.width for column, end in zip(columns, ends, strict=True)]


def _same_length(name: str, array: NDArray[Any], other_name: str, other: NDArray[Any]) -> None:
    if len(array) != len(other):
        _check.fail(name, f"have {len(other)} rows, as {other_name} has", len(array))


def _ids(name: str, array: NDArray[Any], number: int) -> Integers:
    """Return `array` as int64 if it holds whole numbers from 0, below `number`."""
    bad = (array < 0) | (array >= number) | (array != np.floor(array))
    if bad.any():
        row = int(np.argmax(bad))
        limits = f"be whole numbers from 0 to {number - 1}"
        _check.fail(name, limits, f"{array[row]} in row {row}")
    return array.astype(np.int64, copy=False)
