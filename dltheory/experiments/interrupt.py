"""Ctrl-C that loses nothing: the first asks to stop after the current epoch, the second stops."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interruptible:
    """While entered, the first Ctrl-C is remembered until it is safe, the second acts at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interruptible:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None:
            self.raise_if_asked()

    def raise_if_asked(self) -> None:
        """Stop here if Ctrl-C was pressed."""
        if self.asked:
            raise KeyboardInterrupt

    def _remember(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  a handler's form
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
