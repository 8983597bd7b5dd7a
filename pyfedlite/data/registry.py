"""The data sets that have a name: what they are, where they are, and how to get them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pyfedlite import _check
from pyfedlite.data import builtin, download, german_credit, heart_disease, mnist, own
from pyfedlite.data.dataset import Dataset


@dataclass(frozen=True)
class Entry:
    """A data set that has a name.

    Parameters
    ----------
    name : str
    load : callable of no arguments to Dataset
    num_rows : int
        Training and test rows together.
    num_features : int
    num_classes : int
    title : str
        What it is, in a few words.
    licence : str
    files : tuple of SourceFile
        The files to find or download; empty for a data set inside the package.
    """

    name: str
    load: Callable[[], Dataset]
    num_rows: int
    num_features: int
    num_classes: int
    title: str
    licence: str
    files: tuple[download.SourceFile, ...] = ()

    @property
    def needs_download(self) -> bool:
        """Whether it is not part of the package."""
        return bool(self.files)


_CC_BY = "CC BY 4.0"
_ENTRIES = (
    Entry("digits", builtin.load_digits, 1797, 64, 10, "handwritten digits, 8 x 8", _CC_BY),
    Entry(
        "breast_cancer",
        builtin.load_breast_cancer,
        569,
        30,
        2,
        "tumours under the microscope: malignant?",
        _CC_BY,
    ),
    Entry(
        "mnist",
        mnist.load_mnist,
        70_000,
        784,
        10,
        "handwritten digits, 28 x 28",
        "freely distributed for research",
        mnist.FILES,
    ),
    Entry(
        "heart_disease",
        heart_disease.load_heart_disease,
        920,
        29,
        2,
        "patients of four hospitals: ill?",
        _CC_BY,
        heart_disease.FILES,
    ),
    Entry(
        "german_credit",
        german_credit.load_german_credit,
        1000,
        61,
        2,
        "loans of a bank: bad?",
        _CC_BY,
        german_credit.FILES,
    ),
)
_BY_NAME = {entry.name: entry for entry in _ENTRIES}
Status = Literal["built in", "found", "cached", "not downloaded"]


def available() -> tuple[Entry, ...]:
    """Return the data sets that have a name."""
    return _ENTRIES


def entry(name: str) -> Entry:
    """Return the data set called `name`, with hyphens or underscores.

    Raises
    ------
    ValueError
        If there is none; the message gives the nearest name.
    """
    return _BY_NAME[_check.one_of("dataset", name.replace("-", "_"), _BY_NAME)]


def load(name: str) -> Dataset:
    """Load a data set by its name, or your own from a path ending in .csv or .npz.

    Parameters
    ----------
    name : str

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If no data set has that name; the message gives the nearest name.
    DataError
        If its files are damaged, or absent and cannot be downloaded.

    Examples
    --------
    >>> load("digits").num_features
    64
    """
    loader = {".csv": own.load_csv, ".npz": own.load_npz}.get(Path(name).suffix.lower())
    return entry(name).load() if loader is None else loader(name)


def status(name: str) -> Status:
    """Return where a data set is: in the package, in ``$PYFEDLITE_DATA``, cached, or nowhere.

    Examples
    --------
    >>> status("digits")
    'built in'
    """
    files = entry(name).files
    if not files:
        return "built in"
    paths = [download.find(file) for file in files]
    if None in paths:
        return "not downloaded"
    cache = download.cache_folder()
    return "cached" if any(path and path.is_relative_to(cache) for path in paths) else "found"


def fetch(name: str) -> tuple[Path, ...]:
    """Make sure that a data set is on this machine, complete and verified; return its files.

    Raises
    ------
    DataError
        If a file is damaged, or absent and cannot be downloaded.
    """
    return tuple(download.fetch(file) for file in entry(name).files)


def clear(name: str | None = None) -> tuple[Path, ...]:
    """Delete one data set, or all, from the cache; return the deleted files.

    Nothing else is ever deleted: not ``$PYFEDLITE_DATA``, not other files in the cache folder.
    """
    entries = _ENTRIES if name is None else (entry(name),)
    paths = [download.forget(file) for each in entries for file in each.files]
    return tuple(path for path in paths if path is not None)
