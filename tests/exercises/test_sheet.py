"""The hostile answer sheet: no right answer is refused, no wrong one accepted, none raises.

Most of the time goes into simpler examples, of which a few are enough here; the nightly profile
looks for as many as a learner gets.
"""

import runpy
import time
from pathlib import Path

import pytest
from hypothesis import settings

from pyfedlite.exercises import check, exercises
from pyfedlite.testing import counterexample

HERE = Path(__file__).parent
SIDE_ROOMS = runpy.run_path(str(HERE / "side_room_sheet.py"))
SUMS = runpy.run_path(str(HERE / "smallest_sum_sheet.py"))
RECOVERY = runpy.run_path(str(HERE / "recovery_sheet.py"))
ROBUST = runpy.run_path(str(HERE / "robust_sheet.py"))
PRIVACY = runpy.run_path(str(HERE / "privacy_sheet.py"))
RIGHT = (
    runpy.run_path(str(HERE / "right_answers.py"))["RIGHT_ANSWERS"]
    | SIDE_ROOMS["RIGHT_ANSWERS"]
    | SUMS["RIGHT_ANSWERS"]
    | RECOVERY["RIGHT_ANSWERS"]
    | ROBUST["RIGHT_ANSWERS"]
    | PRIVACY["RIGHT_ANSWERS"]
)
HOSTILE = (
    runpy.run_path(str(HERE / "hostile_answers.py"))["HOSTILE_ANSWERS"]
    | SIDE_ROOMS["HOSTILE_ANSWERS"]
    | SUMS["HOSTILE_ANSWERS"]
    | RECOVERY["HOSTILE_ANSWERS"]
    | ROBUST["HOSTILE_ANSWERS"]
    | PRIVACY["HOSTILE_ANSWERS"]
)
GARBAGE = runpy.run_path(str(HERE / "garbage.py"))["GARBAGE"]
NAMES = [exercise.name for exercise in exercises()]
LONGEST = 5.0
"""Seconds that a learner may wait for a verdict."""


@pytest.fixture(autouse=True)
def _few_simpler_examples(monkeypatch):
    if settings.default.max_examples < 10_000:
        monkeypatch.setattr(counterexample, "MOST_SIMPLER", 10)


def judged(name, answer):
    start = time.process_time()
    verdict = check(name, answer)
    assert time.process_time() - start < LONGEST
    return verdict


def named(answer):
    return getattr(answer, "__name__", type(answer).__name__)


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_of_any_make_are_accepted(name):
    assert len(RIGHT[name]) >= 10
    for number, answer in enumerate(RIGHT[name]):
        verdict = judged(name, answer)
        assert verdict, f"{named(answer)}, number {number}: {verdict}"


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_that_look_right_are_refused(name):
    assert len(HOSTILE[name]) >= 20
    for number, answer in enumerate(HOSTILE[name]):
        verdict = judged(name, answer)
        assert not verdict, f"{named(answer)}, number {number}, was accepted"


@pytest.mark.parametrize("name", NAMES)
def test_garbage_of_any_kind_gets_a_verdict(name):
    for number, thing in enumerate(GARBAGE):
        verdict = judged(name, thing)
        assert not verdict, f"number {number} was accepted"
        assert verdict.message
        assert "not yet" in str(verdict)
        assert "not yet" in verdict._repr_html_()
