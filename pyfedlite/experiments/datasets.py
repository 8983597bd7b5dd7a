"""The data that a configuration names: a set with a name, a drawn one, or a file of one's own."""

from pathlib import Path

from pyfedlite import _check
from pyfedlite.data import Dataset, available, load, load_csv, make_synthetic

SYNTHETIC = "synthetic"
SYNTHETIC_SEED = 0  # fixed, so that runs with several seeds are about the same data


def load_dataset(name: str, label: str | None = None) -> Dataset:
    """Return the data called `name`.

    Parameters
    ----------
    name : str
        A name that ``pyfedlite data list`` prints; ``synthetic:1,1``, with alpha and beta of the
        FedProx paper; or the path of a .csv or .npz file.
    label : str, optional
        The column of a .csv file to predict.

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
    if label is not None and suffix != ".csv":
        _check.fail("label", "be left out but for a .csv file", repr(label))
    if suffix == ".csv":
        return load_csv(name, label=label)
    kind, colon, numbers = name.partition(":")
    if kind == SYNTHETIC:
        alpha, beta = _two_numbers(numbers) if colon else (1.0, 1.0)
        return make_synthetic(alpha, beta, seed=SYNTHETIC_SEED)
    if suffix != ".npz":
        known = [*(entry.name for entry in available()), SYNTHETIC]
        hint = "a file of your own ends in .csv or .npz"
        known_as = name.replace("-", "_")
        if known_as not in known:
            nearest = _check.nearest(known_as, known) or hint
            _check.fail("dataset", f"be one of {', '.join(known)}", repr(name), nearest)
    return load(name)


def _two_numbers(text: str) -> tuple[float, float]:
    try:
        alpha, beta = (float(number) for number in text.split(","))
    except ValueError:
        condition = f"be {SYNTHETIC}:ALPHA,BETA, as in {SYNTHETIC}:1,1"
        _check.fail("dataset", condition, repr(f"{SYNTHETIC}:{text}"))
    return alpha, beta
