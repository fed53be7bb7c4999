import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dltheory.data.mnist_files import read_idx
from dltheory.errors import DataError

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


@settings(deadline=None, max_examples=30)  # it writes files
@given(array=arrays(np.uint8, SHAPES))
def test_an_idx_file_gives_back_the_array_it_was_made_from(array, tmp_path_factory, write_idx):
    path = tmp_path_factory.getbasetemp() / "array-idx"
    write_idx(path, array)

    np.testing.assert_array_equal(read_idx(path).numpy(), array)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\x1f\x8b\x08\0zip", b"\0\0\x08\x03\0\0"])
def test_a_file_that_is_no_idx_file_is_refused(content, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(content)

    with pytest.raises(DataError, match=f"idx file of bytes; got {len(content)} bytes.*Delete it"):
        read_idx(path)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0"], ids=["short", "long"])
def test_a_file_of_another_length_than_its_header_says_is_refused(change, tmp_path, write_idx):
    write_idx(tmp_path / "images", np.zeros((2, 3)))
    content = change((tmp_path / "images").read_bytes())
    (tmp_path / "images").write_bytes(content)

    with pytest.raises(DataError, match=f"must have 18 bytes.*got {len(content)}"):
        read_idx(tmp_path / "images")
