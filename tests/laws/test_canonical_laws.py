"""Canonical bytes tell values apart, and nothing but values."""

import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite._canonical import canonical, digest

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    ATOMS | st.binary(),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(), v, max_size=4),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    """Return whether two values are equal and of the same kind, -0.0 and 0.0 told apart."""
    return repr(a) == repr(b) or (type(a) is dict and type(b) is dict and sorted_repr(a, b))


def sorted_repr(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)


@given(a=VALUES, b=VALUES)
def test_bytes_are_equal_exactly_if_values_are(a: Any, b: Any) -> None:
    if canonical(a) == canonical(b):
        assert a == b
    if same(a, b):
        assert canonical(a) == canonical(b)


@given(a=VALUES, b=VALUES)
def test_two_in_a_row_are_unambiguous(a: Any, b: Any) -> None:
    one, other = canonical(a), canonical(b)
    assert one == other or not other.startswith(one)


@given(values=st.lists(st.integers(-9, 9), min_size=1), data=st.data())
def test_every_element_of_a_long_array_counts(values: list[int], data: st.DataObject) -> None:
    array = np.tile(values, 2000)
    place = data.draw(st.integers(0, len(array) - 1))
    changed = array.copy()
    changed[place] += 1
    assert canonical(array) == canonical(array.copy())
    assert canonical(array) != canonical(changed)


def test_layout_in_memory_does_not_count_but_shape_does() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert canonical(array) == canonical(np.asfortranarray(array))
    assert canonical(array) == canonical(array.astype(">f8"))
    assert canonical(array) != canonical(array.ravel())
    assert canonical(array) != canonical(array.astype(np.float32))


@pytest.mark.parametrize(
    ("scalar", "python"),
    [(np.int64(3), 3), (np.float64(0.5), 0.5), (np.bool_(True), True), (np.str_("a"), "a")],
)
def test_scalars_of_numpy_are_those_of_python(scalar: Any, python: Any) -> None:
    assert canonical(scalar) == canonical(python)


def test_parts_differ_where_a_field_does() -> None:
    model = fl.SoftmaxRegression(4, 3)
    a, b = fl.fedavg(model, learning_rate=0.1), fl.fedavg(model, learning_rate=0.2)
    assert digest(a) == digest(fl.fedavg(model, learning_rate=0.1))
    assert digest(a) != digest(b)
    assert digest(a) != digest(fl.fedprox(model))


def times(factor: float) -> Any:
    return lambda x: factor * x


@dataclass
class Holder:
    call: Any


def test_functions_are_told_apart_by_their_code_and_what_they_have_captured() -> None:
    assert canonical(times(2.0)) == canonical(times(2.0))
    assert canonical(times(2.0)) != canonical(times(3.0))
    two, three = [lambda x: 2 * x], [lambda x: 3 * x]
    assert canonical(two) != canonical(three)
    assert canonical(partial(max, 2)) != canonical(partial(max, 3))
    assert canonical(Holder(np.add).call) != canonical(np.subtract)
    assert canonical(Holder(1).__eq__) != canonical(Holder(2).__eq__)


READERS = {
    "a constant": "def part(x): return x * RATE",
    "a constant inside": "def part(x): return [y * RATE for y in (lambda: x)()]",
    "a helper": "def helper(x): return x * RATE\ndef part(x): return helper(x)",
    "a method": "class Part:\n    def __call__(self, x): return x * RATE\npart = Part()",
    "its own number": "class Part:\n    def __call__(self, x): return x * {rate}\npart = Part()",
    "a property": "class Part:\n    @property\n    def rate(self): return {rate}\npart = Part()",
    "a static method": "class P:\n    @staticmethod\n    def f(x): return RATE\npart = P.f",
    "an array": "import numpy as np\nR = np.full(9, RATE)\ndef part(x): return x * R",
    "a pair": "R = (1, (RATE,))\ndef part(x): return x * R[1][0]",
}


def part_of(source: str, rate: float, seen: list[int] | None = None) -> Any:
    """Return what a user's module calls ``part``."""
    module = {"__name__": "mine", "RATE": rate, "SEEN": seen, "__file__": str(rate)}
    exec(compile(source.replace("{rate}", str(rate)), "mine.py", "exec"), module)
    return module["part"]


@pytest.mark.parametrize("kind", READERS)
def test_what_a_part_reads_in_its_module_counts(kind: str) -> None:
    one, same, other = (part_of(READERS[kind], rate) for rate in (0.9, 0.9, 0.5))
    assert canonical(one) == canonical(same)
    assert canonical(one) != canonical(other)


def test_what_changes_in_a_module_while_a_run_goes_on_does_not_count() -> None:
    source = "def part(x): SEEN.append(x); return x, __file__"
    assert canonical(part_of(source, 0.5, [])) == canonical(part_of(source, 0.9, [1, 2]))
    counting = "def count():\n    global RATE\n    RATE += 1\ndef part(x): count(); return RATE"
    assert canonical(part_of(counting, 0)) == canonical(part_of(counting, 7))


def test_helpers_that_call_each_other_are_no_endless_loop() -> None:
    source = "def part(x): return other(x)\ndef other(x): return part(x) * {rate}"
    assert canonical(part_of(source, 0.5)) == canonical(part_of(source, 0.5))
    assert canonical(part_of(source, 0.5)) != canonical(part_of(source, 0.9))


class Slots:
    __slots__ = ("__hidden", "rate")

    def __init__(self, rate: float, hidden: float = 0.0) -> None:
        self.rate, self.__hidden = rate, hidden


def test_objects_with_slots_are_told_apart_by_what_is_in_them() -> None:
    assert canonical(Slots(0.5)) == canonical(Slots(0.5))
    assert canonical(Slots(0.5)) != canonical(Slots(0.9))
    assert canonical(Slots(0.5)) != canonical(Slots(0.5, 1.0))


def test_a_value_that_holds_itself_is_no_endless_loop() -> None:
    one: list[Any] = [1]
    one.append(one)
    other: list[Any] = [1]
    other.append(other)
    assert canonical(one) == canonical(other)


def test_an_object_without_attributes_is_equal_to_itself_alone() -> None:
    one, other = object(), object()
    assert canonical(one) == canonical(one)
    assert canonical(one) != canonical(other)


PROGRAM = """
from pyfedlite._canonical import digest
print(digest([{"b", "a", "c"}, lambda x: x + 1, {"k": 1.5}]))
"""


def test_another_process_finds_the_same_bytes() -> None:
    prints = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1
