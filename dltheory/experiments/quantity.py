"""What is measured on a run: a probe, the split it looks at, and its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dltheory import probes
from dltheory.errors import SpecError
from dltheory.experiments.imported_code import code_of
from dltheory.experiments.named_function import is_importable, resolved
from dltheory.experiments.origins import modules_in


@dataclass(frozen=True)
class Quantity:
    """A probe on a split of the run's own data.

    The probe is a file of `dltheory.probes`, by its name, or a function of your own as
    "module:function". It is called as `probe(model, images, labels, **options)` and returns a
    number or an array; it leaves the model as it found it.

    `at` is the number of epochs after which the network is looked at: 0 for the network before its
    first step, None for the trained one, which is also looked at where training ended before `at`.
    A probe that takes `initial` is given the network before its first step too, one that takes
    `train_images` those of the training split.
    """

    probe: str
    on: str = "train"
    options: tuple[tuple[str, Any], ...] = ()
    at: int | None = None
    label: str = ""  # another name than its own; at smoke scale different quantities may be one

    def __post_init__(self) -> None:
        if ":" in self.probe:
            self._require_own_probe()
        elif self.probe not in available_probes():
            raise SpecError(
                f"A quantity needs one of the probes {', '.join(available_probes())}; got "
                f'{self.probe!r}. Check the spelling, or name a function as "module:function".'
            )
        if self.at is not None and self.at < 0:
            raise SpecError(
                f"A network is looked at after 0 or more epochs; got at={self.at}. Give 0 for the "
                "network before its first step, or leave it out for the trained one."
            )

    def _require_own_probe(self) -> None:
        if not is_importable(self.probe):
            raise SpecError(
                'A probe of your own is named as "module:function", in a module that can be '
                f"imported; got {self.probe!r}. Check the spelling and the path."
            )

    @property
    def midway(self) -> bool:
        """Whether the network is needed as it is in the middle of its training."""
        return self.at is not None and self.at > 0

    @property
    def name(self) -> str:
        """How claims and measurements call it: "accuracy on test"."""
        if self.label:
            return self.label
        options = ", ".join(f"{key}={value}" for key, value in self.options)
        when = {None: "", 0: " at initialisation"}.get(self.at, f" after epoch {self.at}")
        options = f" ({options})" if options else ""
        return f"{self._place[1].replace('_', ' ')} on {self.on}{options}{when}"

    def smoke(self) -> Quantity:
        """The same under the same name, with at most four of whatever its options count.

        Random images lie in no box, so an attack is given none.
        """
        free = tuple((key, None if key == "box" else v) for key, v in self.options)
        few = tuple((key, min(v, 4) if isinstance(v, int) else v) for key, v in free)
        at = None if self.at is None else min(self.at, 1)
        return replace(self, options=few, at=at, label=self.name)

    @property
    def code(self) -> str:
        """A digest of the probe's code and of all that it imports: a changed probe looks again."""
        return code_of(frozenset([self._place[0], *modules_in(self.options)]))

    def resolve(self) -> Callable[..., Any]:
        """The probe function; imports torch. SpecError if its module has none of that name."""
        module, function = self._place
        probe = resolved(module, function)
        if probe is None:
            raise SpecError(
                f"The probe {self.probe!r} must be a function of its module; {module} has no "
                f"function {function!r}. Check the spelling."
            )
        return probe

    @property
    def _place(self) -> tuple[str, str]:
        """The module and the name of the probe function."""
        module, _, function = self.probe.rpartition(":")
        return (module, function) if module else (f"dltheory.probes.{function}", function)


def quantity(probe: str, *, on: str = "train", at: int | None = None, **options: Any) -> Quantity:
    """A quantity with the probe's options as keywords; see `Quantity` for the probe's name."""
    return Quantity(probe, on, tuple(sorted(options.items())), at)


def available_probes() -> tuple[str, ...]:
    """The names of all probes, one a file."""
    folder = Path(probes.__path__[0])
    return tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem[0] not in "_."))
