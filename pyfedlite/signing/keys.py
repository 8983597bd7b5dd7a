"""Keys that sign, keys that verify, and their files.

Adversary: other users of the machine, who read what they may. Protected: a signing key on disk is
for its owner alone (mode 0600), is never written over, and is refused when others may read it. Not
protected: the key in memory, which Python cannot wipe; and on disk it is not encrypted. For
teaching and research: not audited.

The files are PEM (PKCS 8 and SubjectPublicKeyInfo), so that other tools read them too:
``openssl pkey -in key.pem -pubout``.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never

from pyfedlite import _canonical, _check
from pyfedlite.errors import FileFormatError, MissingExtraError

PREFIX = b"pyfedlite/signature/v1/"
"""Stands before all that is signed here, so that no signature fits anywhere else."""

MOST_BYTES = 10_000
"""A key file is a few lines; more is not read."""


@dataclass(frozen=True)
class VerifyKey:
    """An Ed25519 public key: it tells whether a signature is right.

    Parameters
    ----------
    public : bytes
        32 bytes. Everybody may know them.
    """

    public: bytes

    def __post_init__(self) -> None:
        _check_length("public", self.public)

    def __str__(self) -> str:
        """Return enough of the key to tell it from others."""
        return self.public.hex()[:16]

    def accepts(self, label: str, content: bytes, signature: bytes) -> bool:
        """Return whether `signature` is one of `content` by the owner of this key.

        Parameters
        ----------
        label : str
            What the content is: a signature of one thing is none of another.
        content : bytes
        signature : bytes
        """
        ed25519 = _ed25519()
        from cryptography.exceptions import InvalidSignature

        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(self.public)
            public.verify(signature, _message(label, content))
        except (InvalidSignature, ValueError):
            return False
        return True

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the key to a new file, for `load_verify_key`."""
        serialization = _serialization()
        public = _ed25519().Ed25519PublicKey.from_public_bytes(self.public)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        _write_new(path, public.public_bytes(serialization.Encoding.PEM, form), 0o644)


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 private key. Its owner is who can sign; it is shown nowhere.

    Parameters
    ----------
    private : bytes
        32 secret bytes.

    Examples
    --------
    >>> key = SigningKey(bytes(32))  # a key that everybody knows: for examples alone
    >>> signature = key.sign("greeting", b"hello")
    >>> key.verify_key.accepts("greeting", b"hello", signature)
    True
    >>> key.verify_key.accepts("farewell", b"hello", signature)
    False
    """

    private: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_length("private", self.private)

    @property
    def verify_key(self) -> VerifyKey:
        """The public half, to be given to readers over a way that they trust."""
        private = _ed25519().Ed25519PrivateKey.from_private_bytes(self.private)
        return VerifyKey(private.public_key().public_bytes_raw())

    def sign(self, label: str, content: bytes) -> bytes:
        """Return the signature of `content`, 64 bytes; see ``VerifyKey.accepts``."""
        private = _ed25519().Ed25519PrivateKey.from_private_bytes(self.private)
        signature: bytes = private.sign(_message(label, content))
        return signature

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the key to a new file that its owner alone may read, for `load_signing_key`."""
        serialization = _serialization()
        private = _ed25519().Ed25519PrivateKey.from_private_bytes(self.private)
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        text = private.private_bytes(encoding, form, serialization.NoEncryption())
        _write_new(path, text, 0o600)


def new_key() -> SigningKey:
    """Return a new key, from the operating system's randomness.

    Examples
    --------
    >>> new_key() == new_key()
    False
    """
    return SigningKey(os.urandom(32))


def load_signing_key(path: str | os.PathLike[str]) -> SigningKey:
    """Return the key in a file.

    Raises
    ------
    FileFormatError
        If the file is absent, or holds no Ed25519 private key without a password.
    ValueError
        If others may read the file.
    """
    kind = "an Ed25519 private key in PEM, without a password"
    data = _read("signing key", path, kind)
    load = _serialization().load_pem_private_key
    loaded = _parsed("signing key", path, kind, lambda: load(data, password=None))
    if not isinstance(loaded, _ed25519().Ed25519PrivateKey):
        _refuse("signing key", path, kind, "a key of another kind")
    return SigningKey(loaded.private_bytes_raw())


def load_verify_key(path: str | os.PathLike[str]) -> VerifyKey:
    """Return the public key in a file.

    Raises
    ------
    FileFormatError
        If the file is absent, or holds no Ed25519 public key.
    """
    kind = "an Ed25519 public key in PEM"
    data = _read("verify key", path, kind)
    load = _serialization().load_pem_public_key
    loaded = _parsed("verify key", path, kind, lambda: load(data))
    if not isinstance(loaded, _ed25519().Ed25519PublicKey):
        _refuse("verify key", path, kind, "a key of another kind")
    return VerifyKey(loaded.public_bytes_raw())


# ---- Files --------------------------------------------------------------------------------------


def _write_new(path: str | os.PathLike[str], text: bytes, mode: int) -> None:
    """Write a file that does not exist yet; nobody else could have opened it before."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        hint = "a key is never written over: name another file, or move the old one away"
        _check.fail("path", "be a new file", os.fspath(path), hint)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read(name: str, path: str | os.PathLike[str], kind: str) -> bytes:
    """Return the bytes of a key file; a secret one has to be its owner's alone."""
    try:
        with open(path, "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(MOST_BYTES)
    except OSError as error:
        _refuse(name, path, kind, error.strerror or "an error")
    if name == "signing key" and os.name == "posix" and mode & 0o077:
        got = f"{os.fspath(path)} with mode {mode:04o}"
        hint = f"call chmod 600 {os.fspath(path)}, or make a new key if others have read it"
        _check.fail(name, "be readable by its owner alone", got, hint)
    return data


def _parsed(name: str, path: str | os.PathLike[str], kind: str, parse: Callable[[], object]) -> Any:
    try:
        return parse()
    except Exception as error:  # a damaged file fails in every way that the parser knows
        _refuse(name, path, kind, type(error).__name__, error)


def _refuse(
    name: str,
    path: str | os.PathLike[str],
    kind: str,
    got: str,
    cause: BaseException | None = None,
) -> Never:
    message = _check.sentence(name, f"be {kind}", f"{Path(path)} ({got})")
    raise FileFormatError(message) from cause


# ---- What is signed -----------------------------------------------------------------------------


def _message(label: str, content: bytes) -> bytes:
    return PREFIX + _canonical.canonical([label, content])


def _check_length(name: str, key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) != 32:
        got = f"{len(key)} bytes" if isinstance(key, bytes) else type(key).__name__
        _check.fail(name, "be 32 bytes", got, "load a file by load_signing_key or load_verify_key")


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ModuleNotFoundError as error:
        raise _missing() from error
    return ed25519


def _serialization() -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
    except ModuleNotFoundError as error:
        raise _missing() from error
    return serialization


def _missing() -> MissingExtraError:
    needs = "signing needs the package cryptography"
    return MissingExtraError(f"{needs}; try pip install 'pyfedlite[secagg]'")
