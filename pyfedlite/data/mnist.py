"""MNIST: 70,000 handwritten digits of 28 x 28 points, and its file format IDX.

References
----------
Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-Based Learning Applied to Document
Recognition", Proceedings of the IEEE 86(11), 1998, https://doi.org/10.1109/5.726791
"""

import gzip
import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, _npz
from pyfedlite.data import download
from pyfedlite.data.dataset import Dataset
from pyfedlite.errors import DataError

MOST_AXES = 8
"""Of an IDX file: a colour film has five, and NumPy has no array of more than 64."""

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def _file(name: str, sha256: str, num_bytes: int) -> download.SourceFile:
    urls = tuple(mirror + name for mirror in _MIRRORS)
    return download.SourceFile("mnist", name, urls, sha256, num_bytes)


# The SHA-256 of the four files whose published MD5 are, in this order, f68b3c2d…, d53e105e…,
# 9fb629c4… and ec29112d… (torchvision's list; a test compares them).
FILES = (
    _file(
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9_912_422,
    ),
    _file(
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28_881,
    ),
    _file(
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1_648_877,
    ),
    _file(
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4_542,
    ),
)


def load_mnist() -> Dataset:
    """Load MNIST; 12 MB are downloaded once.

    The test rows are the 10,000 test digits of the source, which other people wrote.

    Returns
    -------
    Dataset
        60,000 training and 10,000 test rows of 784 features, float32: the amount of ink at each
        point, from 0 to 1, row after row of the picture. Ten classes, the digits.

    Raises
    ------
    DataError
        If the files are damaged, or absent and cannot be downloaded.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Proceedings of the IEEE 86(11), 1998.
    """
    images, labels, test_images, test_labels = (parse_idx_gz(download.read(f)) for f in FILES)
    return Dataset(_ink(images), labels, _ink(test_images), test_labels, 10, "mnist")


def parse_idx_gz(content: bytes) -> NDArray[np.uint8]:
    """Return the array in a gzipped IDX file of bytes.

    IDX is: two zero bytes, the type (8 = unsigned byte), the number of axes, the size of each axis
    as a big-endian 32-bit number, then the values, last axis fastest.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    ndarray of uint8, with the shape that the file states

    Raises
    ------
    DataError
        If the content is not such a file, or not all of it.

    Examples
    --------
    >>> parse_idx_gz(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 6, 7])))
    array([5, 6, 7], dtype=uint8)
    """
    try:
        data = _unpacked(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(_check.sentence("an IDX file", "be whole gzip", error)) from error
    except ValueError as error:
        raise DataError(str(error)) from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise DataError(_check.sentence("an IDX file", "start with 00 00 08", data[:3].hex(" ")))
    if data[3] > MOST_AXES:
        raise DataError(_check.sentence("an IDX file", f"have at most {MOST_AXES} axes", data[3]))
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise DataError(
            _check.sentence("an IDX file", f"have {data[3]} sizes", f"{len(data)} bytes")
        )
    shape = struct.unpack(f">{data[3]}I", data[4:start])
    values = np.frombuffer(data, dtype=np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=object):  # exact, as a false file may state huge sizes
        raise DataError(_check.sentence("an IDX file", f"hold {shape} values", values.size))
    try:
        return values.reshape(shape)
    except ValueError as error:  # no values at all, by sizes that no array can have
        raise DataError(_check.sentence("an IDX file", "have sizes of an array", shape)) from error


def _unpacked(content: bytes) -> bytes:
    """Return what is in a gzip file, unpacked piece by piece, so that a small file stays small."""
    pieces, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        while piece := file.read(2**20):
            size += len(piece)
            _npz.check_expansion("an IDX file", len(content), size)
            pieces.append(piece)
    return b"".join(pieces)


def _ink(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n, 28, 28) bytes as (n, 784) numbers from 0 to 1."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)
