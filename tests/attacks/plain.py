"""Second ways to what the attacks find: a plain loop over one image, closed forms, and a grid."""

import torch
from torch.nn import functional

from dltheory.attacks import Budget
from dltheory.randomness import stream


def plain_pgd(logits, image, label, budget, draw=None):
    """Every iterate of a plain projected ascent on the cross-entropy of one image, in pixel units.

    Shares nothing with the library: no batch, no early leave, the projection written out.
    """
    std = torch.tensor(budget.std or (1.0,), dtype=image.dtype).view(-1, *(1,) * (image.ndim - 1))
    mean = torch.tensor(budget.mean or (0.0,), dtype=image.dtype).view(std.shape)
    pixels = image * std + mean

    def back(x):
        way = x - pixels
        if budget.norm == "linf":
            way = way.clamp(-budget.epsilon, budget.epsilon)
        elif way.norm() > budget.epsilon:
            way = way * budget.epsilon / way.norm()
        low, high = budget.box or (-torch.inf, torch.inf)
        return (pixels + way).clamp(low, high)

    x = pixels if draw is None else back(pixels + budget.epsilon * draw.to(pixels))
    iterates = [x]
    for _ in range(budget.steps):
        x = x.detach().requires_grad_()
        outputs = logits(((x - mean) / std)[None])
        (g,) = torch.autograd.grad(functional.cross_entropy(outputs, label[None]), x)
        step = g.sign() if budget.norm == "linf" else g / g.norm()
        x = back(x.detach() + budget.step * step)
        iterates.append(x)
    return [(x.detach() - mean) / std for x in iterates]


def errs(logits, image, label):
    return bool(logits(image[None]).argmax() != label)


def binary_problem(points=12, inputs=5, seed=0):
    """Images in [0.2, 0.8], a linear classifier of two classes, and labels of both kinds."""
    generator = stream(seed, "data")
    images = torch.rand(points, inputs, generator=generator, dtype=torch.float64) * 0.6 + 0.2
    weight = torch.randn(2, inputs, generator=generator, dtype=torch.float64)
    bias = -(weight @ images.mean(0))
    labels = torch.randint(2, (points,), generator=generator)
    return images, labels, weight, bias


def worst_margins(images, labels, weight, bias, budget):
    """The least z_y − z_other that the budget leaves to a linear classifier of two classes.

    margin − ε ‖w / std‖ in the dual norm, where no pixel meets the box; in ℓ∞ the box is counted.
    """
    w = weight[labels] - weight[1 - labels]
    margin = (images * w).sum(1) + (bias[labels] - bias[1 - labels])
    std = torch.tensor(budget.std or (1.0,), dtype=images.dtype)
    mean = torch.tensor(budget.mean or (0.0,), dtype=images.dtype)
    if budget.norm == "l2":
        return margin - budget.epsilon * (w / std).norm(dim=1)
    pixels = images * std + mean
    low, high = budget.box or (-torch.inf, torch.inf)
    down = (pixels - budget.epsilon).clamp(min=low) - pixels
    up = (pixels + budget.epsilon).clamp(max=high) - pixels
    return margin + (w / std * torch.where(w > 0, down, up)).sum(1)


FIVE = {"mean": (0.4, 0.5, 0.5, 0.1, 0.6), "std": (0.2, 0.5, 1.5, 0.3, 0.25)}
LINEAR_BUDGETS = {
    "linf": Budget(epsilon=0.1, step=0.03, steps=10),
    "linf, box": Budget(epsilon=0.5, step=0.2, steps=10),
    "linf, std": Budget(epsilon=0.1, step=0.03, steps=10, **FIVE),
    "linf, std, box": Budget(epsilon=0.4, step=0.2, steps=10, **FIVE),
    "l2": Budget(norm="l2", epsilon=0.1, step=0.1, steps=60),
    "l2, std": Budget(norm="l2", epsilon=0.15, step=0.15, steps=60, **FIVE),
}


def linear_case(budget):
    """A linear problem whose images are normalised as the budget says."""
    images, labels, weight, bias = binary_problem()
    if budget.std:
        std, mean = images.new_tensor(budget.std), images.new_tensor(budget.mean)
        images = (images - mean) / std
        bias = -(weight @ images.mean(0))
    return images, labels, weight, bias
