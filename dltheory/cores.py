"""How many cores this process may use: those of the machine, its affinity, and its quota."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def available_cores() -> int:
    """The cores that the process may run on, or fewer where a container may use less time."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, math.ceil(min(allowed or 1, quota())))


def quota() -> float:
    """The cores' worth of time that the process's groups may use; infinity if that is not limited.

    In version 2 of control groups that is cpu.max, "<microseconds>|max <period>", in version 1
    cpu.cfs_quota_us and cpu.cfs_period_us. A group is also bound by all that it lies in.
    """
    return min((_quota_of(folder) for folder in _groups()), default=math.inf)


def _groups() -> list[Path]:
    """The folders of the process's groups, and those around them, as far as they can be seen."""
    found = []
    with suppress(OSError):
        for line in MEMBERSHIP.read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0":
                root = CGROUPS
            elif "cpu" in controllers.split(","):
                root = CGROUPS / "cpu"
            else:
                continue
            # In a container the path may be one of the machine outside; then the root is our own.
            here = root / path.lstrip("/")
            found += [p for p in (here, *here.parents) if p.is_relative_to(root)]
    return found


def _quota_of(group: Path) -> float:
    with suppress(OSError, ValueError):
        limit, _, period = (group / "cpu.max").read_text().strip().partition(" ")
        return math.inf if limit == "max" else int(limit) / int(period)
    with suppress(OSError, ValueError):
        limit = int((group / "cpu.cfs_quota_us").read_text())
        period = int((group / "cpu.cfs_period_us").read_text())
        return math.inf if limit <= 0 else limit / period
    return math.inf
