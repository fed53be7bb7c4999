"""Claims, the rule that judges them, and records of verdicts. Nothing here uses networks.

Papers and claims   Paper, Finding, Beside, Claim, Criterion
Judging             judge, Judgement, Control, shown, holds, Verdict
Checking the judge  calibrate
Records             record, adjust
Pictures            arms_plot, levels_plot, cases_plot, lines_plot, scatter_plot, density_plot,
                    regions_plot, table
"""

from dltheory.verdicts.calibration import calibrate
from dltheory.verdicts.claim import Bearing, Claim, Criterion, Paper, Verdict
from dltheory.verdicts.control import Control, holds, shown
from dltheory.verdicts.family import adjust
from dltheory.verdicts.finding import Beside, Finding
from dltheory.verdicts.judge import Judgement, judge
from dltheory.verdicts.pictures import (
    arms_plot,
    cases_plot,
    density_plot,
    levels_plot,
    lines_plot,
    regions_plot,
    scatter_plot,
    table,
)

__all__ = [
    "Bearing",
    "Beside",
    "Claim",
    "Control",
    "Criterion",
    "Finding",
    "Judgement",
    "Paper",
    "Verdict",
    "adjust",
    "arms_plot",
    "calibrate",
    "cases_plot",
    "density_plot",
    "holds",
    "judge",
    "levels_plot",
    "lines_plot",
    "regions_plot",
    "scatter_plot",
    "shown",
    "table",
]
