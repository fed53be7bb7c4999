"""Printed accuracies beside measured ones, for the cards of Tables 2, 3 and 8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dltheory.statistics import Cell, MeanEvidence, magnitude
from dltheory.verdicts import Criterion, arms_plot, table

from .norm_bias_rows import Setting
from .recipes import DECAY, NO_PENALTY, NORM_BIAS


def accuracies(setting: Setting, accuracy: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Keywords of `judge`: a picture with the printed means as hollow marks, and a table."""
    cells = _cells(setting)
    shown = {arm: accuracy[arm] for arm in cells if arm in accuracy}
    rows = [
        [arm, f"{cells[arm].mean} ± {cells[arm].error}", *_mean_and_error(values)]
        for arm, values in shown.items()
    ]
    seeds = range(len(next(iter(shown.values()))))
    return {
        "plots": [
            arms_plot(
                "accuracy on test",
                "accuracy on test",
                shown,
                seeds=seeds,
                printed={arm: float(cells[arm].mean) / 100 for arm in shown},
            )
        ],
        "tables": [
            table(
                f"{setting.printed.name}: accuracy in percent, mean and standard error",
                ["arm", f"printed, {cells[DECAY].n} runs", f"ours, {len(seeds)} runs", "± ours"],
                rows,
            )
        ],
    }


def difference(setting: Setting, larger: str, smaller: str, gain: MeanEvidence) -> dict[str, Any]:
    """Keywords of `judge`: the printed difference of two arms, and whether ours agrees with it."""
    high, low = _cells(setting)[larger], _cells(setting)[smaller]
    printed = printed_difference(high, low)
    error = float(np.hypot(float(high.error), float(low.error)))
    ours = gain.estimate, (gain.sd or 0.0) / gain.n**0.5
    return {
        "printed": (f"{printed:+.4f}", f"{setting.printed.table}, as a fraction"),
        "magnitude": magnitude(printed, error / 100, high.n, 4, *ours, gain.n),
    }


def printed_difference(larger: Cell, smaller: Cell) -> float:
    """The difference of two printed means, as a fraction and free of binary dust."""
    return round(float(larger.mean) - float(smaller.mean), 4) / 100


def open_question(criterion: Criterion, reason: str) -> Criterion:
    """The criterion of a row that, going by the printed numbers, cannot be decided."""
    return replace(criterion, expected="INCONCLUSIVE", expected_reason=reason)


def _cells(setting: Setting) -> dict[str, Cell]:
    row = setting.printed
    return {NO_PENALTY: row.no_decay, DECAY: row.decay, NORM_BIAS: row.norm_bias}


def _mean_and_error(accuracy: np.ndarray) -> list[float]:
    """In percent, to the digits that the paper prints."""
    error = float(np.std(accuracy, ddof=1)) / len(accuracy) ** 0.5
    return [round(100 * float(np.mean(accuracy)), 2), round(100 * error, 2)]
