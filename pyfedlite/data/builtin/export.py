"""Write the data files of this folder anew from scikit-learn, which is needed for that only.

Run as ``python -m pyfedlite.data.builtin.export``. The arrays come out the same, which a
test checks where scikit-learn is at hand.
"""

from pathlib import Path

import numpy as np


def export(folder: Path) -> None:
    """Write ``digits.npz`` and ``breast_cancer.npz`` into `folder`."""
    from sklearn import datasets

    digits = datasets.load_digits()
    np.savez_compressed(
        folder / "digits.npz",
        features=digits.data.astype(np.uint8),  # (1797, 64), ink of an 8 x 8 picture, 0 to 16
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
