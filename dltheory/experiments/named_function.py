"""Functions that are named as "module:function", since a claim file is read without torch."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def is_importable(name: str) -> bool:
    """Whether "module:function" names a function, in a module that can be found.

    The module itself is not run, so whether it has the function is not known.
    """
    module, _, function = name.partition(":")
    try:
        return bool(function) and find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def resolved(module: str, function: str) -> Callable[..., Any] | None:
    """The function of a module, which is imported; None if the module has none of that name."""
    found = getattr(import_module(module), function, None)
    return found if callable(found) else None
