"""A few random changes to bytes that were right."""

import random


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Return `data` with a few bytes changed, removed, doubled or put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(4):
            case 0 if at < len(changed):
                changed[at] = rng.choice([0, 1, 255, rng.randrange(256)])
            case 1:
                del changed[at : at + rng.randint(1, 40)]
            case 2:
                changed[at:at] = rng.randbytes(rng.randint(1, 40))
            case _:
                changed[at:at] = changed[: rng.randint(1, 40)]
    return bytes(changed)
