"""Robust accuracy by PGD-20 against torchattacks and foolbox: same starts, steps and images.

    python -m benchmarks.pgd [--rounds N] [--device cpu|cuda] [--out DIR]

A small ResNet, trained here on images of ten noisy patterns. Every method starts from the images
themselves and says which of them are fooled by the last iterate, so all take the same gradients;
peers get all images at once, torchattacks once more in batches of the size that ours takes. With
early leave ours counts any iterate: at least as many are fooled, with fewer gradients.
Before anything is timed, all run in float64 on some of the images and must return the same ones;
`error` is that of the losses in float32, relative to the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.harness import Row, compare, options, relative_error, write
from dltheory.attacks import Budget
from dltheory.attacks.pgd import Attacked, pgd
from dltheory.models import ResNet
from dltheory.probes._robustness import images_per_pass, outputs_of
from dltheory.randomness import drawing_from, stream

POINTS = 256
BUDGETS = {
    "linf 8/255": Budget(epsilon=8 / 255, step=2 / 255, steps=20, random_start=False),
    "l2 1": Budget(norm="l2", epsilon=1.0, step=0.2, steps=20, random_start=False),
}
PEERS = ("torchattacks", "foolbox")
Fooled = Callable[[nn.Module, Tensor, Tensor, Budget], tuple[Tensor, Tensor]]


def problem(device: str) -> tuple[nn.Module, Tensor, Tensor]:
    """A network trained for a moment on noisy patterns, images it has not seen, and labels."""
    draws = stream(0, "benchmark/pgd")
    coarse = torch.randn(10, 3, 8, 8, generator=draws)
    patterns = functional.interpolate(coarse, scale_factor=4)

    def sample(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(10, (count,), generator=draws)
        noise = torch.randn(count, 3, 32, 32, generator=draws)
        return (0.5 + 0.25 * patterns[labels] + 0.1 * noise).clamp(0, 1), labels

    with drawing_from(draws):
        model = ResNet(width=16, blocks=(1, 1)).build((3, 32, 32), 10)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(60):
        images, labels = sample(64)
        optimiser.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimiser.step()
    images, labels = sample(POINTS)
    return model.eval().to(device), images.to(device), labels.to(device)


def ours(
    model: nn.Module, images: Tensor, labels: Tensor, budget: Budget, *, early_leave: bool = False
) -> Attacked:
    """What the probe `pgd_accuracy` does before it counts."""
    batch = images_per_pass(images, "eval", None)
    with outputs_of(model, images, "eval") as outputs:
        return pgd(outputs, images, labels, budget, early_leave=early_leave, batch=batch)


def by_torchattacks(
    model: nn.Module, images: Tensor, labels: Tensor, budget: Budget
) -> tuple[Tensor, Tensor]:
    """Its images, and whom they fool."""
    import torchattacks

    kind = torchattacks.PGD if budget.norm == "linf" else torchattacks.PGDL2
    attack = kind(
        model, eps=budget.epsilon, alpha=budget.step, steps=budget.steps, random_start=False
    )
    found = attack(images, labels)
    with torch.no_grad():
        return found, model(found).argmax(dim=1) != labels


def by_foolbox(
    model: nn.Module, images: Tensor, labels: Tensor, budget: Budget
) -> tuple[Tensor, Tensor]:
    """Its images, and whom they fool; its gradients of parameters are thrown away."""
    import foolbox

    kind = foolbox.attacks.LinfPGD if budget.norm == "linf" else foolbox.attacks.L2PGD
    attack = kind(abs_stepsize=budget.step, steps=budget.steps, random_start=False)
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    _, found, fooled = attack(wrapped, images, labels, epsilons=budget.epsilon)
    model.zero_grad(set_to_none=True)
    return found, fooled


METHODS: dict[str, Fooled] = {"torchattacks": by_torchattacks, "foolbox": by_foolbox}


def in_batches(method: Fooled, size: int) -> Fooled:
    """The same in parts."""

    def parts(
        model: nn.Module, images: Tensor, labels: Tensor, budget: Budget
    ) -> tuple[Tensor, Tensor]:
        found = [
            method(model, x, y, budget)
            for x, y in zip(images.split(size), labels.split(size), strict=True)
        ]
        return torch.cat([x for x, _ in found]), torch.cat([fooled for _, fooled in found])

    return parts


def agreement(model: nn.Module, images: Tensor, labels: Tensor, budget: Budget) -> float:
    """Our error in float32; stops where a peer and we differ on whom we fool or with what."""
    double, x, y = model.double(), images[:32].double(), labels[:32]
    reference = ours(double, x, y, budget)
    for name in PEERS:
        if find_spec(name):
            found, fooled = METHODS[name](double, x, y, budget)
            # torchattacks adds 1e-10 to the norms of the mean loss's gradients.
            torch.testing.assert_close(found, reference.images, rtol=0, atol=1e-5)
            assert torch.equal(fooled, reference.fooled)
    found = ours(model.float(), images[:32], y, budget)
    return relative_error(found.loss, reference.loss)


def installed(
    model: nn.Module, images: Tensor, labels: Tensor, budget: Budget
) -> dict[str, Callable[[], tuple[Tensor, Tensor]]]:
    """The calls of those peers that are there, the first also in batches like ours."""
    methods = {name: METHODS[name] for name in PEERS if find_spec(name)}
    size = images_per_pass(images, "eval", None)
    if "torchattacks" in methods and size < len(images):
        name = f"torchattacks in batches of {size}"
        methods[name] = in_batches(methods["torchattacks"], size)
    return {
        name: partial(method, model, images, labels, budget) for name, method in methods.items()
    }


def measure(device: str, rounds: int) -> list[Row]:
    """Both norms, like for like and with early leave."""
    model, images, labels = problem(device)
    data = (model, images, labels)
    rows = []
    for name, budget in BUDGETS.items():
        error = agreement(*data, budget)
        full, early = ours(*data, budget), ours(*data, budget, early_leave=True)
        peers = installed(*data, budget)
        absent = {p: f"{p} is not installed" for p in PEERS if not find_spec(p)}
        fooled = {p: method()[1] for p, method in peers.items()}
        for way, attacked in {"": full, ", early leave": early}.items():
            rows += compare(
                "pgd",
                f"PGD-20, {name}{way}",
                partial(ours, *data, budget, early_leave=bool(way)),
                peers if not way else {p: peers[p] for p in PEERS[:1] if p in peers},
                error=error,
                rounds=rounds,
                device=device,
                absent=absent,
                notes={p: note(attacked, fooled[p]) for p in peers},
            )
    return rows


def note(attacked: Attacked, fooled: Tensor) -> str:
    """How many images each fools, and what it took ours."""
    return (
        f"fooled: ours {int(attacked.fooled.sum())}, peer {int(fooled.sum())} of {POINTS}; "
        f"gradients an image: ours {attacked.gradients / POINTS:.1f}, peer 20"
    )


def main() -> None:
    """Measure, print and write."""
    chosen = options(__doc__ or "")
    rows = measure(chosen.device, rounds=max(1, chosen.rounds // 2))
    for row in rows:
        print(f"{row.case:34} {row.peer:34} {row.note}")
    print(write("pgd", rows, chosen.out))


if __name__ == "__main__":
    main()
