"""The command line: options, and what they are checked for before anything is computed.

Every value is kept under a name of our own, and an option that another plugin has already is left
to it.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from dltheory.plugin import ray_options
from dltheory.plugin.places import require_place
from dltheory.plugin.ray_options import RayPlace
from dltheory.plugin.workers import pin_gpu, worker_number
from dltheory.training.precision import Precision

FOLDERS = ("--data-root", "--store", "--out", "--from-measurements")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options as checked values."""

    data_root: Path
    download: bool
    store: Path
    out: Path | None
    plan: bool
    smoke: bool
    epochs_scale: float
    seeds: int | None
    first_seed: int
    more_seeds: int | None
    replicate: int | None
    pilots: int | None
    measurements: Path | None
    inconclusive: str
    gpus: tuple[str, ...]
    runs_per_gpu: int
    precision: Precision
    ray: RayPlace | None


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of the suite, but those whose name another plugin has taken."""
    group = parser.getgroup("claims", "checking claims")
    taken = {
        name for other in parser._groups for option in other.options for name in option.names()
    }

    def add(name: str, **fields: Any) -> None:
        if name not in taken:
            group.addoption(name, dest=f"dltheory_{ray_options.attribute(name)}", **fields)

    _declare(add)


def _folder(given: str) -> Path:
    """The folder that an option names; an empty text comes from a shell variable without value."""
    if not given.strip():
        raise argparse.ArgumentTypeError(
            "it takes a folder, and got an empty text. If the folder comes from a variable of the "
            "shell, set it; or leave the option out."
        )
    return Path(given)


def _declare(add: Callable[..., None]) -> None:
    add(
        "--gpus",
        nargs="?",
        const="all",
        metavar="all|0,2",
        help="train on GPUs: all visible ones, or --gpus=0,2 for some of them",
    )
    add(
        "--runs-per-gpu",
        type=int,
        default=1,
        metavar="N",
        help="how many groups of runs share a GPU at once; small networks leave room for several",
    )
    add(
        "--precision",
        choices=get_args(Precision),
        default="float32",
        help="tf32, bfloat16: in which numbers products of matrices and convolutions are made in "
        "training, TF32 on a GPU alone; recorded as a deviation (default: float32, never TF32)",
    )
    ray_options.add_options(add)
    add(
        "--data-root",
        type=_folder,
        metavar="DIR",
        help="where MNIST, CIFAR-10 and the like lie, in torchvision's layout or as image folders "
        "(default: $DLTHEORY_DATA_ROOT, else ./data)",
    )
    add(
        "--download",
        action="store_true",
        help="fetch missing data sets through torchvision into the data root",
    )
    add(
        "--store",
        type=_folder,
        default=Path(".runs"),
        metavar="DIR",
        help="where finished and interrupted runs are kept (default: .runs)",
    )
    add(
        "--out",
        type=_folder,
        metavar="DIR",
        help="where the report is written (default: reports/<tier>)",
    )
    add(
        "--plan",
        action="store_true",
        help="print which runs the selected claims need and which exist, then stop",
    )
    add(
        "--scale",
        choices=["smoke"],
        help="smoke: two steps on a few random images; executes each recipe, never decides a claim",
    )
    add(
        "--epochs-scale",
        type=float,
        default=1.0,
        metavar="X",
        help="multiply the length of every training; recorded as a deviation",
    )
    add(
        "--seeds",
        type=int,
        metavar="N",
        help="use N seeds in one look instead of those planned; recorded as a deviation",
    )
    add(
        "--first-seed",
        type=int,
        default=0,
        metavar="K",
        help="judge on seeds K, K + 1, …, not 0, 1, …: a replication; recorded as a deviation",
    )
    add(
        "--more-seeds",
        type=int,
        metavar="N",
        help="go on up to N seeds where the planned looks leave a word open, judged by evidence "
        "that is valid at any number of seeds",
    )
    add(
        "--replicate",
        type=int,
        metavar="K",
        help="judge each form on K further blocks of seeds and print how often its word returns, "
        "beside what its card promised; writes replication.jsonl and no report",
    )
    add(
        "--pilots",
        nargs="?",
        type=int,
        const=0,
        metavar="N",
        help="run on N pilot seeds (by default as many as the first look has), judge nothing, and "
        "keep how much seeds vary in pilots.jsonl beside each claim file; power is planned from it",
    )
    add(
        "--from-measurements",
        type=_folder,
        metavar="DIR",
        help="judge the measurements of an earlier report again: no training, no torch, no GPU",
    )
    add(
        "--inconclusive",
        choices=["skip", "xfail", "fail", "gate"],
        default="skip",
        help="what an inconclusive claim is to pytest (default: skip; fail for releases; gate, for "
        "CI, fails it unless its interval is open and fresh seeds might close it)",
    )


def settings(config: pytest.Config) -> Settings:
    """The options, checked; pytest.UsageError with all three parts where one is wrong."""
    _require_root(config)
    option = Given(config.option)
    ray = option.of("engine", "local") == "ray"
    root = option.of("data_root", None) or Path(os.environ.get("DLTHEORY_DATA_ROOT") or "data")
    chosen = Settings(
        data_root=root,
        download=option.of("download", default=False),
        store=option.of("store", Path(".runs")),
        out=option.of("out", None),
        plan=option.of("plan", default=False),
        smoke=option.of("scale", None) == "smoke",
        epochs_scale=option.of("epochs_scale", 1.0),
        seeds=option.of("seeds", None),
        first_seed=option.of("first_seed", 0),
        more_seeds=option.of("more_seeds", None),
        replicate=option.of("replicate", None),
        pilots=option.of("pilots", None),
        measurements=option.of("from_measurements", None),
        inconclusive=option.of("inconclusive", "skip"),
        gpus=() if ray else _gpus(option.of("gpus", None), worker_number(config)),
        runs_per_gpu=option.of("runs_per_gpu", 1),
        precision=option.of("precision", "float32"),
        ray=ray_options.chosen(config, option.of, _gpus),
    )
    _check(chosen)
    _check_places(chosen, option)
    return chosen


class Given:
    """The values of our options on the command line, under names that no other plugin has."""

    def __init__(self, namespace: argparse.Namespace) -> None:
        self.namespace = namespace

    def of(self, name: str, default: Any) -> Any:
        """The value of an option; the default where another plugin has its name."""
        return getattr(self.namespace, f"dltheory_{name}", default)


def _require_root(config: pytest.Config) -> None:
    """Refuse an option whose folder pytest has taken for the project's root.

    Before plugins are loaded any existing folder on the command line counts as a place of tests.
    """
    loose = [word for word in config.invocation_params.args if word in FOLDERS]
    if loose and config.inipath is None:
        raise pytest.UsageError(
            f"{loose[0]} takes its folder after an equals sign; got it after a space, where pytest "
            f"takes it for the project's root. Write {loose[0]}=DIR."
        )


def _check(chosen: Settings) -> None:
    if not 0 < chosen.epochs_scale <= 10:
        raise pytest.UsageError(
            f"--epochs-scale takes a number above 0 and up to 10; got {chosen.epochs_scale:g}. "
            "0.1 trains for a tenth of the epochs."
        )
    _check_seeds(chosen)
    if chosen.runs_per_gpu < 1:
        raise pytest.UsageError(
            f"--runs-per-gpu takes a whole number from 1; got {chosen.runs_per_gpu}. "
            "Leave it out for one group of runs at a time."
        )
    beside = [
        name
        for name, given in (
            ("--gpus", chosen.gpus),
            ("--download", chosen.download),
            ("--engine=ray", chosen.ray),
            ("--pilots", chosen.pilots is not None),
            ("--plan", chosen.plan),
        )
        if given
    ]
    if chosen.measurements is not None and beside:
        raise pytest.UsageError(
            f"--from-measurements computes nothing, so {beside[0]} has no meaning beside it; got "
            "both. Leave one of them out."
        )


def _check_places(chosen: Settings, option: Given) -> None:
    """Folders that can be used, before anything is computed for them."""
    if chosen.measurements is not None:
        _require_measurements(chosen.measurements)
    if chosen.out is not None:
        store = chosen.store.absolute()
        if chosen.out.absolute() in (store, store / "runs") and chosen.measurements is None:
            raise pytest.UsageError(
                f"--out takes a folder for the report, apart from the store of runs; got "
                f"{chosen.out} for both. Give --out another folder."
            )
        require_place(chosen.out, "--out", "the report")
    if chosen.measurements is None and option.of("store", None) not in (None, Path(".runs")):
        require_place(chosen.store, "--store", "runs")
    if chosen.data_root.exists() and not chosen.data_root.is_dir():
        raise pytest.UsageError(
            f"--data-root takes a folder of data sets; got {chosen.data_root}, which is a file. "
            "Name the folder that holds MNIST/raw, cifar-10-batches-py and the like."
        )


def _require_measurements(folder: Path) -> None:
    if not (folder / "measurements.jsonl").is_file():
        raise pytest.UsageError(
            "--from-measurements takes a report folder with a measurements.jsonl in it; got "
            f"{folder}, which has none. Try reports/fast."
        )
    from dltheory.errors import MissingMeasurements
    from dltheory.plugin.source import measurements_in

    try:
        measurements_in(folder)
    except (MissingMeasurements, OSError) as error:
        raise pytest.UsageError(
            "--from-measurements takes a report folder whose measurements.jsonl can be read; got "
            f"{folder}. {error}"
        ) from error


def _check_seeds(chosen: Settings) -> None:
    if chosen.seeds is not None and not 2 <= chosen.seeds <= 10_000:
        raise pytest.UsageError(
            f"--seeds takes a whole number from 2 to 10000; got {chosen.seeds}. "
            "A verdict at α = 0.01 needs 7 or more."
        )
    if chosen.more_seeds is not None and not 2 <= chosen.more_seeds <= 1000:
        raise pytest.UsageError(
            f"--more-seeds takes a number of seeds from 2 to 1000; got {chosen.more_seeds}. Give "
            "the largest number of seeds that a form may use."
        )
    if chosen.more_seeds is not None and (chosen.seeds or chosen.pilots is not None):
        raise pytest.UsageError(
            "--more-seeds goes on after the planned looks, which --seeds and --pilots replace; got "
            "both. Leave one out."
        )
    if chosen.replicate is not None and not 1 <= chosen.replicate <= 50:
        raise pytest.UsageError(
            f"--replicate takes a whole number from 1 to 50; got {chosen.replicate}. "
            "Each block repeats all trainings."
        )
    if chosen.pilots is not None and (chosen.pilots < 0 or chosen.pilots == 1):
        raise pytest.UsageError(
            f"--pilots takes a whole number from 2; got {chosen.pilots}. Leave the number out for "
            "as many pilots as the first look has seeds."
        )
    if chosen.pilots is not None and (chosen.first_seed or chosen.seeds or chosen.smoke):
        raise pytest.UsageError(
            "--pilots has seeds of its own; got it beside --seeds, --first-seed or --scale. Leave "
            "those out."
        )
    _check_first_seed(chosen)


def _check_first_seed(chosen: Settings) -> None:
    if not (chosen.first_seed or chosen.seeds or chosen.more_seeds):
        return
    from dltheory.experiments.seeds import PILOT_SEEDS_FROM

    if not 0 <= chosen.first_seed < PILOT_SEEDS_FROM:
        raise pytest.UsageError(
            f"--first-seed takes a whole number from 0 and below {PILOT_SEEDS_FROM}, where the "
            f"seeds of pilots begin; got {chosen.first_seed}. Try --first-seed=1000."
        )

    last = chosen.first_seed + max(chosen.seeds or 0, chosen.more_seeds or 0)
    if last > PILOT_SEEDS_FROM:
        raise pytest.UsageError(
            f"Seeds of verdicts lie below {PILOT_SEEDS_FROM}, where the seeds of pilots begin; "
            f"--first-seed={chosen.first_seed} with {last - chosen.first_seed} seeds ends at "
            f"{last - 1}. Begin lower, or use fewer seeds."
        )


def _gpus(given: str | None, worker: int | None = None) -> tuple[str, ...]:
    """Device names; an error if a GPU was asked for and none is there."""
    if given is None:
        return ()
    numbers = given.split(",")
    known = given == "all" or all(re.fullmatch("[0-9]{1,4}", number) for number in numbers)
    if not known or len(set(numbers)) < len(numbers):
        raise pytest.UsageError(
            f"--gpus takes no value (all GPUs) or numbers as in --gpus=0,2; got {given!r}. "
            "Write the equals sign: a test path after a bare --gpus is taken for its value."
        )
    if worker is not None:
        given = pin_gpu(worker, given)
        numbers = given.split(",")
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    wanted = range(there) if given == "all" else [int(number) for number in numbers]
    if not there or any(number >= there for number in wanted):
        raise pytest.UsageError(
            f"--gpus={given} needs GPUs that torch can use; torch {torch.__version__} sees "
            f"{there}. Leave the option out to train on the CPU, or install a CUDA build of torch."
        )
    return tuple(f"cuda:{number}" for number in wanted)
