"""Paths that carry a key: what is written there is signed, what is read from there is verified.

What is signed are the canonical bytes of all arrays of the file: of each its name, dtype, shape and
content, in the order of their names. So the file may be packed again, and any flipped, removed,
added or renamed member is refused. The signature is one more array of the same file.

Adversary, and what is and is not protected: as for ``signing``. For teaching and research: not
audited.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _canonical, _check
from pyfedlite.errors import SignatureError
from pyfedlite.signing.keys import SigningKey, VerifyKey

LABEL = "arrays of a file"
LENGTH = 64
"""Bytes of a signature."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class VerifiedPath:
    """A path from which only what a key has signed is read. Nothing is written to it.

    Parameters
    ----------
    path : str
    key : VerifyKey
    """

    path: str
    key: VerifyKey

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path

    def seal(self, arrays: Arrays) -> NDArray[np.uint8]:
        """Refuse: who verifies does not sign."""
        _check.fail_type(
            "path", "carry a signing key to be written", self, "take signed(path, key)"
        )

    def check_seal(self, arrays: Arrays, seal: NDArray[Any] | None) -> None:
        """Check that `seal` is the signature of `arrays`.

        Raises
        ------
        SignatureError
            If it is not, or is absent.
        """
        condition = f"carry a signature by the key {self.key} of all that is in it"
        if seal is None:
            _refuse(self.path, condition, "none")
        is_signature = seal.dtype == np.uint8 and seal.shape == (LENGTH,)
        content = _canonical.canonical(dict(arrays))
        if not (is_signature and self.key.accepts(LABEL, content, seal.tobytes())):
            got = "one that does not fit: something was changed, or another key has signed"
            _refuse(self.path, condition, got)


@dataclass(frozen=True)
class SignedPath:
    """A path at which files are signed when they are written, and verified when they are read.

    Parameters
    ----------
    path : str
    key : SigningKey
    """

    path: str
    key: SigningKey

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path

    def seal(self, arrays: Arrays) -> NDArray[np.uint8]:
        """Return the signature of `arrays`, as an array of 64 bytes."""
        signature = self.key.sign(LABEL, _canonical.canonical(dict(arrays)))
        return np.frombuffer(signature, np.uint8)

    def check_seal(self, arrays: Arrays, seal: NDArray[Any] | None) -> None:
        """Check as `VerifiedPath` does, by the public half of the key."""
        VerifiedPath(self.path, self.key.verify_key).check_seal(arrays, seal)


def _refuse(path: str, condition: str, got: str) -> Never:
    raise SignatureError(_check.sentence(path, condition, got))


def signed(path: str | os.PathLike[str], key: SigningKey) -> SignedPath:
    """Return a path that signs what is written to it, and verifies what is read from it.

    Parameters
    ----------
    path : path
        For instance of ``history.save``, or the ``checkpoint`` of ``simulate``.
    key : SigningKey

    Examples
    --------
    >>> from pyfedlite.signing import new_key
    >>> print(signed("model.npz", new_key()))
    model.npz
    """
    if not isinstance(key, SigningKey):
        _check.fail_type("key", "be a SigningKey", key, "load one by load_signing_key(path)")
    return SignedPath(os.fspath(path), key)


def verified(path: str | os.PathLike[str], key: VerifyKey) -> VerifiedPath:
    """Return a path from which only what `key` has signed is read.

    Parameters
    ----------
    path : path
        For instance of ``load_model``.
    key : VerifyKey

    Examples
    --------
    >>> import tempfile, numpy as np, pyfedlite as fl
    >>> from pyfedlite.signing import new_key
    >>> key, other = new_key(), new_key()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/model.npz"
    ...     fl.save_model(signed(path, key), fl.LogisticRegression(1), np.zeros(2))
    ...     fl.load_model(verified(path, key.verify_key)).theta.tolist()
    [0.0, 0.0]
    """
    if not isinstance(key, VerifyKey):
        _check.fail_type("key", "be a VerifyKey", key, "load one by load_verify_key(path)")
    return VerifiedPath(os.fspath(path), key)
