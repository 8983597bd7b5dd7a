"""Published vectors of the primitives, and those of the protocol's specification."""

import hashlib

import numpy as np
import pytest

pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pyfedlite import kernels
from pyfedlite.errors import AbortError
from pyfedlite.secagg import keys

h = bytes.fromhex


# RFC 7748, section 5.2: two vectors of X25519 (the secret is scalar times point).
@pytest.mark.parametrize(
    ("scalar", "point", "product"),
    [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ],
)
def test_x25519_is_that_of_the_rfc(scalar: str, point: str, product: str) -> None:
    assert keys.agree(h(scalar), h(point)).hex() == product


@pytest.mark.parametrize(
    ("iterations", "expected"),
    [
        (1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"),
        (1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
    ],
)
def test_x25519_iterated_is_that_of_the_rfc(iterations: int, expected: str) -> None:
    scalar = point = b"\x09" + bytes(31)
    for _ in range(iterations):
        scalar, point = keys.agree(scalar, point), scalar
    assert scalar.hex() == expected


def test_two_parties_agree_as_in_the_rfc() -> None:  # RFC 7748, section 6.1
    alice = h("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    alice_public = h("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    bob = h("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    bob_public = h("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    shared = h("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    assert (keys.public_key(alice), keys.public_key(bob)) == (alice_public, bob_public)
    assert keys.agree(alice, bob_public) == keys.agree(bob, alice_public) == shared


# RFC 5869, appendix A.1 to A.3.
@pytest.mark.parametrize(
    ("ikm", "salt", "info", "okm"),
    [
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(80)),
            bytes(range(0x60, 0xB0)),
            bytes(range(0xB0, 0x100)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_is_that_of_the_rfc(ikm: bytes, salt: bytes, info: bytes, okm: str) -> None:
    assert keys.hkdf(ikm, salt, info, len(okm) // 2).hex() == okm


def test_hkdf_refuses_more_than_its_counter_can_count() -> None:
    assert len(keys.hkdf(b"", b"", b"", 255 * 32)) == 255 * 32
    with pytest.raises(ValueError, match="length must be at most 8160, got 8161"):
        keys.hkdf(b"", b"", b"", 255 * 32 + 1)


# RFC 8439, section 2.8.2: the AEAD that seals shares (there with a nonce of its own).
def test_the_cipher_of_shares_is_that_of_the_rfc() -> None:
    cipher = keys._aead()(bytes(range(0x80, 0xA0)))
    plaintext = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        b"future, sunscreen would be it."
    )
    header = h("50515253c0c1c2c3c4c5c6c7")
    sealed = cipher.encrypt(h("070000004041424344454647"), plaintext, header)
    assert sealed[:16].hex() == "d31a8d34648e60db7b86afbc53ef7ec2"
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691"


# RFC 8032, section 7.1, tests 1 to 3.
@pytest.mark.parametrize(
    ("private", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_ed25519_is_that_of_the_rfc(
    private: str, public: str, message: str, signature: str
) -> None:
    assert keys.verify_key(h(private)).hex() == public
    assert keys.sign(h(private), h(message)).hex() == signature
    keys.verify(h(public), h(signature), h(message), signer=0)
    with pytest.raises(AbortError, match="BAD_SIG"):
        keys.verify(h(public), h(signature), h(message) + b"!", signer=0)


# The specification of the protocol: its keys, for clients 1 and 2.
CTX = h("705004533a5d9c0428021f0c29ffe8e409edda2efe5df5b06d029fc641ca5ee5")
PRIVATE = {1: bytes(range(32)), 2: bytes(range(32, 64))}
PUBLIC = {
    1: h("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f"),
    2: h("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254"),
}
PAIR_KEY = h("d686e9dfe5053886c2c61457242f97a22bcca57467c75287c9e19e8418a47197")
SEED = b"\x07" * 32


def test_public_keys_are_those_of_the_specification() -> None:
    assert {u: keys.public_key(private) for u, private in PRIVATE.items()} == PUBLIC
    shared = h("9663aa1da97e848a914a436d04163dfbb89178f107f1b5b77ed3854203382854")
    assert keys.agree(PRIVATE[1], PUBLIC[2]) == keys.agree(PRIVATE[2], PUBLIC[1]) == shared


def test_the_pair_mask_key_is_that_of_the_specification_from_both_sides() -> None:
    for u, v in ((1, 2), (2, 1)):
        key = keys.pair_mask_key(CTX, u, PRIVATE[u], PUBLIC[u], v, PUBLIC[v])
        assert key == PAIR_KEY


def test_self_mask_and_commitment_are_those_of_the_specification() -> None:
    key = keys.self_mask_key(CTX, SEED, 1)
    assert key == h("58b4a7d497dc426b6bbbda6782b57ecc8a0aa5f7bd2cb8cf242404dc56f37466")
    mask = np.zeros(4, np.uint32)
    kernels.mask_accumulate(mask, key, [1])
    assert [f"{word:08x}" for word in mask] == ["82938114", "bc847e2a", "f3601adc", "80bb6bed"]
    committed = "b98096b10f055f14f3f3e7280538cf9ac7d0e58c7e12ae80d1d13a2f78eb6866"
    assert keys.commitment(CTX, SEED, 1).hex() == committed


def test_the_key_for_shares_is_derived_as_the_specification_says() -> None:
    secret = keys.agree(PRIVATE[1], PUBLIC[2])
    info = b"pyfedlite/secagg/v1/shareenc" + h("01000000" + "02000000") + PUBLIC[1] + PUBLIC[2]
    expected = HKDF(hashes.SHA256(), 32, salt=CTX, info=info).derive(secret)
    assert keys.share_key(CTX, secret, 1, PUBLIC[1], 2, PUBLIC[2]) == expected


def test_shares_are_sealed_as_the_specification_says() -> None:
    header = b"pyfedlite/secagg/v1/share" + CTX + h("01000000" + "02000000")
    expected = ChaCha20Poly1305(SEED).encrypt(bytes(12), b"shares", header)
    assert keys.seal(SEED, CTX, 1, 2, b"shares") == expected


def test_what_is_signed_is_as_the_specification_says() -> None:
    prefix = b"pyfedlite/secagg/v1/"
    advertised = prefix + b"advertise" + CTX + h("01000000") + PUBLIC[1] + PUBLIC[2]
    assert keys.advertised(CTX, 1, PUBLIC[1], PUBLIC[2]) == advertised
    received = prefix + b"keys" + h("01000000") + PUBLIC[1] + PUBLIC[2]
    received += h("02000000") + PUBLIC[2] + PUBLIC[1] + b"\x05" * 32
    keys_hash = hashlib.sha256(received).digest()
    entries = [(2, PUBLIC[2], PUBLIC[1], b"\x05" * 32), (1, PUBLIC[1], PUBLIC[2], b"")]
    assert keys.received(entries) == keys_hash
    survivors = prefix + b"consistency" + CTX + keys_hash + h("0200000001000000" + "02000000")
    assert keys.consistency(CTX, keys_hash, (2, 1)) == survivors
