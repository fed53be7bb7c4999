"""The cores that a process may use, with and without the quota of a container."""

import math
import os

import pytest

from dltheory import cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """`machine(membership, **files)`: a process in these control groups, with 96 cores."""

    def made(membership, files):
        (tmp_path / "cgroup").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "fs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(cores, "CGROUPS", tmp_path / "fs")
        monkeypatch.setattr(cores, "MEMBERSHIP", tmp_path / "cgroup")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(96)), raising=False)

    return made


V1 = "4:memory:/\n3:cpu,cpuacct:/docker/abc\n"
CASES = {
    "container of version 2": ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
    "no limit": ("0::/\n", {"cpu.max": "max 100000\n"}, 96),
    "half a core": ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
    "two and a half": ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
    "the group around it": (
        "0::/slice/unit\n",
        {"slice/unit/cpu.max": "max 100000\n", "slice/cpu.max": "400000 100000\n"},
        4,
    ),
    "the smallest of all": (
        "0::/slice/unit\n",
        {"slice/unit/cpu.max": "300000 100000\n", "slice/cpu.max": "400000 100000\n"},
        3,
    ),
    "more than there are": ("0::/\n", {"cpu.max": "20000000 100000\n"}, 96),
    "version 1": (
        V1,
        {"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"},
        2,
    ),
    "version 1 without limit": (
        V1,
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        96,
    ),
    "nothing to be seen": ("0::/elsewhere\n", {}, 96),
    "a file of another form": ("0::/\n", {"cpu.max": "plenty\n"}, 96),
}


@pytest.mark.parametrize(("membership", "files", "expected"), CASES.values(), ids=CASES.keys())
def test_a_quota_bounds_the_cores(machine, membership, files, expected):
    machine(membership, files)

    assert cores.available_cores() == expected


def test_a_machine_without_control_groups_has_no_quota(tmp_path, monkeypatch):
    monkeypatch.setattr(cores, "MEMBERSHIP", tmp_path / "absent")

    assert cores.quota() == math.inf
