"""What a dataset is, said before anything is trained: one line in all, then one line a column."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite.data.dataset import Dataset

MOST_LINES = 30
_MOST_NAMES = 6


def headline(dataset: Dataset) -> str:
    """Return one line: what is predicted, from which columns, and how much is missing.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> headline(Dataset(x, [0, 0, 1], x[:1], [0], 2, "tiny", label_name="outcome"))
    'predicting outcome: 2 classes, 25.0 % positive; 1 column of numbers'
    """
    parts = [f"predicting {dataset.label_name or 'labels'}: {_task(dataset)}", _columns(dataset)]
    if dataset.num_missing:
        rule = (
            "kept for fill_missing" if dataset.missing == "keep" else f"filled by {dataset.missing}"
        )
        parts.append(f"{dataset.num_missing:,} missing {_s(dataset.num_missing, 'cell')} {rule}")
    return "; ".join(parts)


def describe(dataset: Dataset) -> str:
    """Return the headline, one line for each column, and what should be looked at.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    str

    Examples
    --------
    >>> from pyfedlite.data import load_frame
    >>> frame = {"dose": [1, 2, 3, 4] * 3, "sex": ["f", "m"] * 6, "y": [0, 0, 1, 1] * 3}
    >>> print(describe(load_frame(frame)))
    predicting y: 2 classes, 50.0 % positive; 2 columns: 1 number, 1 category
      dose: numbers, 1 to 4
      sex: 2 categories: f, m
    """
    lines = [headline(dataset), *(f"  {line}" for line in column_lines(dataset))]
    return "\n".join([*lines, *(f"note: {note}" for note in dataset.notes)])


def column_lines(dataset: Dataset) -> list[str]:
    """Return one line for each column of a table, at most 30; none where columns have no names."""
    if dataset.columns is None:
        return []
    lines, start = [], 0
    for column in dataset.columns[:MOST_LINES]:
        x = np.concatenate([dataset.features[:, start], dataset.test_features[:, start]])
        if column.categories is None:
            what = f"numbers, {_range(x)}"
        else:
            names = list(column.categories[:_MOST_NAMES])
            names += ["…"] if len(column.categories) > _MOST_NAMES else []
            count = len(column.categories)
            what = f"{count} {_s(count, 'category')}: {', '.join(names)}"
        holes = int(np.count_nonzero(np.isnan(x)))
        lines.append(f"{column.name}: {what}" + (f"; {holes} missing" if holes else ""))
        start += column.width
    more = len(dataset.columns) - MOST_LINES
    return lines if more <= 0 else [*lines, f"and {more:,} more columns"]


def _task(dataset: Dataset) -> str:
    labels = np.concatenate([dataset.labels, dataset.test_labels])
    if dataset.num_classes is None:
        return f"a regression, {_range(labels)}"
    text = f"{dataset.num_classes} classes"
    return text if dataset.num_classes != 2 else f"{text}, {100 * np.mean(labels):.1f} % positive"


def _columns(dataset: Dataset) -> str:
    if dataset.columns is None:
        return f"{dataset.num_features} {_s(dataset.num_features, 'column')} of numbers"
    total = len(dataset.columns)
    numbers = sum(column.categories is None for column in dataset.columns)
    kinds = [(numbers, "number"), (total - numbers, "category")]
    counted = ", ".join(f"{count} {_s(count, kind)}" for count, kind in kinds if count)
    return f"{total} {_s(total, 'column')}: {counted}"


def _range(values: NDArray[Any]) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    return f"{low:.6g} to {high:.6g}"


def _s(count: int, word: str) -> str:
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
