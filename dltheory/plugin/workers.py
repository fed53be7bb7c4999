"""Which worker of xdist this process is, and how it shares cores and GPUs with others."""

from __future__ import annotations

import os


def worker_number() -> int | None:
    """0, 1, … in a worker of xdist; None in the process that owns the terminal."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name[2:]) if name.startswith("gw") else None


def worker_count() -> int:
    """How many processes share this machine's cores in this session."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def share_cores_politely() -> None:
    """Let torch's threads sleep, not spin, while they wait for one another.

    On cores shared with other programs a spinning thread keeps from running the one it waits for:
    two threads were 20 to 70 times slower than one. Must run before torch is imported; a
    caller's own setting stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pin_gpu() -> None:
    """Show a worker one GPU: an entry of the caller's own CUDA_VISIBLE_DEVICES, if it set one.

    Must run before torch starts CUDA. Without the variable the engine chooses by number.
    """
    number, visible = worker_number(), os.environ.get("CUDA_VISIBLE_DEVICES", "")
    devices = [device for device in visible.split(",") if device]
    if number is not None and len(devices) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[number % len(devices)]
