"""SGD with single examples on problems whose constants are known, and what Theorems 3.1, 3.2 say.

Problems: f_i(w) = g(x_iᵀw − y_i) with

    squares   g(t) = t²/2,           L = max ‖x_i‖²,    μ = min ‖x_i‖²,
    sines     g(t) = t² + 3 sin² t,  L = 8 max ‖x_i‖²,  μ = min ‖x_i‖²/32  (not convex),

so that each f_i is L-smooth and ½‖∇f_i‖² ≥ μ f_i, with min f_i = 0. The minimum of F is known for
squares, and is 0 for sines, which are only used with no more points than parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from dltheory.experiments import Context
from dltheory.randomness import stream

Result = dict[str, float]

STEPS, PATHS, WORLDS = 200, 64, 8
THOUSANDTHS = 1000.0


@dataclass(frozen=True)
class Bound:
    """The constants of a theorem's right-hand side, with N terms, step α and confusion η."""

    terms: int
    smoothness: float
    pl: float
    step: float
    confusion: float

    def gap(self, first: float, steps: Tensor) -> Tensor:
        """Theorem 3.1: ρ^T (F(w_0) − F*) + α η/(1 − ρ), ρ = 1 − (2μ/N)(α − N L α²/2)."""
        n, a = self.terms, self.step
        rho = 1 - 2 * self.pl / n * (a - n * self.smoothness * a**2 / 2)
        return rho**steps * first + a * self.confusion / (1 - rho)

    def squared_gradient(self, fall: float, steps: Tensor) -> Tensor:
        """Theorem 3.2: (ρ/(αT)) (F(w_1) − F*) + ρ η, ρ = 2N/(2 − N L α)."""
        n, a = self.terms, self.step
        rho = 2 * n / (2 - n * self.smoothness * a)
        return rho / a * fall / steps + rho * self.confusion

    def squared_gradient_as_printed(self, fall: float, steps: Tensor, losses_in: float) -> Tensor:
        """Theorem 3.2 without 1/α, (ρ/T) (F(w_1) − F*) + ρ η, for losses in another unit.

        Losses `losses_in` times as large have gradients that many times as large and steps as much
        smaller; this is the bound for them, over the square of that number.
        """
        rho = 2 * self.terms / (2 - self.terms * self.smoothness * self.step)
        return rho * fall / steps / losses_in + rho * self.confusion


class Paths(NamedTuple):
    """F − F* at each step of each path, ‖∇F‖², the largest confusion, and the descent slack."""

    gaps: Tensor
    squared_gradients: Tensor
    confusion: float
    slack: float


@dataclass(frozen=True)
class World:
    """A problem: its data, its kind, and the step as a part of the limit 2/(N L)."""

    x: Tensor
    y: Tensor
    sines: bool
    part: float

    @property
    def smoothness(self) -> float:
        """L."""
        return (8.0 if self.sines else 1.0) * float(self.x.square().sum(dim=1).max())

    @property
    def pl(self) -> float:
        """μ."""
        return float(self.x.square().sum(dim=1).min()) / (32.0 if self.sines else 1.0)

    @property
    def limit(self) -> float:
        """2/(N L)."""
        return 2 / (len(self.x) * self.smoothness)

    def losses(self, w: Tensor) -> Tensor:
        """f_i at each w: (paths, N)."""
        t = w @ self.x.T - self.y
        return t.square() + 3 * t.sin().square() if self.sines else t.square() / 2

    def slopes(self, w: Tensor) -> Tensor:
        """g′ at each w: ∇f_i = g′_i x_i."""
        t = w @ self.x.T - self.y
        return 2 * t + 3 * (2 * t).sin() if self.sines else t

    @property
    def least(self) -> float:
        """min F."""
        if self.sines:
            return 0.0
        best = torch.linalg.lstsq(self.x, self.y[:, None], driver="gelsd").solution[:, 0]
        return float(self.losses(best[None]).mean())


def world(seed: int, number: int) -> World:
    """One of a seed's worlds; every third has sines, every second of the others cannot be fitted.

    A quarter has orthonormal points, a quarter points of length 1.
    """
    generator = stream(seed, f"data/{number}")
    points = int(torch.randint(2, 13, (1,), generator=generator))
    sines = number % 3 == 2
    fits = sines or number % 2 == 0
    size = points + 3 if fits else max(1, points // 2)
    x = torch.randn(points, size, generator=generator, dtype=torch.float64)
    if number % 4 == 0:
        x = torch.linalg.qr(x.T)[0].T
    elif number % 4 == 1:
        x = torch.nn.functional.normalize(x, dim=1)
    y = torch.randn(points, generator=generator, dtype=torch.float64) * 2
    part = 0.1 + 0.85 * float(torch.rand(1, generator=generator))
    return World(x=x, y=y, sines=sines, part=part)


def follow(world: World, step: float, generator: torch.Generator) -> Paths:
    """All paths of SGD from w = 0, `STEPS` steps each; confusion at every point of every path.

    `slack` is the smallest room of the inequality behind both theorems, relative to F(w_0),

        F(w_{k+1}) ≤ F(w_k) − (α/N − Lα²/2) ‖∇f_k(w_k)‖² + α η.
    """
    points, size = world.x.shape
    least, gram = world.least, world.x @ world.x.T
    off = ~torch.eye(points, dtype=torch.bool)
    w = torch.zeros(PATHS, size, dtype=torch.float64)
    gaps, gradients, confusion, slack = [], [], 0.0, math.inf
    scale = float(world.losses(w).mean())
    for _ in range(STEPS):
        losses, slopes = world.losses(w).mean(dim=1), world.slopes(w)
        gaps.append(losses - least)
        gradients.append((slopes @ world.x / points).square().sum(dim=1))
        inner = slopes[:, :, None] * gram * slopes[:, None, :]
        eta = (-inner[:, off].amin(dim=1)).clamp_min(0)
        confusion = max(confusion, float(eta.max()))
        chosen = torch.randint(points, (PATHS,), generator=generator)
        taken = slopes.gather(1, chosen[:, None]) * world.x[chosen]
        w = w - step * taken
        gain = (step / points - world.smoothness * step**2 / 2) * taken.square().sum(dim=1)
        room = losses - gain + step * eta - world.losses(w).mean(dim=1)
        slack = min(slack, float(room.min()) / scale)
    gaps.append(world.losses(w).mean(dim=1) - least)
    return Paths(torch.stack(gaps, dim=1), torch.stack(gradients, dim=1), confusion, slack)


def convergence(seed: int, context: Context) -> Result:
    """Both theorems over the worlds of a seed: what was measured, divided by what they allow.

    A mean over paths enters with four standard errors taken off. "without noise" leaves out the
    term with η, "rate of descent" leaves 1/N out of ρ, "with half the smoothness" has L/2 for L,
    "as printed" leaves out 1/α, for losses in thousandths; "above the limit" takes the step 3/L.

    A quadratic of one term at the step 1/L reaches Theorem 3.2 at T = 1, and is among its worlds.
    """
    del context
    found: dict[str, list[float]] = {}
    for number in range(WORLDS):
        problem = world(seed, number)
        step = problem.part * problem.limit
        generator = stream(seed, f"batches/{number}")
        paths = follow(problem, step, generator)
        constants = {"terms": len(problem.x), "smoothness": problem.smoothness, "step": step}
        bound = Bound(pl=problem.pl, confusion=paths.confusion, **constants)
        silent = Bound(pl=problem.pl, confusion=0.0, **constants)
        hasty = Bound(pl=problem.pl * len(problem.x), confusion=paths.confusion, **constants)
        loose = replace(bound, smoothness=problem.smoothness / 2)
        steps = torch.arange(1, STEPS + 1, dtype=torch.float64)
        first, gap = float(paths.gaps[0, 0]), _low(paths.gaps)[1:]
        squared = _low(paths.squared_gradients).cummin(dim=0).values
        wild = follow(problem, 3 / problem.smoothness, generator)
        numbers = {
            "gap over bound": (gap / bound.gap(first, steps)).max(),
            "gap over bound without noise": (gap / silent.gap(first, steps)).max(),
            "gap over bound with the rate of descent": (gap / hasty.gap(first, steps)).max(),
            "gap over bound at the end": gap[-1].clamp_min(1e-30) / bound.gap(first, steps)[-1],
            "squared gradient over bound": (squared / bound.squared_gradient(first, steps)).max(),
            "squared gradient over bound with half the smoothness": (
                squared / loose.squared_gradient(first, steps)
            ).max(),
            "squared gradient over bound as printed": (
                squared / bound.squared_gradient_as_printed(first, steps, THOUSANDTHS)
            ).max(),
            "squared gradient over bound at the end": (
                squared[-1].clamp_min(1e-30) / bound.squared_gradient(first, steps)[-1]
            ),
            "slack of the descent inequality": torch.tensor(-paths.slack),
            "gap above the limit over first": wild.gaps.mean(dim=0)[-1] / first,
        }
        for name, value in numbers.items():
            found.setdefault(name, []).append(min(float(value), 1e30))
    for name, value in one_term(seed).items():
        found[name].append(value)
    smallest = {"gap over bound at the end", "squared gradient over bound at the end"}
    return {name: min(v) if name in smallest else max(v) for name, v in found.items()}


def one_term(seed: int) -> Result:
    """A quadratic of one term at the step 1/L, T = 1: ‖∇F‖² over the bound, and with L/2 in it."""
    scale, label = torch.rand(2, generator=stream(seed, "data/one"), dtype=torch.float64) + 0.5
    problem = World(x=scale.reshape(1, 1), y=label.reshape(1), sines=False, part=0.5)
    start, one = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    fall = float(problem.losses(start).mean())
    squared = float((problem.slopes(start) @ problem.x).square().sum())
    step = problem.part * problem.limit
    bound = Bound(terms=1, smoothness=problem.smoothness, pl=problem.pl, step=step, confusion=0.0)
    loose = replace(bound, smoothness=problem.smoothness / 2)
    return {
        "squared gradient over bound": squared / float(bound.squared_gradient(fall, one)),
        "squared gradient over bound with half the smoothness": (
            squared / float(loose.squared_gradient(fall, one))
        ),
    }


def _low(paths: Tensor) -> Tensor:
    """The mean over paths less four standard errors, at each step."""
    return paths.mean(dim=0) - 4 * paths.std(dim=0) / math.sqrt(len(paths))
