"""The bytes of a configuration: all fields in a fixed order, and the way back.

Numbers are little-endian and of fixed width, lists and texts have their length before them, so a
configuration has one encoding. Adversary: whoever sends bytes. Protected: what is no configuration
raises `DecodeError`. Not protected: a client that accepts whatever configuration it is sent; that
is for `Policy`. For teaching and research: not audited.
"""

import struct
from typing import Any

from pyfedlite.secagg.terms import VERSION, Member, Quantiser
from pyfedlite.secagg.threshold import ThreatModel
from pyfedlite.secagg.wire import Reader, malformed

MODELS = tuple(ThreatModel)
HEAD = struct.Struct("<BB32sQ")  # version, model, session, round
MEMBER = struct.Struct("<I32s")
NUMBERS = struct.Struct("<IIIII")  # threshold, num_corrupt, min_survivors, degree, bytes of coin
SHAPE = struct.Struct("<II")  # ring_bits, length
GRID = struct.Struct("<IdQ")  # fraction_bits, clip, max_weight
COUNT = struct.Struct("<I")
MOST_MEMBERS = 1 << 24


def pack(config: Any) -> bytes:
    """Return all fields but the coin, of which the length alone."""
    quantiser: Quantiser = config.quantiser
    rounding = quantiser.rounding.encode()
    model = MODELS.index(config.threat_model)
    parts = [
        HEAD.pack(VERSION, model, config.session_id, config.round),
        COUNT.pack(len(config.roster)),
        *(MEMBER.pack(m.client_id, m.verify_key) for m in config.roster),
        NUMBERS.pack(
            config.threshold,
            config.num_corrupt,
            config.min_survivors or 0,
            config.degree or 0,
            len(config.coin),
        ),
        SHAPE.pack(config.ring_bits, config.length),
        GRID.pack(quantiser.fraction_bits, quantiser.clip, quantiser.max_weight),
        COUNT.pack(len(rounding)) + rounding,
        config.parameters_hash + config.plan_hash,
    ]
    return b"".join(parts)


def unpack(data: bytes) -> dict[str, Any]:
    """Return the fields of `data`, which is `pack` and then the coin.

    Raises
    ------
    DecodeError
        If lengths do not fit, or the version or the model is unknown.
    """
    reader = Reader(data)
    version, model, session_id, round_number = HEAD.unpack(reader.take(HEAD.size))
    if version != VERSION or model >= len(MODELS):
        malformed(f"have version {VERSION} and a known model", f"{version}, {model}")
    number = reader.count(MOST_MEMBERS)
    roster = tuple(Member(*MEMBER.unpack(reader.take(MEMBER.size))) for _ in range(number))
    numbers = NUMBERS.unpack(reader.take(NUMBERS.size))
    threshold, num_corrupt, min_survivors, degree, coin_bytes = numbers
    ring_bits, length = SHAPE.unpack(reader.take(SHAPE.size))
    fraction_bits, clip, max_weight = GRID.unpack(reader.take(GRID.size))
    rounding = reader.take(reader.count(32)).decode("ascii", errors="replace")
    fields = {
        "session_id": session_id,
        "round": round_number,
        "roster": roster,
        "threshold": threshold,
        "length": length,
        "quantiser": (fraction_bits, clip, max_weight, rounding),
        "parameters_hash": reader.take(32),
        "plan_hash": reader.take(32),
        "ring_bits": ring_bits,
        "threat_model": MODELS[model],
        "num_corrupt": num_corrupt,
        "min_survivors": min_survivors or None,
        "degree": degree or None,
        "coin": reader.take(coin_bytes),
    }
    reader.end()
    return fields
