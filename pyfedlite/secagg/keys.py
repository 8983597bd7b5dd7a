"""Every key of the protocol, and the four primitives under them.

X25519 (RFC 7748), HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439) and Ed25519 (RFC 8032). The
curve, the cipher and the signatures come from the package ``cryptography`` (extra ``secagg``); HKDF
is ten lines over the standard library. Adversary: whoever reads and alters what travels. Protected:
the keys of two honest clients; each key is bound to its use, its owners and its run. Not protected:
memory that Python cannot wipe, side channels, a client's own leaks. For teaching and research: not
audited.

Notation of the functions: u and v are client ids; (c_u, C_u) is the pair of keys for share
encryption, (s_u, S_u) the one for masks; b_u is the seed of the self-mask; ctx is the context.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from pyfedlite import _check
from pyfedlite.errors import MissingExtraError, ShareError
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.terms import PREFIX

KEY_BYTES = 32
NONCE = bytes(12)
"""Zero, for each key of share encryption encrypts one message."""

HASH_BYTES = 32
ORDER_EIGHT = (
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
)
LOW_ORDER = frozenset(
    {
        *(0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18),
        *(int.from_bytes(bytes.fromhex(key), "little") for key in ORDER_EIGHT),
    }
)
"""X25519 public keys of low order: 0, 1, -1, their second encodings, and the two of order 8."""


def hkdf(ikm: bytes, salt: bytes, info: bytes, length: int = KEY_BYTES) -> bytes:
    r"""Return `length` bytes derived from `ikm`, by HKDF-SHA256 (RFC 5869).

    Examples
    --------
    >>> hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42).hex()[:16]  # A.1
    '3cb25f25faacd57a'
    """
    if length > 255 * HASH_BYTES:
        _check.fail("length", f"be at most {255 * HASH_BYTES}", length)
    extracted = hmac.digest(salt, ikm, hashlib.sha256)
    output, block = b"", b""
    for counter in range(1, -(-length // HASH_BYTES) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), hashlib.sha256)
        output += block
    return output[:length]


def public_key(private: bytes) -> bytes:
    """Return the X25519 public key of 32 private bytes."""
    mine = _x25519().X25519PrivateKey.from_private_bytes(private)
    public: bytes = mine.public_key().public_bytes_raw()
    return public


def has_low_order(public: bytes) -> bool:
    """Return whether an X25519 public key gives the same secret, zero, with everybody.

    There are seven such numbers below 2^255; the top bit is not looked at (RFC 7748).

    Examples
    --------
    >>> has_low_order(bytes(32)), has_low_order(public_key(bytes(31) + b"1"))
    (True, False)
    """
    return int.from_bytes(public, "little") % 2**255 in LOW_ORDER


def agree(private: bytes, public: bytes) -> bytes:
    """Return the X25519 secret of two parties; a public key of low order stops the protocol."""
    return agree_all(private, [public])[0]


def agree_all(private: bytes, public: Iterable[bytes]) -> list[bytes]:
    """Return the secret with each; the private key is loaded once, which costs as much as one."""
    x25519 = _x25519()
    mine, secrets = x25519.X25519PrivateKey.from_private_bytes(private), []
    for key in public:
        try:
            secrets.append(mine.exchange(x25519.X25519PublicKey.from_public_bytes(key)))
        except ValueError:  # an all-zero secret (RFC 7748, section 6.1)
            abort(AbortCode.BAD_KEY, f"public key must not be of low order, got {key.hex()}")
    return secrets


def pair_mask_key(ctx: bytes, u: int, s_u: bytes, S_u: bytes, v: int, S_v: bytes) -> bytes:  # noqa: N803
    """Return K_uv, the key of the mask of two clients: the same from both sides."""
    return pair_mask_keys(ctx, u, s_u, S_u, {v: S_v})[0]


def pair_mask_keys(
    ctx: bytes,
    u: int,
    s_u: bytes,
    S_u: bytes,  # noqa: N803 (the paper's)
    peers: Mapping[int, bytes],
) -> list[bytes]:
    """Return K_uv for each v of `peers`, which holds S_v."""
    found = []
    for (v, S_v), secret in zip(peers.items(), agree_all(s_u, peers.values()), strict=True):  # noqa: N806
        (a, key_a), (b, key_b) = sorted([(u, S_u), (v, S_v)])
        info = PREFIX + b"pairmask" + _le32(a) + _le32(b) + key_a + key_b
        found.append(hkdf(secret, ctx, info))
    return found


def share_key(ctx: bytes, secret: bytes, u: int, C_u: bytes, v: int, C_v: bytes) -> bytes:  # noqa: N803
    """Return E_uv, the key of the one message of shares from u to v, given their X25519 secret."""
    return hkdf(secret, ctx, PREFIX + b"shareenc" + _le32(u) + _le32(v) + C_u + C_v)


def self_mask_key(ctx: bytes, seed: bytes, u: int) -> bytes:
    """Return B_u, the key of the mask that u adds for itself."""
    return hkdf(seed, ctx, PREFIX + b"selfmask" + _le32(u))


def commitment(ctx: bytes, seed: bytes, u: int) -> bytes:
    """Return com_u: it hides b_u, which is uniform, and lets the server check it afterwards."""
    return hkdf(seed, ctx, PREFIX + b"bcommit" + _le32(u))


def seal(key: bytes, ctx: bytes, u: int, v: int, plaintext: bytes) -> bytes:
    """Return the shares of u for v, encrypted and bound to both and to the run."""
    sealed: bytes = _aead()(key).encrypt(NONCE, plaintext, _share_header(ctx, u, v))
    return sealed


def unseal(key: bytes, ctx: bytes, u: int, v: int, ciphertext: bytes) -> bytes:
    """Return what u encrypted for v, or raise `ShareError` if anything was altered."""
    from cryptography.exceptions import InvalidTag

    try:
        opened: bytes = _aead()(key).decrypt(NONCE, ciphertext, _share_header(ctx, u, v))
    except InvalidTag:
        message = f"ciphertext must be the one that client {u} made for client {v}, got another"
        raise ShareError(message) from None
    return opened


def verify_key(sign_key: bytes) -> bytes:
    """Return the Ed25519 public key of 32 private bytes."""
    mine = _ed25519().Ed25519PrivateKey.from_private_bytes(sign_key)
    public: bytes = mine.public_key().public_bytes_raw()
    return public


def sign(sign_key: bytes, message: bytes) -> bytes:
    """Return the Ed25519 signature, 64 bytes."""
    signature: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(sign_key).sign(message)
    return signature


def verify(public: bytes, signature: bytes, message: bytes, signer: int) -> None:
    """Stop unless `signature` is one of `message` under the key of `signer`."""
    from cryptography.exceptions import InvalidSignature

    try:
        _ed25519().Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        abort(AbortCode.BAD_SIG, f"signature of client {signer} must verify, got one that does not")


def advertised(ctx: bytes, u: int, C_u: bytes, S_u: bytes) -> bytes:  # noqa: N803 (the paper's)
    """Return what a client signs in round 0: its keys, in this run."""
    return PREFIX + b"advertise" + ctx + _le32(u) + C_u + S_u


def received(entries: Iterable[tuple[int, bytes, bytes, bytes]]) -> bytes:
    """Return the hash of the public keys that a client has received, its own among them.

    Each entry is (v, C_v, S_v, Ed_v), where Ed_v is empty unless clients draw signature keys. The
    signatures on keys are left out: two valid ones on the same keys must not stop a run.
    """
    parts = [_le32(v) + C_v + S_v + Ed_v for v, C_v, S_v, Ed_v in sorted(entries)]
    return hashlib.sha256(PREFIX + b"keys" + b"".join(parts)).digest()


def consistency(ctx: bytes, keys_hash: bytes, survivors: tuple[int, ...]) -> bytes:
    """Return what a client signs in round 3: whose inputs are in the sum, and in which run.

    The keys as received say which run it is: a server may repeat a configuration, but the client
    has drawn new keys. Signatures of another run fit nowhere.
    """
    ids = b"".join(_le32(u) for u in sorted(survivors))
    return PREFIX + b"consistency" + ctx + keys_hash + _le32(len(survivors)) + ids


def _share_header(ctx: bytes, u: int, v: int) -> bytes:
    return PREFIX + b"share" + ctx + _le32(u) + _le32(v)


def _le32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _x25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import x25519
    except ModuleNotFoundError as error:
        raise _missing() from error
    return x25519


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ModuleNotFoundError as error:
        raise _missing() from error
    return ed25519


def _aead() -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    except ModuleNotFoundError as error:
        raise _missing() from error
    return ChaCha20Poly1305


def _missing() -> MissingExtraError:
    needs = "secure aggregation needs the package cryptography"
    return MissingExtraError(f"{needs}; try pip install 'pyfedlite[secagg]'")
