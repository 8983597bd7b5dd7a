"""What a client insists on: its policy, the whole list of survivors, one answer for each key."""

import os
from typing import Any

import pytest

pytest.importorskip("cryptography")

from pyfedlite.errors import AbortError
from pyfedlite.secagg import Client, Config, Policy, ThreatModel, client, codec, keys, run, server
from pyfedlite.secagg.messages import Keys, Survivors
from pyfedlite.testing.protocol import make_config, make_graph_config, make_vectors

HBC, SEMI, ACTIVE = ThreatModel


def stops(code: str) -> Any:
    return pytest.raises(AbortError, match=f"^{code}: ")


# ----------------------------------------------------------------- a client's own policy


def test_a_policy_is_looked_at_before_a_key_is_drawn() -> None:
    config, sign_keys = make_config(5, 4, threat_model=SEMI, num_corrupt=1)
    drawn: list[int] = []

    def rand(length: int) -> bytes:
        drawn.append(length)
        return os.urandom(length)

    for policy in (
        Policy(ThreatModel.ACTIVE, verify_keys={}),
        Policy(min_corrupt=2),
        Policy(min_honest=4),
        Policy(min_survivors=5),
    ):
        party = Client(config, 0, rand=rand, sign_key=sign_keys[0], policy=policy)
        with stops("POLICY"):
            party.advertise()
        assert party.stage == "Stopped"
    assert drawn == []
    fits = Policy(SEMI, min_corrupt=1, min_honest=3, min_survivors=4)
    Client(config, 0, rand=rand, policy=fits).advertise()
    assert drawn == [32, 32, 32]


def test_a_semi_malicious_client_draws_a_new_signature_key_whatever_it_is_given() -> None:
    config, sign_keys = make_config(4, 3, threat_model=SEMI)
    public = [
        codec.decode(config, Client(config, 0, sign_key=sign_keys[0]).advertise()).verify_key
        for _ in range(2)
    ]
    assert len({*public, keys.verify_key(sign_keys[0])}) == 3


def test_a_weaker_model_announced_to_everybody_is_refused() -> None:
    config, _ = make_config(5, 3)
    with pytest.raises(AbortError, match="threat_model must be semi-malicious or stronger, got h"):
        Client(config, 0, policy=Policy(SEMI)).advertise()


def test_keys_that_are_not_in_the_directory_are_refused() -> None:
    config, sign_keys = make_config(4, 3, threat_model=ACTIVE)
    directory = dict(config.verify_keys)
    known = Policy(ACTIVE, verify_keys=directory)
    Client(config, 0, sign_key=sign_keys[0], policy=known).advertise()
    for wrong in ({**directory, 6: bytes(32)}, {u: directory[u] for u in (0, 3, 6)}):
        party = Client(config, 0, sign_key=sign_keys[0], policy=Policy(ACTIVE, verify_keys=wrong))
        with stops("POLICY"):
            party.advertise()


def test_on_a_graph_a_policy_counts_the_whole_sum_not_the_neighbours() -> None:
    config, _ = make_graph_config(20, 2)
    assert (config.threshold, config.min_honest) == (2, 18)
    Client(config, 0, policy=Policy(min_honest=18, min_survivors=18)).advertise()
    with stops("POLICY"):
        Client(config, 0, policy=Policy(min_honest=19)).advertise()


def test_a_run_prints_how_many_honest_clients_a_sum_holds() -> None:
    config, _ = make_config(6, 4, num_corrupt=1)
    vectors = make_vectors(config)
    told = run(config, vectors.__getitem__, policy=Policy(min_honest=3)).transcript.explain()
    assert "the sum holds at least 3 honest clients" in told


# ----------------------------------------------------------------- the whole list of survivors


def masked_on(config: Config) -> dict[int, Any]:
    ids, vectors = config.client_ids, make_vectors(config)
    steps: dict[int, Any] = {u: client.client_advertise(config, u, os.urandom) for u in ids}
    state, mail = server.server_close_advertise(config, [m for _, m in steps.values()])
    steps = {u: client.client_share(steps[u][0], mail[u], os.urandom) for u in ids}
    _, mail = server.server_close_share(state, [m for _, m in steps.values()])
    return {u: client.client_mask(steps[u][0], mail[u], vectors[u])[0] for u in ids}


def test_on_a_graph_a_client_does_not_count_itself() -> None:
    config, _ = make_graph_config(12, 2)
    assert config.threshold == 2
    one, other = config.neighbours[0][:2]
    steps = {u: client.client_advertise(config, u, os.urandom) for u in (0, one, other)}
    for named, is_enough in (((0, one), False), ((0, one, other), True)):
        entries = tuple(steps[u][0].mine for u in sorted(named))
        data = codec.encode(config, Keys(entries))
        if is_enough:
            client.client_share(steps[0][0], data, os.urandom)
        else:
            with stops("TOO_FEW"):
                client.client_share(steps[0][0], data, os.urandom)


def test_too_few_survivors_of_all_stop_a_client_on_a_graph() -> None:
    config, _ = make_graph_config(12, 2)
    masked, ids = masked_on(config), config.client_ids
    near = {0, *config.neighbours[0]}
    far = [u for u in ids if u not in near]
    for missing in (2, 3):
        survivors = Survivors(tuple(u for u in ids if u not in far[:missing]))
        data = codec.encode(config, survivors)
        if missing == 2:
            client.client_unmask(masked[0], data)
            continue
        with pytest.raises(AbortError, match=r"TOO_FEW: survivors .* min_survivors=10, got 9"):
            client.client_unmask(masked[0], data)


def test_survivors_on_two_islands_stop_a_client() -> None:
    config, _ = make_graph_config(12, 0)  # a ring: each client has two neighbours
    masked, ring = masked_on(config), [0]
    while len(ring) < 12:
        ring.append(next(v for v in config.neighbours[ring[-1]] if v not in ring))
    object.__setattr__(config, "min_survivors", 6)  # past the check: k > dropouts
    survivors = tuple(sorted(set(ring) - {ring[3], ring[8]}))
    for u in (ring[1], ring[5]):
        with pytest.raises(AbortError, match="TOO_FEW: survivors must hang together on the graph"):
            client.client_unmask(masked[u], codec.encode(config, Survivors(survivors)))


def test_a_client_insists_on_the_survivors_that_the_configuration_names() -> None:
    config, _ = make_config(5, 3, min_survivors=4)
    state = masked_on(config)[0]
    with stops("TOO_FEW"):
        client.client_unmask(state, codec.encode(config, Survivors((0, 3, 6))))
    client.client_unmask(state, codec.encode(config, Survivors((0, 3, 6, 9))))
    with pytest.raises(AbortError, match="must be at least min_survivors=4, got 3 of 5"):
        run(config, make_vectors(config).__getitem__, drops_at={0: 2, 3: 2})


# ----------------------------------------------------------------- one answer for each key


def test_a_client_cannot_be_copied() -> None:
    import copy
    import pickle

    party = Client(make_config(3, 2)[0], 0)
    party.advertise()
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="client must be used once and never copied"):
            attempt(party)
    assert party.stage == "Advertised"
