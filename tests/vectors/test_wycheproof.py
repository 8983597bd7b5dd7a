"""Project Wycheproof's bad inputs, in full where they are at hand, and of the same kinds otherwise.

The files are looked for in $PYFEDLITE_DATA/wycheproof (https://github.com/C2SP/wycheproof, folder
testvectors_v1, Apache-2.0).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography")

from cryptography.exceptions import InvalidTag

from pyfedlite.errors import AbortError, ShareError
from pyfedlite.secagg import keys

FOLDER = Path(os.environ.get("PYFEDLITE_DATA", "")) / "wycheproof"
needs_files = pytest.mark.skipif(
    not os.environ.get("PYFEDLITE_DATA") or not FOLDER.is_dir(),
    reason="PYFEDLITE_DATA names no folder with Wycheproof vectors",
)
h = bytes.fromhex


def cases(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in json.loads((FOLDER / f"{name}_test.json").read_text())["testGroups"]:
        for case in group["tests"]:
            yield group, case


@needs_files
def test_x25519_agrees_with_every_case_and_refuses_every_zero_secret() -> None:
    refused = agreed = 0
    for _, case in cases("x25519"):
        assert keys.has_low_order(h(case["public"])) == ("ZeroSharedSecret" in case["flags"])
        if "ZeroSharedSecret" in case["flags"]:
            refused += 1
            with pytest.raises(AbortError, match="BAD_KEY"):
                keys.agree(h(case["private"]), h(case["public"]))
        else:
            agreed += 1
            shared = keys.agree(h(case["private"]), h(case["public"]))
            assert shared == h(case["shared"]), case["tcId"]
    assert (agreed, refused) == (487, 31)


@needs_files
def test_the_cipher_opens_every_valid_case_and_refuses_every_other() -> None:
    opened = refused = 0
    for _, case in cases("chacha20_poly1305"):
        sealed, header = h(case["ct"]) + h(case["tag"]), h(case["aad"])
        cipher = keys._aead()(h(case["key"]))
        if case["result"] == "valid":
            opened += 1
            assert cipher.decrypt(h(case["iv"]), sealed, header) == h(case["msg"]), case["tcId"]
            assert cipher.encrypt(h(case["iv"]), h(case["msg"]), header) == sealed, case["tcId"]
        else:
            refused += 1
            with pytest.raises((InvalidTag, ValueError)):
                cipher.decrypt(h(case["iv"]), sealed, header)
    assert (opened, refused) == (256, 69)


@needs_files
def test_hkdf_agrees_with_every_case_and_refuses_every_oversize() -> None:
    agreed = refused = 0
    for _, case in cases("hkdf_sha256"):
        arguments = h(case["ikm"]), h(case["salt"]), h(case["info"]), case["size"]
        if case["result"] == "valid":
            agreed += 1
            assert keys.hkdf(*arguments) == h(case["okm"]), case["tcId"]
        else:
            refused += 1
            with pytest.raises(ValueError, match="length must be at most 8160"):
                keys.hkdf(*arguments)
    assert (agreed, refused) == (83, 3)


@needs_files
def test_ed25519_verifies_every_valid_case_and_refuses_every_other() -> None:
    verified = refused = 0
    for group, case in cases("ed25519"):
        arguments = h(group["publicKey"]["pk"]), h(case["sig"]), h(case["msg"]), 0
        if case["result"] == "valid":
            verified += 1
            keys.verify(*arguments)
        else:
            refused += 1
            with pytest.raises(AbortError, match="BAD_SIG"):
                keys.verify(*arguments)
    assert (verified, refused) == (88, 63)


# Points of low order on the curve and its twist, and their other encodings modulo 2^255 - 19:
# 0, 1, p - 1, p, p + 1, with and without the top bit, and the two points of order 8
# (D. J. Bernstein, https://cr.yp.to/ecdh.html#validate).
P = 2**255 - 19
LOW_ORDER = [n.to_bytes(32, "little") for n in (0, 1, P - 1, P, P + 1)]
LOW_ORDER += [(n | 2**255).to_bytes(32, "little") for n in (0, 1, P - 1, P, P + 1)]
LOW_ORDER += [
    h("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    h("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


@pytest.mark.parametrize("public", LOW_ORDER)
@pytest.mark.parametrize("private", [b"\x01" * 32, b"\xff" * 32, os.urandom(32)])
def test_public_keys_of_low_order_are_refused(public: bytes, private: bytes) -> None:
    with pytest.raises(AbortError, match="BAD_KEY"):
        keys.agree(private, public)


@pytest.mark.parametrize("bit", range(8 * 90))
def test_a_flipped_bit_of_a_ciphertext_is_noticed(bit: int) -> None:
    key, ctx = bytes(32), bytes(32)
    sealed = bytearray(keys.seal(key, ctx, 1, 2, bytes(74)))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ShareError, match="must be the one that client 1 made for client 2"):
        keys.unseal(key, ctx, 1, 2, bytes(sealed))


@pytest.mark.parametrize(
    ("key", "ctx", "u", "v"),
    [
        (b"\x01" + bytes(31), bytes(32), 1, 2),
        (bytes(32), b"\x01" + bytes(31), 1, 2),
        (bytes(32), bytes(32), 2, 1),
        (bytes(32), bytes(32), 1, 3),
        (bytes(32), bytes(32), 3, 2),
    ],
)
def test_a_ciphertext_is_bound_to_key_run_and_both_clients(
    key: bytes, ctx: bytes, u: int, v: int
) -> None:
    sealed = keys.seal(bytes(32), bytes(32), 1, 2, bytes(74))
    assert keys.unseal(bytes(32), bytes(32), 1, 2, sealed) == bytes(74)
    with pytest.raises(ShareError):
        keys.unseal(key, ctx, u, v, sealed)


@pytest.mark.parametrize("bit", range(0, 8 * 64, 7))
def test_a_flipped_bit_of_a_signature_is_noticed(bit: int) -> None:
    private = bytes(range(32))
    signature = bytearray(keys.sign(private, b"message"))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AbortError, match="BAD_SIG: signature of client 5"):
        keys.verify(keys.verify_key(private), bytes(signature), b"message", signer=5)


def test_a_signature_key_that_is_none_is_refused() -> None:
    with pytest.raises(AbortError, match="BAD_SIG"):
        keys.verify(b"\xff" * 31, bytes(64), b"message", signer=5)
