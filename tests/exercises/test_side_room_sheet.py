"""No right answer to an exercise of the side rooms is refused, and no wrong one is accepted."""

import runpy
from pathlib import Path

import pytest

from pyfedlite.exercises import check

SHEET = runpy.run_path(str(Path(__file__).with_name("side_room_sheet.py")))
RIGHT, HOSTILE = SHEET["RIGHT_ANSWERS"], SHEET["HOSTILE_ANSWERS"]


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_of_any_make_are_accepted(name):
    assert len(RIGHT[name]) >= 10
    for number, answer in enumerate(RIGHT[name]):
        verdict = check(name, answer)
        assert verdict, f"{answer.__name__}, number {number}: {verdict}"


@pytest.mark.parametrize("name", HOSTILE)
def test_wrong_answers_that_look_right_are_refused(name):
    assert len(HOSTILE[name]) >= 20
    for number, answer in enumerate(HOSTILE[name]):
        verdict = check(name, answer)
        assert not verdict, f"{answer.__name__}, number {number}, was accepted"
