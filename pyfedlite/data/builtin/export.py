"""Write the data files of this folder again, from scikit-learn's copies of the data.

Run it as ``python -m pyfedlite.data.builtin.export``; only this needs scikit-learn. The arrays are
the same as before: a test checks that where scikit-learn is installed.
"""

from pathlib import Path

import numpy as np


def export(folder: Path) -> None:
    """Write ``digits.npz`` and ``breast_cancer.npz`` into `folder`."""
    from sklearn import datasets

    digits = datasets.load_digits()
    np.savez_compressed(
        folder / "digits.npz",
        features=digits.data.astype(np.uint8),  # (1797, 64), ink at 8 x 8 points, 0 to 16
        labels=digits.target.astype(np.uint8),
    )
    cancer = datasets.load_breast_cancer()
    np.savez_compressed(
        folder / "breast_cancer.npz",
        features=cancer.data,  # (569, 30), float64
        labels=(cancer.target == 0).astype(np.uint8),  # scikit-learn has malignant = 0
        feature_names=np.array([str(name) for name in cancer.feature_names]),
    )


if __name__ == "__main__":
    export(Path(__file__).parent)
