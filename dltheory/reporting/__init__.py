"""Renders verdicts into reports that people like to read. It computes nothing statistical.

A report folder holds ``verdicts.jsonl`` and ``measurements.jsonl``; `render` writes ``index.html``
and ``summary.md`` beside them, and `join` an ``index.html`` over several such folders.
"""

from dltheory.reporting.markdown import verdict_table
from dltheory.reporting.page import join, render
from dltheory.reporting.records import UnreadableRecord, read_measurements, read_verdicts

__all__ = [
    "UnreadableRecord",
    "join",
    "read_measurements",
    "read_verdicts",
    "render",
    "verdict_table",
]
