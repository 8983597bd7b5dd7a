import gzip
import hashlib
import os
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.data import Dataset, download
from pyfedlite.data.mnist import FILES, parse_idx_gz
from pyfedlite.errors import DataError

# Rows of each digit, as published with the set and repeated in many places.
TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
# https://github.com/pytorch/vision/blob/main/torchvision/datasets/mnist.py, class MNIST, resources
MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)


def test_each_digit_is_there_as_often_as_published(mnist: Dataset) -> None:
    assert np.bincount(mnist.labels).tolist() == TRAIN
    assert np.bincount(mnist.test_labels).tolist() == TEST


def test_pictures_are_rows_of_ink_from_0_to_1(mnist: Dataset) -> None:
    assert mnist.features.shape == (60_000, 784)
    assert mnist.features.dtype == np.float32
    assert (mnist.features.min(), mnist.features.max()) == (0, 1)


def test_a_point_is_its_byte_over_255(mnist: Dataset) -> None:
    raw = parse_idx_gz(download.read(FILES[2]))
    np.testing.assert_array_equal(mnist.test_features, raw.reshape(-1, 784) / np.float32(255))


@pytest.mark.parametrize(("file", "md5"), list(zip(FILES, MD5, strict=True)))
def test_our_checksums_are_of_the_published_files(file: download.SourceFile, md5: str) -> None:
    if not os.environ.get("PYFEDLITE_DATA") or download.find(file) is None:
        pytest.skip("PYFEDLITE_DATA names no folder that holds mnist")
    content = download.read(file)
    assert hashlib.md5(content).hexdigest() == md5
    assert len(content) == file.max_bytes


def idx(array: np.ndarray) -> bytes:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.tobytes())


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=3, max_side=5)))
def test_parsing_undoes_writing(array: np.ndarray) -> None:
    np.testing.assert_array_equal(parse_idx_gz(idx(array)), array)


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_but_a_data_error(content: bytes) -> None:
    for candidate in (content, gzip.compress(content), gzip.compress(b"\0\0\x08" + content)):
        with suppress(DataError):
            parse_idx_gz(candidate)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"plain text", "an IDX file must be whole gzip, got Not a gzipped file"),
        (idx(np.zeros(5, np.uint8))[:-9], "an IDX file must be whole gzip"),
        (gzip.compress(b"\0\0\x0d\1"), "an IDX file must start with 00 00 08, got 00 00 0d"),
        (gzip.compress(b"\0\0\x08\2\0\0"), "an IDX file must have 2 sizes, got 6 bytes"),
        (
            gzip.compress(b"\0\0\x08\1\0\0\0\3ab"),
            r"an IDX file must hold \(3,\) values, got 2",
        ),
    ],
)
def test_what_is_no_idx_file_is_said(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        parse_idx_gz(content)
