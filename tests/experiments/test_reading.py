"""Files of a store that the system cannot read now: an error, and everything stays as it is."""

import errno
import io
import os
import shutil
import stat
from pathlib import Path
from tempfile import mkdtemp

import pytest

from dltheory.errors import StoreError
from dltheory.experiments import train_group
from dltheory.experiments.crew import Workplace
from dltheory.experiments.origins import Origins
from dltheory.experiments.plan import missing
from dltheory.experiments.ray_task import Site
from dltheory.experiments.run import Run
from dltheory.experiments.sealed import unseal
from dltheory.experiments.store import Store
from dltheory.plugin import writing
from dltheory.plugin.pilots import write_pilots
from dltheory.plugin.source import StoreSource
from tests.experiments.test_midway import LATER, MIDDLE, cut_after, measured
from tests.experiments.tiny import NORM, TINY, groups, make, process

pytestmark = pytest.mark.faults

RUN = Run(TINY, 0)
ORIGINS = Origins(data_root=Path("/nonexistent"), cache=Path("/nonexistent"))
ERRORS = [errno.ESTALE, errno.EIO, errno.EMFILE, errno.EACCES, errno.EINTR]
every_error = pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)


def contents(folder):
    """Every file below a folder, with what is in it, except the locks and who works."""
    passing = ("locks", "progress")
    return {
        path: bytes_of(path)
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in passing
    }


def bytes_of(path):
    """What is in a file, read in a way that no test makes fail."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, path.stat().st_size)
    finally:
        os.close(descriptor)


@pytest.fixture
def unreadable(monkeypatch):
    """`unreadable(path, number)`: reading it is this error of the system from now on."""
    plain_open, plain_list = io.open, os.listdir

    def forbid(path, number):
        def opened(file, mode="r", *rest, **options):
            if file == path and "r" in mode:
                raise OSError(number, os.strerror(number), str(path))
            return plain_open(file, mode, *rest, **options)

        def listed(place="."):
            if place == path:
                raise OSError(number, os.strerror(number), str(path))
            return plain_list(place)

        monkeypatch.setattr(io, "open", opened)
        monkeypatch.setattr(os, "listdir", listed)
        return path

    return forbid


@pytest.fixture
def copied(undisturbed, tmp_path):
    """A copy of a store in which the tiny training is finished and measured."""
    return Store(shutil.copytree(undisturbed.folder, tmp_path / "copy"))


def unmeasured(store):
    """So that parameters have to be read."""
    for path in store.folder_of(RUN).glob("measured/*"):
        path.unlink()
    return store.folder_of(RUN) / "final.safetensors"


FILES = {
    "record": lambda store: store.folder_of(RUN) / "run.json",
    "parameters": unmeasured,
    "measurement": lambda store: next(store.folder_of(RUN).glob("measured/*.json")),
}
every_file = pytest.mark.parametrize("file", FILES.values(), ids=FILES.keys())


@every_error
@every_file
def test_a_file_that_cannot_be_read_is_an_error_and_nothing_is_changed(
    copied, unreadable, file, number
):
    path, before = file(copied), contents(copied.folder)
    unreadable(path, number)

    with pytest.raises(StoreError, match=rf"reading {path} failed: {os.strerror(number)}"):
        make(copied.folder)

    assert before.items() <= contents(copied.folder).items()


def test_the_error_names_permissions_owner_and_reader(copied, unreadable):
    path = unreadable(FILES["record"](copied), errno.EACCES)
    mode = stat.filemode(path.stat().st_mode)

    with pytest.raises(StoreError, match=rf"the file is {mode} and belongs to \S+:\S+; this is \S"):
        copied.record(RUN)


@every_file
def test_when_it_can_be_read_again_nothing_is_trained(
    copied, unreadable, file, epochs_done, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(io, "open", io.open)  # put back afterwards
        patched.setattr(os, "listdir", os.listdir)
        unreadable(file(copied), errno.ESTALE)
        with pytest.raises(StoreError):
            make(copied.folder)
        monkeypatch.undo()

    make(copied.folder)

    assert epochs_done == []


@every_error
def test_a_plan_of_what_cannot_be_read_changes_nothing(copied, unreadable, number):
    before = contents(copied.folder)
    unreadable(FILES["record"](copied), number)

    with pytest.raises(StoreError):
        missing(groups()[0], copied, ORIGINS)

    assert contents(copied.folder) == before


def test_a_plan_of_what_is_damaged_changes_nothing(copied):
    FILES["record"](copied).write_bytes(b"{}")
    before = contents(copied.folder)

    assert missing(groups()[0], copied, ORIGINS).seeds == (0,)
    assert contents(copied.folder) == before


@every_error
def test_what_a_claim_asks_for_is_read_with_the_same_care(copied, unreadable, number):
    unreadable(FILES["measurement"](copied), number)

    with pytest.raises(StoreError, match=os.strerror(number)):
        StoreSource(copied).find(RUN, NORM.name)


# ── checkpoints and snapshots ─────────────────────────────────────────────────────────────────


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """A store with the checkpoint of the third epoch of six."""
    mend = cut_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "store", checkpoint_seconds=0)
    mend()
    return tmp_path / "store"


CHECKPOINT = {
    "tensors": "checkpoints/*/[0-9]*/state.safetensors",
    "progress": "checkpoints/*/[0-9]*/progress.json",
    "folder": "checkpoints/*",
    "folder of folders": "checkpoints",
}


@every_error
@pytest.mark.parametrize("pattern", CHECKPOINT.values(), ids=CHECKPOINT.keys())
def test_a_checkpoint_that_cannot_be_read_is_kept(interrupted, unreadable, pattern, number):
    (path,) = interrupted.glob(pattern)
    before = contents(interrupted)
    unreadable(path, number)

    with pytest.raises(StoreError, match=rf"reading {path} failed: {os.strerror(number)}"):
        make(interrupted)

    assert contents(interrupted) == before


@every_error
@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_snapshot_that_cannot_be_read_is_kept(tmp_path, unreadable, monkeypatch, suffix, number):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(train_group, "measure", stop)
        with pytest.raises(KeyboardInterrupt):
            measured(tmp_path, MIDDLE, LATER)
    (path,) = tmp_path.glob(f"checkpoints/*/snapshots/000002{suffix}")
    before = contents(tmp_path)
    unreadable(path, number)

    with pytest.raises(StoreError, match=rf"reading {path} failed: {os.strerror(number)}"):
        measured(tmp_path, MIDDLE, LATER)

    assert contents(tmp_path) == before


# ── marks and lists ───────────────────────────────────────────────────────────────────────────


@every_error
def test_a_task_goes_on_while_the_mark_of_its_driver_cannot_be_read(tmp_path, unreadable, number):
    mark = tmp_path / "mark"
    place = Workplace(
        store=tmp_path, data_root=tmp_path, download=False, provenance="", checkpoint_seconds=1.0
    )
    site = Site(workplace=place, device="cpu", threads=1, version=1, codes=(), mark=mark)
    gone = site.is_current()
    mark.touch()
    unreadable(mark, number)

    assert (gone, site.is_current()) == (False, True)


@every_error
def test_a_list_of_pilots_that_cannot_be_read_is_kept(tmp_path, unreadable, number):
    path = tmp_path / "pilots.jsonl"
    path.write_text('{"claim": "a", "tier": "fast", "case": ""}\n')
    before = contents(tmp_path)
    unreadable(path, number)

    with pytest.raises(StoreError, match=rf"reading {path} failed"):
        write_pilots(tmp_path, [{"claim": "b", "tier": "fast", "case": ""}])

    assert contents(tmp_path) == before


@every_error
@pytest.mark.parametrize("name", ["verdicts.jsonl", "measurements.jsonl"])
def test_a_report_that_cannot_be_read_is_not_taken_for_absent(tmp_path, unreadable, name, number):
    for one in ("verdicts.jsonl", "measurements.jsonl"):
        (tmp_path / one).write_text("")
    path = unreadable(tmp_path / name, number)

    with pytest.raises(StoreError, match=rf"The report must be readable; reading {path} failed"):
        writing._earlier(tmp_path)


# ── for real ──────────────────────────────────────────────────────────────────────────────────

TOO_MANY_FILES = """
import os, resource, sys
from pathlib import Path
from dltheory.errors import StoreError
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from tests.experiments.tiny import TINY
store, run = Store(Path(sys.argv[1])), Run(TINY, 0)
store.final_state(run)  # imports what it needs
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
for free in (0, 1):  # one is enough for Python, not for safetensors
    if free:
        os.close(held.pop())
    try:
        print(store.final_state(run) is None)
    except StoreError as error:
        print(error)
"""


def test_too_many_open_files_are_no_damage(copied):
    before = contents(copied.folder)

    printed = process(TOO_MANY_FILES, copied.folder).communicate(timeout=120)[0].splitlines()

    assert "run.json failed: Too many open files" in printed[0]
    assert "final.safetensors failed: " in printed[1]
    assert contents(copied.folder) == before


AS_ANOTHER_USER = """
import os, sys
from pathlib import Path
from dltheory.errors import StoreError
from tests.experiments.tiny import make
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
try:
    make(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def visible():
    """A folder that other users can look into."""
    place = Path(mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(os.getuid() != 0, reason="becoming another user needs root")
def test_a_file_of_another_user_that_is_private_is_an_error_that_says_so(undisturbed, visible):
    store = Store(shutil.copytree(undisturbed.folder, visible / "store"))
    store.folder.chmod(0o755)
    path = FILES["record"](store)
    path.chmod(0o600)
    before = contents(store.folder)

    printed, _ = process(AS_ANOTHER_USER, store.folder).communicate(timeout=120)

    assert f"reading {path} failed: Permission denied" in printed
    assert "is -rw------- and belongs to root:" in printed
    assert contents(store.folder) == before


@pytest.mark.parametrize("content", [b'{"provenance": "00', b"[1]", b'{"provenance": "another"}'])
def test_a_provenance_that_is_damaged_is_unknown_and_said(copied, content, caplog):
    copied.keep_provenance({"provenance": "0123abcd", "cpu": "one"})
    copied.keep_provenance({"provenance": "feed5678", "cpu": "two"})
    (copied.folder / "provenance" / "0123abcd.json").write_bytes(content)

    found = copied.provenances(["0123abcd", "feed5678", "absent"])

    assert [facts["cpu"] for facts in found] == ["two"]
    assert "that provenance is unknown" in caplog.text


def test_a_measurement_of_another_quantity_is_not_taken_for_it(copied):
    path = FILES["measurement"](copied)
    other = next(p for p in copied.folder_of(RUN).glob("measured/*.json") if p != path)
    value = unseal(other)["value"]
    path.write_bytes(other.read_bytes())

    make(copied.folder)

    assert unseal(other)["value"] == value
    assert unseal(path)["quantity"] != unseal(other)["quantity"]
    assert len(list(Path(path.parent).glob(".*.damaged"))) == 1
