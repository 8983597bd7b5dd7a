"""Keys and their files."""

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from pyfedlite.errors import FileFormatError, MissingExtraError
from pyfedlite.signing import SigningKey, VerifyKey, load_signing_key, load_verify_key, new_key

KEY = SigningKey(bytes(range(32)))
on_posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")


def test_the_public_half_is_that_of_rfc_8032() -> None:
    """Section 7.1, TEST 1. The signatures are the tests of the package cryptography."""
    private = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert SigningKey(bytes.fromhex(private)).verify_key == VerifyKey(bytes.fromhex(public))


@pytest.mark.parametrize(
    ("label", "content"), [("a", b"y"), ("b", b"x"), ("ax", b""), ("", b"ax"), ("a", b"x\0")]
)
def test_a_signature_is_of_one_content_under_one_label(label: str, content: bytes) -> None:
    signature = KEY.sign("a", b"x")
    assert KEY.verify_key.accepts("a", b"x", signature)
    assert not KEY.verify_key.accepts(label, content, signature)


@pytest.mark.parametrize("bit", [0, 7, 255, 256, 511])
def test_a_changed_signature_is_not_accepted(bit: int) -> None:
    signature = bytearray(KEY.sign("a", b"x"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not KEY.verify_key.accepts("a", b"x", bytes(signature))
    assert not KEY.verify_key.accepts("a", b"x", bytes(signature[:-1]))
    assert not KEY.verify_key.accepts("a", b"x", b"")


def test_keys_are_read_as_they_were_written(tmp_path: Path) -> None:
    key = new_key()
    key.save(tmp_path / "key.pem")
    key.verify_key.save(tmp_path / "key.pub")
    assert load_signing_key(tmp_path / "key.pem") == key
    assert load_verify_key(tmp_path / "key.pub") == key.verify_key


@on_posix
def test_a_signing_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    old = os.umask(0)  # a careless one
    try:
        KEY.save(path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    says = r"signing key must be readable by its owner alone, got .*key\.pem with mode 0640; call"
    with pytest.raises(ValueError, match=says):
        load_signing_key(path)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    KEY.save(path)
    for key in (new_key(), KEY.verify_key):
        with pytest.raises(ValueError, match=r"path must be a new file, got .*; a key is never"):
            key.save(path)
    assert load_signing_key(path) == KEY


def test_a_signing_key_is_not_shown() -> None:
    assert KEY.private.hex() not in repr(KEY)
    assert str(KEY.private) not in repr(KEY)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    private, public, other = tmp_path / "key.pem", tmp_path / "key.pub", tmp_path / "other"
    KEY.save(private)
    KEY.verify_key.save(public)
    pem = serialization.Encoding.PEM
    of_another_kind = x25519.X25519PrivateKey.generate()
    form = serialization.PrivateFormat.PKCS8
    with_password = serialization.BestAvailableEncryption(b"secret")
    contents = [
        b"",
        b"no key",
        private.read_bytes()[:60],
        of_another_kind.private_bytes(pem, form, serialization.NoEncryption()),
        of_another_kind.private_bytes(pem, form, with_password),
        public.read_bytes(),
    ]
    for content in contents:
        other.write_bytes(content)
        other.chmod(0o600)
        with pytest.raises(
            FileFormatError, match="signing key must be an Ed25519 private key in P"
        ):
            load_signing_key(other)
    other.write_bytes(
        of_another_kind.public_key().public_bytes(
            pem, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    for path in (other, private, tmp_path / "absent"):
        with pytest.raises(
            FileFormatError, match="verify key must be an Ed25519 public key in PEM"
        ):
            load_verify_key(path)


@pytest.mark.parametrize("bad", [b"", bytes(31), bytes(33), "00" * 16])
def test_a_key_of_another_length_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"private must be 32 bytes, got .*load_signing_key"):
        SigningKey(bad)
    with pytest.raises(ValueError, match="public must be 32 bytes, got"):
        VerifyKey(bad)


def test_without_the_package_the_sentence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'pyfedlite\[secagg\]'"):
        KEY.sign("a", b"x")
