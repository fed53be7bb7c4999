"""Stored numbers stand as long as the code and the files that they came from are the same."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dltheory.data import Digits
from dltheory.errors import RunFailed
from dltheory.experiments import Experiment, compute
from dltheory.experiments.imported_code import forget_sources
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.models import MLP
from dltheory.training import WeightDecay
from tests.experiments.tiny import ACCURACY, NORM, TINY, made, make

QUANTITY = importlib.import_module("dltheory.experiments.quantity")
OWN = '''
"""A model, a data set and a computation of somebody's own."""

from dataclasses import dataclass, field
from pathlib import Path

from dltheory.data import Digits
from dltheory.models import MLP


@dataclass(frozen=True)
class TinyNet:
    """A network."""

    width: int = 4

    def build(self, shape, classes):
        return MLP(hidden=(self.width,)).build(shape, classes)

    def narrowed(self):
        return self


@dataclass(frozen=True, kw_only=True)
class Scaled(Digits):
    """Digits times the number in a file."""

    def load(self, root, *, cache, download=False):
        splits = super().load(root, cache=cache, download=download)
        factor = float((Path(root) / "factor.txt").read_text())
        splits.train.images.mul_(factor)
        return splits


def value(seed, context, **options):
    Path("calls.txt").open("a").write("call\\\\n")
    return {"value": seed + 1.0}
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of somebody's own, as it is now."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "own_parts.py").write_text(OWN.replace("\\\\n", "\\n"))
    (place / "factor.txt").write_text("1.0")
    monkeypatch.syspath_prepend(place)
    monkeypatch.chdir(place)
    forget_sources()
    module = importlib.import_module("own_parts")
    yield module
    sys.modules.pop("own_parts", None)
    forget_sources()


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    forget_sources()


def own_place(own):
    return Path(own.__file__).parent


def small(own, **changes):
    data = own.Scaled(train=50, validation=0, test=20)
    return TINY.but(**({"model": own.TinyNet(), "data": data, "epochs": 1} | changes))


def train(own, folder, **changes):
    return made(
        folder,
        *plan([(Experiment(arms={"a": small(own, **changes)}, seeds=1, measure=(ACCURACY,)), 1)]),
        data_root=own_place(own),
    )


def test_a_training_of_the_library_s_own_parts_has_no_code_but_its_version(tmp_path):
    record = make(tmp_path).record(Run(TINY, 0))

    assert (record.code, record.content) == ("", "")


def test_an_edited_model_is_trained_anew(own, tmp_path, epochs_done):
    train(own, tmp_path / "store")
    edit(own_place(own) / "own_parts.py", "(self.width,)", "(self.width, self.width)")

    train(own, tmp_path / "store")

    assert len(epochs_done) == 2


def test_a_comment_in_a_model_s_module_trains_nothing(own, tmp_path, epochs_done):
    train(own, tmp_path / "store")
    edit(
        own_place(own) / "own_parts.py",
        '    """A network."""',
        '    """A small network."""  # of one layer',
    )

    train(own, tmp_path / "store")

    assert len(epochs_done) == 1


def test_a_changed_file_of_a_data_set_is_trained_on_anew(own, tmp_path, epochs_done):
    first = train(own, tmp_path / "store").final_state(Run(small(own), 0))
    (own_place(own) / "factor.txt").write_text("2.0")

    second = train(own, tmp_path / "store").final_state(Run(small(own), 0))

    assert len(epochs_done) == 2
    assert not first["1.weight"].equal(second["1.weight"])


def test_a_file_written_again_with_the_same_content_trains_nothing(own, tmp_path, epochs_done):
    train(own, tmp_path / "store")
    (own_place(own) / "factor.txt").write_text("1.0")

    train(own, tmp_path / "store")

    assert len(epochs_done) == 1


def test_a_data_set_that_is_gone_is_not_held_against_its_runs(own, tmp_path, epochs_done):
    train(own, tmp_path / "store")
    (own_place(own) / "factor.txt").unlink()

    train(own, tmp_path / "store")

    assert len(epochs_done) == 1


def test_a_run_after_a_warm_start_from_an_edited_model_is_made_anew(own, tmp_path, epochs_done):
    first = small(own)
    warm = {"warm_start": first, "penalty": WeightDecay(coefficient=0.1)}
    train(own, tmp_path / "store", **warm)
    edit(own_place(own) / "own_parts.py", "(self.width,)", "(self.width, self.width)")

    train(own, tmp_path / "store", **warm)

    assert len(epochs_done) == 4


def test_a_checkpoint_of_the_model_before_an_edit_is_not_gone_on_from(
    own, tmp_path, monkeypatch, epochs_done
):
    with monkeypatch.context() as broken:
        broken.setattr(Store, "add", lambda *_: 1 / 0)
        with pytest.raises(RunFailed, match="ZeroDivisionError"):
            train(own, tmp_path / "store", epochs=2)
    edit(own_place(own) / "own_parts.py", "(self.width,)", "(self.width + 0,)")
    epochs_done.clear()

    train(own, tmp_path / "store", epochs=2)

    assert epochs_done == [1, 2]


def computed(own, folder, **options):
    arms = {"a": compute("own_parts:value", **options)}
    return made(folder, *plan([(Experiment(arms=arms, seeds=1), 1)]), data_root=own_place(own))


def calls(own):
    return len((own_place(own) / "calls.txt").read_text().splitlines())


def test_an_edited_computation_of_another_project_is_made_again(own, tmp_path):
    computed(own, tmp_path / "store")
    edit(own_place(own) / "own_parts.py", "seed + 1.0", "seed + 2.0")

    computed(own, tmp_path / "store")

    assert calls(own) == 2


def test_a_computation_with_an_edited_model_as_option_is_made_again(own, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(own_place(own))
    (own_place(own) / "other_parts.py").write_text(OWN.replace("TinyNet", "OtherNet"))
    other = importlib.import_module("other_parts").OtherNet()
    computed(own, tmp_path / "store", net=other)
    edit(own_place(own) / "other_parts.py", "(self.width,)", "(self.width, 3)")

    computed(own, tmp_path / "store", net=other)
    sys.modules.pop("other_parts")

    assert calls(own) == 2


def test_a_computation_on_a_changed_file_is_made_again(own, tmp_path):
    computed(own, tmp_path / "store", data=own.Scaled())
    (own_place(own) / "factor.txt").write_text("2.0")

    computed(own, tmp_path / "store", data=own.Scaled())

    assert calls(own) == 2


def test_an_edited_probe_looks_again_and_trains_nothing(tmp_path, monkeypatch, epochs_done):
    make(tmp_path)
    before = Store(tmp_path).folder_of(Run(TINY, 0))
    times = {path: path.stat().st_mtime_ns for path in before.glob("measured/*")}
    monkeypatch.setattr(QUANTITY, "code_of", lambda _: "another probe")

    make(tmp_path)

    assert len(epochs_done) == TINY.epochs
    assert all(path.stat().st_mtime_ns > time for path, time in times.items())
    assert Store(tmp_path).measured(Run(TINY, 0), NORM) is not None


# ── names and numbers ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class TinyNet:
    width: int = 4


@dataclass(frozen=True)
class Layered:
    """A network whose widths may be numbers of NumPy."""

    widths: tuple

    def build(self, shape, classes):
        return MLP(hidden=tuple(map(int, self.widths))).build(shape, classes)

    def narrowed(self):
        return self


@dataclass(frozen=True)
class Few(Digits):
    """Digits in a split of its own; `split` may be a number of NumPy."""

    split: object = 0


def test_types_of_one_name_in_two_modules_have_two_keys(own):
    keys = {Run(TINY.but(model=kind()), 0).key for kind in (own.TinyNet, TinyNet)}

    assert len(keys) == 2


@pytest.mark.parametrize("number", [np.int64(16), np.int32(16), np.uint8(16)], ids=repr)
def test_a_number_of_numpy_gives_the_key_of_python_s(number):
    as_python = TINY.but(model=Layered((16,)), data=Few(split=16))

    assert Run(TINY.but(model=Layered((number,)), data=Few(split=number)), 0).key == (
        Run(as_python, 0).key
    )


def test_widths_in_a_numpy_array_are_trained_like_those_in_a_list(tmp_path, epochs_done):
    make(tmp_path, *[TINY.but(model=Layered((width,)), epochs=1) for width in (4, 5)])

    make(tmp_path, *[TINY.but(model=Layered((w,)), epochs=1) for w in np.array([4, 5])])

    assert len(epochs_done) == 2
