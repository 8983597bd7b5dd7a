"""Heart disease in four hospitals: a federation that exists.

Hospitals in Cleveland, Budapest, Zurich with Basel, and Long Beach recorded the same attributes of
their patients between 1981 and 1987, but the hospitals differ: 93 % of the Swiss patients are ill,
blood cholesterol was not measured there at all, and outside Cleveland the vessels under fluoroscopy
were almost never counted. With so few healthy patients accuracy says little: report the AUC too.

References
----------
A. Janosi, W. Steinbrunn, M. Pfisterer and R. Detrano, "Heart Disease", UCI Machine Learning
Repository, 1989, https://doi.org/10.24432/C52P4X (licence CC BY 4.0). The investigators:
A. Janosi, M.D., Hungarian Institute of Cardiology, Budapest; W. Steinbrunn, M.D., University
Hospital, Zurich; M. Pfisterer, M.D., University Hospital, Basel; R. Detrano, M.D., Ph.D., V.A.
Medical Center, Long Beach, and Cleveland Clinic Foundation.
"""

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.data import download
from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data._columns import one_hot
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.sums import counts_and_sums, mean_of

ATTRIBUTES = (
    "age",  # years
    "sex",  # 1 male, 0 female
    "cp",  # chest pain: 1 typical angina, 2 atypical, 3 other pain, 4 none
    "trestbps",  # blood pressure at rest, mm Hg
    "chol",  # serum cholesterol, mg/dl
    "fbs",  # fasting blood sugar above 120 mg/dl: 1 yes, 0 no
    "restecg",  # electrocardiogram at rest: 0 normal, 1 ST-T abnormal, 2 hypertrophy
    "thalach",  # highest heart rate, beats per minute
    "exang",  # angina from exercise: 1 yes, 0 no
    "oldpeak",  # ST depression by exercise against rest, mm
    "slope",  # of the ST segment at peak exercise: 1 up, 2 flat, 3 down
    "ca",  # major vessels coloured by fluoroscopy, 0 to 3
    "thal",  # thallium scan: 3 normal, 6 fixed defect, 7 reversible defect
    "num",  # diagnosis: 0 healthy, 1 to 4 ill
)
CATEGORIES = {"cp": (1, 2, 3, 4), "restecg": (0, 1, 2), "slope": (1, 2, 3), "thal": (3, 6, 7)}
ZERO_IS_MISSING = ("trestbps", "chol")  # in no living patient is either of them 0
HOSPITALS = ("Cleveland", "Hungary", "Switzerland", "Long Beach")


def parse_table(content: bytes) -> NDArray[np.float64]:
    """Return the numbers of one hospital's file; NaN where the file says ``?``.

    Parameters
    ----------
    content : bytes
        Lines of 14 values with commas between; -9 is an older mark for a missing value.

    Returns
    -------
    ndarray of shape (num_patients, 14), float64

    Raises
    ------
    ValueError
        If a line does not have 14 numbers.

    Examples
    --------
    >>> parse_table(b"28,1,2,130,132,0,2,185,0,0,?,?,?,0")[0, 8:12].tolist()
    [0.0, 0.0, nan, nan]
    """
    rows = []
    for number, line in enumerate(content.decode("ascii").split("\n"), start=1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != len(ATTRIBUTES):
            _check.fail(f"line {number}", "have 14 values", len(fields))
        rows.append([np.nan if f in ("?", "-9", "-9.0") else float(f) for f in fields])
    return np.array(rows).reshape(len(rows), len(ATTRIBUTES))


def canonical(content: bytes) -> bytes:
    """Return a hospital's table in its standard form, of which the checksum is computed.

    In this form each value is written as Python writes a float, or as ``?`` if it is missing, with
    a comma between values and a line feed after each patient.
    """
    table = parse_table(content)
    lines = [",".join("?" if np.isnan(v) else repr(float(v)) for v in row) for row in table]
    return "".join(line + "\n" for line in lines).encode("ascii")


def _file(place: str, sha256: str) -> download.SourceFile:
    name = f"processed.{place}.data"
    url = f"https://archive.ics.uci.edu/ml/machine-learning-databases/heart-disease/{name}"
    return download.SourceFile("heart-disease", name, (url,), sha256, 100_000, canonical)


FILES = (
    _file("cleveland", "174aac36a2a768e951f12b2feaae644b24d5bb33a94f5b4d58bd3abfc166139a"),
    _file("hungarian", "1779eccd017b4c03c5c9df161b99cc7e059940dd38168ea202209a49b7072d04"),
    _file("switzerland", "9e2a578a46363f412741c11cf97b54aa5675cfdab7b5b19c6f7452414f4ca1bf"),
    _file("va", "eb477d882bad73cbe605f8aef4350d8128cde20b3c931f1d5a5d2e0635a4f50b"),
)


def load_heart_disease() -> Dataset:
    """Load 920 patients of four hospitals and whether the heart is ill (1) or not (0).

    A value is missing where the file says ``?``, and where cholesterol or blood pressure is 0,
    which no living patient has: every Swiss row and 49 rows of Long Beach for cholesterol, one row
    for blood pressure. A code (chest pain, electrocardiogram, slope, thallium scan) becomes one
    column for each of its values; a missing code is 0 in all of them. A missing number becomes the
    mean of the values that the hospitals' training patients do have, computed only from each
    hospital's count and sum. A column ``<name> missing`` beside it is then 1, so that a model can
    distinguish a filled value from a measured one.

    In each hospital a fifth of the ill and a fifth of the healthy patients are for testing; the
    choice of these rows never changes.

    Returns
    -------
    Dataset
        29 features, float64, in the units of the source: apply ``standardise`` after `partition`.
        Two classes. The groups, and the test groups, are the four hospitals.

    Raises
    ------
    DataError
        If the files are damaged, or absent and cannot be downloaded.

    References
    ----------
    A. Janosi, W. Steinbrunn, M. Pfisterer and R. Detrano, "Heart Disease", UCI Machine Learning
    Repository, 1989, https://doi.org/10.24432/C52P4X
    """
    tables = [parse_table(download.read(file)) for file in FILES]
    hospital = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    table = np.concatenate(tables)
    labels = (table[:, ATTRIBUTES.index("num")] > 0).astype(np.int64)
    test = stratified_test_rows(2 * hospital + labels)
    features, names = _features(table, hospital, ~test)
    return Dataset(
        features[~test],
        labels[~test],
        features[test],
        labels[test],
        num_classes=2,
        name="heart_disease",
        groups=hospital[~test],
        group_names=HOSPITALS,
        test_groups=hospital[test],
        feature_names=names,
        class_names=("healthy", "ill"),
    )


def _features(
    table: NDArray[np.float64], hospital: Integers, train: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the columns (numbers, marks of missing numbers, codes), and their names."""
    numeric = [name for name in ATTRIBUTES[:-1] if name not in CATEGORIES]
    numbers = table[:, [ATTRIBUTES.index(name) for name in numeric]]
    for column in (numeric.index(name) for name in ZERO_IS_MISSING):
        numbers[numbers[:, column] == 0, column] = np.nan
    rows_of = [train & (hospital == k) for k in range(len(HOSPITALS))]
    mean = mean_of(counts_and_sums(numbers[rows]) for rows in rows_of)
    missing = np.isnan(numbers)
    marked = np.flatnonzero(missing.any(axis=0))
    parts = [np.where(missing, mean, numbers), missing[:, marked].astype(np.float64)]
    names = [*numeric, *(f"{numeric[column]} missing" for column in marked)]
    for name, values in CATEGORIES.items():
        parts.append(one_hot(table[:, ATTRIBUTES.index(name)], values))
        names += [f"{name}={value}" for value in values]
    return np.concatenate(parts, axis=1), tuple(names)
