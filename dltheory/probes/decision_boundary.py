"""The predictions of a network on a plane of its input space, for a picture of its boundaries."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.outputs import finite
from dltheory.probes._evaluation import logits
from dltheory.probes._margins import class_outputs, lead


def decision_boundary(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    resolution: int = 32,
    margin: float = 0.1,
    through: tuple[int, int, int] = (0, 1, 2),
    batch: int = 1000,
) -> Float64[Tensor, "4 rows columns"]:
    """Predicted class k, its lead f_k − max_{j≠k} f_j, and coordinates a, b on a square grid.

    These are the four entries of the first axis. For inputs of two numbers, (a, b) is the input,
    and the grid covers the box around all inputs. Otherwise the grid lies in the plane through
    three inputs x_1, x_2, x_3, whose indices are `through`, and covers the box around them (as in
    Somepalli et al. 2022). Then x = x_1 + a e_1 + b e_2 with orthonormal e_1 and e_2, where e_1
    points from x_1 to x_2, and e_2 to the side of x_3. Each side of the box is moved out by
    `margin` times its width. Columns are along a and rows along b, `resolution` of each.
    Coordinates are in the unit of the inputs. The class and the lead are NaN if an output is not
    finite. SpecError is raised if the three inputs lie on a line.
    """
    if resolution < 2 or not margin >= 0:
        raise SpecError(
            "A grid needs at least 2 points a side and a margin of at least 0; got "
            f"{resolution} and {margin:g}. Take 100 for a picture."
        )
    flat = images.detach().double().flatten(1)
    if flat.shape[1] == 2:
        origin, axes, inside = torch.zeros_like(flat[0]), torch.eye(2).to(flat), flat
    else:
        origin, axes, inside = _plane(flat, through)
    a, b = _grid(inside, resolution, margin)
    points = origin + torch.stack([a, b], dim=-1).view(-1, 2) @ axes
    inputs = points.view(-1, *images.shape[1:]).to(images.dtype)
    outputs = torch.cat([class_outputs(out) for _, out in logits(model, inputs, batch)])
    chosen = outputs.argmax(dim=1)
    decided = torch.stack([chosen.double(), lead(outputs, chosen).double()])
    decided = torch.where(finite(outputs), decided, torch.nan)
    return torch.cat([decided.view(2, resolution, resolution), torch.stack([a, b])])


def _plane(
    flat: Float64[Tensor, "points inputs"], through: tuple[int, int, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """The first of three points, two orthonormal axes, and the coordinates of the three points."""
    if not all(0 <= place < len(flat) for place in through):
        raise SpecError(
            f"A plane goes through three of the {len(flat)} points, counted from 0; got places "
            f"{through}. Choose three of them."
        )
    origin, *others = flat[list(through)]
    sides = torch.stack(others) - origin
    e_1 = sides[0] / sides[0].norm()
    height = sides[1] - (sides[1] @ e_1) * e_1
    ratio = float(height.norm() / sides.norm())
    if not ratio > 1e-9:
        raise SpecError(
            f"Three points span a plane if they do not lie on a line; the points {through} do, to "
            f"{ratio:.1g} of their distance. Choose others."
        )
    axes = torch.stack([e_1, height / height.norm()])
    return origin, axes, torch.cat([torch.zeros_like(sides[:1, :2]), sides @ axes.T])


def _grid(
    inside: Float64[Tensor, "points 2"], resolution: int, margin: float
) -> tuple[Tensor, Tensor]:
    low, high = inside.amin(dim=0), inside.amax(dim=0)
    room = margin * (high - low)
    if not bool((high > low).all()):
        raise SpecError(
            "A box around the points needs a width in both directions; got widths "
            f"{[float(width) for width in high - low]}. Give points that differ in both."
        )
    steps = torch.linspace(0, 1, resolution, dtype=inside.dtype, device=inside.device)
    sides = (low - room) + steps[:, None] * (high - low + 2 * room)
    b, a = torch.meshgrid(sides[:, 1], sides[:, 0], indexing="ij")
    return a, b
