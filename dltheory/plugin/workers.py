"""Which worker of xdist this process is, and which GPU it may use."""

from __future__ import annotations

import os


def worker_number() -> int | None:
    """0, 1, … in a worker of xdist; None in the process that owns the terminal."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name[2:]) if name.startswith("gw") else None


def worker_count() -> int:
    """How many processes share this machine's cores in this session."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def pin_gpu() -> None:
    """Show a worker one GPU: an entry of the caller's own CUDA_VISIBLE_DEVICES, if it set one.

    Must run before torch starts CUDA. Without the variable the engine chooses by number.
    """
    number, visible = worker_number(), os.environ.get("CUDA_VISIBLE_DEVICES", "")
    devices = [device for device in visible.split(",") if device]
    if number is not None and len(devices) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[number % len(devices)]
