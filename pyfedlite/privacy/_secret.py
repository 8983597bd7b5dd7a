"""Where noise comes from that is drawn outside a run."""

import secrets

import numpy as np


def secret_generator(rng: np.random.Generator | None) -> np.random.Generator:
    """Return `rng`, or a generator with a key of the operating system that nobody keeps."""
    return np.random.default_rng(secrets.randbits(256)) if rng is None else rng
