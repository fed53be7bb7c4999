"""The store: what is there is whole, and what is not to be trusted is said and made again."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from shutil import copytree

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import RunFailed
from dltheory.experiments.measuring import Networks, measure
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.sealed import Damaged, seal, temporary_beside, unseal, write_atomically
from dltheory.experiments.store import Store
from tests.experiments.tiny import (
    ACCURACY,
    SEEDS,
    TINY,
    assert_same_bits,
    final_states,
    leftovers,
    make,
    values,
)

RUN, OTHER = Run(TINY, 0), Run(TINY, 1)
bodies = st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False) | st.text(max_size=5))


def record(run=RUN, **fields):
    return Record(key=run.key, seed=run.seed, recipe=plain(run.recipe), **fields)


def networks(store):
    return Networks(run=RUN, store=store, device=torch.device("cpu"))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    store.prepare()
    return store


# ── sealed files ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sealed_file(tmp_path_factory):
    return tmp_path_factory.mktemp("sealed") / "file.json"


@given(bodies)
def test_a_sealed_file_holds_what_was_put_into_it(sealed_file, body):
    write_atomically(sealed_file, seal(body))

    assert unseal(sealed_file) == body


@given(bodies, st.data())
def test_a_truncated_file_is_noticed(sealed_file, body, data):
    whole = seal(body)

    sealed_file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    with pytest.raises(Damaged):
        unseal(sealed_file)


@given(st.dictionaries(st.just("value"), st.integers(), min_size=1), st.data())
def test_an_altered_number_is_noticed(sealed_file, body, data):
    altered = data.draw(st.integers().filter(lambda number: number != body["value"]))
    text = seal(body).decode().replace(f'"value": {body["value"]}', f'"value": {altered}')

    sealed_file.write_text(text)

    with pytest.raises(Damaged, match="checksum"):
        unseal(sealed_file)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"body": 1}'])
def test_a_file_of_another_kind_is_noticed(sealed_file, content):
    sealed_file.write_bytes(content)

    with pytest.raises(Damaged, match="not a complete file"):
        unseal(sealed_file)


# ── runs ──────────────────────────────────────────────────────────────────────────────────────


def test_a_record_comes_back_as_it_was_put_in(store):
    kept = record(losses=(0.5, None), values={"a": 1.5}, seconds=2.0, status="diverged")

    store.add(kept)

    assert store.record(RUN) == kept


def test_final_parameters_come_back_bit_for_bit(store):
    state = {"weight": torch.randn(3, 4), "steps": torch.tensor(7)}

    store.add(record(), state)

    assert_same_bits(store.final_state(RUN), state)


def test_a_run_that_was_never_made_is_absent(store):
    assert store.record(RUN) is None


def test_adding_a_run_again_replaces_it(store):
    store.add(record(seconds=1.0))

    store.add(record(seconds=2.0))

    assert store.record(RUN).seconds == 2.0


def test_nothing_is_left_of_a_run_that_could_not_be_added(store):
    with pytest.raises(AttributeError):
        store.add(record(), {"weight": "no tensor"})

    assert list((store.folder / "runs").iterdir()) == []


def awaited(store, run):
    """The record as soon as there is one."""
    while (found := store.record(run)) is None:
        time.sleep(1e-4)
    return found


@pytest.mark.faults
def test_a_reader_never_sees_a_part_of_a_run(store, caplog):
    state = {"weight": torch.randn(200, 200)}
    runs = [Run(TINY, seed) for seed in range(40)]
    writer = threading.Thread(target=lambda: [store.add(record(run), state) for run in runs])

    writer.start()
    seen = [awaited(store, run) for run in runs]
    states = [store.final_state(run) for run in runs]
    writer.join()

    assert [found.seed for found in seen] == list(range(40))
    assert_same_bits(states, [state] * 40)
    assert not caplog.records


@pytest.mark.faults
def test_two_who_add_the_same_run_at_once_do_not_disturb_each_other(store):
    state = {"weight": torch.randn(20, 20)}

    with ThreadPoolExecutor(4) as writers:
        added = [writers.submit(store.add, record(), state) for _ in range(60)]

    assert [future.result() for future in added] == [None] * 60
    assert store.record(RUN) == record()
    assert leftovers(store) == []


@pytest.mark.parametrize("place", ["runs", "checkpoints/some-group"])
@pytest.mark.parametrize(("days", "remains"), [(0, True), (0.9, True), (1.1, False)])
def test_what_a_killed_writer_left_is_removed_when_it_is_a_day_old(store, place, days, remains):
    left = temporary_beside(store.folder / place / "name")
    (left / "measured").mkdir(parents=True)
    then = time.time() - days * 86_400
    os.utime(left, (then, then))

    store.sweep()

    assert left.exists() == remains


@pytest.mark.parametrize("value", [0.1 + 0.2, None, [1.0, -2.5]], ids=["number", "none", "list"])
def test_a_measurement_comes_back_as_it_was_put_in(store, value):
    store.add(record())

    store.add_measurement(RUN, ACCURACY, value)

    assert store.measured(RUN, ACCURACY).value == value


def test_what_was_not_measured_is_absent(store):
    store.add(record())

    assert store.measured(RUN, ACCURACY) is None


# ── damage: reported, set aside, made again ───────────────────────────────────────────────────


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-30] ^= 1
    path.write_bytes(content)


def measured_file(folder):
    return next((folder / "measured").iterdir())


def without_measurements(folder):
    """The parameters are read only where something has to be measured."""
    for path in (folder / "measured").iterdir():
        path.unlink()
    return folder / "final.safetensors"


def of_a_later_version(folder):
    body = unseal(folder / "run.json")
    (folder / "run.json").write_bytes(seal({**body, "schema": 2}))


DAMAGE = {
    "truncated record": lambda one, _: truncate(one / "run.json"),
    "altered record": lambda one, _: flip_a_bit(one / "run.json"),
    "empty record": lambda one, _: (one / "run.json").write_bytes(b""),
    "missing record": lambda one, _: (one / "run.json").unlink(),
    "record of another run": lambda one, other: (one / "run.json").write_bytes(
        (other / "run.json").read_bytes()
    ),
    "record of another version": lambda one, _: of_a_later_version(one),
    "record that is a folder": lambda one, _: (
        (one / "run.json").unlink(),
        (one / "run.json").mkdir(),
    ),
    "truncated parameters": lambda one, _: truncate(without_measurements(one)),
    "altered parameters": lambda one, _: flip_a_bit(without_measurements(one)),
    "missing parameters": lambda one, _: without_measurements(one).unlink(),
    "parameters of another run": lambda one, other: without_measurements(one).write_bytes(
        (other / "final.safetensors").read_bytes()
    ),
    "truncated measurement": lambda one, _: truncate(measured_file(one)),
    "altered measurement": lambda one, _: flip_a_bit(measured_file(one)),
    "measurement of another run": lambda one, other: measured_file(one).write_bytes(
        (other / "measured" / measured_file(one).name).read_bytes()
    ),
}
every_damage = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())


@pytest.fixture
def damaged(undisturbed, tmp_path, damage):
    """A copy of a sound store in which the first run was damaged."""
    copy = tmp_path / "damaged"
    copytree(undisturbed.folder, copy)
    store = Store(copy)
    damage(store.folder_of(RUN), store.folder_of(OTHER))
    return store


@every_damage
def test_damage_is_reported(damaged, caplog):
    make(damaged.folder)

    assert "not trusted" in caplog.text
    assert RUN.key in caplog.text


@every_damage
def test_what_was_damaged_is_made_again(damaged, undisturbed):
    make(damaged.folder)

    again, before = values(damaged)[0], values(undisturbed)[0]
    assert again == pytest.approx(before, rel=1e-5)
    torch.testing.assert_close(final_states(damaged)[0], final_states(undisturbed)[0])


@every_damage
def test_damage_to_one_run_leaves_the_other_alone(damaged, undisturbed):
    make(damaged.folder)

    assert values(damaged)[1] == values(undisturbed)[1]
    assert damaged.record(OTHER) == undisturbed.record(OTHER)


@every_damage
def test_after_damage_was_mended_nothing_is_left_to_report(damaged, caplog):
    make(damaged.folder)
    caplog.clear()

    make(damaged.folder)

    assert not caplog.records


@pytest.mark.parametrize("damage", [lambda one, _: truncate(one / "run.json")], ids=["record"])
def test_a_damaged_run_is_kept_for_inspection(damaged):
    make(damaged.folder)

    assert len(list((damaged.folder / "runs").glob(f".{RUN.key}.*.damaged"))) == 1


@pytest.mark.parametrize(
    "damage", [lambda one, _: truncate(without_measurements(one))], ids=["parameters"]
)
def test_measuring_a_run_without_sound_parameters_says_what_to_do(damaged):
    splits = TINY.data.load(damaged.folder, cache=damaged.data)

    with pytest.raises(RunFailed, match=rf"{RUN.key} \(seed 0\).*Start again to train it anew"):
        measure(networks(damaged), (ACCURACY,), splits)


def test_an_empty_folder_in_the_place_of_a_run_is_reported_and_filled(tmp_path, caplog):
    store = Store(tmp_path)
    store.folder_of(RUN).mkdir(parents=True)

    make(tmp_path)

    assert f"{RUN.key}/run.json is missing" in caplog.text
    assert len(values(store)) == SEEDS


def test_a_trained_network_is_the_one_that_training_ended_with(undisturbed):
    network = networks(undisturbed).final

    assert_same_bits(dict(network.state_dict()), undisturbed.final_state(RUN))
    assert not network.training


def test_a_record_can_be_read_by_people(undisturbed):
    body = json.loads((undisturbed.folder_of(RUN) / "run.json").read_text())["body"]

    assert body["recipe"]["optimiser"] == {
        "type": "SGD",
        "learning_rate": 0.1,
        "momentum": 0.9,
        "batch_size": 10,
    }
