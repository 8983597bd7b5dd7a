"""The mutants of secure aggregation fit the source; `make mutants` sees that they die."""

import runpy
from pathlib import Path

import pytest

import pyfedlite

SCRIPT = Path(__file__).with_name("secagg.py")
MUTANTS = runpy.run_path(str(SCRIPT))["MUTANTS"]


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_mutant_changes_one_piece_of_a_module(module: str, old: str, new: str) -> None:
    full = module if "." in module else f"secagg.{module}"
    path = Path(pyfedlite.__file__).parent.joinpath(*full.split(".")).with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    assert old in text
    compile(text.replace(old, new, 1), str(path), "exec")
