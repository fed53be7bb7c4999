"""Which worker this process is, and which GPU it shows to torch."""

import os
from types import SimpleNamespace

import pytest

from dltheory.plugin.workers import pin_gpu, worker_count, worker_number


def config(**workerinput):
    return SimpleNamespace(workerinput=workerinput) if workerinput else SimpleNamespace()


@pytest.mark.parametrize(("name", "number"), [("gw0", 0), ("gw12", 12)])
def test_a_worker_of_xdist_has_a_number(name, number):
    assert worker_number(config(workerid=name, workercount=2)) == number


def test_a_process_that_inherits_the_variable_of_a_worker_is_none(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")

    assert worker_number(config()) is None


def test_a_process_without_xdist_works_alone(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "8")

    assert worker_count(config()) == 1


@pytest.mark.parametrize(
    ("number", "visible", "given", "pinned", "left"),
    [
        (0, "2,5", "all", "2", "all"),
        (1, "2,5", "all", "5", "all"),
        (2, "2,5", "all", "2", "all"),
        (1, "3", "all", "3", "all"),
        (1, "", "all", "", "all"),
        (1, "", "0,2", "", "0,2"),
        (1, "GPU-a,GPU-b", "all", "GPU-b", "all"),
        (1, "4,5,6", "0,2", "6", "all"),
    ],
)
def test_a_worker_sees_one_of_the_callers_own_gpus(
    monkeypatch, number, visible, given, pinned, left
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert pin_gpu(number, given) == left
    assert os.environ["CUDA_VISIBLE_DEVICES"] == pinned
