"""Ctrl-C while a session is ending after the first: a line that says so, and then the end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

ENDING = "The session is ending, and the report is written. Ctrl-C once more ends it at once."


def told_of_the_next() -> Callable[[], None]:
    """Answer the next Ctrl-C by a line, and the one after it by the end; what puts it back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    asked = False

    def answer(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  a handler's form
        nonlocal asked
        if asked:
            os._exit(128 + number)
        asked = True
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"\n{ENDING}\n".encode())

    before = signal.signal(signal.SIGINT, answer)

    def put_back() -> None:
        signal.signal(signal.SIGINT, before)

    return put_back
