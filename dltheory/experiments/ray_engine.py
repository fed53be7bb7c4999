"""The engine for many machines: every part of a plan is a task of a Ray cluster.

Ray decides what runs where and begins a task again when its worker or node has died. What was done
by then is in the store, which all nodes share: the task goes on from the last checkpoint, and does
nothing if its runs are there.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dltheory.cores import available_cores
from dltheory.errors import DataError, EngineError, RunFailed, StoreError
from dltheory.experiments.computation import Computation
from dltheory.experiments.crew import GRACE_SECONDS
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.local import LocalEngine, describe
from dltheory.experiments.plan import Group, lineage, missing
from dltheory.experiments.ray_task import Ended, Site, make_part
from dltheory.experiments.run import RECIPE_VERSION
from dltheory.experiments.system_errors import writing

log = logging.getLogger(__name__)

RETRIES = 20
"""How many deaths of a worker or node a task outlives. What kills its worker each time must end."""

OBJECT_STORE_BYTES = 80 * 2**20
"""Nothing large goes through Ray: numbers and networks lie in the store."""

LOOPBACK_ONLY = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's variable for "may other machines join": with "0" its processes listen on 127.0.0.1 alone.

Ray reads it when it is imported and obeys it on Linux too, whatever the name says.
"""

FOR_ALL = (StoreError, DataError, EngineError)
"""What stops one part would stop the others too, so it is said at once."""


@dataclass(kw_only=True)
class RayEngine(LocalEngine):
    """Makes missing runs as tasks of a Ray cluster, with the numbers of the local engine.

    Seeds are dealt to tasks as the local engine deals them to batches, or in smaller lots: then
    more machines share a recipe, and numbers agree with its own to rounding instead of bit by bit.
    """

    address: str | None = None  # None starts Ray on this machine
    gpu_share: float = 0.0  # of a GPU, for one task; 0 trains on the CPU
    seeds_per_task: int | None = None

    def _work_through(self, todo: list[Group]) -> None:
        parts = [part for group in todo for part in self._parts(group)]
        self._connect()
        with self._site(parts) as site, Interruptible() as interrupt:
            tasks = self._submit(parts, site)
            try:
                endings = dict(_endings(tasks, interrupt))
            except BaseException:
                _stop(tasks.values(), site)
                raise
        failures = [ending.failure for ref in tasks if (ending := endings[ref]).failure]
        if failures:
            raise failures[0]

    def _parts(self, group: Group) -> list[Group]:
        """What of a group is to be made, cut into tasks."""
        if isinstance(group.recipe, Computation):
            parts = [group]
        elif self.seeds_per_task is not None:
            lots = range(0, len(group.seeds), self.seeds_per_task)
            parts = [group.of_seeds(group.seeds[i : i + self.seeds_per_task]) for i in lots]
        else:
            from dltheory.experiments.batches import batches

            parts = batches(group, self._worker_device)
        return [part for part in parts if missing(part, self.store, self.origins)]

    def _submit(self, parts: Sequence[Group], site: Site) -> dict[Any, Group]:
        """One task for each part, after those that make what it starts from."""
        import ray

        task = ray.remote(make_part)
        options: dict[str, Any] = {
            "num_cpus": 1,
            "num_gpus": self.gpu_share,
            "max_retries": RETRIES,
            "runtime_env": {"env_vars": _environment()},
        }
        submitted: dict[Any, Group] = {}
        for number, part in enumerate(parts, 1):
            starts = [ref for ref, other in submitted.items() if _is_start(other, part)]
            named = task.options(name=describe(part), **options)
            submitted[named.remote(site, part, (number, len(parts)), *starts)] = part
        return submitted

    @property
    def _worker_device(self) -> str:
        return "cuda" if self.gpu_share else "cpu"

    @contextmanager
    def _site(self, parts: Iterable[Group]) -> Iterator[Site]:
        store, workplace = self.store.folder.resolve(), self._workplace()
        mark = store / "locks" / f"ray-{secrets.token_hex(8)}"
        with writing(mark):
            mark.touch()
        try:
            yield Site(
                workplace=replace(workplace, store=store, data_root=workplace.data_root.absolute()),
                device=self._worker_device,
                threads=self.threads,
                version=RECIPE_VERSION,
                codes=tuple({p.recipe_name: self.origins.code(p.recipe) for p in parts}.items()),
                mark=mark,
            )
        finally:
            mark.unlink(missing_ok=True)

    def _connect(self) -> None:
        """Join the cluster, or start one of this machine alone that ends with this process."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns
        if self.address is None:
            os.environ.setdefault(LOOPBACK_ONLY, "0")
        import ray

        if ray.is_initialized():
            return
        options: dict[str, Any] = {"address": self.address}
        if self.address is None:
            options = {
                "address": "local",
                "include_dashboard": False,
                "num_cpus": available_cores(),
                "object_store_memory": OBJECT_STORE_BYTES,
            }
        try:
            _require_answer(self.address)
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            where = f"the cluster at {self.address}" if self.address else "Ray on this machine"
            raise EngineError(
                f"--engine ray needs {where}; it answered: {error}. Look at it with `ray status`, "
                "or leave the option out to work on this machine alone."
            ) from error


def _require_answer(address: str | None) -> None:
    """An OSError if nobody listens there: Ray itself tries for two minutes, then ends us."""
    host, colon, port = (address or "").rpartition(":")
    if colon:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def _is_start(other: Group, part: Group) -> bool:
    first = lineage(part.recipe)[:-1][-1:]
    if not first or not set(other.seeds) & set(part.seeds):
        return False
    return other.recipe_name == Group(recipe=first[0], seeds=part.seeds).recipe_name


def _endings(tasks: dict[Any, Group], interrupt: Interruptible) -> Iterator[tuple[Any, Ended]]:
    """How each task ended, as they end; what would stop all of them is raised."""
    import ray

    running = list(tasks)
    while running:
        interrupt.raise_if_asked()
        ready, running = ray.wait(running, timeout=0.5)
        for ref in ready:
            ended = _ended(ref, tasks[ref])
            for warning in ended.warnings:
                log.warning("%s", warning)
            if isinstance(ended.failure, FOR_ALL):
                raise ended.failure
            yield ref, ended


def _ended(ref: Any, part: Group) -> Ended:
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        return ray.get(ref)
    except RayError as error:
        if isinstance(error, RayTaskError) and not isinstance(error.cause, RayError):
            raise
        failure = RunFailed(
            f"Numbers are needed from {describe(part)}; Ray gave it up after {RETRIES} retries: "
            f"{str(error).strip()} This says nothing about the claim. Runs that are finished, and "
            "checkpoints, are kept: start again to go on."
        )
        return Ended(failure=failure)


def _stop(parts: Iterable[Group], site: Site) -> None:
    """Ask tasks, as by Ctrl-C, to keep what they have, and leave the cluster.

    Ray's own `cancel` is not used: under it drivers were seen to die of a failed check (Ray 2.60).
    """
    import ray

    at_work = [site.progress_of(part) for part in parts]
    deadline = time.monotonic() + GRACE_SECONDS
    try:
        site.mark.unlink(missing_ok=True)
        while any(path.exists() for path in at_work) and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        ray.shutdown()  # ends what is left


def _environment() -> dict[str, str]:
    """So that workers find the modules that this process finds beside the installed ones."""
    places = [str(Path(place).absolute()) for place in sys.path]
    paths = sysconfig.get_paths()
    installed = tuple(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    ours = [place for place in places if Path(place).is_dir() and not place.startswith(installed)]
    return {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(ours)),
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
    }
