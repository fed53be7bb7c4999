"""The pytest glue: what a claim file uses, and the hooks that plan, judge and report.

A claim file marks its test with `claim`, which takes the Claim and one Form (or several named
cases) per tier; the test gets `measured`, the samples of its own form, and `judge`.

pytest imports `hooks` in every session of an environment that has this library. So this package
imports nothing else until a claim file asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dltheory.plugin.form import Form, claim

__all__ = ["Form", "claim"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name in __all__:
        from dltheory.plugin import form

        return getattr(form, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
