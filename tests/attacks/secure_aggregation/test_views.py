"""A server that tells each client something else reads a weak variant, and nothing of ours."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite import attacks
from pyfedlite.attacks import Agreement
from pyfedlite.errors import AbortError
from pyfedlite.secagg import Config, Quantiser, ThreatModel, decode_sum, encode_update
from pyfedlite.secagg.graph import least_threshold, ring_neighbours
from pyfedlite.testing.protocol import make_config, make_vectors, ring_sum

SEMI, ACTIVE = ThreatModel.SEMI_MALICIOUS, ThreatModel.ACTIVE


def read(
    n: int, t: int, strategy: object, agreement: Agreement, model: ThreatModel = SEMI
) -> tuple[int, ...]:
    """Play against real messages; return over whom the smallest sum is that the server reads."""
    config, sign_keys = make_config(n, t, threat_model=model)
    ids = dict(enumerate(config.client_ids))
    renamed = {
        (run, ids[u]): attacks.View(
            {ids[v]: r for v, r in view.keys.items()},
            frozenset(ids[v] for v in view.shared),
            frozenset(ids[v] for v in view.survivors),
        )
        for (run, u), view in strategy.items()
    }
    vectors = make_vectors(config)
    haul = attacks.play_views(config, renamed, vectors, sign_keys=sign_keys, agreement=agreement)
    found = haul.read()
    if found is None:
        return ()
    np.testing.assert_array_equal(found[1], ring_sum(vectors, found[0]))
    return tuple(u // 3 for u in found[0])


# ----------------------------------------------------------------- lies about U2 and U3


@pytest.mark.parametrize("n", [5, 7, 9])
def test_without_signatures_a_lying_server_reads_one_client(n: int) -> None:
    strategy = attacks.split_views(range(n), n // 2 + 1, victim=0)
    assert read(n, n // 2 + 1, strategy, Agreement.NOTHING) == (0,)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
@pytest.mark.parametrize("n", [5, 7, 9])
def test_with_signatures_the_same_server_reads_nothing(n: int, model: ThreatModel) -> None:
    strategy = attacks.split_views(range(n), n // 2 + 1, victim=0)
    assert read(n, n // 2 + 1, strategy, Agreement.ALL_KEYS, model) == ()


def test_the_attack_never_needs_both_secrets_of_a_client() -> None:
    # The strategy of the table in the explanation: n = 5, t = 3, the victim is client 0.
    strategy = attacks.split_views(range(5), 3, victim=0)
    assert strategy[0, 0].shared == {0, 1, 2}
    told = {u: set(strategy[0, u].survivors) for u in range(5)}
    assert told == {0: {0, 1, 2}, 1: {0, 1, 3, 4}, 2: {0, 2, 3, 4}, 3: {0, 3, 4}, 4: {0, 3, 4}}
    seeds, mask_keys = opened_by(strategy, 3)
    assert seeds & mask_keys == set()
    assert (0, 0) in seeds
    assert mask_keys >= {(0, 1), (0, 2)}


def opened_by(strategy: object, threshold: int) -> tuple[set[tuple[int, int]], ...]:
    from pyfedlite.attacks.secure_aggregation.game import opened

    return opened(attacks.Rules(threshold, agreement=Agreement.NOTHING), strategy)


# ----------------------------------------------------------------- replay and crossed keys


@pytest.mark.parametrize("n", [5, 7])
def test_signatures_that_bind_the_configuration_alone_fall_to_replay(n: int) -> None:
    strategy = attacks.with_replay(attacks.split_views(range(n), n // 2 + 1, victim=0))
    runs = 1 + max(run for run, _ in strategy)
    assert 4 <= runs <= 8
    assert read(n, n // 2 + 1, strategy, Agreement.CONTEXT, ACTIVE) == (0,)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_ours_do_not(model: ThreatModel) -> None:
    strategy = attacks.with_replay(attacks.split_views(range(5), 3, victim=0))
    known = read(5, 3, strategy, Agreement.ALL_KEYS, model)
    assert len(set(known)) >= 3  # the sums of the earlier runs, which were to be opened


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_binding_the_signers_own_keys_alone_falls_and_all_keys_hold(model: ThreatModel) -> None:
    strategy = attacks.crossed_views()
    assert read(3, 2, strategy, Agreement.OWN_KEYS, model) == (0,)
    assert len(set(read(3, 2, strategy, Agreement.ALL_KEYS, model))) >= 2


# ----------------------------------------------------------------- training plans


def updates_under_plans() -> tuple[Config, dict[int, bytes], dict[int, np.ndarray]]:
    """Learning rate 0 for all but client 3; what each sends then."""
    model = fl.LogisticRegression(5)
    theta = model.init(np.random.default_rng(0))
    rng = np.random.default_rng(1)
    rates = {0: 0.0, 3: 0.1, 6: 0.0}
    deltas = {}
    for u, rate in rates.items():
        rows, labels = rng.normal(size=(8, 5)), rng.integers(0, 2, 8)
        deltas[u] = -rate * model.grad(theta, rows, labels)
    plans = {u: f"learning_rate {rate.hex()}".encode() for u, rate in rates.items()}
    quantiser = Quantiser(16, 1.0, rounding="nearest")
    config, _ = make_config(3, 2, quantiser=quantiser, length=len(theta) + 1)
    return config, plans, deltas


def test_a_learning_rate_of_zero_singles_a_client_out_where_the_model_alone_is_bound() -> None:
    config, plans, deltas = updates_under_plans()
    total = attacks.isolate_by_plan(
        config, plans, lambda u: encode_update(config, deltas[u], 1), is_bound=False
    )
    mean, weight = decode_sum(config, total, 3)
    assert np.abs(deltas[3]).max() > 1e-3
    np.testing.assert_allclose(mean * weight, deltas[3], rtol=0, atol=2.0**-17)


def test_it_gives_noise_where_the_plan_is_bound() -> None:
    config, plans, deltas = updates_under_plans()
    try:
        total = attacks.isolate_by_plan(
            config, plans, lambda u: encode_update(config, deltas[u], 1)
        )
    except AbortError:
        return
    with pytest.raises(AbortError, match="OVERFLOW"):
        decode_sum(config, total, 3)


# ----------------------------------------------------------------- the weak model for everybody


def test_a_weak_model_announced_to_all_is_refused_by_a_policy_alone() -> None:
    from pyfedlite.secagg import Client, Policy

    config, _ = make_config(5, 3)
    Client(config, 0).advertise()  # no policy: the checks of the protocol see nothing wrong
    with pytest.raises(AbortError, match="POLICY"):
        Client(config, 0, policy=Policy(SEMI)).advertise()


# ----------------------------------------------------------------- lies about survivors on a graph


def exclusions(
    neighbours: Mapping[int, Sequence[int]], threshold: int, victim: int
) -> dict[int, set[int]] | None:
    """Return whom each client is told has dropped out, so that the victim's peers are all open.

    Each of the victim's k peers needs `threshold` neighbours who are told that it has gone, and a
    client believes at most k - threshold of them: a flow, found by augmenting paths.
    """
    gone: dict[int, set[int]] = {u: set() for u in neighbours}
    room = len(neighbours[victim]) - threshold

    def place(peer: int, seen: set[int]) -> bool:
        for u in neighbours[peer]:
            if u in seen or peer in gone[u]:
                continue
            seen.add(u)
            if len(gone[u]) < room:
                gone[u].add(peer)
                return True
            for other in sorted(gone[u]):
                if place(other, seen):
                    gone[u].remove(other)
                    gone[u].add(peer)
                    return True
        return False

    wanted = [peer for peer in neighbours[victim] for _ in range(threshold)]
    return gone if all(place(peer, {victim}) for peer in wanted) else None


@pytest.mark.parametrize(("n", "k", "t"), [(30, 8, 5), (50, 32, 17)])
def test_counting_is_not_enough_on_a_graph_either(n: int, k: int, t: int) -> None:
    assert least_threshold(n, 0, k, SEMI) == t  # what counting one victim's shares asks for
    neighbours = ring_neighbours(range(n), k, bytes(32))
    gone = exclusions(neighbours, t, victim=0)
    assert gone is not None
    for u, believed in gone.items():  # each client sees enough neighbours, and all have shared
        assert len(set(neighbours[u]) - believed) >= t
    seed_shares = 1 + sum(0 not in gone[u] for u in neighbours[0])
    mask_key_shares = {w: sum(w in gone[u] for u in neighbours[w]) for w in neighbours[0]}
    assert seed_shares >= t
    assert min(mask_key_shares.values()) >= t
    # The victim's own mask and the keys of all its peers are open: nothing hides its vector.
    open_keys = {w for w, shares in mask_key_shares.items() if shares >= t}
    masks = {(0, w): 1 for w in neighbours[0] if w not in open_keys}
    assert attacks.smallest_sum([attacks.MaskedRow(0, masks)]) == (0,)
