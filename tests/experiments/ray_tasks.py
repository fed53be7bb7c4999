"""Tasks of Ray that leave a journal in the store: who began what, and every epoch that it did."""

import os
import time
from dataclasses import dataclass

from dltheory.experiments import ray_task
from dltheory.experiments.heartbeat import Heart
from dltheory.experiments.training import Training

EPOCH_SECONDS = 0.03  # so that there is a middle to be killed in


def journalled_part(site, part, *rest):
    """`ray_task.make_part`, of which every beginning and every epoch is written down."""
    import ray

    node = ray.get_runtime_context().get_node_id()
    length = part.recipe.epochs if isinstance(part.recipe, Training) else 0
    beat = Heart.beat

    def write(length, epoch):
        with (site.workplace.store / "journal").open("a") as file:
            file.write(f"{os.getpid()} {node} {length} {len(part.seeds)} {epoch}\n")
        _wait_for_the_others(site.workplace.store, epoch)

    def counted(self, state, **options):
        if state.done and length:
            write(state.total, state.done)
            time.sleep(EPOCH_SECONDS)
        beat(self, state, **options)

    write(length, 0)
    Heart.beat = counted
    try:
        return ray_task.make_part(site, part, *rest)
    finally:
        Heart.beat = beat


def _wait_for_the_others(folder, epoch):
    """Where the store has a file `together`, until two have got to the epoch that stands there."""
    together, deadline = folder / "together", time.monotonic() + 60
    if not together.exists() or together.read_text() != str(epoch):
        return
    while sum(line.epoch == epoch for line in journal(folder)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@dataclass(frozen=True)
class Line:
    process: int
    node: str
    length: int
    """Epochs of the whole training, by which recipes are told apart."""
    seeds: int
    epoch: int
    """0 where the task begins."""


def journal(folder):
    """The lines so far, in order."""
    path = folder / "journal"
    if not path.exists():
        return []
    lines = (line.split() for line in path.read_text().splitlines())
    return [Line(int(p), node, int(n), int(s), int(e)) for p, node, n, s, e in lines]


def epochs(folder, recipe):
    """The epochs that were done of a recipe, in order, by each process that worked on it."""
    done = {}
    for line in journal(folder):
        if line.length == recipe.epochs and line.epoch:
            done.setdefault(line.process, []).append(line.epoch)
    return list(done.values())
