"""A path that the system cannot look at now is not taken for absent."""

import errno
from pathlib import Path

import pytest

from dltheory.data import CIFAR10
from dltheory.errors import DataError
from dltheory.plugin.selection import Selection
from dltheory.presence import is_there
from dltheory.reporting.records import read_measurements

pytestmark = pytest.mark.faults

stale = pytest.mark.parametrize(
    "number", [errno.ESTALE, errno.EIO, errno.EACCES], ids=errno.errorcode.get
)


@pytest.fixture
def unseen(monkeypatch):
    """`unseen(path, number)`: looking at it is this error of the system from now on."""
    plain = Path.stat

    def forbid(path, number):
        def stat(self, **options):
            if self == path:
                raise OSError(number, "the system cannot tell", str(path))
            return plain(self, **options)

        monkeypatch.setattr(Path, "stat", stat)

    return forbid


def test_a_file_and_a_folder_are_there(tmp_path):
    (tmp_path / "file").touch()

    assert is_there(tmp_path)
    assert is_there(tmp_path / "file")


def test_what_does_not_exist_is_absent(tmp_path):
    assert not is_there(tmp_path / "nothing")


def test_what_would_lie_below_a_file_is_absent(tmp_path):
    (tmp_path / "file").touch()

    assert not is_there(tmp_path / "file" / "below")


@stale
def test_an_error_of_the_system_is_raised(tmp_path, unseen, number):
    unseen(tmp_path / "file", number)

    with pytest.raises(OSError, match="cannot tell"):
        is_there(tmp_path / "file")


@stale
def test_measurements_that_cannot_be_seen_are_not_taken_for_none(tmp_path, unseen, number):
    path = tmp_path / "measurements.jsonl"
    path.touch()
    unseen(path, number)

    with pytest.raises(OSError, match="cannot tell"):
        read_measurements(path)


@stale
def test_a_claim_whose_file_cannot_be_seen_is_not_taken_for_deleted(tmp_path, unseen, number):
    selection = Selection(root=tmp_path, folders={str(tmp_path)})
    unseen(tmp_path / "test_claim.py", number)

    assert not selection.is_gone({"test": "test_claim.py::test_it"}, "fast")


@stale
@pytest.mark.parametrize(
    "place", ["", "cifar-10-batches-py", "cifar-10-batches-py/test_batch"], ids=str
)
def test_data_that_cannot_be_seen_are_not_said_to_be_missing(tmp_path, unseen, number, place):
    folder = tmp_path / "data"
    (folder / "cifar-10-batches-py").mkdir(parents=True)
    unseen(folder / place, number)

    with pytest.raises(DataError, match=r"must be readable; looking for .*cannot tell"):
        CIFAR10().load(folder, cache=tmp_path / "cache")
