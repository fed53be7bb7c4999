import logging
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from dltheory.data import ImageFolderData
from dltheory.data.decoded_cache import decoded
from dltheory.data.raw import RawImages, RawSplits
from dltheory.data.source import Source
from dltheory.errors import StoreError

ROOT = Path(__file__).parents[2]
PETS = ImageFolderData(name="pets", size=8, classes=3, validation=3)


def load(root, cache):
    return PETS.load(root, cache=cache)


def cache_file(cache):
    [path] = cache.glob("*.safetensors")
    return path


def same(first, second):
    return all(
        torch.equal(first.split(name).images, second.split(name).images)
        and torch.equal(first.split(name).labels, second.split(name).labels)
        for name in ("train", "validation", "test")
    )


def truncate(content):
    return content[: len(content) // 2]


def empty(content):
    return content[:0]


def flip_one_bit_of_a_pixel(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def flip_one_bit_of_the_header(content):
    return content[:9] + bytes([content[9] ^ 1]) + content[10:]


CORRUPTIONS = [truncate, empty, flip_one_bit_of_a_pixel, flip_one_bit_of_the_header]


def test_the_second_load_equals_the_first_bit_for_bit(image_tree, cache):
    assert same(load(image_tree, cache), load(image_tree, cache))


def test_the_second_load_decodes_nothing(image_tree, cache, caplog):
    load(image_tree, cache)
    with caplog.at_level(logging.INFO, logger="dltheory.data"):
        load(image_tree, cache)

    assert caplog.text == ""


def test_a_changed_source_file_is_decoded_again(image_tree, cache):
    before = load(image_tree, cache)
    path = image_tree / "pets" / "test" / "a" / "0.png"
    path.write_bytes((image_tree / "pets" / "test" / "c" / "0.png").read_bytes())

    assert not torch.equal(load(image_tree, cache).test.images, before.test.images)


@pytest.mark.parametrize("change", ["size", "time", "name"])
def test_the_cache_is_keyed_by_size_time_and_name_of_every_file(change, image_tree, cache):
    load(image_tree, cache)
    path = image_tree / "pets" / "test" / "a" / "0.png"
    status = path.stat()
    if change == "size":
        path.write_bytes(path.read_bytes() + b"\0")
    target = path.rename(path.with_name("7.png")) if change == "name" else path
    later = status.st_mtime_ns + (change == "time")
    os.utime(target, ns=(later, later))
    load(image_tree, cache)

    assert len(list(cache.glob("pets-*.safetensors"))) == 2


def test_another_shape_of_the_same_files_has_a_cache_file_of_its_own(image_tree, cache):
    load(image_tree, cache)
    small = ImageFolderData(name="pets", size=4, classes=3).load(image_tree, cache=cache)

    assert small.train.images.shape[-2:] == (4, 4)


def test_a_moved_data_root_keeps_its_cache_file(image_tree, cache):
    load(image_tree, cache)
    moved = image_tree.rename(image_tree.with_name("moved"))
    load(moved, cache)

    assert cache_file(cache).exists()


@pytest.mark.parametrize("corrupt", CORRUPTIONS, ids=lambda corrupt: corrupt.__name__)
def test_a_corrupt_cache_file_is_reported_once_and_decoded_again(
    corrupt, image_tree, cache, caplog
):
    first = load(image_tree, cache)
    path = cache_file(cache)
    whole = path.read_bytes()
    path.write_bytes(corrupt(whole))

    second = load(image_tree, cache)

    assert same(first, second)
    assert path.read_bytes() == whole
    [record] = caplog.records
    assert (record.name, record.levelname) == ("dltheory.data", "WARNING")
    assert f"{path} is corrupt" in record.getMessage()


def test_no_unfinished_file_is_left(image_tree, cache):
    load(image_tree, cache)
    assert sorted(path.suffix for path in cache.iterdir()) == [".lock", ".safetensors"]


@pytest.fixture
def slow_source(image_tree, caplog):
    """A source that is read until another reader says that it waits; and the list of readings."""
    readings = []

    def read():
        readings.append(len(readings))
        deadline = time.monotonic() + 5
        while "Waiting" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.05)
        train, test = (
            RawImages(images=torch.ones(2, 1, 3, 3).byte(), labels=torch.tensor([0, 1]))
            for _ in range(2)
        )
        return RawSplits(train=train, test=test)

    return Source(folder=image_tree, files=(), read=read, form="slow"), readings


def test_of_two_readers_at_once_one_decodes_and_the_other_says_that_it_waits(
    slow_source, cache, caplog
):
    caplog.set_level(logging.INFO, logger="dltheory.data")
    source, readings = slow_source

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(
            lambda _: decoded("slow", source, shape=(1, 3, 3), cache=cache), range(2)
        )

    assert readings == [0]
    assert torch.equal(first.train.images, second.train.images)
    assert f"Waiting for the process that holds {cache}/slow-" in caplog.text


def test_a_cache_that_cannot_be_a_folder_is_named(image_tree, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"writable and have room.*file/pets-.*Free some space"):
        load(image_tree, tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every folder")
def test_a_read_only_cache_is_named(image_tree, cache):
    cache.mkdir(mode=0o500)

    with pytest.raises(StoreError, match=r"writable.*cache/pets-"):
        load(image_tree, cache)


FULL_DISK = """
import resource, sys
from pathlib import Path
from dltheory.data import ImageFolderData
from dltheory.errors import StoreError

# Files of this process cannot grow past 1,000 bytes, as on a disk with no more room.
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    ImageFolderData(name="pets", size=8, classes=3).load(Path(sys.argv[1]), cache=Path(sys.argv[2]))
except StoreError as error:
    print(error)
"""


def test_a_full_disk_is_reported_and_leaves_no_file(image_tree, cache):
    words = [sys.executable, "-c", FULL_DISK, str(image_tree), str(cache)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)

    assert re.search(r"have room.*File too large.*cache/pets-.*another cache", done.stdout)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]
