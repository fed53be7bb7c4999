"""Ctrl-C that loses nothing: the first asks to stop after the current epoch, the second stops.

SIGTERM, which schedulers send before they kill, and SIGHUP, of a terminal that is closed, are
taken as Ctrl-C. One that a caller ignores, as nohup does, or handles stays as it is.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

ALIKE = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def take_as_interrupt() -> Callable[[], None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt from now on; what puts it back as it was."""
    ours = []
    if threading.current_thread() is threading.main_thread():
        ours = [number for number in ALIKE if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, signal.default_int_handler)

    def put_back() -> None:
        for number in ours:
            if signal.getsignal(number) is signal.default_int_handler:
                signal.signal(number, signal.SIG_DFL)

    return put_back


class Interruptible:
    """While entered, the first Ctrl-C is remembered until it is safe, the second acts at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruptible:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *ALIKE):
                handler = signal.getsignal(number)
                if number is signal.SIGINT or handler in (
                    signal.SIG_DFL,
                    signal.default_int_handler,
                ):
                    self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
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
