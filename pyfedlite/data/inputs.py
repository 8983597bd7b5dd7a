"""From rows as they come to rows as a model sees them: columns, fill values, scales, class names.

A model is used with all that its training rows went through, or it gives wrong numbers without a
word. So a `Dataset` carries what was done to its features, ``History`` and model files keep it, and
every prediction goes through `Inputs.features`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, _npz
from pyfedlite._typing import Matrix
from pyfedlite.data._csv import read_csv
from pyfedlite.data._frames import frame_table, is_frame
from pyfedlite.data.missing import as_numbers, refuse_missing
from pyfedlite.data.tables import Column, Table
from pyfedlite.errors import DataError

LABEL_NAMES = ("label", "target", "y", "class")
GROUP_NAMES = ("group", "client")
_HOW = "fill it in; a model that was trained with missing='mean' (--missing mean) does so itself"


@dataclass(frozen=True, eq=False)
class Fill:
    """Put a value in the place of each missing one.

    Parameters
    ----------
    values : array of shape (num_features,)
        One for each feature.

    Examples
    --------
    >>> Fill([5.0, 7.0])(np.array([[np.nan, 1.0]])).tolist()
    [[5.0, 1.0]]
    """

    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        _set_vector(self, "values")

    def __call__(self, features: Matrix) -> Matrix:
        """Return the features, shape (n, num_features), in their own dtype, without NaN."""
        _same_width(features, self.values)
        return np.where(np.isnan(features), self.values.astype(features.dtype), features)


@dataclass(frozen=True, eq=False)
class Standardisation:
    """Shift and scale each column: (x - mean) / std.

    Keep it with a model that was trained on standardised rows, and apply it to new rows.

    Parameters
    ----------
    mean : array of shape (num_features,)
    std : array of shape (num_features,)
        Above 0; 1 for a constant column, which becomes 0.

    Raises
    ------
    ValueError
        If the lengths differ, a number is not finite, or one of `std` is not above 0.

    Examples
    --------
    >>> scale = Standardisation(mean=[1.0, 5.0], std=[2.0, 1.0])
    >>> scale([[3.0, 5.0]]).tolist()
    [[1.0, 0.0]]
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    def __post_init__(self) -> None:
        _set_vector(self, "mean")
        _set_vector(self, "std")
        if self.std.shape != self.mean.shape:
            _check.fail("std", f"have {len(self.mean)} entries, as mean has", len(self.std))
        if not (self.std > 0).all():
            hint = "take 1 for a constant column"
            _check.fail("std", "be above 0", self.std.min(), hint)

    def __call__(self, features: Matrix) -> NDArray[np.float32]:
        """Return `features`, shape (n, num_features), standardised, as float32."""
        x = np.asarray(features, dtype=np.float64)
        _same_width(x, self.mean)
        return ((x - self.mean) / self.std).astype(np.float32)


@dataclass(frozen=True)
class Unknown:
    """Stands for a change of the features that only the caller knows."""

    def __call__(self, features: Matrix) -> Matrix:
        """Return the features: whoever has changed them passes them changed."""
        return features


Step: TypeAlias = Fill | Standardisation | Unknown


@dataclass(frozen=True, eq=False)
class Inputs:
    """What stands between rows as they come and the features of a model.

    Parameters
    ----------
    columns : tuple of Column, optional
        What a table has to hold.
    feature_names : tuple of str, optional
        Names of the features, where nothing more is known about the columns.
    class_names : tuple of str, optional
    steps : tuple of Fill or Standardisation
        What is done to the features, one step after another.
    label : str, optional
        The column that is predicted.
    missing_marks : tuple of str
        Texts that stand for a missing value beside the usual ones.

    Examples
    --------
    >>> inputs = Inputs((Column("age"), Column("sex", ("f", "m"))), steps=(Fill([5.0, 1, 0]),))
    >>> inputs.features({"sex": ["m", None], "age": [30, 40]}).tolist()
    [[30.0, 0.0, 1.0], [40.0, 1.0, 0.0]]
    """

    columns: tuple[Column, ...] | None = None
    feature_names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = ()
    label: str | None = None
    missing_marks: tuple[str, ...] = ()

    def features(self, rows: Any, width: int | None = None) -> Matrix:
        """Return the rows as the model sees them, shape (n, num_features).

        Parameters
        ----------
        rows : array of shape (n, num_features), data frame, or path of a CSV or NPZ file
            In the units of the training data. Of a table, and of an NPZ file that holds
            ``feature_names``, the columns are taken by their names.
        width : int, optional
            The number of features that there have to be.

        Raises
        ------
        ValueError, TypeError
            If a column is absent, or a value is missing that no step fills.
        DataError
            The same, where the rows come from a file.
        """
        features = self.raw(rows)
        if width is not None and features.shape[1] != width:
            condition = f"have {width} columns, as the model has"
            _check.fail("features", condition, features.shape[1])
        for step in self.steps:
            if isinstance(step, Standardisation):
                self._refuse_missing(features, rows)
            features = step(features)
        self._refuse_missing(features, rows)
        _check.finite("features", features)
        return features

    def raw(self, rows: Any) -> Matrix:
        """Return the rows as numbers, NaN where a value is missing, before any step is taken."""
        if isinstance(rows, str | os.PathLike):
            path = Path(rows)
            if path.suffix.lower() == ".npz":
                return _npz_features(path, self.names)
            return self._of_table(read_csv(path, self.missing_marks))
        if is_frame(rows):
            return self._of_table(frame_table(rows, self.missing_marks))
        features = as_numbers("features", rows)
        _check.ndim("features", features, 2)
        return features if features.dtype.kind == "f" else features.astype(np.float64)

    def _of_table(self, table: Table) -> Matrix:
        if any(isinstance(step, Unknown) for step in self.steps):
            hint = "pass the changed rows as an array"
            table.fail_all("hold features as the model sees them", "raw columns", hint)
        if self.columns is not None:
            columns = list(self.columns)
        elif self.feature_names is not None:
            columns = _named_columns(self.feature_names, table)
        else:
            besides = (
                first_name_of(table.cells, LABEL_NAMES),
                first_name_of(table.cells, GROUP_NAMES),
            )
            columns = [Column(name) for name in table.cells if name not in besides]
        if not any(isinstance(step, Fill) for step in self.steps):
            for column in columns:
                table.refuse_missing(column.name, _HOW)
        encoded = table.encode(columns)
        if self.columns is None and self.feature_names is not None:
            return encoded[:, _order(self.feature_names, columns)]
        return encoded

    def _refuse_missing(self, features: Matrix, rows: Any) -> None:
        try:
            refuse_missing("features", features, self.names, _HOW)
        except ValueError as error:
            if not isinstance(rows, str | os.PathLike):
                raise
            raise DataError(f"{os.fspath(rows)}: {error}") from error

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of the features."""
        if self.columns is None:
            return self.feature_names
        return tuple(name for column in self.columns for name in column.feature_names)

    @property
    def scale(self) -> Standardisation | None:
        """The last standardisation, if there was one."""
        scales = [step for step in self.steps if isinstance(step, Standardisation)]
        return scales[-1] if scales else None


def first_name_of(names: Any, wanted: Sequence[str]) -> str | None:
    """Return the name that is the first of `wanted`, in any case.

    Examples
    --------
    >>> first_name_of(["age", "Label"], LABEL_NAMES)
    'Label'
    """
    by_lower = {name.casefold(): name for name in names}
    return next((by_lower[name] for name in wanted if name in by_lower), None)


def _named_columns(names: Sequence[str], table: Table) -> list[Column]:
    """Return columns for names of features, of a model that was saved with nothing more.

    ``column=category`` is divided where that leaves the name of a column of the table.
    """
    columns: dict[str, list[str] | None] = {}
    for name in names:
        source, category = _divided(name, table)
        if category is None:
            columns[source] = None
        else:
            known = columns.setdefault(source, [])
            if known is not None:
                known.append(category)
    return [Column(name, None if c is None else tuple(c)) for name, c in columns.items()]


def _order(names: Sequence[str], columns: Sequence[Column]) -> list[int]:
    """Return where each named feature stands among those of some columns."""
    features = [f for column in columns for f in column.feature_names]
    place = {name: number for number, name in enumerate(features)}
    return [place[name] for name in names]


def _divided(name: str, table: Table) -> tuple[str, str | None]:
    ends = [place for place, letter in enumerate(name) if letter == "="]
    if name in table.cells or not ends:
        return name, None
    end = next((place for place in ends if name[:place] in table.cells), ends[0])
    return name[:end], name[end + 1 :]


def read_arrays(
    path: Path, wanted: Sequence[str] | None, check: Callable[[list[str]], None] | None = None
) -> dict[str, NDArray[Any]]:
    """Return arrays of an NPZ file as ``read_npz`` does; whatever is wrong is a DataError."""
    try:
        return _npz.read_npz(path, wanted, check_names=check)
    except OSError as error:
        raise DataError(_check.sentence(str(path), "be readable", error.strerror)) from error
    except _npz.DAMAGE as error:
        message = _check.sentence(str(path), "be an NPZ file of numbers and text", error)
        raise DataError(message) from error


def _npz_features(path: Path, wanted: Sequence[str] | None) -> Matrix:
    """Return the features in an NPZ file: by name, where both the file and the model have names."""

    def check(names: list[str]) -> None:
        if "features" not in names:
            got = ", ".join(names[:20]) or "none"
            raise DataError(_check.sentence(str(path), "hold the array 'features'", got))

    arrays = read_arrays(path, ["features", "feature_names"], check)
    features = arrays["features"]
    if features.dtype.kind not in "biuf" or features.ndim != 2:
        got = f"{features.dtype} of shape {features.shape}"
        condition = "hold features (n, num_features) of numbers"
        raise DataError(_check.sentence(str(path), condition, got))
    if wanted is not None and "feature_names" in arrays:
        names = list(map(str, arrays["feature_names"].ravel().tolist()))
        features = features[:, _places(path, names, wanted, features.shape[1])]
    kept = np.float32 if features.dtype == np.float32 else np.float64
    return np.asarray(features, dtype=kept)


def _places(path: Path, names: list[str], wanted: Sequence[str], width: int) -> list[int]:
    """Return which of the columns called `names` are the wanted ones, in their order."""
    condition, got, hint = "", "", ""
    absent = next((name for name in wanted if name not in names), None)
    if len(names) != width:
        condition, got = f"name each of its {width} features", f"{len(names)} feature_names"
    elif len(set(names)) < width:
        condition, got = "give each feature its own name", repr(max(names, key=names.count)[:40])
    elif absent is not None:
        condition, got = f"name a feature {absent[:40]!r}", ", ".join(n[:40] for n in names[:20])
        hint = _check.nearest(absent, names[:1000])
    if condition:
        raise DataError(_check.sentence(str(path), condition, got, hint))
    return [names.index(name) for name in wanted]


def _set_vector(part: object, name: str) -> None:
    array = np.asarray(getattr(part, name), dtype=np.float64)
    _check.ndim(name, array, 1)
    _check.finite(name, array)
    object.__setattr__(part, name, _check.read_only(array))  # the class is frozen


def _same_width(features: Matrix, values: NDArray[np.float64]) -> None:
    if features.shape[-1] != len(values):
        _check.fail("features", f"have {len(values)} columns", features.shape[-1])
