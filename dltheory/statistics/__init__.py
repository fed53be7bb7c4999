"""Estimates, bounds and tests for numbers of independent runs. Nothing here uses networks.

Evidence      Evidence, Interval: an estimand, larger is truer, with one-sided bounds
  means       MeanEvidence, mean, paired_difference · WelchEvidence, unpaired_difference
  images      CrossedEvidence, over_seeds_and_images
  rates       RateEvidence, success_rate
  exact       ExactEvidence, worst_case
  relations   CorrelationEvidence, correlation, rank_correlation
  built on    EquivalenceEvidence, equivalence · OppositeEvidence, opposite
              WeakestEvidence, weakest
Levels        slopes, trend, difference_of_slopes, page · monotone, MonotoneResult
Checks        sign_flip, smallest_p
Families      holm, benjamini_hochberg
Planning      power_of_mean · Looks, planned, single_look, spend
Print         magnitude, Magnitude · Printed, Cell, welch_from_printed, PrintedWelch · grim, Grim
              READINGS, readings_that_turn
"""

from dltheory.statistics.anytime import anytime
from dltheory.statistics.correlations import CorrelationEvidence, correlation, rank_correlation
from dltheory.statistics.crossed import CrossedEvidence, over_seeds_and_images
from dltheory.statistics.evidence import Evidence, OppositeEvidence, opposite
from dltheory.statistics.exact import ExactEvidence, worst_case
from dltheory.statistics.granularity import Grim, grim
from dltheory.statistics.interval import Interval
from dltheory.statistics.looks import Looks, level_of_going_on, planned, single_look, spend
from dltheory.statistics.margins import EquivalenceEvidence, equivalence
from dltheory.statistics.means import (
    MeanEvidence,
    WelchEvidence,
    mean,
    paired_difference,
    unpaired_difference,
)
from dltheory.statistics.multiplicity import benjamini_hochberg, holm
from dltheory.statistics.parts import WeakestEvidence, weakest
from dltheory.statistics.power import power_of_mean
from dltheory.statistics.prediction import Magnitude, magnitude
from dltheory.statistics.printed import (
    READINGS,
    Cell,
    Printed,
    PrintedWelch,
    readings_that_turn,
    welch_from_printed,
)
from dltheory.statistics.rates import RateEvidence, success_rate
from dltheory.statistics.signflip import sign_flip, smallest_p
from dltheory.statistics.trends import (
    MonotoneResult,
    difference_of_slopes,
    monotone,
    page,
    slopes,
    trend,
)

__all__ = [
    "READINGS",
    "Cell",
    "CorrelationEvidence",
    "CrossedEvidence",
    "EquivalenceEvidence",
    "Evidence",
    "ExactEvidence",
    "Grim",
    "Interval",
    "Looks",
    "Magnitude",
    "MeanEvidence",
    "MonotoneResult",
    "OppositeEvidence",
    "Printed",
    "PrintedWelch",
    "RateEvidence",
    "WeakestEvidence",
    "WelchEvidence",
    "anytime",
    "benjamini_hochberg",
    "correlation",
    "difference_of_slopes",
    "equivalence",
    "grim",
    "holm",
    "level_of_going_on",
    "magnitude",
    "mean",
    "monotone",
    "opposite",
    "over_seeds_and_images",
    "page",
    "paired_difference",
    "planned",
    "power_of_mean",
    "rank_correlation",
    "readings_that_turn",
    "sign_flip",
    "single_look",
    "slopes",
    "smallest_p",
    "spend",
    "success_rate",
    "trend",
    "unpaired_difference",
    "weakest",
    "welch_from_printed",
    "worst_case",
]
