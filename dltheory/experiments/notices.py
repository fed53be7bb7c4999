"""What the library wants to be known: repairs, helpers that were killed, batches that were halved.

It is logged as a warning, which nobody sees who does not look at logs. So whoever owns a terminal
or a report collects it from here. A helper process writes it into the store, for the process that
started it to pass on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger("dltheory")


class Notices(logging.Handler):
    """What is logged from now on, each sentence once; with a file, there too."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of what was logged."""
        said = record.getMessage()
        if said in self.said:
            return
        self.said.append(said)
        if self.file is not None:
            with suppress(OSError), self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")


@contextmanager
def noticing(file: Path | None = None) -> Iterator[Notices]:
    """Collect what is logged meanwhile."""
    notices = Notices(file)
    log.addHandler(notices)
    try:
        yield notices
    finally:
        log.removeHandler(notices)


def told_by(store: Path, process: int) -> Path:
    """The file in which a helper process tells what is to be known."""
    return store / "progress" / f"told-{process}.jsonl"


def pass_on(file: Path) -> None:
    """Log what another process has told, and remove its file; a line cut short is left out."""
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8").split("\n"):
            with suppress(ValueError):
                log.warning("%s", json.loads(line))
        file.unlink()
