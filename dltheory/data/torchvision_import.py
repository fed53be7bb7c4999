"""Importing torchvision's data sets, even if its compiled operators cannot be loaded.

The published wheel of torchvision is compiled for CUDA builds of torch. With a CPU build of torch
its `_C.so` does not load. Then `import torchvision` fails, because it attaches Python code to two
operators that only `_C.so` declares. Data sets need neither operator, so declaring them is enough.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: list[torch.library.Library] = []  # the schemas vanish when their Library is collected


def torchvision_datasets() -> ModuleType:
    """The module `torchvision.datasets`."""
    spec = importlib.util.find_spec("torchvision")
    if spec is not None and spec.origin is not None:
        declare_missing_operators(Path(spec.origin).parent)
    from torchvision import datasets

    return datasets


def declare_missing_operators(
    package: Path, load: Callable[[str], object] = torch.ops.load_library
) -> bool:
    """Declare the operators if the package's `_C` does not load, once; return whether it did."""
    if _declared or extension_loads(package, load):
        return False
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        library.define(schema)
    _declared.append(library)
    return True


def extension_loads(package: Path, load: Callable[[str], object]) -> bool:
    """Whether the compiled module `_C` of the package exists and can be loaded by `load`."""
    for extension in sorted([*package.glob("_C*.so"), *package.glob("_C*.pyd")]):
        try:
            load(str(extension))
        except (OSError, ImportError):
            continue
        return True
    return False
