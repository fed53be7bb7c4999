"""Which worker of xdist this process is, and how it shares cores and GPUs with others."""

from __future__ import annotations

import os

import pytest


def worker_number(config: pytest.Config) -> int | None:
    """0, 1, … in a worker of xdist; None in the process that owns the terminal.

    A worker is known by what xdist hands it. The variable PYTEST_XDIST_WORKER is no sign: a pytest
    that a worker starts inherits it.
    """
    given = getattr(config, "workerinput", None)
    if given is None:
        return None
    digits = "".join(letter for letter in str(given.get("workerid", "")) if letter in "0123456789")
    return int(digits or 0)


def worker_count(config: pytest.Config) -> int:
    """How many processes share this machine's cores in this session."""
    return int(getattr(config, "workerinput", {}).get("workercount", 1))


def share_cores_politely() -> None:
    """Let torch's threads sleep, not spin, while they wait for one another.

    On cores shared with other programs a spinning thread keeps from running the one it waits for:
    two threads were 20 to 70 times slower than one. Must run before torch is imported; a
    caller's own setting stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pin_gpu(number: int, given: str) -> str:
    """Show a worker one GPU: an entry of the caller's own CUDA_VISIBLE_DEVICES, if it set one.

    `given` is the value of --gpus, "all" or numbers of entries; what it means after pinning is
    returned. Must run before torch starts CUDA. Without the variable the engine chooses by number.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    devices = [device for device in visible.split(",") if device]
    if given != "all":
        numbers = [int(n) for n in given.split(",")]
        devices = [devices[n] for n in numbers if n < len(devices)]
    if not devices:
        return given
    os.environ["CUDA_VISIBLE_DEVICES"] = devices[number % len(devices)]
    return "all"
