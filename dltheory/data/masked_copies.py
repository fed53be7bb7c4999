"""Copies of the training images with black parts and random labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dltheory.errors import SpecError

from .relabelled_data import RelabelledData

if TYPE_CHECKING:
    import dltheory.data.splits

Masked = Literal["values", "pixels"]


@dataclass(frozen=True, kw_only=True)
class MaskedCopies(RelabelledData):
    """Copies of each training image with a share of it black and a uniformly random label.

    This is the data set C of liu2020bad, Algorithm 1, on which adversarial initialisations are
    trained. `copies` is its replication factor R, and `share` its noise factor N. Every copy has
    its own random places, drawn without replacement, and its own label, which may be the true one.
    The paper makes pixels black, and the authors' code single channel values; `masked` selects one.
    With `clean` each image is also added once unchanged, with a random label; neither the paper nor
    the code does this. All copies are held in memory.
    """

    copies: int = 1
    share: float = 0.1
    masked: Masked = "values"
    clean: bool = False

    def __post_init__(self):
        if self.copies < 1 or not 0 <= self.share <= 1:
            raise SpecError(
                "Masked copies need a number of copies of at least 1 and a share in [0, 1]; got "
                f"copies={self.copies} and share={self.share}. Give share=0.1 for 10 %."
            )
        if len(self.shape) != 3:
            raise SpecError(
                "Masked copies need images of shape (channels, height, width); got data of shape "
                f"{self.shape}. Use ShuffledLabels or CorruptedLabels."
            )

    @property
    def name(self) -> str:
        """The name of the data with the number of copies, the share and what is masked."""
        clean = "-and-clean" if self.clean else ""
        return f"{self.data.name}-{self.copies}-masked-{self.share:g}-{self.masked}{clean}"

    @property
    def training_examples(self) -> int | None:
        """The number of all copies; None if the number of images is not known."""
        count = self.data.training_examples
        return None if count is None else count * (self.copies + self.clean)

    @property
    def published_examples(self) -> int | None:
        """The number of all copies for the published size of the data; None without one."""
        count = getattr(self.data, "published_examples", None)
        return None if count is None else count * (self.copies + self.clean)

    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits with the copies as the training set."""
        from .masking import masked_training_set

        return masked_training_set(splits, self)
