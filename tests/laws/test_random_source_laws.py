"""Every part that takes a source of random bytes refuses a broken one, and none asks for ever."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite
from pyfedlite.sharing import shamir
from pyfedlite.sharing.randomness import DRAWS, random_below, random_bytes

Source = Any
"""Mostly no source at all: that is the point."""


def protocol() -> Any:
    """What needs the extra; asked for inside the tests, so that the others run without it."""
    pytest.importorskip("cryptography")
    from pyfedlite.testing import protocol

    return protocol


def split(rand: Source) -> None:
    shamir.split(bytes(32), threshold=2, places=[1, 2], rand=rand)


def open_neighbour(rand: Source) -> None:
    from pyfedlite.attacks.secure_aggregation import graph

    graph.open_neighbour(4, 3, 1, rand)


def advertise(rand: Source, threat_model: str = "HONEST_BUT_CURIOUS") -> Any:
    from pyfedlite.secagg import ThreatModel, client

    config, _ = protocol().make_config(3, 2, threat_model=ThreatModel[threat_model])
    return client.client_advertise(config, 0, rand)[0]


def share(rand: Source) -> None:
    """Round 1 with keys from a good source, so that what `rand` gives is asked for there alone."""
    from pyfedlite.secagg import client, server

    config, _ = protocol().make_config(3, 2)
    sent = {u: client.client_advertise(config, u, os.urandom) for u in config.client_ids}
    _, mail = server.server_close_advertise(config, iter([data for _, data in sent.values()]))
    client.client_share(sent[0][0], mail[0], rand)


def client_object(rand: Source) -> None:
    from pyfedlite import secagg

    config, _ = protocol().make_config(3, 2)
    secagg.Client(config, 0, rand=rand).advertise()


def run(rand: Source) -> None:
    from pyfedlite import secagg

    testing = protocol()
    config, _ = testing.make_config(3, 2)
    vectors = testing.make_vectors(config)
    secagg.run(config, vectors.__getitem__, rand=rand)


TAKING: dict[str, Callable[[Source], Any]] = {
    "attacks.secure_aggregation.graph.open_neighbour": open_neighbour,
    "secagg.client.client_advertise": advertise,
    "secagg.client.client_share": share,
    "secagg.run.run": run,
    "secagg.sessions.Client": client_object,
    "sharing.randomness.random_below": partial(random_below, bound=6),
    "sharing.randomness.random_bytes": partial(random_bytes, number=2),
    "sharing.shamir.random_element": shamir.random_element,
    "sharing.shamir.split": split,
}
BROKEN = [
    (lambda number: bytes(number - 1), "rand must return .* bytes when asked for them, got"),
    (lambda number: bytes(number + 1), "rand must return .* bytes when asked for them, got"),
    (lambda number: "x" * number, "rand must return bytes, got str"),
    (lambda number: None, "rand must return bytes, got NoneType"),
    (bytes(64), "rand must be a function that returns random bytes, got bytes"),
]
NEVER_BELOW = [
    "attacks.secure_aggregation.graph.open_neighbour",
    "secagg.client.client_share",
    "secagg.run.run",
    "sharing.randomness.random_below",
    "sharing.shamir.random_element",
    "sharing.shamir.split",
]


def public_parts() -> dict[str, Any]:
    """Public functions and classes of the package, by the module that defines them."""
    found = {}
    for module in pkgutil.walk_packages(pyfedlite.__path__, "pyfedlite."):
        if re.search(r"__main__|_rust|flower", module.name):
            continue
        for name, part in vars(importlib.import_module(module.name)).items():
            if callable(part) and getattr(part, "__module__", "") == module.name and name[0] != "_":
                found[f"{module.name}.{name}".removeprefix("pyfedlite.")] = part
    return found


def takes_source(part: Any) -> bool:
    try:
        return "rand" in inspect.signature(part).parameters
    except (TypeError, ValueError):
        return False


def test_every_part_that_takes_a_source_is_in_the_table() -> None:
    protocol()
    assert {name for name, part in public_parts().items() if takes_source(part)} == TAKING.keys()


def test_a_source_is_asked_in_one_place_only() -> None:
    asking = set()
    for path in Path(pyfedlite.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name.strip("_") == "rand":
                asking.add(path.name)
    assert asking == {"randomness.py"}


@pytest.mark.parametrize("part", TAKING.values(), ids=TAKING)
@pytest.mark.parametrize(("rand", "sentence"), BROKEN)
def test_a_broken_source_is_named_in_a_sentence(
    part: Callable[[Source], Any], rand: Source, sentence: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}.*; pass os.urandom$"):
        part(rand)


@pytest.mark.parametrize("name", NEVER_BELOW)
def test_a_source_that_never_gives_a_number_below_the_bound_is_refused(name: str) -> None:
    asked = Counter[int]()

    def ones(number: int) -> bytes:
        asked[number] += 1
        return os.urandom(32) if number == 32 else b"\xff" * number  # keys have to differ

    sentence = "rand must give a number below the bound within 128 draws, got larger ones alone"
    with pytest.raises(ValueError, match=sentence):
        TAKING[name](ones)
    del asked[32]
    assert list(asked.values()) == [DRAWS]  # not one more


def test_the_fresh_signature_key_is_checked_too() -> None:
    lengths = iter([32, 32, 31])
    with pytest.raises(ValueError, match="rand must return 32 bytes when asked for them, got 31"):
        advertise(lambda _: bytes(next(lengths)), "SEMI_MALICIOUS")


@pytest.mark.parametrize("bound", [1, 2, 3, 6, 127, 128, 129, 255])
def test_each_number_is_drawn_from_as_many_bytes(bound: int) -> None:
    counts = Counter[int]()
    for byte in range(256):
        draws = iter([bytes([byte])])
        try:
            counts[random_below(lambda _, draws=draws: next(draws), bound)] += 1
        except StopIteration:  # too large: drawn again
            continue
    assert counts.keys() == set(range(bound))
    assert len(set(counts.values())) == 1
    assert 2 * counts.total() >= 256  # half of the draws will do


@given(st.integers(1, 2**300))
def test_a_number_lies_below_its_bound(bound: int) -> None:
    assert 0 <= random_below(os.urandom, bound) < bound
