"""From the arrays of a file to a dataset: numbered classes, test rows set apart."""

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data._columns import number_values
from pyfedlite.data._texts import is_number
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.missing import DROP, complete_rows, is_missing
from pyfedlite.errors import DataError

Task: TypeAlias = Literal["classification", "regression"]
MOST_NUMBERED_CLASSES = 20


def dataset_of(
    name: str, source: str | None, arrays: dict[str, Any], task: Task | None, **known: Any
) -> Dataset:
    """Return the dataset of some arrays.

    Parameters
    ----------
    name : str
    source : str or None
        The file that an error is about: it is then a DataError.
    arrays : dict of str to array
        ``features`` and ``labels``, and what else `Dataset` has rows of.
    task : {"classification", "regression"} or None
    **known
        Fields of `Dataset` that are no rows.
    """
    try:
        return _split(name, arrays, task, known)
    except (ValueError, TypeError) as error:
        if source is None:
            raise
        raise DataError(f"{source}: {error}") from error


def _split(name: str, arrays: dict[str, Any], task: Task | None, known: dict[str, Any]) -> Dataset:
    arrays = {key: np.asarray(rows) for key, rows in arrays.items()}
    _same_lengths(arrays)
    dropped = 0
    if known.get("missing") == "drop":
        arrays, dropped = _without_missing(arrays)
        known = {**known, "missing": None}
        if dropped:
            note = f"{dropped} rows with a missing value are left out"
            known["notes"] = (*known.get("notes", ()), note)
    if not len(arrays["labels"]):
        _check.fail("features", "have rows", "none that is whole" if dropped else "none")
    for key in ("labels", "test_labels", "groups", "test_groups"):
        if key in arrays:
            check_values(key, arrays[key])
    if "groups" in arrays and "test_groups" in arrays:
        _check_known(arrays["groups"], arrays["test_groups"])
    are_classes = _are_classes(arrays["labels"], task)
    class_names = _number(arrays, "labels") if are_classes else None
    if class_names is not None and len(class_names) < 2:
        _check.fail("labels", "hold at least two classes", f"only {class_names[0]!r}")
    group_names = _number(arrays, "groups") if "groups" in arrays else None
    if are_classes and task is None and arrays["labels"].dtype.kind in "iu" and class_names:
        known = _noted(known, class_names)
    if "test_labels" not in arrays:
        arrays = _set_test_rows_apart(arrays, are_classes)
    return Dataset(
        **arrays,
        num_classes=None if class_names is None else len(class_names),
        name=name,
        group_names=group_names,
        class_names=class_names,
        **known,
    )


def check_values(name: str, values: NDArray[Any]) -> None:
    """Check that labels or groups are numbers or text, none of them missing."""
    if values.dtype.kind not in "biufUOT":
        hint = f"decode them first: {name}.astype(str)" if values.dtype.kind == "S" else ""
        _check.fail_type(name, f"be numbers or text, not {values.dtype}", values, hint)
    missing = is_missing(values)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        _check.fail(name, "have a value everywhere", f"a missing one in row {row}", DROP)


def _check_known(groups: NDArray[Any], test_groups: NDArray[Any]) -> None:
    """Check that each group of test rows has training rows too."""
    unknown = test_groups[~np.isin(test_groups, groups)]
    if unknown.size:
        got = f"{unknown[0].item()!r}, which has no training row"
        _check.fail("test_groups", "be groups of the training rows", got)


def _without_missing(arrays: dict[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], int]:
    """Return the rows without a missing value, of training and of test rows, and how many went."""
    kept, dropped = {}, 0
    for prefix in ("test_", ""):
        keys = [key for key in arrays if key.startswith("test_") == bool(prefix)]
        if keys:
            complete = complete_rows(arrays[key] for key in keys)
            kept.update({key: arrays[key][complete] for key in keys})
            dropped += int(np.count_nonzero(~complete))
    return kept, dropped


def _noted(known: dict[str, Any], class_names: tuple[str, ...]) -> dict[str, Any]:
    """Add what was decided about labels that are whole numbers."""
    if len(class_names) < 3 or not all(is_number(name) for name in class_names):
        return known
    note = (
        f"the labels are {len(class_names)} whole numbers, taken as classes; "
        "task='regression' (--task regression) takes them as amounts"
    )
    return {**known, "notes": (*known.get("notes", ()), note)}


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
    if not test.any():
        condition = "be enough to set a fifth apart for testing: 3 of a class"
        condition += ", in one group" if "groups" in arrays else ""
        _check.fail("rows", condition, f"{len(strata)} rows", "add rows, or test rows of your own")
    rows = {key: array[~test] for key, array in arrays.items()}
    return rows | {f"test_{key}": array[test] for key, array in arrays.items()}
