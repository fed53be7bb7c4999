"""The mean cross-entropy of a network divided by the norm of its output on a training image."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.probes._evaluation import logits
from dltheory.probes._homogeneous import normalised_by_one_image


def divided_loss(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    train_images: Float[Tensor, " train *shape"],
    image: int | None = 0,
    by: float = 1.0,
    batch: int = 1000,
) -> float:
    """(1/N) Σ −ln softmax(F(x)/s)_y with s = `by` · ‖F(x₀)‖₂ (liao2020puzzles, appendix H).

    x₀ is the training image with index `image`, counted from 0, also for the loss of other splits.
    With image=None, s = `by`. This is for networks that are not a product of the norms of their
    layers times a normalised network, such as residual ones. The loss depends on the choice of the
    image. It is summed in float64.
    """
    if image is not None and not 0 <= image < len(train_images):
        raise SpecError(
            f"A network is divided by its output on one of {len(train_images)} training images; "
            f"got image {image}. Count from 0."
        )
    size = 1.0
    if image is not None:
        size = normalised_by_one_image(model, train_images[image : image + 1])[1]
    total = sum(
        float(functional.cross_entropy(out.double() / (size * by), labels[part], reduction="sum"))
        for part, out in logits(model, images, batch)
    )
    return total / len(labels)
