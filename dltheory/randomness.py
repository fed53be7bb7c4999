"""Where randomness comes from: a seed and a purpose give a stream, the same on every machine.

Streams with different purposes are independent, so adding a purpose changes no other number.
All draws are made on the CPU and moved, so a seed is the same experiment on every device.
This is the only file that touches the global state of a random number generator.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stream(seed: int, purpose: str) -> torch.Generator:
    """A CPU generator that depends on the seed and the purpose alone.

    Purposes in use: "init", "batches/<epoch>", "augmentation/<epoch>", "attack/<epoch>",
    "projection/<epoch>", "layers/<epoch>", "data", "probe/<name>".
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@contextmanager
def drawing_from(generator: torch.Generator, device: torch.device | None = None) -> Iterator[None]:
    """Let code that draws from torch's global CPU generator draw from this one instead.

    The layers of torch.nn initialise themselves from the global generator. Its state is put back
    on leaving, whatever happened inside; the given generator moves on. On a GPU, layers draw from
    the generator of that device: it is then seeded from this one, and put back as well.
    """
    before = torch.get_rng_state()
    torch.set_rng_state(generator.get_state())
    try:
        with _drawing_on(device):
            yield
    finally:
        generator.set_state(torch.get_rng_state())
        torch.set_rng_state(before)


@contextmanager
def _drawing_on(device: torch.device | None) -> Iterator[None]:
    """Seed a GPU's generator from the global one of the CPU; a CPU has no other."""
    if device is None or device.type != "cuda":
        yield
        return
    before = torch.cuda.get_rng_state(device)
    fresh = torch.Generator(device).manual_seed(int(torch.randint(2**62, ())))
    torch.cuda.set_rng_state(fresh.get_state(), device)
    try:
        yield
    finally:
        torch.cuda.set_rng_state(before, device)
