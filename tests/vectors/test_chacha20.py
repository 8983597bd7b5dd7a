"""Published keystreams of ChaCha20 (RFC 8439), and the masks of the secure-aggregation protocol."""

import numpy as np
import pytest

from pyfedlite import kernels
from pyfedlite.kernels import _numpy_masks

# RFC 8439, section 2.3.2, "Test Vector for the ChaCha20 Block Function".
RFC_KEY = bytes(range(32))
RFC_BLOCK = bytes.fromhex(
    "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
    "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
)

# RFC 8439, section 2.4.2, "Example and Test Vector for the ChaCha20 Cipher".
SUNSCREEN = (
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it."
)
SUNSCREEN_CIPHERTEXT = bytes.fromhex(
    "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
    "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
    "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
    "5af90bbf74a35be6b40b8eedf2785e42874d"
)

# RFC 8439, appendix A.1: test vectors 1, 2 and 4 (key, counter, keystream). Nonce 0.
APPENDIX = [
    (
        bytes(32),
        0,
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    ),
    (
        bytes(32),
        1,
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
        "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
    ),
    (
        bytes([0, 255, *[0] * 30]),
        2,
        "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
        "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
    ),
]

# The specification of the protocol: mask(K, D, R) under two of its keys.
PAIR_KEY = bytes.fromhex("d686e9dfe5053886c2c61457242f97a22bcca57467c75287c9e19e8418a47197")
PAIR_MASK_32 = "0a88c02b ea9cafea be8f2d83 23a111fd 949933fc ce394632 b38050ca d74966f9"
PAIR_MASK_64 = "ea9cafea0a88c02b 23a111fdbe8f2d83 ce394632949933fc d74966f9b38050ca"
SELF_KEY = bytes.fromhex("58b4a7d497dc426b6bbbda6782b57ecc8a0aa5f7bd2cb8cf242404dc56f37466")
SELF_MASK_32 = "82938114 bc847e2a f3601adc 80bb6bed"


def keystream(key: bytes, counter: int, length: int, nonce: bytes = bytes(12)) -> bytes:
    words = np.frombuffer(key, "<u4").reshape(1, 8)
    stream = _numpy_masks.keystream(words, counter, -(-length // 64), nonce)
    return stream.astype("<u4").tobytes()[:length]


def test_a_block_is_the_one_of_the_rfc() -> None:
    nonce = bytes.fromhex("000000090000004a00000000")
    assert keystream(RFC_KEY, 1, 64, nonce) == RFC_BLOCK


def test_a_message_is_enciphered_as_in_the_rfc() -> None:
    nonce = bytes.fromhex("000000000000004a00000000")
    stream = keystream(RFC_KEY, 1, len(SUNSCREEN), nonce)
    assert bytes(a ^ b for a, b in zip(SUNSCREEN, stream, strict=True)) == SUNSCREEN_CIPHERTEXT


@pytest.mark.parametrize(("key", "counter", "expected"), APPENDIX)
def test_keystreams_are_those_of_the_appendix(key: bytes, counter: int, expected: str) -> None:
    assert keystream(key, counter, 64).hex() == expected


@pytest.mark.parametrize(
    ("key", "dtype", "expected"),
    [
        (PAIR_KEY, np.uint32, PAIR_MASK_32),
        (PAIR_KEY, np.uint64, PAIR_MASK_64),
        (SELF_KEY, np.uint32, SELF_MASK_32),
    ],
)
def test_masks_are_those_of_the_specification(key: bytes, dtype: type, expected: str) -> None:
    words = [int(word, 16) for word in expected.split()]
    mask = np.zeros(len(words), dtype)
    kernels.mask_accumulate(mask, key, [1])
    assert mask.tolist() == words


def test_the_last_block_of_a_key_is_reached_and_not_passed() -> None:
    last = np.zeros(1, np.uint32)
    kernels.mask_accumulate(last, RFC_KEY, [1], offset=2**36 - 1)
    expected = keystream(RFC_KEY, 2**32 - 1, 64)[-4:]
    assert int(last[0]) == int.from_bytes(expected, "little")
    with pytest.raises(ValueError, match="must end within 68719476736 elements of the mask"):
        kernels.mask_accumulate(last, RFC_KEY, [1], offset=2**36)
