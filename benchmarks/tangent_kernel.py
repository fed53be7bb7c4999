"""The full tangent kernel of 25 images and 10 logits, 3×32×32, in evaluation mode: ours and peers.

    python -m benchmarks.tangent_kernel [--rounds 7] [--device cpu|cuda] [--out DIR]

Peers: the authors' loop over pairs (a few entries, extrapolated), one backward pass per output and
J Jᵀ, torch.func's jacrev with vmap, nngeometry, and neural-tangents with both of its
implementations, in an environment of its own (.venv-jax, made by `make bench`). What takes longer
than 20 seconds is timed once. "FLOPs at the matmul rate" is no peer: it is the time that the
multiplications which cannot be avoided take at the rate of a float32 matmul, measured in turn.
"""

from __future__ import annotations

import dataclasses
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from benchmarks.harness import Row, compare, line, once, options, relative_error, write
from benchmarks.neural_tangents_client import NeuralTangents, jax_process
from dltheory.models import MLP, NTKConvNet, WideResNet
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream

POINTS, CLASSES, SHAPE = 25, 10, (3, 32, 32)
NETWORKS = {
    "MLP 3072-512-10": MLP(hidden=(512,)),
    "MLP 3072-512-512-512-10": MLP(hidden=(512,) * 3),
    "ConvNet, w = 64": NTKConvNet(width=64),
    "WRN-16-2": WideResNet(widening=2),
}
LABELS = torch.zeros(POINTS, dtype=torch.int64)
ENTRIES = 6  # of the authors' loop
ALLOWED = 1e-3  # error of a float32 kernel; rounding moves some maxima of pools to a neighbour
SIDE = 1536  # of the matrices that the rate of multiplication is measured with
MATMUL, FLOOR = f"one matmul of side {SIDE}", "FLOPs at the matmul rate"
IMPLEMENTATIONS = {
    "neural-tangents, structured": "structured",
    "neural-tangents, Jacobian": "jacobian",
}


def network(name: str, device: str) -> tuple[nn.Module, Tensor]:
    """With statistics of some images, so that normalisation does something; and 25 images."""
    generator = stream(2, "data")
    images = torch.randn(POINTS, *SHAPE, generator=generator)
    with drawing_from(stream(1, "init")):
        model = NETWORKS[name].build(SHAPE, CLASSES)
    with torch.no_grad():
        model.train()(torch.randn(50, *SHAPE, generator=generator))
    return model.eval().to(device), images.to(device)


# ── peers ─────────────────────────────────────────────────────────────────────────────────────


def one_entry(model: nn.Module, images: Tensor, place: tuple[int, int, int, int]) -> Tensor:
    """As the authors compute each entry: two backward passes and an inner product."""
    i, j, k, l = place  # noqa: E741  the paper's indices
    by = list(model.parameters())
    one = torch.autograd.grad(model(images[i : i + 1])[0, k], by)
    other = torch.autograd.grad(model(images[j : j + 1])[0, l], by)
    return sum(((a * b).sum() for a, b in zip(one, other, strict=True)), torch.zeros(()))


def output_loop(model: nn.Module, images: Tensor) -> Tensor:
    """One backward pass per image and logit, the Jacobian, and its Gram matrix."""
    by, rows = list(model.parameters()), []
    for image in images.split(1):
        for output in model(image)[0]:
            gradients = torch.autograd.grad(output, by, retain_graph=True)
            rows.append(torch.cat([g.flatten() for g in gradients]))
    jacobian = torch.stack(rows)
    return by_pairs(jacobian @ jacobian.T)


def mapped(model: nn.Module, images: Tensor, chunk: int | None = None) -> Tensor:
    """torch.func, as in PyTorch's tutorial: jacrev of one image under vmap, contracted."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    buffers = dict(model.named_buffers())

    def of_one(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(model, (parameters, buffers), (x[None],))[0]

    jacobians = vmap(jacrev(of_one), in_dims=(None, 0), chunk_size=chunk)(parameters, images)
    parts = (j.flatten(0, 1).flatten(1) for j in jacobians.values())
    return by_pairs(sum((j @ j.T for j in parts), torch.zeros((), device=images.device)))


def nngeometry(model: nn.Module, images: Tensor) -> Tensor:
    """Its GramMatrix on all images at once."""
    from nngeometry import GramMatrix
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(images.clone()), batch_size=POINTS)
    gram = GramMatrix(model=model, loader=loader, function=lambda x: model(x))
    return gram.to_torch().permute(1, 3, 0, 2).detach()


def by_pairs(matrix: Tensor) -> Tensor:
    """Rows and columns (point, class) to axes (point, point, class, class)."""
    return matrix.unflatten(0, (POINTS, CLASSES)).unflatten(2, (POINTS, CLASSES)).transpose(1, 2)


# ── what cannot be avoided ────────────────────────────────────────────────────────────────────


def unavoidable_flops(model: nn.Module, images: Tensor) -> float:
    """2 × (forward + backward of each logit to each layer's output + Gram products).

    Of linear layers and convolutions: N P O K multiplications forward, with P positions, O
    outputs and K inputs each; C times that backward, but for the first layer, whose inputs'
    gradient nobody needs; and the cheaper of both ways to the layer's share of the kernel, of
    which half is known by symmetry. Gradients count as dense, also where pooling makes most 0.
    """
    total, first = 0.0, True

    def count(module: nn.Module, _inputs: Any, output: Tensor) -> None:
        nonlocal total, first
        weight = module.get_parameter("weight")
        n, o, k = POINTS, weight.shape[0], weight[0].numel()
        p = output[0].numel() // o
        forward = n * p * o * k
        by_gradients = CLASSES * forward + (n * CLASSES) ** 2 * o * k / 2
        by_positions = n**2 / 2 * p * (p * (k + CLASSES * o) + CLASSES**2 * o)
        if p == 1:
            by_positions = (n * CLASSES) ** 2 * o / 2 + n**2 * k / 2
        total += forward + min(by_gradients, by_positions)
        total += 0 if first else CLASSES * forward
        first = False

    counted = [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    handles = [module.register_forward_hook(count) for module in counted]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return 2 * total


def floor(row: Row, flops: float) -> Row:
    """The row of a matmul as that of the same time for all multiplications."""
    more = flops / (2 * SIDE**3)
    assert row.ratio is not None
    assert row.ratio_min is not None
    assert row.ratio_max is not None
    assert row.peer_seconds is not None
    return dataclasses.replace(
        row,
        peer=FLOOR,
        peer_seconds=more * row.peer_seconds,
        ratio=more * row.ratio,
        ratio_min=more * row.ratio_min,
        ratio_max=more * row.ratio_max,
        peer_peak_mib=None,
        note=f"{flops / 1e9:.3g} GFLOP; a bound, not a method",
    )


def timed_once(like: Row, peer: str, seconds: float, note: str) -> Row:
    """A row of something too slow to take turns."""
    ratio = seconds / like.ours_seconds
    return dataclasses.replace(
        like,
        peer=peer,
        peer_seconds=seconds,
        ratio=ratio,
        ratio_min=ratio,
        ratio_max=ratio,
        peer_peak_mib=None,
        note=note,
    )


# ── a network ─────────────────────────────────────────────────────────────────────────────────


def checked(peer: str, found: Tensor, reference: Tensor) -> float:
    """The error; stops where a method computes something else."""
    error = relative_error(found, reference)
    if not error <= ALLOWED:
        raise SystemExit(f"tangent_kernel: {peer} has error {error:.1e}; nothing was timed.")
    return error


def reference_kernel(model: nn.Module, images: Tensor) -> Tensor:
    """One backward pass per output, in float64."""
    double = output_loop(model.double(), images.double())
    model.float()
    return double


def of_network(
    name: str, device: str, rounds: int, process: subprocess.Popen[str] | None
) -> list[Row]:
    """Ours against all peers: the fast ones, those of seconds, and those of minutes."""
    model, images = network(name, device)
    labels = LABELS.to(device)
    reference = reference_kernel(model, images)
    convolutional = "MLP" not in name
    rounds = min(rounds, 3) if convolutional else rounds

    def ours() -> Tensor:
        return tangent_kernel(model, images, labels)

    matrix = torch.randn(SIDE, SIDE, device=device)
    fast: dict[str, Any] = {MATMUL: lambda: matrix @ matrix}
    slow: dict[str, Any] = {
        "torch.func jacrev + vmap": lambda: mapped(model, images),
        "the same in chunks of 5": lambda: mapped(model, images, 5),
        "backward pass per output, J Jᵀ": lambda: output_loop(model, images),
    }
    for title, method in slow.items():
        checked(title, method(), reference)
    absent = {} if find_spec("nngeometry") else {"nngeometry GramMatrix": "not installed"}
    server = NeuralTangents(process, model, images) if process and device == "cpu" else None
    for title, implementation in IMPLEMENTATIONS.items():
        if server is None:
            absent[title] = "needs its own environment, .venv-jax, and a CPU"
            continue
        checked(title, server.result(implementation), reference)
        group = slow if implementation == "jacobian" else fast
        group[title] = partial(server.run, implementation)

    common: dict[str, Any] = {"error": checked("ours", ours(), reference), "device": device}
    rows = compare("tangent_kernel", name, ours, fast, rounds=rounds, absent=absent, **common)
    rows += compare("tangent_kernel", name, ours, slow, rounds=min(rounds, 3), **common)
    flops = unavoidable_flops(model, images)
    rest = [with_memory(row, server) for row in rows[1:]]
    return [
        *rest,
        *printed(iter([floor(rows[0], flops)])),
        *printed(very_slow(model, images, reference, rows[0])),
    ]


def with_memory(row: Row, server: NeuralTangents | None) -> Row:
    """Of neural-tangents the memory of its own process."""
    if server is None or not row.peer.startswith("neural-tangents"):
        return row
    peak = server.mib[IMPLEMENTATIONS[row.peer]]
    return dataclasses.replace(row, peer_peak_mib=peak, note="memory of its own process")


def very_slow(model: nn.Module, images: Tensor, reference: Tensor, like: Row) -> Iterator[Row]:
    """The authors' loop by some of its entries, and nngeometry once."""
    generator = stream(3, "data")
    draws = [
        torch.randint(top, (ENTRIES,), generator=generator).tolist()
        for top in (POINTS, POINTS, CLASSES, CLASSES)
    ]
    times = []
    for place in zip(*draws, strict=True):
        began = time.perf_counter()
        entry = one_entry(model, images, place)
        times.append(time.perf_counter() - began)
        if abs(float(entry) - float(reference[place])) > ALLOWED * float(reference.abs().max()):
            raise SystemExit(f"tangent_kernel: the authors' loop differs at {place}.")
    entries = (POINTS * CLASSES) ** 2
    seconds = sorted(times)[ENTRIES // 2] * entries
    note = f"{ENTRIES} of {entries} entries, extrapolated"
    yield timed_once(like, "authors' loop over pairs", seconds, note)
    if find_spec("nngeometry"):
        title = "nngeometry GramMatrix"
        device = "cpu" if images.device.type == "cpu" else "cuda"
        found: list[Tensor] = []
        seconds = once(lambda: found.append(nngeometry(model, images)), device)
        checked(title, found[0], reference)
        yield timed_once(like, title, seconds, "timed once, not in turn")


def printed(rows: Iterator[Row]) -> list[Row]:
    """The rows, each printed as it comes."""
    kept = []
    for row in rows:
        kept.append(row)
        print(line(row), flush=True)
    return kept


def main() -> None:
    """Measure, print the table, and write it with its provenance."""
    chosen = options(__doc__.split("\n")[0])
    rows = []
    with jax_process() as process:
        for name in NETWORKS:
            rows += of_network(name, chosen.device, chosen.rounds, process)
    write("tangent_kernel", rows, chosen.out)


if __name__ == "__main__":
    main()
