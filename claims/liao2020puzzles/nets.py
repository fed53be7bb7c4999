"""What was measured on a family of nets, one row a seed and one column a net, and its table."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dltheory.statistics import mean
from dltheory.verdicts import Control, shown, table

from .families import FITS, World
from .relations import Matrix, by_net


class Nets(NamedTuple):
    """Losses in nats, errors as fractions; `train` and `test` are the normalised losses."""

    names: tuple[str, ...]
    classes: int
    train: Matrix
    test: Matrix
    raw_train: Matrix
    raw_test: Matrix
    train_error: Matrix
    error: Matrix
    train_margin: Matrix
    test_margin: Matrix
    log_norm: Matrix
    smallest_margin: Matrix

    def only(self, names) -> "Nets":
        """Those of these names."""
        columns = [self.names.index(name) for name in names]
        parts = [part[:, columns] for part in self[2:]]
        return Nets(tuple(names), self.classes, *parts)

    def of_seeds(self, known: NDArray[np.bool_]) -> "Nets":
        """Those of these seeds."""
        return Nets(self.names, self.classes, *(part[known] for part in self[2:]))

    def reached(self, world: World) -> Matrix:
        """Which nets are minima as good as the others: no training error, a loss as wanted.

        A loss is as wanted from a tenth of the target, or `world.least`, up to the target; without
        a target any loss is.
        """
        least = world.target / 10 if math.isfinite(world.target) else 0.0
        least = least if world.least is None else world.least
        wanted = (least <= self.raw_train) & (self.raw_train <= world.target)
        return (self.train_error == 0) & wanted

    def where(self, known: Matrix) -> "Nets":
        """The same with NaN for the nets that are not known."""
        parts = [np.where(known, part, np.nan) for part in self[2:]]
        return Nets(self.names, self.classes, *parts)


def nets(measured, names, *, classes=10, folded=False) -> Nets:
    """These arms. A net that diverged has the outputs of a constant answer."""
    chance = math.log(classes)
    fold = " (folded=True)" if folded else ""
    margin = " (folded=True, normalised=True)" if folded else " (normalised=True)"

    def of(quantity, worst):
        return by_net(measured(quantity, worst=worst), names)

    return Nets(
        names=tuple(names),
        classes=classes,
        train=of(f"normalised loss on train{fold}", chance),
        test=of(f"normalised loss on test{fold}", chance),
        raw_train=of("loss on train", chance),
        raw_test=of("loss on test", chance),
        train_error=1 - of("accuracy on train", 0.0),
        error=1 - of("accuracy on test", 0.0),
        train_margin=of("centred margin on train", 0.0),
        test_margin=of("centred margin on test", 0.0),
        log_norm=of(f"log norm product on train{fold}", 0.0),
        smallest_margin=of(f"smallest margin on train{margin}", 0.0),
    )


def fits(family: Nets) -> Control:
    """Normalised losses say something of nets that fit, and of no others (§2)."""
    return shown(FITS, mean(LARGEST_ERROR - family.train_error.mean(axis=1), step=_step(family)))


LARGEST_ERROR = 0.01
NEARLY_ALL = "four fifths of the nets or more have no training error, at the wanted loss"


def nearly_all(known: Matrix) -> Control:
    """What is compared are minima; where many nets are none, the others are a selection."""
    missed = 1.0 - known.mean(axis=1)
    return shown(NEARLY_ALL, mean(0.2 - missed, step=1 / known.shape[1]))


def _step(family: Nets) -> float:
    """One of 500 images, of one net of the family; larger sets have finer steps."""
    return 1 / (500 * len(family.names))


def dealt(values: Matrix) -> Matrix:
    """Each seed's row with its columns in random order: what a level is called by means nothing."""
    return np.random.default_rng(0).permuted(values, axis=1)


def dealt_among_seeds(values: Matrix) -> Matrix:
    """Each level's column with its seeds in random order: which net it was means nothing."""
    return np.random.default_rng(0).permuted(values, axis=0)


def nets_table(family: Nets, *, target: float = math.inf):
    """Every net, those that missed zero training error or the wanted loss counted."""
    missed = (family.train_error > 0) | (family.raw_train > target)
    rows = [
        [
            name,
            *(
                float(part[:, i].mean())
                for part in (
                    family.raw_train,
                    family.raw_test,
                    family.train,
                    family.test,
                    np.exp(family.log_norm),
                    family.error,
                )
            ),
            f"{missed[:, i].sum()} of {len(missed)}",
        ]
        for i, name in enumerate(family.names)
    ]
    wanted = f", or a loss above {target:g}" if math.isfinite(target) else ""
    columns = ["net", "train loss", "test loss", "normalised train", "normalised test"]
    return table(
        f"Means over seeds; missed: a training error above 0{wanted}",
        [*columns, "product of norms", "test error", "missed"],
        rows,
    )
