"""A store that several people share: a folder of their group, and umask 002."""

import os
import shutil
import stat
from pathlib import Path
from tempfile import mkdtemp

import pytest

from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.reporting.writing import write
from tests.experiments.test_midway import LATER, MIDDLE, cut_after, measured
from tests.experiments.tiny import TINY, make, process

pytestmark = pytest.mark.faults

GROUP, FIRST, SECOND = 54321, 54322, 54323  # numbers that need no names

# What Python imports late may lie where another user cannot read, so all is used once before.
WORK = """
import os, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from dltheory.experiments.heartbeat import Heart
from tests.experiments.tiny import TINY, make
user, group = int(sys.argv[1]), int(sys.argv[2])
folder, epochs, cut = Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
with TemporaryDirectory() as place:
    make(Path(place), checkpoint_seconds=0)
os.setgroups([group])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
os.umask(0o002)
beat, done = Heart.beat, []
def counted(self, state, **options):
    if state.done:
        done.append(state.done)
    if cut and state.done > cut:
        raise KeyboardInterrupt
    beat(self, state, **options)
Heart.beat = counted
try:
    make(folder, TINY.but(epochs=epochs), checkpoint_seconds=0)
except KeyboardInterrupt:
    pass
print(done)
"""


def work(user, folder, *, epochs=6, cut=0):
    """The epochs that a user of the group trained in the store; `cut` is the last of them."""
    return process(WORK, user, GROUP, folder, epochs, cut).communicate(timeout=120)[0].strip()


@pytest.fixture
def shared():
    """A folder of the group, in which what is made belongs to the group."""
    if os.getuid() != 0:
        pytest.skip("becoming two users needs root")
    place = Path(mkdtemp())
    place.chmod(0o755)
    folder = place / "shared"
    folder.mkdir()
    os.chown(folder, 0, GROUP)
    folder.chmod(0o2775)
    yield folder
    shutil.rmtree(place)


def private(folder):
    """What is in a folder that its group may not read, or may not write where others must."""
    needed = stat.S_IRGRP | stat.S_IWGRP
    paths = folder.rglob("*")
    return [path for path in paths if path.stat().st_mode & needed != needed]


def test_what_one_user_makes_the_group_may_read_and_write(shared):
    work(FIRST, shared / "store")

    assert private(shared) == []
    assert {path.stat().st_gid for path in shared.rglob("*")} == {GROUP}


def test_what_one_user_has_trained_another_does_not_train_again(shared):
    assert work(FIRST, shared / "store") == "[1, 2, 3, 4, 5, 6]"

    assert work(SECOND, shared / "store") == "[]"


def test_a_training_that_one_user_began_another_goes_on_with(shared):
    assert work(FIRST, shared / "store", cut=3) == "[1, 2, 3, 4]"  # the last is not kept

    assert work(SECOND, shared / "store") == "[4, 5, 6]"
    assert list((shared / "store" / "checkpoints").iterdir()) == []


def test_a_run_of_another_user_that_is_damaged_is_made_again(shared):
    work(FIRST, shared / "store")
    store = Store(shared / "store")
    (store.folder_of(Run(TINY, 0)) / "run.json").write_bytes(b"{}")

    assert work(SECOND, store.folder) == "[1, 2, 3, 4, 5, 6]"
    assert len(list(store.folder.glob("runs/.*.damaged"))) == 1


# ── as umask says ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=[0o002, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder):
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


def test_files_of_a_store_have_the_permissions_of_umask(tmp_path, umask):
    make(tmp_path / "store")

    assert modes(tmp_path / "store") == {0o666 & ~umask}


def test_checkpoints_have_the_permissions_of_umask(tmp_path, umask, monkeypatch):
    cut_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path / "store", MIDDLE, LATER, checkpoint_seconds=0)

    assert list(tmp_path.glob("store/checkpoints/*/snapshots/*.safetensors"))
    assert modes(tmp_path / "store") == {0o666 & ~umask}


def test_pages_have_the_permissions_of_umask(tmp_path, umask):
    write(tmp_path / "report" / "index.html", "page")

    assert modes(tmp_path) == {0o666 & ~umask}
