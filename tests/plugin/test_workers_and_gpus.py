"""Which worker this process is, and which GPU it shows to torch."""

import os

import pytest

from dltheory.plugin.workers import pin_gpu, worker_count, worker_number


@pytest.mark.parametrize(("name", "number"), [("gw0", 0), ("gw12", 12), ("", None), ("x1", None)])
def test_a_worker_of_xdist_has_a_number(monkeypatch, name, number):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", name)

    assert worker_number() == number


def test_a_process_without_xdist_works_alone(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)

    assert worker_count() == 1


@pytest.mark.parametrize(
    ("worker", "visible", "pinned"),
    [
        ("gw0", "2,5", "2"),
        ("gw1", "2,5", "5"),
        ("gw2", "2,5", "2"),
        ("gw1", "3", "3"),
        ("gw1", "", ""),
        ("gw1", "GPU-a,GPU-b", "GPU-b"),
        ("", "2,5", "2,5"),
    ],
)
def test_a_worker_sees_one_of_the_callers_own_gpus(monkeypatch, worker, visible, pinned):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    pin_gpu()

    assert os.environ["CUDA_VISIBLE_DEVICES"] == pinned
