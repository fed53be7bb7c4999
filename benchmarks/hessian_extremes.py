"""Both ends of the loss Hessian's spectrum against the ways they are usually found.

    python -m benchmarks.hessian_extremes [--rounds N] [--device cpu|cuda] [--out DIR]

A 3072-512-512-512-10 MLP (2.1 M parameters) on 2,000 images of ten noisy patterns, at its
initialisation and after a short training. Ours locates both ends to residuals of 1e-3 of the
larger |end| with products in float32, and checks values and residuals by fresh products in
float64. `note` says how many products each method took and what it found.

* authors: two power iterations of 500 steps each, float32 (goldblum2020truth's published code).
  Ten of the products are timed and multiplied by a hundred: `peer_seconds` is an estimate.
* pyhessian: its density with 27 Lanczos steps, both ends of the nodes, and its power iteration,
  which finds one end. Its call of torch.eig, which torch no longer has, is given torch.linalg.eig.
* curvlinops: its Hessian under scipy's eigsh, both ends, to the same tolerance.

First, on a small network, ours is compared with the dense float64 Hessian: that is `error`. Then
`python -m benchmarks.hessian_extremes` prints what 500 shifted power steps in float32 make of a
planted saddle, and what Lanczos makes of it.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev
from torch.nn import functional

from benchmarks.harness import Row, compare, once, options, write
from dltheory.linalg.extreme_eigenvalues import extreme_eigenvalues
from dltheory.models import MLP
from dltheory.probes._hessian import hessian
from dltheory.probes.hessian_extremes import HessianExtremes, hessian_extremes
from dltheory.randomness import drawing_from, stream

POINTS, TOLERANCE = 2000, 1e-3
Problem = tuple[nn.Module, Tensor, Tensor]


def problem(device: str, steps: int, hidden: int = 512, points: int = POINTS) -> Problem:
    """A network after some steps of training, and the images that it sees."""
    draws = stream(0, "benchmark/hessian")
    labels = torch.randint(10, (points,), generator=draws)
    patterns = torch.randn(10, 3, 32, 32, generator=draws)
    images = 0.1 * patterns[labels] + torch.randn(points, 3, 32, 32, generator=draws)
    with drawing_from(draws):
        model = MLP(hidden=(hidden,) * 3).build((3, 32, 32), 10)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(steps):
        chosen = torch.randint(points, (128,), generator=draws)
        optimiser.zero_grad()
        functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
        optimiser.step()
    return model.eval().to(device), images.to(device), labels.to(device)


def ours(model: nn.Module, images: Tensor, labels: Tensor) -> HessianExtremes:
    """Both ends located, products in float32, fresh checks in float64."""
    return hessian_extremes(
        model,
        images,
        labels,
        generator=stream(0, "probe/hessian_extremes"),
        tolerance=TOLERANCE,
        excluding=float("inf"),
        precision="float32",
        batch=POINTS,
    )


def authors(model: nn.Module, images: Tensor, labels: Tensor, products: int = 10) -> None:
    """Steps of power iteration with the Hessian in batches of 128, the graph built every time."""
    parameters = list(model.parameters())
    v = [torch.randn(p.shape, generator=stream(1, "start")).to(p) for p in parameters]
    for _ in range(products):
        total = [torch.zeros_like(p) for p in parameters]
        for x, y in zip(images.split(128), labels.split(128), strict=True):
            loss = functional.cross_entropy(model(x), y)
            first = torch.autograd.grad(loss, parameters, create_graph=True)
            second = torch.autograd.grad(first, parameters, v)
            total = [t + s for t, s in zip(total, second, strict=True)]
        norm = torch.stack([t.norm() for t in total]).norm()
        v = [t / norm for t in total]


def _pyhessian(model: nn.Module, images: Tensor, labels: Tensor) -> Any:
    import pyhessian

    cuda = images.device.type == "cuda"
    return pyhessian.hessian(model, nn.CrossEntropyLoss(), data=(images, labels), cuda=cuda)


@contextlib.contextmanager
def _old_eig() -> Iterator[None]:
    def eig(T: Tensor, *, eigenvectors: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG001
        values, vectors = torch.linalg.eigh((T + T.T) / 2)
        return torch.stack([values, torch.zeros_like(values)], dim=1), vectors

    with mock.patch.object(torch, "eig", eig):
        yield


def pyhessian_density(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """The outermost nodes of a 27-step run."""
    with _old_eig(), contextlib.redirect_stdout(io.StringIO()):
        nodes, _ = _pyhessian(model, images, labels).density(iter=27, n_v=1)
    model.zero_grad(set_to_none=True)
    return min(nodes[0]), max(nodes[0])


def pyhessian_power(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The eigenvalue of largest size."""
    values, _ = _pyhessian(model, images, labels).eigenvalues(tol=TOLERANCE)
    model.zero_grad(set_to_none=True)
    return values[0]


def curvlinops_eigsh(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Both ends by scipy's ARPACK on curvlinops' Hessian."""
    from curvlinops import HessianLinearOperator
    from scipy.sparse.linalg import eigsh

    parameters = list(model.parameters())
    operator = HessianLinearOperator(
        model, nn.CrossEntropyLoss(), parameters, [(images, labels)], check_deterministic=False
    ).to_scipy()
    start = torch.randn(operator.shape[0], generator=stream(0, "start")).numpy()
    solver: Any = eigsh
    values = solver(operator, k=2, which="BE", tol=TOLERANCE, v0=start, return_eigenvectors=False)
    return float(min(values)), float(max(values))


PEERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "pyhessian density, 27 steps": ("pyhessian", pyhessian_density),
    "pyhessian power, one end": ("pyhessian", pyhessian_power),
    "curvlinops eigsh, both ends": ("curvlinops", curvlinops_eigsh),
}


def agreement() -> float:
    """Our deviation from the dense float64 Hessian of a small network, relative to λ_max."""
    model, images, labels = problem("cpu", 0, hidden=4, points=60)
    images = functional.avg_pool2d(images, 8)
    with drawing_from(stream(3, "init")):
        model = MLP(hidden=(6, 6, 6)).build((3, 4, 4), 10)
    found = ours(model, images, labels)
    named = {n: p.detach().double() for n, p in model.named_parameters()}
    sizes = [p.numel() for p in named.values()]

    def loss(flat: Tensor) -> Tensor:
        parts = {
            n: v.view_as(p) for (n, p), v in zip(named.items(), flat.split(sizes), strict=True)
        }
        return functional.cross_entropy(functional_call(model, parts, (images.double(),)), labels)

    H = jacrev(grad(loss))(torch.cat([p.flatten() for p in named.values()]))
    low, *_, high = torch.linalg.eigvalsh(H).tolist()
    scale = max(abs(low), abs(high))
    error = max(abs(found.smallest - low), abs(found.largest - high)) / scale
    if error > TOLERANCE:
        raise SystemExit(f"ours deviates from the dense Hessian by {error:.2g} of the larger end")
    return error


def planted_saddle() -> str:
    """One eigenvalue −1, 398 in [0, 1], and λ_max = 113,598.85: by power steps and by Lanczos."""
    spectrum = np.r_[-1.0, np.linspace(0, 1, 398), 113_598.85]
    d = torch.as_tensor(spectrum, dtype=torch.float64)
    start = torch.randn(400, generator=stream(3, "start"), dtype=torch.float64)

    def power(shift: float) -> float:
        v = start.float()
        for _ in range(500):
            w = d.float() * v - shift * v
            v = w / w.norm()
        return float(v @ (d.float() * v - shift * v)) + shift

    by_power = power(power(0.0))
    found = extreme_eigenvalues(lambda v: d * v, start, tolerance=1e-9)
    low = found.smallest
    return (
        f"planted saddle, λ_min = −1: 1,000 power steps in float32 say {by_power:.4f}; Lanczos "
        f"{low.value:.6f}, residual {low.residual:.1e}, none below {low.beyond:.6f} but with "
        f"probability {found.failure:g}, {found.products} products"
    )


def case(name: str, device: str, steps: int, rounds: int, error: float) -> list[Row]:
    """All peers on one network."""
    model, images, labels = problem(device, steps)
    here = {n: m for n, (package, m) in PEERS.items() if find_spec(package)}
    last: dict[str, Any] = {}

    def noting(n: str, method: Callable[..., Any]) -> Callable[[], None]:
        return lambda: last.update({n: method(model, images, labels)})

    rows = compare(
        "hessian_extremes",
        name,
        noting("ours", ours),
        {n: noting(n, m) for n, m in here.items()},
        error=error,
        rounds=rounds,
        device=device,
        absent={n: f"{p} is not installed" for n, (p, _) in PEERS.items() if not find_spec(p)},
    )
    found = last["ours"]
    mine = (
        f"ours {found.products:.0f} products: {found.smallest:.6g} (residual "
        f"{found.smallest_residual:.1e}), {found.largest:.6g} ({found.largest_residual:.1e})"
    )
    rows = [
        replace(row, note=f"{mine}; peer found {last[row.peer]}") if row.peer in last else row
        for row in rows
    ]
    each = once(lambda: authors(model, images, labels), device) / 10
    whole = 1000 * each
    ratio = whole / rows[0].ours_seconds
    rows.append(
        replace(
            rows[0],
            peer="authors, 2 × 500 power steps",
            peer_seconds=whole,
            ratio=ratio,
            ratio_min=ratio,
            ratio_max=ratio,
            runs=1,
            peer_peak_mib=None,
            note=f"{mine}; peer 1,000 products, extrapolated from 10, and no certificate",
        )
    )
    return rows


def product_case(device: str, rounds: int, error: float) -> list[Row]:
    """One product with the graph kept, against one that builds it."""
    model, images, labels = problem(device, 0)
    with hessian(model, images, labels, precision="float32", batch=POINTS) as operator:
        v = torch.randn(operator.n, generator=stream(0, "start")).to(device)
        with hessian(
            model, images, labels, precision="float32", batch=POINTS, memory=0
        ) as building:
            return compare(
                "hessian_extremes",
                "one product, float32",
                lambda: operator.times(v),
                {"graph built every time": lambda: building.times(v)},
                error=error,
                rounds=rounds,
                device=device,
            )


def main() -> None:
    """Both cases and the planted saddle."""
    arguments = options(str(__doc__).split("\n", 1)[0])
    rounds = min(arguments.rounds, 3)  # peers take tens of seconds
    error = agreement()
    print(planted_saddle())
    rows = product_case(arguments.device, arguments.rounds, error)
    rows += case("2.1 M parameters, initial", arguments.device, 0, rounds, error)
    rows += case("2.1 M parameters, trained", arguments.device, 20, rounds, error)
    write("hessian_extremes", rows, arguments.out)


if __name__ == "__main__":
    main()
