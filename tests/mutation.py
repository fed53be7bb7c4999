"""Plant a fault in a module of the library, to see that its tests would notice."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType


def mutant(module: ModuleType, healthy: str, faulty: str) -> ModuleType:
    """A second copy of a module in which one piece of its source is replaced.

    The piece must occur exactly once, so that a planted fault does not silently move elsewhere
    when the module changes: LookupError otherwise. The module itself is untouched.
    """
    assert module.__file__ is not None
    source = Path(module.__file__).read_text(encoding="utf-8")
    count = source.count(healthy)
    if count != 1:  # no AssertionError: a test that expects one would take it for the fault's
        raise LookupError(f"{module.__name__} contains {healthy!r} {count} times instead of once")
    copy = ModuleType(module.__name__)
    copy.__file__, copy.__spec__ = module.__file__, module.__spec__
    copy.__package__ = module.__package__
    exec(compile(source.replace(healthy, faulty), module.__file__, "exec"), copy.__dict__)  # noqa: S102
    return copy
