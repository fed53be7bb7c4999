"""What is kept of a run: how it ended, what it cost, and where it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["ok", "diverged"]

EPOCH_LOSSES = "losses by epoch"
"""The mean training loss of every epoch, before each step: recorded of every training."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A finished run. `losses` is the mean training loss of every epoch, before each step."""

    key: str
    seed: int
    recipe: Any  # canonical description, for people who open the file
    status: Status = "ok"
    diverged_at: int | None = None
    losses: tuple[float | None, ...] = ()
    values: Mapping[str, float | list[float | None] | None] = field(default_factory=dict)
    """Results of a computation; of a training, the number of "epochs" done, whether what it was to
    stop at was "reached" (1 or 0), and the "final loss", the mean over the last epoch."""
    seconds: float = 0.0
    device: str = "cpu"
    data: str = ""
    code: str = ""
    """A digest of the code that it came from, see origins.py."""
    content: str = ""
    """A digest of what the files of its data sets held."""
    provenance: str = ""

    def as_body(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {**asdict(self), "losses": list(self.losses)}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Record:
        """The record that was written; TypeError or KeyError if the fields are not a record's."""
        return cls(**{**body, "losses": tuple(body["losses"])})
