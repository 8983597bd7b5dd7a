"""German credit: a thousand loans of a bank, 700 repaid and 300 not.

References
----------
H. Hofmann, "Statlog (German Credit Data)", UCI Machine Learning Repository, 1994,
https://doi.org/10.24432/C5NC77 (licence CC BY 4.0).
"""

import numpy as np

from pyfedlite import _check
from pyfedlite.data import download
from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data._columns import one_hot
from pyfedlite.data.dataset import Dataset

ATTRIBUTES = (
    "checking account",
    "months",
    "credit history",
    "purpose",
    "amount",  # Deutsche Mark
    "savings",
    "years employed",
    "instalment rate",  # percent of disposable income, in classes 1 to 4
    "status and sex",
    "other debtors",
    "years at residence",
    "property",
    "age",
    "other instalment plans",
    "housing",
    "credits here",
    "job",
    "dependants",
    "telephone",
    "foreign worker",
)
NUMERIC = (1, 4, 7, 10, 12, 15, 17)  # the other columns hold codes such as A11


def parse_rows(content: bytes) -> list[list[str]]:
    """Return the 21 fields of each line: 20 attributes, then 1 (repaid) or 2 (not).

    Raises
    ------
    ValueError
        If a line does not have 21 fields.

    Examples
    --------
    >>> line = b"A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 1"
    >>> parse_rows(line)[0][:3]
    ['A11', '6', 'A34']
    """
    rows = [line.split() for line in content.decode("ascii").splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(ATTRIBUTES) + 1:
            _check.fail(f"row {number}", "have 21 fields", len(row))
    return rows


def canonical(content: bytes) -> bytes:
    """Return the table in its standard form, of which the checksum is computed.

    In this form there is one space between fields and a line feed after each row.
    """
    return "".join(" ".join(row) + "\n" for row in parse_rows(content)).encode("ascii")


FILES = (
    download.SourceFile(
        "german-credit",
        "german.data",
        ("https://archive.ics.uci.edu/ml/machine-learning-databases/statlog/german/german.data",),
        "b21f3d81db8071257d5ff1deaeba1fd4303b62712e6fcc9715c7a86202cb5871",
        1_000_000,
        canonical,
    ),
)


def load_german_credit() -> Dataset:
    """Load 1000 loans and whether the credit was bad (1) or good (0).

    Bad is the positive class, 300 of 1000, because a bank wants to find it; the source writes 2 for
    bad and 1 for good. A code becomes one column for each of its values that occurs (two values in
    the source's description never occur). The source asks that granting a bad credit count five
    times as much as refusing a good one. A fifth of each class is for testing; the choice of these
    rows never changes.

    Returns
    -------
    Dataset
        800 training and 200 test rows of 61 features, float64: 7 numbers in the units of the
        source, and 54 columns for codes, named ``<attribute>=<code>``. Apply ``standardise`` after
        `partition`. Two classes.

    Raises
    ------
    DataError
        If the file is damaged, or absent and cannot be downloaded.

    References
    ----------
    H. Hofmann, "Statlog (German Credit Data)", UCI Machine Learning Repository, 1994,
    https://doi.org/10.24432/C5NC77
    """
    table = np.array(parse_rows(download.read(FILES[0])))  # (1000, 21), text
    labels = (table[:, -1] == "2").astype(np.int64)
    parts = [table[:, NUMERIC].astype(np.float64)]
    names = [ATTRIBUTES[column] for column in NUMERIC]
    for column in sorted(set(range(len(ATTRIBUTES))) - set(NUMERIC)):
        codes = np.unique(table[:, column])
        parts.append(one_hot(table[:, column], codes))
        names += [f"{ATTRIBUTES[column]}={code}" for code in codes]
    features = np.concatenate(parts, axis=1)
    test = stratified_test_rows(labels)
    return Dataset(
        features[~test],
        labels[~test],
        features[test],
        labels[test],
        num_classes=2,
        name="german_credit",
        feature_names=tuple(names),
        class_names=("good", "bad"),
    )
