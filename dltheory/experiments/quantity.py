"""What is measured on a run: a probe, the split it looks at, and its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from dltheory import probes
from dltheory.errors import SpecError


@dataclass(frozen=True)
class Quantity:
    """The probe of this name (a file of `dltheory.probes`) on a split of the run's own data."""

    probe: str
    on: str = "train"
    options: tuple[tuple[str, Any], ...] = ()
    label: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.probe not in available_probes():
            raise SpecError(
                f"A quantity needs one of the probes {', '.join(available_probes())}; got "
                f"{self.probe!r}. Check the spelling, or add dltheory/probes/{self.probe}.py."
            )

    @property
    def name(self) -> str:
        """How claims and measurements call it: "accuracy on test"."""
        if self.label:
            return self.label
        options = ", ".join(f"{key}={value}" for key, value in self.options)
        return f"{self.probe.replace('_', ' ')} on {self.on}" + (f" ({options})" if options else "")

    def smoke(self) -> Quantity:
        """The same under the same name, with at most four of whatever its options count."""
        few = tuple((key, min(v, 4) if isinstance(v, int) else v) for key, v in self.options)
        return replace(self, options=few, label=self.name)

    def resolve(self) -> Callable[..., Any]:
        """The probe function; imports torch."""
        return getattr(import_module(f"dltheory.probes.{self.probe}"), self.probe)


def quantity(probe: str, *, on: str = "train", **options: Any) -> Quantity:
    """A quantity with the probe's options as keywords."""
    return Quantity(probe, on, tuple(sorted(options.items())))


def available_probes() -> tuple[str, ...]:
    """The names of all probes, one a file."""
    folder = Path(probes.__path__[0])
    return tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem[0] != "_"))
