"""Random and mutated messages of secure aggregation, thrown at the decoders.

``python -m pyfedlite.testing.fuzzing 1000000`` throws a million. Nothing but `DecodeError` may come
out, and what is decoded has to encode to the same bytes. For teaching and research: not audited.
"""

import os
import random
from dataclasses import replace

import numpy as np

from pyfedlite.errors import DecodeError
from pyfedlite.secagg import Config, ThreatModel, codec
from pyfedlite.secagg.messages import (
    Advertise,
    Consistency,
    Delivery,
    Keys,
    Masked,
    Message,
    Shares,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.sharing.field import PRIME
from pyfedlite.sharing.fixed_point import ring_dtype
from pyfedlite.testing.fuzzing.mutate import mutate
from pyfedlite.testing.protocol import make_config


def samples(config: Config) -> list[bytes]:
    """One message of each kind."""
    ids = config.client_ids
    three, sealed, key = ids[:3], os.urandom(90), os.urandom(32)
    signature = os.urandom(64)
    mine = Advertise(ids[0], key, os.urandom(32))
    if config.threat_model is ThreatModel.ACTIVE:
        mine = replace(mine, signature=signature)
    elif config.threat_model is ThreatModel.SEMI_MALICIOUS:
        mine = replace(mine, verify_key=os.urandom(32))
    vector = np.arange(config.length, dtype=ring_dtype(config.ring_bits))
    kinds: list[Message] = [
        mine,
        Keys((mine,)),
        Shares(ids[0], tuple((u, sealed) for u in three), key),
        Delivery(three, tuple((u, sealed) for u in three)),
        Masked(ids[1], vector),
        Survivors(three),
        Consistency(ids[2], signature),
        Signatures(tuple((u, signature) for u in three)),
        Unmask(ids[0], ((ids[0], 5), (ids[1], PRIME - 1)), ((ids[2], 7),), (ids[3],)),
    ]
    return [codec.encode(config, message) for message in kinds]


def fuzz(num_messages: int, seed: int) -> int:
    """Return how many of so many random and mutated messages were decoded after all."""
    rng = random.Random(seed)
    configs = [
        make_config(4, 3, threat_model=model, ring_bits=bits)[0]
        for model in (ThreatModel.HONEST_BUT_CURIOUS, ThreatModel.ACTIVE)
        for bits in (32, 64)
    ]
    pools = [(config, samples(config)) for config in configs]
    decoded = 0
    for number in range(num_messages):
        config, pool = rng.choice(pools)
        valid = rng.choice(pool)
        head = valid[: rng.choice([0, 5, 26])]
        data = head + rng.randbytes(rng.randrange(200)) if number % 4 == 0 else mutate(rng, valid)
        try:
            message = codec.decode(config, data)
        except DecodeError:
            continue
        decoded += 1
        if codec.encode(config, message)[26:] != data[26:]:  # the context is not the decoder's
            raise AssertionError(f"two encodings of one message: {data.hex()}")
    return decoded
