"""The options of --engine ray, and what they are checked for before anything is computed."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

ONLY_RAY = ("--ray-address", "--gpu-share", "--seeds-per-task")


@dataclass(frozen=True, kw_only=True)
class RayPlace:
    """Which cluster of Ray makes the runs, and what a task is."""

    address: str | None
    gpu_share: float
    seeds_per_task: int | None


def add_options(add: Callable[..., None]) -> None:
    """Declare --engine and what goes with it."""
    add(
        "--engine",
        choices=["local", "ray"],
        default="local",
        help="where runs are made: in this process and its helpers, or as tasks of Ray, on many "
        "GPUs and machines (needs the extra [ray]; see docs/running.md)",
    )
    add(
        "--ray-address",
        metavar="HOST:PORT",
        help="the Ray cluster to join, or auto for the one of this machine (default: start one)",
    )
    add(
        "--gpu-share",
        type=float,
        metavar="X",
        help="with Ray: the part of a GPU that a task needs, at most 1 (default: 1 with --gpus, "
        "else 0: train on CPUs)",
    )
    add(
        "--seeds-per-task",
        type=int,
        metavar="N",
        help="with Ray: at most N seeds of a recipe in one task (default: as many as train "
        "together on one device, which keeps the numbers of the local engine bit by bit)",
    )


def chosen(
    config: pytest.Config,
    value: Callable[[str, Any], Any],
    require_gpus: Callable[[str], tuple[str, ...]],
) -> RayPlace | None:
    """The options, checked; None for the local engine. `value(name, default)` gives an option."""
    address, seeds = value("ray_address", None), value("seeds_per_task", None)
    given = [name for name in ONLY_RAY if value(attribute(name), None) is not None]
    if value("engine", "local") != "ray":
        if given:
            raise pytest.UsageError(
                f"{given[0]} belongs to --engine=ray; got it with the local engine. Add "
                "--engine=ray, or leave it out."
            )
        return None
    _require_one_driver(config.option)
    _require_address(address)
    share = _gpu_share(value("gpu_share", None), value("gpus", None))
    if seeds is not None and seeds < 1:
        raise pytest.UsageError(
            f"--seeds-per-task takes a whole number from 1; got {seeds}. Leave it "
            "out to train as many seeds together as a device holds."
        )
    _require_ray()
    if share and address is None:
        require_gpus("all")
    return RayPlace(address=address, gpu_share=share, seeds_per_task=seeds)


def attribute(name: str) -> str:
    """The name of an option as an attribute: "gpu_share" for "--gpu-share"."""
    return name.lstrip("-").replace("-", "_")


def _require_one_driver(option: argparse.Namespace) -> None:
    workers = getattr(option, "numprocesses", None)
    if workers:
        raise pytest.UsageError(
            f"--engine=ray spreads the runs itself; got -n {workers} beside it. Leave -n out: one "
            "process asks Ray for the runs and judges them."
        )


def _require_address(address: str | None) -> None:
    if address not in (None, "auto") and not re.fullmatch(r"[^/\s]+:\d{1,5}", address or ""):
        raise pytest.UsageError(
            f"--ray-address takes HOST:PORT of a head node, or auto; got {address!r}. The port is "
            "that of `ray start` (6379). For ray:// start pytest on a node of the cluster instead."
        )


def _gpu_share(share: float | None, gpus: str | None) -> float:
    if gpus not in (None, "all"):
        raise pytest.UsageError(
            f"With --engine=ray, --gpus takes no value; got {gpus!r}. Set CUDA_VISIBLE_DEVICES="
            f"{gpus} where Ray is started."
        )
    if share is None:
        return 1.0 if gpus else 0.0
    if not 0 < share <= 1:
        raise pytest.UsageError(
            f"--gpu-share takes a number above 0 and up to 1; got {share:g}. 0.25 puts four tasks "
            "on a GPU; leave it and --gpus out to train on CPUs."
        )
    return share


def _require_ray() -> None:
    try:
        importlib.import_module("ray")
    except ImportError as error:
        raise pytest.UsageError(
            f"--engine=ray needs Ray, which cannot be imported ({error}). Install the extra: "
            "pip install 'dltheory[ray]', or in this folder pip install --editable '.[ray]'."
        ) from error
