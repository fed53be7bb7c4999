"""Loaded data: images with their labels, in a training, a validation and a test split."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.errors import DataError


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Inputs and their labels; row i of both belongs to example i."""

    images: Float[Tensor, " n *shape"]
    labels: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> "Labelled":
        """The same examples on the device, with images in the given type; labels stay int64."""
        return Labelled(
            images=self.images.to(device=device, dtype=dtype), labels=self.labels.to(device)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Splits:
    """The splits of a data set, and `form`, a text that says what they were read from."""

    train: Labelled
    validation: Labelled | None
    test: Labelled
    form: str

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> "Splits":
        """The same splits on the device, with images in the given type."""
        return Splits(
            train=self.train.to(device, dtype),
            validation=None if self.validation is None else self.validation.to(device, dtype),
            test=self.test.to(device, dtype),
            form=self.form,
        )

    def split(self, name: str) -> Labelled:
        """The split with this name: "train", "validation" or "test".

        DataError is raised for another name, or if there is no validation split.
        """
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        present = {key: part for key, part in parts.items() if part is not None}
        if name not in present:
            raise DataError(
                f"A split must be one of {', '.join(map(repr, present))} for {self.form}; "
                f"got {name!r}. Name one of these, or give the data set `validation=` images."
            )
        return present[name]
