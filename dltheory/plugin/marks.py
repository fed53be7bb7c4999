"""The marks of claims, declared where there are some and where somebody asks for all marks."""

from __future__ import annotations

import pytest

MARKS = (
    "claim(claim, *, static, fast, full): the test judges this claim, in these forms",
    "static: audits of printed numbers; no training, about a second (also marked fast)",
    "fast: small worlds on data that need no download; minutes on two cores",
    "full: the paper's own scale; hours on GPUs; runs only if asked for with -m full",
)


def declare(config: pytest.Config) -> None:
    """Make them known to --strict-markers and to --markers."""
    for line in MARKS:
        config.addinivalue_line("markers", line)
