"""The asking side of the peer neural-tangents: a process of its own, and networks in its form."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dltheory.models.blocks import Sum

PYTHON = Path(__file__).parents[1] / ".venv-jax" / "bin" / "python"


class NeuralTangents:
    """The peer in its own process, given one network."""

    def __init__(self, process: subprocess.Popen[str], model: nn.Module, images: Tensor) -> None:
        self.process, self.mib = process, dict[str, float]()
        self.folder = Path(tempfile.mkdtemp())
        description = json.dumps(layers(model))
        (self.folder / "network.json").write_text(description, encoding="utf-8")
        np.savez(self.folder / "arrays.npz", **arrays(model, images))
        self.ask(load=str(self.folder))

    def ask(self, **request: str) -> dict[str, Any]:
        """The answer to one request."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, implementation: str) -> None:
        """Once, waiting for it; its highest memory is kept."""
        answer = self.ask(run=implementation)
        self.mib[implementation] = max(answer["mib"], self.mib.get(implementation, 0.0))

    def result(self, implementation: str) -> Tensor:
        """The kernel itself."""
        path = self.folder / "kernel.npy"
        self.ask(run=implementation, save=str(path))
        return torch.from_numpy(np.load(path))


@contextmanager
def jax_process() -> Iterator[subprocess.Popen[str] | None]:
    """The serving side, or nothing where its environment is missing."""
    script = Path(__file__).with_name("neural_tangents_peer.py")
    probe = [str(PYTHON), "-c", "import neural_tangents"]
    if not PYTHON.exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        yield None
        return
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [str(PYTHON), str(script)], stderr=subprocess.DEVNULL, **pipes
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def layers(module: nn.Module, prefix: str = "") -> list[list[Any]]:
    """The network as neural_tangents_peer.py reads it: [kind, name, options] for each layer."""
    if isinstance(module, nn.Sequential):
        return [
            layer
            for name, child in module.named_children()
            for layer in layers(child, f"{prefix}{name}.")
        ]
    name = prefix.removesuffix(".")
    if isinstance(module, Sum):
        branches = [
            layers(module.body, f"{prefix}body."),
            layers(module.shortcut, f"{prefix}shortcut."),
        ]
        return [["sum", name, branches]]
    if isinstance(module, nn.Identity):
        return []
    kinds: dict[type[nn.Module], tuple[str, Any]] = {
        nn.Linear: ("linear", None),
        nn.Conv2d: ("conv", [getattr(module, "stride", 0), getattr(module, "padding", 0)]),
        nn.BatchNorm2d: ("norm", getattr(module, "eps", 0)),
        nn.MaxPool2d: ("max pool", getattr(module, "kernel_size", 0)),
        nn.Flatten: ("flatten", None),
        nn.ReLU: ("relu", None),
        nn.AdaptiveAvgPool2d: ("mean", None),
    }
    kind, how = kinds[type(module)]
    return [[kind, name, how]]


def arrays(model: nn.Module, images: Tensor) -> dict[str, Any]:
    """Parameters, statistics and images in the layouts of JAX."""
    turned = {"images": images.permute(0, 2, 3, 1)}
    for name, value in model.state_dict().items():
        if value.dim() == 4:
            turned[name] = value.permute(2, 3, 1, 0)
        elif value.dim() == 2:
            turned[name] = value.T
        elif not name.endswith("num_batches_tracked"):
            turned[name] = value
    return {name: np.ascontiguousarray(value.cpu().numpy()) for name, value in turned.items()}
