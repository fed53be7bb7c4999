"""A ReLU MLP that equals an affine map on finitely many points (goldblum2020truth, Lemma 1)."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dltheory.errors import SpecError


def affine_mlp(
    weight: Float[Tensor, "outputs inputs"],
    bias: Float[Tensor, " outputs"],
    *,
    on: Float[Tensor, "points inputs"],
    hidden: tuple[int, ...],
    offset: float = 1.0,
    rank: int | None = None,
) -> nn.Sequential:
    """An MLP F with F(x) = A x + b on the given points, where every ReLU is open (appendix A.1).

    A is `weight`, b is `bias`, and `hidden` are the widths of the hidden layers. The layers
    1, …, L have weights A_l and biases b_l. With the singular value decomposition A = U Σ V of rank
    s, and 1 for the vector of ones,

        A_1 = [Σ V; 0],  b_1 = c 1,   c = max |A_1 x| over points and units + offset,
        A_l = [I_s 0; 0 0],  b_l = [0; c 1],
        A_L = [U 0],  b_L = b − c A_L 1.

    Therefore the input of each hidden unit is at least `offset` on the points. The paper takes
    offset 1; a smaller one is for controls in which some ReLUs close. `rank` gives s; by default it
    is the numerical rank of A. Random numbers are not used. SpecError is raised if there is no
    hidden layer, or one narrower than s.
    """
    s = int(torch.linalg.matrix_rank(weight)) if rank is None else rank
    _require_room_for(s, hidden)
    U, S, Vh = torch.linalg.svd(weight, full_matrices=False)
    first = S[:s, None] * Vh[:s]
    c = float((on @ first.T).abs().max()) + offset if s else offset

    widths = [weight.shape[1], *hidden, weight.shape[0]]
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(widths):
        linear = nn.utils.skip_init(nn.Linear, inputs, outputs, dtype=weight.dtype)
        layers += [linear, nn.ReLU()]
    model = nn.Sequential(*layers[:-1])

    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer in linears:
            layer.weight.zero_()
            layer.bias.fill_(c)
        linears[0].weight[:s] = first
        for layer in linears[1:-1]:
            layer.weight[:s, :s] = torch.eye(s, dtype=weight.dtype)
            layer.bias[:s] = 0
        linears[-1].weight[:, :s] = U[:, :s]
        linears[-1].bias.copy_(bias - c * linears[-1].weight.sum(dim=1))
    return model


def _require_room_for(rank: int, hidden: tuple[int, ...]) -> None:
    if not hidden or min(hidden) < rank:
        raise SpecError(
            f"An MLP equals an affine map of rank {rank} only if it has a hidden layer and every "
            f"hidden layer has at least {rank} units; got hidden widths {hidden}. "
            "Widen the narrowest layer, or lower the rank of the map."
        )


def relative_gap(
    model: nn.Module,
    weight: Float[Tensor, "outputs inputs"],
    bias: Float[Tensor, " outputs"],
    *,
    on: Float[Tensor, "points inputs"],
) -> float:
    """max |F(x) − (A x + b)| / max |A x + b| over points x and outputs, where F is the model."""
    with torch.no_grad():
        affine = on @ weight.T + bias
        gap = (model(on) - affine).abs().max()
    return float(gap / affine.abs().max())


def rounding_errors(
    model: nn.Sequential, on: Float[Tensor, "points inputs"]
) -> list[Float[Tensor, "points units"]]:
    """For each linear layer l, bounds e_l on the rounding errors of its outputs.

    e_l = |A_l| e_{l−1} + (n_l + 1) ε s_l, with s_l = |A_l| s_{l−1} + |b_l|. Here A_l and b_l are
    the layer's weight and bias, n_l its number of inputs, ε the machine epsilon, s_0 = |x| and e_0
    = 0. s_l is the sum of the absolute values of all terms of an output. This is the standard bound
    for inner products (Higham 2002, §3.5), applied layer by layer. It is large if the last layer
    subtracts large numbers, as the layer of `affine_mlp` does.
    """
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    eps = torch.finfo(linears[0].weight.dtype).eps
    size, error, errors = on.abs(), torch.zeros_like(on), []
    with torch.no_grad():
        for layer in linears:
            amplification = layer.weight.abs()
            size = size @ amplification.T + layer.bias.abs()
            error = error @ amplification.T + (layer.in_features + 1) * eps * size
            errors.append(error)
    return errors


def rounding_bound(
    model: nn.Sequential,
    weight: Float[Tensor, "outputs inputs"],
    bias: Float[Tensor, " outputs"],
    *,
    on: Float[Tensor, "points inputs"],
) -> float:
    """A bound on the `relative_gap` due to rounding: the largest error over max |A x + b|."""
    affine = on @ weight.T + bias
    return float(rounding_errors(model, on)[-1].max() / affine.abs().max())
