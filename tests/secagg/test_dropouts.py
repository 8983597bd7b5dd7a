"""Every pattern of fates: the exact integer sum over the survivors, or a clean abort.

The functions are pure, so the patterns are walked as a tree: what happens up to a round is computed
once for all the patterns that agree so far. A leaf is one of 5^n patterns (6^n where
survivors are signed: never joins, fails after round 0, 1, 2 (or 3), stays to the end).
"""

import os
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cryptography")

from pyfedlite.errors import AbortError
from pyfedlite.secagg import Config, ThreatModel, client, server
from pyfedlite.testing.protocol import make_config, make_graph_config, make_vectors, ring_sum

HBC, SEMI, ACTIVE = ThreatModel


def subsets(clients: Collection[int]) -> Iterator[tuple[int, ...]]:
    ordered = sorted(clients)
    return chain.from_iterable(combinations(ordered, size) for size in range(len(ordered) + 1))


class Tree:
    """Walks all fates of one configuration, and counts how they end."""

    def __init__(self, config: Config, sign_keys: Mapping[int, bytes]) -> None:
        self.config, self.vectors = config, make_vectors(config)
        self.summed = self.aborted = 0
        self.smallest = len(config.client_ids)
        self.first = {
            u: client.client_advertise(config, u, os.urandom, sign_keys[u])
            for u in config.client_ids
        }

    def abort(self, error: AbortError, present: Collection[int], patterns: int) -> None:
        assert error.code == "TOO_FEW"
        if self.config.degree is None:
            assert len(present) < self.config.threshold
        self.aborted += patterns

    def walk(self) -> None:
        after = 5 if self.config.threat_model.is_signed else 4
        for joined in subsets(self.config.client_ids):
            try:
                state, mail = server.server_close_advertise(
                    self.config, [self.first[u][1] for u in joined]
                )
            except AbortError as error:
                self.abort(error, joined, after ** len(joined))
                continue
            self.share(state, self.answer(client.client_share, mail, self.first, os.urandom))

    def answer(self, step: Any, mail: Mapping[int, bytes], states: Any, *more: Any) -> Any:
        """Return (state, message) of each client that answers; in a k-graph some may stop."""
        answers = {}
        for u, data in mail.items():
            extra = [self.vectors[u]] if step is client.client_mask else more
            try:
                answers[u] = step(states[u][0], data, *extra)
            except AbortError as error:
                if error.code != "TOO_FEW" or self.config.degree is None:
                    raise
        return answers

    def share(self, state: Any, clients: Any) -> None:
        after = 4 if self.config.threat_model.is_signed else 3
        for shared in subsets(clients):
            try:
                next_state, mail = server.server_close_share(state, [clients[u][1] for u in shared])
            except AbortError as error:
                self.abort(error, shared, after ** len(shared))
                continue
            self.mask(next_state, self.answer(client.client_mask, mail, clients))

    def mask(self, state: Any, clients: Any) -> None:
        after = 3 if self.config.threat_model.is_signed else 2
        for sent in subsets(clients):
            try:
                summed, mail = server.server_close_mask(state, [clients[u][1] for u in sent])
            except AbortError as error:
                self.abort(error, sent, after ** len(sent))
                continue
            if self.config.threat_model.is_signed:
                self.sign(summed, self.answer(client.client_sign, mail, clients))
            else:
                self.unmask(summed, self.answer(client.client_unmask, mail, clients))

    def sign(self, state: Any, clients: Any) -> None:
        for signed in subsets(clients):
            try:
                next_state, mail = server.server_close_sign(state, [clients[u][1] for u in signed])
            except AbortError as error:
                self.abort(error, signed, 2 ** len(signed))
                continue
            self.unmask(next_state, self.answer(client.client_unmask, mail, clients))

    def unmask(self, state: Any, clients: Any) -> None:
        for answered in subsets(clients):
            try:
                opened = server.server_close_unmask(state, [clients[u][1] for u in answered])
            except AbortError as error:
                self.abort(error, answered, 1)
                continue
            assert self.config.degree is not None or len(answered) >= self.config.threshold
            expected = ring_sum(self.vectors, state.survivors)
            np.testing.assert_array_equal(opened.total, expected)
            self.summed += 1
            self.smallest = min(self.smallest, len(state.survivors))


def valid_thresholds(num_clients: int, threat_model: ThreatModel) -> range:
    least = 2 if threat_model is HBC else num_clients // 2 + 1
    return range(max(least, 2), num_clients + 1)


def settings(largest: Mapping[ThreatModel, int]) -> list[Any]:
    return [
        pytest.param(n, t, model, bits, id=f"{model}-n{n}-t{t}-R{bits}")
        for model, most in largest.items()
        for n in range(2, most + 1)
        for t in valid_thresholds(n, model)
        for bits in (32, 64)
    ]


def check_all_fates(n: int, t: int, model: ThreatModel, ring_bits: int) -> None:
    config, sign_keys = make_config(n, t, threat_model=model, ring_bits=ring_bits)
    tree = Tree(config, sign_keys)
    tree.walk()
    fates = 6 if model.is_signed else 5
    assert tree.summed + tree.aborted == fates**n
    assert tree.summed > 0


@pytest.mark.parametrize(("n", "t", "model", "ring_bits"), settings({HBC: 4, SEMI: 3, ACTIVE: 3}))
def test_every_pattern_of_fates_gives_the_exact_sum_or_an_abort(
    n: int, t: int, model: ThreatModel, ring_bits: int
) -> None:
    check_all_fates(n, t, model, ring_bits)


LARGE = [
    s
    for s in settings({HBC: 5, SEMI: 5, ACTIVE: 4})
    if s not in settings({HBC: 4, SEMI: 3, ACTIVE: 3})
]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "model", "ring_bits"), LARGE)
def test_every_pattern_of_fates_of_more_clients(
    n: int, t: int, model: ThreatModel, ring_bits: int
) -> None:
    check_all_fates(n, t, model, ring_bits)


@pytest.mark.parametrize("ring_bits", [32, 64])
@pytest.mark.parametrize(("n", "num_drop"), [(4, 0), (5, 0), (6, 1)])
def test_every_pattern_of_fates_on_a_graph(n: int, num_drop: int, ring_bits: int) -> None:
    config, sign_keys = make_graph_config(n, num_drop, ring_bits=ring_bits)
    tree = Tree(config, sign_keys)
    tree.walk()
    assert tree.summed > 0
    assert tree.smallest >= n - num_drop
