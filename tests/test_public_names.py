"""What `from dltheory import …` gives, and what it costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import dltheory
from dltheory.experiments.imported_code import _reached, forget_sources

PUBLIC = """
Bearing Beside Budget CIFAR10 CIFAR100 Cell Claim ConvNet Context CorruptedLabels Criterion
CropAndFlip Constant DLTheoryError DenseNet Digits Evidence Experiment Finding Form
GaussianClusters GradientDescent ImageFolderData Initialised Interval LastEpoch MLP MNIST
MaskedCopies MobileNetV2 NormBias Paper Printed Quantity ResNet SGD ShuffledLabels SpecError Steps
Training Tuned VGG Verdict WeightDecay WideResNet AtTrainAccuracy AtTrainLoss arms_plot cases_plot
claim compute correlation density_plot difference_of_slopes drawing_from equivalence grim holds
holm levels_plot lines_plot magnitude mean monotone opposite over_seeds_and_images page
paired_difference quantity rank_correlation readings_that_turn regions_plot scatter_plot shown
slopes stream success_rate table trend unpaired_difference weakest welch_from_printed worst
worst_case
"""
"""A name that goes from here, or comes here, is a change for everybody who has written claims."""


def test_the_public_names_are_those_listed_here():
    assert set(dltheory.__all__) == set(PUBLIC.split())


@pytest.mark.parametrize("name", dltheory.__all__)
def test_a_public_name_is_there(name):
    assert getattr(dltheory, name) is getattr(import_module(dltheory._MODULE_OF[name]), name)
    assert name in dir(dltheory)


def test_type_checkers_are_told_the_same_names_from_the_same_modules():
    stub = ast.parse(Path(dltheory.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [s for s in stub.body if isinstance(s, ast.ImportFrom)]

    assert {one.names[0].asname: one.module for one in imports} == dltheory._MODULE_OF


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Manager'"):
        _ = dltheory.Manager


def test_importing_the_library_imports_no_torch():
    code = "import sys, dltheory; sys.exit(any(m in sys.modules for m in ('torch', 'scipy')))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_code_that_takes_a_public_name_depends_on_the_module_of_that_name(tmp_path, monkeypatch):
    (tmp_path / "own_draws.py").write_text("from dltheory import stream\n")
    (tmp_path / "same_draws.py").write_text("from dltheory.randomness import stream\n")
    monkeypatch.syspath_prepend(tmp_path)
    forget_sources()

    through, direct = (
        dict(_reached(frozenset([module]), library=True)) for module in ("own_draws", "same_draws")
    )

    assert through.keys() - {"own_draws"} == direct.keys() - {"same_draws"} != set()
