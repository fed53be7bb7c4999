import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["torch", "torchvision", "sklearn", "PIL", "numpy"])
def test_importing_and_making_descriptions_imports_no(heavy, project_environment):
    code = (
        "import sys\n"
        "from dltheory.data import *\n"
        "CorruptedLabels(data=CIFAR10(validation=10), fraction=0.1).black\n"
        "Digits(), MNIST(), CropAndFlip()\n"
        f"raise SystemExit({heavy!r} in sys.modules)"
    )

    status = subprocess.run([sys.executable, "-c", code], env=project_environment).returncode

    assert status == 0
