"""Live progress: what the terminal shows of the beats that workers leave in the store."""

import io
import os
import pty
import select
import sys
import time

import pytest

from dltheory.experiments.heartbeat import Beat
from dltheory.plugin import watching
from dltheory.plugin.watching import Watcher


class Terminal(io.StringIO):
    """A standard output with a descriptor, which may be a terminal."""

    def __init__(self, descriptor):
        super().__init__()
        self.descriptor = descriptor

    def fileno(self):
        return self.descriptor

    def isatty(self):
        return os.isatty(self.descriptor)


@pytest.fixture
def beating(monkeypatch):
    """A list of beats that stands for the workers' files."""
    beats = []
    monkeypatch.setattr(watching, "beats", lambda _: [("1", beat) for beat in beats])
    return beats


def watched(monkeypatch, tmp_path, descriptor, seconds):
    terminal = Terminal(descriptor)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "__stdout__", terminal)
    watcher = Watcher(tmp_path)
    watcher.start()
    time.sleep(seconds)
    watcher.stop()


def written(monkeypatch, tmp_path, seconds):
    """What a watcher writes to a file, which is no terminal."""
    with (tmp_path / "out").open("wb") as file:
        watched(monkeypatch, tmp_path, file.fileno(), seconds)
    return (tmp_path / "out").read_text()


def test_without_a_terminal_a_line_is_written_once_in_a_while(monkeypatch, tmp_path, beating):
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.1)
    beating.append(Beat(what="MLP on Digits", done=3, total=9, group=1, groups=2, loss=0.5))

    assert written(monkeypatch, tmp_path, 1.2) == ("\n[1/2] MLP on Digits: epoch 3/9, loss 0.5\n")


def test_without_a_terminal_a_short_training_is_not_spoken_of(monkeypatch, tmp_path, beating):
    beating.append(Beat(what="MLP on Digits", done=3, total=9))

    assert written(monkeypatch, tmp_path, 0.7) == ""


def test_nothing_is_written_while_nobody_works(monkeypatch, tmp_path, beating):
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.0)

    assert (written(monkeypatch, tmp_path, 0.7), beating) == ("", [])


def test_on_a_terminal_the_line_is_rewritten_and_in_the_end_removed(monkeypatch, tmp_path, beating):
    beating.append(Beat(what="MLP on Digits", done=3, total=9, group=1, groups=2))
    reader, terminal = pty.openpty()

    watched(monkeypatch, tmp_path, terminal, 0.8)

    shown = ""
    while not shown.endswith("\r\x1b[K") and select.select([reader], [], [], 2)[0]:
        shown += os.read(reader, 10_000).decode()
    assert shown.startswith("\r\x1b[K[1/2] MLP on Digits")
    assert shown.endswith("\r\x1b[K")


def test_a_watcher_can_be_stopped_when_the_terminal_is_gone(monkeypatch, tmp_path, beating):
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.0)
    beating.append(Beat(what="MLP on Digits"))
    reader, writer = os.pipe()
    os.close(reader)

    watched(monkeypatch, tmp_path, writer, 0.7)
