"""The data that a configuration names: a set with a name, a drawn one, or a file of one's own."""

from dataclasses import fields
from pathlib import Path

from pyfedlite import _check
from pyfedlite.data import Dataset, available, load, load_csv, load_npz, make_synthetic
from pyfedlite.data.reading import Reading

OF_ARRAYS = ("task", "missing")
"""What can be said of an NPZ file too."""
SYNTHETIC = "synthetic"
_BY_ITSELF = Reading()
SYNTHETIC_SEED = 0  # fixed, so that runs with several seeds are about the same data


def load_dataset(name: str, reading: Reading = _BY_ITSELF) -> Dataset:
    """Return the data called `name`.

    Parameters
    ----------
    name : str
        A name that ``pyfedlite data list`` prints; ``synthetic:1,1``, with alpha and beta of the
        FedProx paper; or the path of a .csv or .npz file.
    reading : Reading
        How a file of one's own is read.

    Raises
    ------
    ValueError
        If nothing has that name; the nearest is given.
    DataError
        If the data is absent or damaged.

    Examples
    --------
    >>> load_dataset("synthetic:0.5,0.5").num_groups
    30
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        return load_csv(name, **{f.name: getattr(reading, f.name) for f in fields(reading)})
    for setting in fields(reading):
        value = getattr(reading, setting.name)
        if value not in (None, ()) and not (suffix == ".npz" and setting.name in OF_ARRAYS):
            which = "a .csv or .npz file" if setting.name in OF_ARRAYS else "a .csv file"
            _check.fail(setting.name, f"be left out but for {which}", repr(value))
    if suffix == ".npz":
        return load_npz(name, task=reading.task, missing=reading.missing)
    kind, colon, numbers = name.partition(":")
    if kind == SYNTHETIC:
        alpha, beta = _two_numbers(numbers) if colon else (1.0, 1.0)
        return make_synthetic(alpha, beta, seed=SYNTHETIC_SEED)
    known = [*(entry.name for entry in available()), SYNTHETIC]
    hint = "a file of your own ends in .csv or .npz"
    known_as = name.replace("-", "_")
    if known_as not in known:
        nearest = _check.nearest(known_as, known) or hint
        _check.fail("dataset", f"be one of {', '.join(known)}", repr(name), nearest)
    return load(name)


def is_file_name(name: str) -> bool:
    """Return whether a dataset is a file of one's own.

    Examples
    --------
    >>> is_file_name("mine.csv"), is_file_name("synthetic:0.5,0.5")
    (True, False)
    """
    return Path(name).suffix.lower() in (".csv", ".npz")


def _two_numbers(text: str) -> tuple[float, float]:
    try:
        alpha, beta = (float(number) for number in text.split(","))
    except ValueError:
        condition = f"be {SYNTHETIC}:ALPHA,BETA, as in {SYNTHETIC}:1,1"
        _check.fail("dataset", condition, repr(f"{SYNTHETIC}:{text}"))
    return alpha, beta
