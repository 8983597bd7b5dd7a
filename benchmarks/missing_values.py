"""Count the missing values of heart disease: ``python benchmarks/missing_values.py``."""

import numpy as np

from pyfedlite.data import download, heart_disease


def main() -> None:
    """Print a line for each hospital."""
    names = heart_disease.ATTRIBUTES
    print("hospital", "patients", "ill", *names[:-1])
    for hospital, file in zip(heart_disease.HOSPITALS, heart_disease.FILES, strict=True):
        table = heart_disease.parse_table(download.read(file))
        missing = np.isnan(table)
        for name in heart_disease.ZERO_IS_MISSING:
            missing[:, names.index(name)] |= table[:, names.index(name)] == 0
        ill = int((table[:, -1] > 0).sum())
        print(hospital.replace(" ", "_"), len(table), ill, *missing[:, :-1].sum(axis=0))


if __name__ == "__main__":
    main()
