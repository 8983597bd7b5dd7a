"""The rooms of the library are stacked: a file imports from its own floor or a lower one."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pyfedlite

PACKAGE = Path(pyfedlite.__file__).parent

# One line a floor, from the ground up. A room is a file or a package of pyfedlite.
FLOORS = [
    [
        "_blas",
        "_canonical",
        "_check",
        "_files",
        "_memory",
        "_npz",
        "_own_code",
        "_seed_hash",
        "_typing",
    ],
    ["errors", "seeds"],
    [
        "_answers",
        "_role_checks",
        "clients",
        "kernels",
        "names",
        "params",
        "plotting",
        "roles",
        "signing",
        "state",
    ],
    ["data", "norms"],
    ["evaluation", "models", "sharing", "statistics"],
    ["privacy", "secagg", "smpc"],
    ["aggregation", "local", "sampling", "server", "transforms"],
    ["algorithms"],
    ["history", "parallel"],
    ["simulation"],
    ["attacks", "estimator"],
    ["exercises", "experiments", "flower", "lessons", "report", "reproduce", "testing"],
    ["__init__", "__main__", "cli"],
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# The main road is read without a word of the rooms beside it.
ROAD = (
    "data",
    "models",
    "params",
    "clients",
    "state",
    "roles",
    "kernels",
    "local.plan",
    "local.sgd",
    "local.stack",
    "local.step",
    "local.together",
    "server",
    "sampling",
    "aggregation.mean",
    "algorithms.round",
    "algorithms.fedavg",
    "evaluation",
    "history",
    "simulation.simulate",
)
SIDE_ROOMS = ("attacks", "experiments", "privacy", "secagg", "smpc", "simulation.asynchronous")


def module_name(path: Path) -> str:
    """``algorithms/fedavg.py`` is ``algorithms.fedavg``, without the name of the package."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(path: Path) -> Iterator[str]:
    """Full names of all that is imported in a file, inside functions and for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} must name what it imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(module: str) -> set[str]:
    """The modules of pyfedlite that a module names, without the name of the package."""
    found = set()
    for name in imported(SOURCES[module]):
        if name.split(".")[0] == "pyfedlite" and name != "pyfedlite.__version__":
            inside = name.split(".")[1:]
            while inside and ".".join(inside) not in SOURCES and inside != ["_rust"]:
                inside.pop()  # a function or a class: what counts is where it comes from
            found.add(".".join(inside) or "__init__")
    return found


def room(module: str) -> str:
    return module.split(".")[0]


def floor(module: str) -> int:
    return FLOOR_OF.get(room(module), 0)  # the first test below names what has none


def is_in(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in rooms)


# Pairs of a module and one that it imports.
IMPORTS = [(m, name) for m in SOURCES if m != "plain" for name in sorted(imported_modules(m))]


def test_every_room_has_a_floor():
    assert {room(module) for module in SOURCES} - {"plain"} <= FLOOR_OF.keys()


def test_nothing_is_imported_from_a_higher_floor():
    assert [(module, name) for module, name in IMPORTS if floor(name) > floor(module)] == []


def refuse_circles(pairs: Iterable[tuple[str, str]]) -> None:
    """Raise CycleError, which names the circle, if there is one."""
    graph = defaultdict(set)
    for one, other in pairs:
        if one != other:
            graph[one].add(other)
    TopologicalSorter(graph).prepare()


def test_rooms_do_not_lean_on_each_other_in_a_circle():
    refuse_circles((room(module), room(name)) for module, name in IMPORTS)


def test_files_do_not_lean_on_each_other_in_a_circle():
    refuse_circles(IMPORTS)


def test_a_circle_between_two_files_is_found():
    with pytest.raises(CycleError):
        refuse_circles([("local.sgd", "local.stack"), ("local.stack", "local.sgd")])


def test_the_main_road_names_no_side_room():
    assert [pair for pair in IMPORTS if is_in(pair[0], ROAD) and is_in(pair[1], SIDE_ROOMS)] == []


def test_only_the_kernels_import_the_native_module():
    assert {room(module) for module, name in IMPORTS if name == "_rust"} == {"kernels"}


def test_nothing_in_the_library_imports_the_plain_page():
    assert [module for module, name in IMPORTS if name == "plain"] == []


def test_the_plain_page_imports_numpy_and_the_standard_library_only():
    assert {name.split(".")[0] for name in imported(SOURCES["plain"])} == {"itertools", "numpy"}
