"""Every exercise accepts its solution, and tells the usual wrong answers what is wrong."""

import runpy
import time
from collections import Counter
from pathlib import Path

import pytest

from pyfedlite.exercises import check, exercises, hint

HERE = Path(__file__).parent
SOLUTIONS = runpy.run_path(str(HERE / "solutions.py"))["SOLUTIONS"]
WRONG_ANSWERS = runpy.run_path(str(HERE / "wrong_answers.py"))["WRONG_ANSWERS"]
NAMES = [exercise.name for exercise in exercises()]


@pytest.mark.parametrize("name", NAMES)
def test_solution_is_accepted(name):
    verdict = check(name, SOLUTIONS[name])
    assert verdict, str(verdict)


@pytest.mark.parametrize(
    ("name", "answer", "words"), WRONG_ANSWERS, ids=[a.__name__ for _, a, _ in WRONG_ANSWERS]
)
def test_wrong_answer_is_told_within_seconds_what_is_wrong(name, answer, words):
    start = time.process_time()
    verdict = check(name, answer)
    assert time.process_time() - start < 4  # below 2 on an idle machine
    assert not verdict
    assert words in str(verdict)


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_two_wrong_answers_or_more(name):
    assert Counter(wrong for wrong, _, _ in WRONG_ANSWERS)[name] >= 2


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_three_hints(name):
    texts = [hint(name, step).text for step in (1, 2, 3)]
    assert len(set(texts)) == 3
    assert all(text.endswith((".", "?", ")")) for text in texts)


@pytest.mark.parametrize("exercise", list(exercises()), ids=lambda exercise: exercise.name)
def test_each_exercise_says_how_its_function_is_called(exercise):
    cases = exercise.parameters
    assert cases
    assert len(set(cases)) == len(cases)
    assert exercise.signature in str(exercise)


@pytest.mark.parametrize("exercise", list(exercises()), ids=lambda exercise: exercise.name)
def test_an_exercise_is_marked_either_by_laws_or_by_mutants(exercise):
    assert bool(exercise.laws) != bool(exercise.subject)


def test_the_same_answer_gets_the_same_verdict():
    for name, answer, _ in WRONG_ANSWERS[:4]:
        assert str(check(name, answer)) == str(check(name, answer))
