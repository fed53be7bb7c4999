"""The content of a data set: what its files hold, whenever they were written."""

import os
from dataclasses import dataclass

import pytest

from dltheory.data import Digits, ImageFolderData, ShuffledLabels, StandIn
from dltheory.data.content import content_of
from dltheory.errors import DataError
from tests.data.conftest import write_image

PETS = ImageFolderData(name="pets", size=8, classes=3)


def test_a_changed_image_is_another_content(image_tree, cache):
    before = content_of(PETS, image_tree, cache=cache)
    write_image(image_tree / "pets" / "train" / "a" / "0.png", 7)

    assert content_of(PETS, image_tree, cache=cache) != before


def test_images_that_are_only_written_again_are_the_same_content(image_tree, cache):
    before = content_of(PETS, image_tree, cache=cache)
    os.utime(image_tree / "pets" / "train" / "a" / "0.png", ns=(0, 0))

    assert content_of(PETS, image_tree, cache=cache) == before


def test_the_content_of_files_that_did_not_change_is_not_read_again(image_tree, cache, monkeypatch):
    PETS.load(image_tree, cache=cache)
    monkeypatch.setattr("dltheory.data.decoded_cache._digest", lambda *_, **__: 1 / 0)

    assert content_of(PETS, image_tree, cache=cache)


def test_a_damaged_cache_is_decoded_again_for_the_content(image_tree, cache):
    PETS.load(image_tree, cache=cache)
    before = content_of(PETS, image_tree, cache=cache)
    (path,) = cache.glob("*.safetensors")
    path.write_bytes(b"damaged")

    assert content_of(PETS, image_tree, cache=cache) == before


def test_who_asks_for_the_content_writes_nothing(image_tree, cache):
    content_of(PETS, image_tree, cache=cache / "absent")

    assert not (cache / "absent").exists()


def test_other_labels_have_the_content_of_their_data(image_tree, cache):
    assert content_of(ShuffledLabels(data=PETS), image_tree, cache=cache) == content_of(
        PETS, image_tree, cache=cache
    )


@pytest.mark.parametrize(
    "data",
    [Digits(), StandIn(shape=(3,), classes=2), ShuffledLabels(data=Digits())],
    ids=lambda data: data.name,
)
def test_what_reads_no_file_has_no_content(data, tmp_path):
    assert content_of(data, tmp_path / "nowhere", cache=tmp_path) == ""


@dataclass(frozen=True, kw_only=True)
class Brightened(Digits):
    def load(self, root, *, cache, download=False):
        splits = super().load(root, cache=cache, download=download)
        splits.train.images.add_(float((root / "by.txt").read_text()))
        return splits


def test_data_of_another_package_are_loaded_and_their_numbers_digested(tmp_path):
    contents = set()
    for by in ("0.5", "0.5", "0.25"):
        (tmp_path / "by.txt").write_text(by)
        contents.add(content_of(Brightened(), tmp_path, cache=tmp_path))

    assert len(contents) == 2


@dataclass(frozen=True, kw_only=True)
class Cached(Digits):
    def load(self, root, *, cache, download=False):
        cache.mkdir(exist_ok=True)
        (cache / "decoded").touch()
        return super().load(root, cache=cache, download=download)


def test_data_of_another_package_are_not_kept_where_nothing_is_to_be(tmp_path, cache):
    content_of(Cached(), tmp_path, cache=cache, keep=False)

    assert not cache.exists()


def test_files_that_are_not_there_are_an_error(tmp_path, cache):
    with pytest.raises(DataError, match="no folder 'pets'"):
        content_of(PETS, tmp_path, cache=cache)
