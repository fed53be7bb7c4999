"""What is to be known is collected, also from processes that nobody reads."""

import logging
import shutil

import pytest

from dltheory.experiments import crew
from dltheory.experiments.notices import noticing, pass_on, told_by
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from tests.experiments.tiny import TINY, make, process

LOG = logging.getLogger("dltheory.anything")
DAMAGED = "run.json is not a complete file of this store: not trusted, the run is made again."


def test_a_warning_is_collected_once():
    with noticing() as notices:
        for _ in range(3):
            LOG.warning("%d networks do not fit", 5)
        LOG.info("nothing of note")

    assert notices.said == ["5 networks do not fit"]


def test_afterwards_nothing_is_collected():
    with noticing() as notices:
        pass
    LOG.warning("late")

    assert notices.said == []


def test_what_another_process_told_is_passed_on_and_its_file_removed(tmp_path):
    file = tmp_path / "told.jsonl"
    with noticing(file):
        LOG.warning("first\nline")
        LOG.warning("second")

    with noticing() as notices:
        pass_on(file)

    assert notices.said == ["first\nline", "second"]
    assert not file.exists()


def test_a_line_that_was_cut_short_is_left_out(tmp_path):
    file = tmp_path / "told.jsonl"
    file.write_text('"whole"\n"cut sho')

    with noticing() as notices:
        pass_on(file)

    assert notices.said == ["whole"]


def test_who_told_nothing_has_no_file_to_pass_on(tmp_path):
    with noticing() as notices:
        pass_on(tmp_path / "absent")

    assert notices.said == []


def test_a_store_without_room_keeps_nobody_from_warning(tmp_path):
    with noticing(tmp_path / "absent" / "told.jsonl") as notices:
        LOG.warning("said")

    assert notices.said == ["said"]


HELP = """
import os, pickle, sys
from multiprocessing import RawValue
from pathlib import Path
from dltheory.experiments import crew
from dltheory.experiments.crew import Workplace
from tests.experiments.tiny import NEVER, groups
store = Path(sys.argv[1])
place = Workplace(store=store, data_root=store, download=False, provenance="",
                  checkpoint_seconds=NEVER)
print(os.getpid())
class OneList:
    def get(self):
        if done.value:
            raise KeyboardInterrupt
        return pickle.dumps((list(groups()), 1))

done = RawValue("q", 0)
crew._help(place, OneList(), os.getppid(), RawValue("d", 0.0), done)
"""


@pytest.mark.faults
def test_what_a_helper_repaired_is_told_by_who_started_it(tmp_path, undisturbed):
    store = Store(shutil.copytree(undisturbed.folder, tmp_path / "copy"))
    (store.folder_of(Run(TINY, 0)) / "run.json").write_bytes(b"{}")
    helper = process(HELP, store.folder)
    pid = int(helper.communicate(timeout=60)[0].split()[0])

    with noticing() as notices:
        pass_on(told_by(store.folder, pid))

    assert any(said.endswith(DAMAGED) for said in notices.said)


@pytest.mark.faults
def test_a_crew_passes_on_what_its_helpers_told(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "START_SECONDS", 0.0)
    monkeypatch.setattr(crew, "told_by", told_and_remembered := Remembered())

    with noticing() as notices:
        make(tmp_path, TINY, TINY.but(epochs=5), cores=2)

    assert notices.said == ["told by a helper"]
    assert told_and_remembered
    assert not any(path.exists() for path in told_and_remembered)


class Remembered(list):
    """The files of helpers, in each of which something was told."""

    def __call__(self, store, pid):
        self.append(told_by(store, pid))
        self[-1].write_text('"told by a helper"\n')
        return self[-1]
