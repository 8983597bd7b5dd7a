"""What a key has signed is read as it was written, and nothing else is read at all."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite import _npz
from pyfedlite.errors import FileFormatError, SignatureError
from pyfedlite.history import History
from pyfedlite.history.checkpoint import load_checkpoint, save_checkpoint
from pyfedlite.signing import SigningKey, new_key, signed, verified
from pyfedlite.state import State
from pyfedlite.testing.strategies import vectors

KEY, OTHER = SigningKey(bytes(32)), SigningKey(bytes([1]) * 32)
Members = dict[str, np.ndarray]


def packed(members: Members) -> bytes:
    """An archive with these members, as anybody can make one."""
    stream = io.BytesIO()
    np.savez(stream, **members)
    return stream.getvalue()


def members_of(path: Path) -> Members:
    with np.load(path) as archive:
        return dict(archive)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signed") / "model.npz"
    theta = np.random.default_rng(0).normal(size=12)
    fl.save_model(signed(path, KEY), fl.SoftmaxRegression(3, 3), theta, class_names=("a", "b", "c"))
    return path


@given(vectors(12))
def test_a_signed_model_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, theta: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("models") / "model.npz"
    fl.save_model(signed(path, KEY), fl.SoftmaxRegression(3, 3, dtype="float64"), theta)
    for readable in (path, signed(path, KEY), verified(path, KEY.verify_key)):
        assert fl.load_model(readable).theta.tobytes() == theta.tobytes()


@given(st.data())
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_read(
    model: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The archive has bits without a meaning, such as the time at which a member was packed."""
    content = bytearray(model.read_bytes())
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    content[place] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "model.npz"
    path.write_bytes(content)
    try:
        loaded = fl.load_model(verified(path, KEY.verify_key))
    except FileFormatError:
        return
    whole = fl.load_model(model)
    assert loaded.theta.tobytes() == whole.theta.tobytes()
    assert loaded.model == whole.model
    assert loaded.class_names == whole.class_names


def flipped(members: Members, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    content = bytearray(members[name].tobytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    members[name] = np.frombuffer(bytes(content), members[name].dtype).reshape(members[name].shape)


def removed(members: Members, data: st.DataObject) -> None:
    del members[data.draw(st.sampled_from(sorted(members)))]


def added(members: Members, data: st.DataObject) -> None:
    name = data.draw(st.text("abcdefgh./0", min_size=1).filter(lambda n: n not in members))
    members[name] = np.zeros(data.draw(st.integers(0, 3)))


def renamed(members: Members, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    members[name + "x"] = members.pop(name)


def swapped(members: Members, data: st.DataObject) -> None:
    one, other = data.draw(st.permutations(sorted(members)))[:2]
    members[one], members[other] = members[other], members[one]


def reshaped(members: Members, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = members[name].reshape(1, -1)


def read_as_another_type(members: Members, data: st.DataObject) -> None:
    members["theta"] = members["theta"].view(np.int32)


CHANGES = (flipped, removed, added, renamed, swapped, reshaped, read_as_another_type)


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=20)
@given(data=st.data())
def test_a_changed_member_is_refused(
    model: Path,
    tmp_path_factory: pytest.TempPathFactory,
    change: Callable[[Members, st.DataObject], None],
    data: st.DataObject,
) -> None:
    members = members_of(model)
    change(members, data)
    path = tmp_path_factory.mktemp("changed") / "model.npz"
    path.write_bytes(packed(members))
    with pytest.raises(SignatureError, match="must carry a signature by the key"):
        _npz.read_npz(verified(path, KEY.verify_key))


def test_a_file_that_is_packed_again_is_the_same(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(packed(dict(reversed(members_of(model).items()))))
    again = fl.load_model(verified(path, KEY.verify_key))
    assert again.theta.tobytes() == fl.load_model(model).theta.tobytes()


def test_a_name_that_stands_twice_is_refused_signed_or_not(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(model.read_bytes())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("theta.npy", b"")
    for readable in (path, verified(path, KEY.verify_key)):
        with pytest.raises(FileFormatError, match="archive must name each array once, got 4 for 3"):
            fl.load_model(readable)


def test_no_signature_and_that_of_another_key_are_told_apart(model: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.npz"
    fl.save_model(bare, fl.LogisticRegression(1), np.zeros(2))
    with pytest.raises(SignatureError, match=r"bare\.npz must carry a signature .*, got none$"):
        fl.load_model(verified(bare, KEY.verify_key))
    with pytest.raises(SignatureError, match="something was changed, or another key has signed"):
        fl.load_model(verified(model, OTHER.verify_key))


def test_the_signature_of_one_file_fits_no_other(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    fl.save_model(signed(path, KEY), fl.SoftmaxRegression(3, 3), np.zeros(12))
    members = members_of(path) | {"signature": members_of(model)["signature"]}
    path.write_bytes(packed(members))
    with pytest.raises(SignatureError):
        fl.load_model(verified(path, KEY.verify_key))


def test_who_verifies_does_not_write(tmp_path: Path) -> None:
    path = verified(tmp_path / "model.npz", KEY.verify_key)
    with pytest.raises(TypeError, match="path must carry a signing key to be written, got Verif"):
        fl.save_model(path, fl.LogisticRegression(1), np.zeros(2))
    assert os.listdir(tmp_path) == []


def test_the_two_keys_are_not_mixed_up() -> None:
    with pytest.raises(TypeError, match="key must be a SigningKey, got VerifyKey; load one by"):
        signed("model.npz", KEY.verify_key)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="key must be a VerifyKey, got SigningKey; load one by"):
        verified("model.npz", KEY)  # type: ignore[arg-type]


# ---- Checkpoints --------------------------------------------------------------------------------


def simulated(checkpoint: Any, num_rounds: int) -> History:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=10, seed=0)
    algorithm = fl.fedavgm(fl.SoftmaxRegression(64, 10))
    return fl.simulate(
        algorithm,
        clients,
        num_rounds=num_rounds,
        seed=0,
        client_fraction=0.3,
        checkpoint=checkpoint,
    )


def test_a_run_goes_on_from_a_signed_checkpoint_to_the_same_bits(tmp_path: Path) -> None:
    checkpoint = signed(tmp_path / "run.npz", KEY)
    simulated(checkpoint, 2)
    assert simulated(checkpoint, 4).fingerprint == simulated(None, 4).fingerprint
    assert simulated(tmp_path / "run.npz", 4).fingerprint == simulated(None, 4).fingerprint


def test_a_tampered_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    simulated(signed(path, KEY), 2)
    members = members_of(path)
    members["theta"] = members["theta"] + np.float32(1e-3)
    path.write_bytes(packed(members))
    assert simulated(path, 2).theta[0] != simulated(None, 2).theta[0]  # unseen without a key
    with pytest.raises(SignatureError, match=r"run\.npz must carry a signature by the key 3b6a27"):
        simulated(signed(path, KEY), 3)
    with pytest.raises(SignatureError):
        simulated(signed(path, OTHER), 3)


def test_a_model_file_is_no_checkpoint_though_the_same_key_signed_it(
    model: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileFormatError, match="checkpoint must be a file written by pyfedlite"):
        load_checkpoint(signed(model, KEY), {})
    path = signed(tmp_path / "run.npz", new_key())
    memories = {3: {"signature": np.ones(2)}}  # a part may call a vector as it likes
    save_checkpoint(path, State(0, np.zeros(2), {"signature": np.ones(2)}, memories), [], {})
    state, _, _ = load_checkpoint(path, {})
    assert state.slots["signature"].tolist() == [1, 1]
    assert state.memories[3]["signature"].tolist() == [1, 1]
