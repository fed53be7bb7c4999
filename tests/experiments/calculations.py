"""Functions that computations of the tests name; each call leaves a mark in the cache folder."""

import multiprocessing
import os
import signal
import threading
import time


def seed_squared(seed, context, *, times=1):
    mark(context)
    return {"square": times * seed**2}


def squares_below(seed, context):
    mark(context)
    return {"squares": [number**2 for number in range(seed)]}


def broken(seed, context):
    mark(context)
    raise ValueError(f"no such thing for seed {seed}")


def mark(context):
    path = context.cache / "calls"
    path.write_text(f"{path.read_text() if path.exists() else ''}x")


# ── helpers of a crew that hang ───────────────────────────────────────────────────────────────


def wait_for_helpers(seed, context, *, of):
    """Keeps the process that was asked busy until each of these has begun in a helper."""
    deadline = time.monotonic() + 60
    while not all((context.cache / how).exists() for how in of) and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"seed": seed}


def hang_in_a_helper(seed, context, *, how):
    """Hangs in this way the first time that it is called in a helper."""
    begun = context.cache / how
    if multiprocessing.parent_process() is not None and not begun.exists():
        begun.touch()
        HANGS[how]()
    return {"seed": seed}


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)


def wait_in_vain():
    threading.Event().wait()


def loop_for_ever():
    while True:
        pass


HANGS = {
    "stopped": stop,
    "waiting in vain": wait_in_vain,
    "endless loop": loop_for_ever,
}


# ── helpers that are kept ─────────────────────────────────────────────────────────────────────────


def process_of_two_seeds(seed, context):
    """The process that computes a seed, once another one computes the other."""
    return process_after_a_helper(seed, context, meeting="seeds", side=seed)


def process_after_a_helper(seed, context, *, meeting, side):
    """The process that computes, once another one computes the other side of the meeting."""
    del seed
    folder = context.cache / f"meeting-{meeting}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(side)).touch()
    deadline = time.monotonic() + 60
    while not (folder / str(1 - side)).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"process": os.getpid()}
