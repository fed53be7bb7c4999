"""The affine map from pixels in [0, 1] to the inputs of a network: (pixel − mean) / std."""

from dataclasses import dataclass

from dltheory.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class PixelScale:
    """The mean and standard deviation of pixels in [0, 1], one of each per channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self):
        if len(self.mean) != len(self.std) or not self.mean or min(self.std) <= 0:
            raise SpecError(
                "Normalisation needs one mean and one positive standard deviation per channel; "
                f"got mean {self.mean} and std {self.std}. Give tuples of equal length."
            )

    @property
    def black(self) -> tuple[float, ...]:
        """The normalised value of a black pixel, per channel."""
        return tuple((0.0 - mean) / std for mean, std in zip(self.mean, self.std, strict=True))


def unit_scale(channels: int) -> PixelScale:
    """The scale that does not change pixels in [0, 1]: mean 0 and standard deviation 1."""
    return PixelScale(mean=(0.0,) * channels, std=(1.0,) * channels)
