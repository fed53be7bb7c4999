"""Live progress on the terminal, whoever trains: this process or the workers of xdist."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from dltheory.experiments.heartbeat import beats

QUIET_SECONDS = 10.0
"""Without a terminal that can rewrite a line, say something only this often."""


class Watcher:
    """Shows the workers' heartbeats until stopped.

    Writes to a copy of the standard output made before pytest captures it, so that training inside
    a test (a later look) is seen too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stop = threading.Event()
        self._terminal = sys.stdout.isatty()
        self._out = os.fdopen(os.dup(sys.__stdout__.fileno()), "w", buffering=1)  # type: ignore[union-attr]
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._shown = ""

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and leave the line clean."""
        self._stop.set()
        self._thread.join(timeout=2)
        with contextlib.suppress(OSError, ValueError):
            if self._terminal and self._shown:
                self._out.write("\r\x1b[K")
            self._out.close()

    def _watch(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(0.5):
            line = "  ".join(str(beat) for _, beat in beats(self.folder))
            if not line or line == self._shown:
                continue
            with contextlib.suppress(OSError, ValueError):
                if self._terminal:
                    width = os.get_terminal_size(self._out.fileno()).columns or 80
                    self._out.write(f"\r\x1b[K{line[: width - 1]}")
                    self._out.flush()
                elif time.monotonic() - last > QUIET_SECONDS:
                    self._out.write(f"\n{line}\n")
                    last = time.monotonic()
                else:
                    continue
            self._shown = line
