"""The serving side of the peer neural-tangents, run by the Python of its own environment.

Reads one JSON request a line and answers each with one line: {"load": folder} takes a network
(network.json and arrays.npz), {"run": implementation} computes the kernel once, {"save": path,
"run": implementation} also keeps it. The first run of an implementation compiles it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import jax
import neural_tangents as nt
import numpy as np
from jax import lax
from jax import numpy as jnp

Arrays = dict


def apply_layers(layers: list, parameters: Arrays, constants: Arrays, x: jax.Array) -> jax.Array:
    """The network that `description` in tangent_kernel.py describes, on images in NHWC."""
    for kind, name, options in layers:
        if kind == "sum":
            x = sum(apply_layers(branch, parameters, constants, x) for branch in options)
        else:
            x = LAYERS[kind](name, options, parameters, constants, x)
    return x


def _linear(name, _options, parameters, _constants, x):
    return x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]


def _conv(name, options, parameters, _constants, x):
    stride, padding = options
    kernel = parameters[f"{name}.weight"]
    pads = [(p, p) for p in padding]
    axes = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(x, kernel, stride, pads, dimension_numbers=axes)
    return y + parameters[f"{name}.bias"]


def _norm(name, eps, parameters, constants, x):
    deviation = jnp.sqrt(constants[f"{name}.running_var"] + eps)
    x = (x - constants[f"{name}.running_mean"]) / deviation
    return x * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]


def _max_pool(_name, size, _parameters, _constants, x):
    window = (1, size, size, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def _flatten(_name, _options, _parameters, _constants, x):
    channels_first = x.transpose(0, 3, 1, 2) if x.ndim == 4 else x
    return channels_first.reshape(len(x), -1)


LAYERS = {
    "linear": _linear,
    "conv": _conv,
    "norm": _norm,
    "max pool": _max_pool,
    "flatten": _flatten,
    "relu": lambda _n, _o, _p, _c, x: jax.nn.relu(x),
    "mean": lambda _n, _o, _p, _c, x: x.mean(axis=(1, 2), keepdims=True),
}


def kernels(folder: Path) -> dict:
    """Both implementations of the full kernel, as functions without arguments."""
    layers = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
        arrays = {name: jnp.asarray(stored[name]) for name in stored.files}
    images = arrays.pop("images")
    constants = {k: arrays.pop(k) for k in list(arrays) if "running" in k}

    def f(parameters: Arrays, x: jax.Array) -> jax.Array:
        return apply_layers(layers, parameters, constants, x)

    def prepared(implementation: nt.NtkImplementation):
        kernel = jax.jit(
            nt.empirical_ntk_fn(f, trace_axes=(), vmap_axes=0, implementation=implementation)
        )
        return lambda: kernel(images, None, arrays).block_until_ready()

    return {
        "jacobian": prepared(nt.NtkImplementation.JACOBIAN_CONTRACTION),
        "structured": prepared(nt.NtkImplementation.STRUCTURED_DERIVATIVES),
    }


def memory_kib(field: str) -> int:
    """A field of this process's status."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def serve() -> None:
    """Answer requests until the input ends."""
    ready: dict = {}
    for request in map(json.loads, sys.stdin):
        if "load" in request:
            ready = kernels(Path(request["load"]))
            answer = {"loaded": request["load"]}
        else:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            before, began = memory_kib("VmRSS"), time.perf_counter()
            kernel = ready[request["run"]]()
            answer = {"seconds": time.perf_counter() - began}
            answer["mib"] = max(0, memory_kib("VmHWM") - before) / 2**10
            if "save" in request:
                np.save(request["save"], np.asarray(kernel))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
