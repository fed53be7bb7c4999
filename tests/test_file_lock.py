"""Locks on files: one holder at a time, whatever happens to the file."""

import errno
import fcntl
import os
import threading
import time

import pytest

from dltheory.data import locking as data_locking
from dltheory.errors import StoreError
from dltheory.file_lock import Held, locked, taken
from tests.experiments.tiny import process

HOLD = """
import sys, time
from pathlib import Path
from dltheory.file_lock import locked
with locked(Path(sys.argv[1]), seconds=0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "locks" / "name.lock"


@pytest.fixture
def another(path):
    """Another process that holds the lock."""
    holder = process(HOLD, path)
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.kill()
    holder.communicate()


@pytest.mark.usefixtures("another")
@pytest.mark.parametrize("shared", [False, True])
def test_what_another_process_holds_is_taken(path, shared):
    assert taken(path, shared=shared) is None


@pytest.mark.usefixtures("another")
def test_it_is_waited_for_as_long_as_was_said(path):
    begun = time.monotonic()

    with pytest.raises(Held), locked(path, seconds=0.3):
        pass

    assert 0.3 <= time.monotonic() - begun < 5


@pytest.mark.faults
def test_when_its_holder_dies_it_is_free(path, another):
    another.kill()
    another.wait()

    with locked(path, seconds=5):
        pass


def test_shared_holders_keep_out_who_wants_it_alone(path):
    with taken(path, shared=True), taken(path, shared=True):
        assert taken(path) is None


def test_afterwards_it_is_free(path):
    with locked(path, seconds=0):
        pass

    taken(path).close()


@pytest.mark.parametrize("shared", [False, True])
def test_who_waited_for_a_file_that_was_removed_holds_the_one_that_others_find(path, shared):
    """As beside a program that removes its lock when it is done."""
    first, waiting = taken(path), []
    plain = fcntl.flock

    def removed_meanwhile(file, kind):
        """The first holder removes the file and ends between our opening and our locking."""
        if not waiting:
            waiting.append(file)
            path.unlink()
            first.close()
        plain(file, kind)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fcntl, "flock", removed_meanwhile)
        second = taken(path, shared=shared)

    assert os.path.samestat(path.stat(), os.fstat(second.fileno()))
    assert taken(path) is None
    second.close()


def without_locks(number, monkeypatch):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)


every_refusal = pytest.mark.parametrize(
    "number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP], ids=errno.errorcode.get
)


@every_refusal
def test_a_file_system_without_locks_is_named_at_once(path, monkeypatch, number):
    without_locks(number, monkeypatch)

    with pytest.raises(StoreError, match=rf"with locks.*{path} failed: {os.strerror(number)}"):
        taken(path)


@every_refusal
def test_data_are_not_decoded_where_there_are_no_locks(path, monkeypatch, number):
    without_locks(number, monkeypatch)

    with (
        pytest.raises(StoreError, match="must be on a file system with locks"),
        data_locking.locked(path),
    ):
        pass


def test_a_place_where_no_file_can_be_made_is_an_error_of_the_system(tmp_path):
    (tmp_path / "locks").write_text("")

    with pytest.raises(OSError, match="locks"):
        taken(tmp_path / "locks" / "name.lock")


def test_two_threads_never_hold_it_at_once(path):
    inside, most = [], []

    def work():
        for _ in range(20):
            with locked(path, seconds=30):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert len(most) == 80
