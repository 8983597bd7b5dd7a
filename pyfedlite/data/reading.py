"""From a table to a dataset: which column is predicted, which says whose a row is, which go.

Left neighbours: ``_csv`` and ``_frames``. What was decided without being asked is noted in
``Dataset.notes``, for the summary that is shown before training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from pyfedlite import _check
from pyfedlite.data._rows import Task, dataset_of
from pyfedlite.data._texts import looks_like_a_group
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.inputs import GROUP_NAMES, LABEL_NAMES, first_name_of
from pyfedlite.data.missing import FILLS, check_rule
from pyfedlite.data.tables import Table


@dataclass(frozen=True)
class Reading:
    """How a table is read; what is not said is decided by its names and values.

    Parameters
    ----------
    label : str, optional
        The column to predict.
    task : {"classification", "regression"}, optional
    group : str, optional
        The column that says whose each row is.
    drop, categorical : sequence of str
        Columns to leave out, and columns that hold categories whatever they look like.
    missing : {"mean", "median", "most-frequent", "drop", "keep"}, optional
        As for `Dataset`.
    missing_marks : sequence of str
        Texts that stand for a missing value beside the usual ones.
    """

    label: str | None = None
    task: Task | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    missing: str | None = None
    missing_marks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_rule(self.missing)
        for name in ("drop", "categorical", "missing_marks"):
            object.__setattr__(self, name, texts(name, getattr(self, name)))
        if self.task is not None:
            _check.keep(self, "task", _check.one_of, get_args(Task))
        for name in ("label", "group"):
            column = getattr(self, name)
            if column is not None and not isinstance(column, str):
                _check.fail_type(name, "be the name of a column, as text", column)
            if getattr(self, name) is not None and getattr(self, name) in self.drop:
                _check.fail("drop", f"leave the {name} in", repr(getattr(self, name)))
        if self.group is not None and self.group == self.label:
            _check.fail("group", "be another column than the label", repr(self.group))


def texts(name: str, values: str | Sequence[str]) -> tuple[str, ...]:
    """Return texts as a tuple; one text stands for itself.

    Examples
    --------
    >>> texts("drop", "id"), texts("drop", ["id", "date"])
    (('id',), ('id', 'date'))
    """
    listed = (values,) if isinstance(values, str) else tuple(values)
    for value in listed:
        if not isinstance(value, str):
            _check.fail_type(name, "be names", value)
    return listed


def read_table(table: Table, reading: Reading, name: str) -> Dataset:
    """Return the dataset in a table.

    Raises
    ------
    DataError, ValueError
        If a column is absent, is neither numbers nor categories, or a value is missing; the message
        names line and column.
    """
    for column in (*reading.drop, *reading.categorical):
        table.column(column)
    kept = [column for column in table.cells if column not in reading.drop]
    label, group = _label(table, reading, kept), reading.group
    if group is None:
        group = first_name_of([column for column in kept if column != label], GROUP_NAMES)
    table.column(label)
    special = [label] if group is None else [label, group]
    wanted = [column for column in kept if column not in special]
    if not wanted:
        condition = f"have a column besides {', '.join(map(repr, special))}"
        hint = "separate the values by commas, semicolons or tabs" if len(table.cells) == 1 else ""
        table.fail_all(condition, ", ".join(kept[:20]), hint)
    notes = _notes(table, reading, label, wanted)
    if reading.missing == "drop":
        before = table.num_rows
        table = table.without_missing([*special, *wanted])
        if table.num_rows < before:
            notes.append(f"{before - table.num_rows} rows with a missing value are left out")
    columns = tuple(table.decide(column, reading.categorical) for column in wanted)
    if reading.missing is None or reading.missing == "drop":
        for column in wanted:
            table.refuse_missing(column)
    is_text = reading.task == "classification" or label in reading.categorical
    arrays = {"features": table.encode(columns), "labels": table.values(label, as_text=is_text)}
    if group is not None:
        arrays["groups"] = table.values(group, as_text=True)
    return dataset_of(
        name,
        None if table.lines is None else table.source,
        arrays,
        reading.task,
        columns=columns,
        label_name=label,
        missing=reading.missing if reading.missing in (*FILLS, "keep") else None,
        missing_marks=reading.missing_marks,
        notes=tuple(notes),
    )


def _label(table: Table, reading: Reading, kept: Sequence[str]) -> str:
    if reading.label is not None:
        return reading.label
    if not kept:
        table.fail_all("have columns that are not dropped", "none")
    return first_name_of(kept, LABEL_NAMES) or kept[-1]


def _notes(table: Table, reading: Reading, label: str, wanted: Sequence[str]) -> list[str]:
    """Return what was decided without being asked, and what may have been forgotten."""
    notes = []
    if reading.label is None and first_name_of([label], LABEL_NAMES) is None:
        names = ", ".join(LABEL_NAMES)
        notes.append(
            f"no column is named {names}, so the last one, {label!r}, is predicted; "
            "label=… (--label) names another"
        )
    for column in wanted:
        if looks_like_a_group(column):
            notes.append(
                f"column {column!r} looks like a group; group={column!r} (--group {column!r}) "
                f"makes each value a client, drop=[{column!r}] (--drop {column!r}) leaves it out"
            )
    return notes
