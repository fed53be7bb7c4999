import subprocess
import sys

import pytest
import torch

from dltheory.data import torchvision_import
from dltheory.data.torchvision_import import declare_missing_operators, extension_loads


def loads(path):
    return path


def fails(path):
    raise OSError(f"{path}: undefined symbol")


@pytest.fixture
def package(tmp_path):
    (tmp_path / "_C.so").touch()
    return tmp_path


@pytest.fixture
def recorded(monkeypatch):
    """Schemas that would be declared, by a stand-in for torch.library.Library."""
    schemas = []

    class Recorder:
        def __init__(self, namespace, kind):
            assert (namespace, kind) == ("torchvision", "FRAGMENT")

        def define(self, schema):
            schemas.append(schema.partition("(")[0])

    monkeypatch.setattr(torch.library, "Library", Recorder)
    monkeypatch.setattr(torchvision_import, "_declared", [])
    return schemas


def test_torchvision_can_be_imported_in_a_fresh_interpreter(project_environment):
    code = (
        "from dltheory.data.torchvision_import import torchvision_datasets\n"
        "print(torchvision_datasets().CIFAR10.__name__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=project_environment, capture_output=True, text=True
    )

    assert (run.stdout, run.returncode) == ("CIFAR10\n", 0), run.stderr


def test_asking_twice_gives_the_same_module():
    ask = torchvision_import.torchvision_datasets
    assert ask() is ask()


@pytest.mark.parametrize(("load", "expected"), [(loads, True), (fails, False)])
def test_an_extension_loads_if_its_loader_says_so(load, expected, package):
    assert extension_loads(package, load) is expected


def test_an_absent_extension_does_not_load(tmp_path):
    assert not extension_loads(tmp_path, loads)


def test_nothing_is_declared_where_the_extension_loads(package, recorded):
    assert declare_missing_operators(package, loads) is False
    assert recorded == []


def test_both_operators_are_declared_where_it_does_not(package, recorded):
    assert declare_missing_operators(package, fails) is True
    assert recorded == ["nms", "qnms"]


@pytest.mark.usefixtures("recorded")
def test_operators_are_declared_only_once_and_kept_alive(package):
    declare_missing_operators(package, fails)

    assert declare_missing_operators(package, fails) is False
    assert len(torchvision_import._declared) == 1
