"""What a run costs beside its training: lock, checkpoint, checksums, store, and its record.

    python -m benchmarks.run_cost [--rounds 7] [--device cpu]

The engine makes one run in an empty store; the same training and the same probe are timed without
it, in turns. The difference is held against a run of 30 seconds: a ratio above 50 is less than 2 %.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.harness import Row, device_name, line, made, once, options, peak_mib, write
from dltheory.data import Digits
from dltheory.experiments import Experiment, Training, quantity
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.experiments.train_group import start
from dltheory.models import MLP, ResNet
from dltheory.probes.accuracy import accuracy
from dltheory.training import SGD
from dltheory.training.loop import train

RUN_SECONDS = 30.0
SHORT = Training(
    data=Digits(train=50, validation=0, test=50),
    model=MLP(hidden=(64, 64, 64)),
    epochs=1,
    optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=50),
)
TRAININGS = {
    "digits MLP 64-64-64-64-10": SHORT,
    "ResNet-18, 11 M parameters": SHORT.but(model=ResNet()),
}
ACCURACY = quantity("accuracy", on="test")


def by_the_engine(training: Training, device: str, folder: Path) -> dict[str, torch.Tensor]:
    """One run with one measurement, in a store of its own; the trained network."""
    store = Store(folder)
    experiment = Experiment(arms={"run": training}, seeds=1, measure=(ACCURACY,))
    LocalEngine(store=store, data_root=folder, device=device).make(plan([(experiment, 1)]))
    return store.final_state(Run(training, 0))


def bare(training: Training, device: str) -> dict[str, torch.Tensor]:
    """The same training and the same probe, and nothing kept."""
    splits = training.data.load(Path(), cache=Path()).to(torch.device(device))
    progress = start(training, (0,), torch.device(device))
    train(progress, training, splits.train.images, splits.train.labels, seeds=(0,))
    model = training.model.build(training.data.shape, training.data.classes).to(device)
    model.load_state_dict(progress.state_of(0))
    accuracy(model.eval(), splits.test.images, splits.test.labels)
    return progress.state_of(0)


def row(name: str, training: Training, rounds: int, device: str) -> Row:
    """The engine's time over that of the bare training, against a run of 30 seconds."""

    def engine() -> dict[str, torch.Tensor]:
        with TemporaryDirectory() as folder:
            return by_the_engine(training, device, Path(folder))

    ours, theirs = engine(), bare(training, device)
    error = max(float((ours[k].double() - theirs[k].double()).abs().max()) for k in theirs)
    extra = [
        once(engine, device) - once(lambda: bare(training, device), device) for _ in range(rounds)
    ]
    return Row(
        benchmark="run_cost",
        case=name,
        device=device_name(device),
        ours_seconds=statistics.median(extra),
        peer=f"a run of {RUN_SECONDS:g} s",
        peer_seconds=RUN_SECONDS,
        ratio=RUN_SECONDS / statistics.median(extra),
        ratio_min=RUN_SECONDS / max(extra),
        ratio_max=RUN_SECONDS / max(min(extra), 1e-3),
        runs=rounds,
        ours_peak_mib=peak_mib(engine, device),
        error=error,
        note="ours is what the engine adds to one run",
        made=made(),
    )


def main() -> None:
    """Measure, print, and write."""
    given = options(__doc__ or "")
    rows = [row(name, training, given.rounds, given.device) for name, training in TRAININGS.items()]
    for one in rows:
        print(line(one), flush=True)
    write("run_cost", rows, given.out)


if __name__ == "__main__":
    main()
