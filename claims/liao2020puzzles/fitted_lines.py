"""Captions of Figs 9, 10, 15 and 16: the fitted lines, as printed."""

from typing import NamedTuple


class Line(NamedTuple):
    """Normalised test loss = slope · normalised train loss + intercept."""

    figure: str
    data: str
    network: str
    norm: str
    slope: str
    intercept: str
    rmse: str  # mantissa and exponent, as "5.6567e-5"

    @property
    def drawn(self) -> tuple[float, float]:
        """(slope, intercept) as numbers."""
        return float(self.slope), float(self.intercept)


LINES = (
    Line("Fig. 9", "CIFAR-10", "L.1.1", "L1", "0.8358", "0.3783", "5.6567e-5"),
    Line("Fig. 10", "CIFAR-10", "L.1.1", "Frobenius", "0.836", "0.377", "4.7651e-5"),
    Line("Fig. 15", "MNIST", "L.1.2", "Frobenius", "1.0075", "-0.0174", "9.1093e-4"),
    Line("Fig. 16", "CIFAR-10", "L.1.1", "Frobenius", "1.0083", "-0.0191", "9.1093e-5"),
)
FIG_9, FIG_10, FIG_15, FIG_16 = LINES

PARAMETERS = {"L.1.1": "154,464", "L.1.2": "165,784", "L.2": "188,810"}
