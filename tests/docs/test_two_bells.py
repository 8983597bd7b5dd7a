"""The picture with a slider on page 10: its numbers are those of Python.

The file ``two-bells.js`` holds formulas of its own, because a page is read without Python. They are
run by Node here, and by a browser in ``test_site.py``.
"""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from statistics import NormalDist

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "_static" / "two-bells.js"
NODE = shutil.which("node")
if not SCRIPT.exists():
    pytest.skip("needs a checkout", allow_module_level=True)
if NODE is None:
    pytest.skip("needs node", allow_module_level=True)

PHI, QUANTILE = NormalDist().cdf, NormalDist().inv_cdf
ERROR = 0.75e-7 + 1e-12  # of phi, as the script states it, and of doubles
RATES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
NOISES = tuple(round(0.1 * tenths, 1) for tenths in range(3, 51))  # the places of the slider


def computed(expression: str, values: list) -> list:
    """Return the expression for each value `v`, where `f` holds the functions of the script."""
    program = f"const f = require({json.dumps(str(SCRIPT))});\n" + (
        "const values = JSON.parse(require('fs').readFileSync(0));\n"
        f"console.log(JSON.stringify(values.map((v) => {expression})))"
    )
    done = subprocess.run(
        [NODE, "-e", program],
        input=json.dumps(values),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def roc(false_alarms: float, z: float) -> float:
    return PHI(QUANTILE(false_alarms) + 1 / z)


def test_phi_is_wrong_by_no_more_than_it_says():
    places = [x / 100 for x in range(-800, 801)]
    errors = [abs(a - PHI(x)) for x, a in zip(places, computed("f.phi(v)", places), strict=True)]
    assert max(errors) <= ERROR


def test_what_is_found_is_the_roc_of_two_normal_distributions():
    pairs = list(itertools.product(RATES, NOISES))
    for (rate, z), found in zip(pairs, computed("f.found(...v)", pairs), strict=True):
        # Both phi are wrong by the stated error, and the ROC rises.
        assert roc(rate - ERROR, z) - ERROR <= found <= roc(rate + ERROR, z) + ERROR


def test_to_the_right_of_the_threshold_are_the_false_alarms():
    pairs = list(itertools.product(RATES, NOISES))
    for (rate, z), t in zip(pairs, computed("f.threshold(...v)", pairs), strict=True):
        assert 1 - NormalDist(0, z).cdf(t) == pytest.approx(rate, abs=ERROR)


def test_the_words_below_the_slider_are_the_numbers_of_python():
    form = r"z = (\d\.\d), μ = 1/z = (\d\.\d\d): (\d+\.\d) % found at 1 % false alarms"
    for z, said in zip(NOISES, computed("f.words(v)", list(NOISES)), strict=True):
        noise, mu, percent = map(float, re.fullmatch(form, said).groups())
        assert noise == z
        assert mu == pytest.approx(1 / z, abs=0.005 + 1e-9)  # two digits
        assert percent == pytest.approx(100 * roc(0.01, z), abs=0.05 + 1e-3)  # one digit
