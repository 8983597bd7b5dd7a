import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pyfedlite.data import Dataset, load_german_credit, load_heart_disease, load_mnist


def _load(folder: str, loader: Callable[[], Dataset]) -> Dataset:
    if not (Path(os.environ.get("PYFEDLITE_DATA") or "/nowhere") / folder).is_dir():
        pytest.skip(f"PYFEDLITE_DATA names no folder that holds {folder}")
    return loader()


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return _load("mnist", load_mnist)


@pytest.fixture(scope="session")
def heart_disease() -> Dataset:
    return _load("heart-disease", load_heart_disease)


@pytest.fixture(scope="session")
def german_credit() -> Dataset:
    return _load("german-credit", load_german_credit)
