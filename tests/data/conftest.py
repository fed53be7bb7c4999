"""Small data sets on disk."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def write_image(path, value, size=8, mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (size, size), value if mode == "L" else (value, value, value)).save(path)


@pytest.fixture
def image_tree(tmp_path):
    """Class folders b, a, c under pets/; each image is grey, of brightness 100·label + index."""
    for part, count in (("train", 4), ("test", 2)):
        for label, name in ((1, "b"), (0, "a"), (2, "c")):
            for index in range(count):
                path = tmp_path / "root" / "pets" / part / name / f"{index}.png"
                write_image(path, 100 * label + index)
    return tmp_path / "root"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def write_idx():
    def write(path, array):
        header = b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">i4").tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(header + array.astype(np.uint8).tobytes())

    return write


@pytest.fixture
def project_environment():
    """The environment for a fresh interpreter that can import the library."""
    import dltheory

    root = Path(dltheory.__file__).parent.parent
    return {**os.environ, "PYTHONPATH": str(root)}
