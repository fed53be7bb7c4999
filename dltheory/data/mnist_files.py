"""Reading the idx files of MNIST."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dltheory.errors import DataError

from .raw import RawImages, RawSplits

# MD5 of the unpacked files. Without it Fashion-MNIST, which has the same layout, would be accepted.
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def read_mnist(folder: Path) -> RawSplits:
    """Training and test images; DataError is raised if a file does not have its published MD5."""
    raw = RawSplits(train=_part(folder, "train", 60_000), test=_part(folder, "t10k", 10_000))
    for name in MD5:
        _check_md5(folder / name)
    return raw


def _part(folder: Path, prefix: str, count: int) -> RawImages:
    images_path = folder / f"{prefix}-images-idx3-ubyte"
    labels_path = folder / f"{prefix}-labels-idx1-ubyte"
    images, labels = read_idx(images_path), read_idx(labels_path)
    if (len(images), len(labels)) != (count, count):
        raise DataError(
            f"{images_path} must have {count:,} images, and as many labels beside it; "
            f"got {len(images):,} and {len(labels):,}. Delete {folder}, and unpack the data set "
            "again or give --download."
        )
    return RawImages(images=images.unsqueeze(1), labels=labels.long())


def read_idx(path: Path) -> Tensor:
    """The array in an idx file of bytes.

    The file has the bytes 0, 0, 8 and the number of axes, then each size as a big-endian int32,
    then the data.
    """
    content = path.read_bytes()
    axes = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    start = 4 + 4 * axes
    if axes == 0 or len(content) < start:
        raise DataError(
            f"{path} must be an idx file of bytes; got {len(content):,} bytes that do not begin "
            "like one. Delete it, and unpack the data set again or give --download."
        )
    sizes = np.frombuffer(content, dtype=">i4", count=axes, offset=4).tolist()
    expected = start + int(np.prod(sizes, dtype=np.int64))
    if len(content) != expected:
        raise DataError(
            f"{path} must have {expected:,} bytes, as its header says; got {len(content):,}. "
            "Delete it, and unpack the data set again or give --download."
        )
    return torch.tensor(np.frombuffer(content, dtype=np.uint8, offset=start)).reshape(sizes)


def _check_md5(path: Path) -> None:
    given = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    if given != MD5[path.name]:
        raise DataError(
            f"{path} must have MD5 {MD5[path.name]}, as MNIST was published; got {given}. "
            "Delete it, and unpack the data set again or give --download."
        )
