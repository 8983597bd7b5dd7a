"""From the arrays of a file to a dataset: numbered classes, test rows set apart."""

from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data._columns import number_values
from pyfedlite.data.dataset import Dataset
from pyfedlite.errors import DataError

Task: TypeAlias = Literal["classification", "regression"]
MOST_NUMBERED_CLASSES = 20


def dataset_of(
    path: Path, arrays: dict[str, Any], feature_names: tuple[str, ...] | None, task: Task | None
) -> Dataset:
    """Return the dataset; an error about it names the file."""
    try:
        return _split(path.stem, arrays, feature_names, task)
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}: {error}") from error


def _split(
    name: str, arrays: dict[str, Any], feature_names: tuple[str, ...] | None, task: Task | None
) -> Dataset:
    arrays = {key: np.asarray(rows) for key, rows in arrays.items()}
    _same_lengths(arrays)
    are_classes = _are_classes(arrays["labels"], task)
    class_names = _number(arrays, "labels") if are_classes else None
    group_names = _number(arrays, "groups") if "groups" in arrays else None
    if "test_labels" not in arrays:
        arrays = _set_test_rows_apart(arrays, are_classes)
    return Dataset(
        **arrays,
        num_classes=None if class_names is None else len(class_names),
        name=name,
        group_names=group_names,
        feature_names=feature_names,
        class_names=class_names,
    )


def _same_lengths(arrays: dict[str, NDArray[Any]]) -> None:
    _check.ndim("features", arrays["features"], 2)
    for key in ("labels", "groups"):
        if key in arrays and arrays[key].shape != arrays["features"].shape[:1]:
            condition = f"have shape ({len(arrays['features'])},), one for each row of features"
            _check.fail(key, condition, arrays[key].shape)


def _are_classes(labels: NDArray[Any], task: Task | None) -> bool:
    """Return whether `labels` are classes: as `task` says, or else judged by the values."""
    if task is not None:
        _check.one_of("task", task, get_args(Task))
    is_text = labels.dtype.kind not in "biuf"
    if is_text and task == "regression":
        _check.fail("labels", "be numbers for a regression", repr(str(labels[0])))
    if is_text or task is not None:
        return task != "regression"
    _check.finite("labels", labels)
    distinct = np.unique(labels)
    return len(distinct) <= MOST_NUMBERED_CLASSES and bool((distinct == np.floor(distinct)).all())


def _number(arrays: dict[str, NDArray[Any]], key: str) -> tuple[str, ...]:
    """Replace values of `key` by ids, in training rows and test rows; return their names."""
    keys = [each for each in (key, f"test_{key}") if each in arrays]
    ids, names = number_values(np.concatenate([arrays[each] for each in keys]))
    ends = np.cumsum([len(arrays[each]) for each in keys])
    arrays.update(zip(keys, np.split(ids, ends[:-1]), strict=True))
    return names


def _set_test_rows_apart(
    arrays: dict[str, NDArray[Any]], are_classes: bool
) -> dict[str, NDArray[Any]]:
    strata = arrays["labels"] if are_classes else np.zeros_like(arrays["labels"])
    if "groups" in arrays:
        pairs = np.stack([arrays["groups"], strata])  # (2, n)
        strata = np.unique(pairs, axis=1, return_inverse=True)[1].ravel()
    test = stratified_test_rows(strata)
    rows = {key: array[~test] for key, array in arrays.items()}
    return rows | {f"test_{key}": array[test] for key, array in arrays.items()}
