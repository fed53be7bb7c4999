"""One fault planted in each kind of claim: the rule must not confirm it.

Each sound sample is confirmed, so that a fault is caught for what it is and not for want of power.
"""

import numpy as np
import pytest

from dltheory.statistics import (
    correlation,
    equivalence,
    mean,
    monotone,
    opposite,
    paired_difference,
    success_rate,
    trend,
    weakest,
    worst_case,
)
from dltheory.verdicts import judge
from tests.verdicts.made_up import criterion, per_seed

N = 12
LEVELS = [1.0, 2.0, 3.0, 4.0]
noise = np.random.default_rng(3).standard_normal((N, len(LEVELS)))


def arms(gain, spread=0.5):
    """Two arms that share most of their variance by seed."""
    shared = per_seed(50.0, N, 10.0)
    return shared + per_seed(gain, N, spread), shared


def rows(slope, dip=0.0):
    steps = slope * np.array(LEVELS)
    return steps + np.array([0.0, 0.0, dip, 0.0]) + 0.1 * noise


def every_step(values):
    rises = np.diff(values, axis=1)
    return weakest(*(mean(rises[:, i]) for i in range(rises.shape[1])))


def models(r):
    x = np.linspace(-1, 1, 40)
    return x, r * x + 0.05 * np.sin(40 * x)


# kind: criterion, sound evidence, evidence with the fault, what the rule says of the fault
PLANTED = {
    "superiority: the arms are swapped": (
        criterion(smallest_effect=1.0),
        paired_difference(*arms(2.0)),
        paired_difference(*reversed(arms(2.0))),
        "REFUTED",
    ),
    "superiority: the treatment has strength zero": (
        criterion(smallest_effect=1.0),
        paired_difference(*arms(2.0)),
        paired_difference(*arms(0.0)),
        "REFUTED",
    ),
    "superiority: the pairs are shuffled": (
        criterion(),
        paired_difference(*arms(2.0)),
        paired_difference(arms(2.0)[0], np.roll(arms(2.0)[1], 5)),
        "INCONCLUSIVE",
    ),
    "superiority: one seed carries all of the gain": (
        criterion(),
        paired_difference(*arms(2.0)),
        mean([24.0] + [0.01] * 11),
        "INCONCLUSIVE",
    ),
    "non-inferiority: worse by twice the margin": (
        criterion(null=-1.0),
        paired_difference(*arms(0.0)),
        paired_difference(*arms(-2.0)),
        "REFUTED",
    ),
    "non-inferiority: too noisy to exclude the margin": (
        criterion(null=-1.0),
        paired_difference(*arms(0.0)),
        paired_difference(*arms(0.0, spread=5.0)),
        "INCONCLUSIVE",
    ),
    "equivalence: no difference, for want of seeds": (
        criterion(),
        equivalence(mean(per_seed(0.0, N, 0.5)), margin=1.0),
        equivalence(mean(per_seed(0.0, 3, 5.0)), margin=1.0),
        "INCONCLUSIVE",
    ),
    "equivalence: twice the margin apart": (
        criterion(),
        equivalence(mean(per_seed(0.0, N, 0.5)), margin=1.0),
        equivalence(mean(per_seed(-2.0, N, 0.5)), margin=1.0),
        "REFUTED",
    ),
    "identity: one counter-example among a thousand": (
        criterion(),
        worst_case(1e-9 - np.full(1000, 1e-12)),
        worst_case(1e-9 - np.append(np.full(999, 1e-12), 1e-6)),
        "REFUTED",
    ),
    "bound: violated once, barely": (
        criterion(),
        worst_case(np.linspace(0.1, 1.0, 50)),
        worst_case([*np.linspace(0.1, 1.0, 49), -1e-9]),
        "REFUTED",
    ),
    "existence: the certificate fails, which leaves the claim open": (
        criterion(slack=float("inf")),
        worst_case([0.5, 0.1]),
        worst_case([0.5, -0.1]),
        "INCONCLUSIVE",
    ),
    "trend: it falls": (
        criterion(smallest_effect=0.5),
        trend(rows(1.0), LEVELS),
        trend(rows(-1.0), LEVELS),
        "REFUTED",
    ),
    "trend: flat": (
        criterion(smallest_effect=0.5),
        trend(rows(1.0), LEVELS),
        trend(rows(0.0), LEVELS),
        "REFUTED",
    ),
    "monotone: one step of a rising trend falls": (
        criterion(),
        every_step(rows(1.0)),
        every_step(rows(1.0, dip=-2.0)),
        "REFUTED",
    ),
    "ranking: one of two pairs is the other way round": (
        criterion(),
        weakest(mean(per_seed(1.0, N, 0.2)), mean(per_seed(2.0, N, 0.2))),
        weakest(mean(per_seed(1.0, N, 0.2)), mean(per_seed(-2.0, N, 0.2))),
        "REFUTED",
    ),
    "reversal: the second group keeps the sign of the first": (
        criterion(),
        weakest(trend(rows(1.0), LEVELS), opposite(trend(rows(-1.0), LEVELS))),
        weakest(trend(rows(1.0), LEVELS), opposite(trend(rows(1.0), LEVELS))),
        "REFUTED",
    ),
    "correlation: of the other sign": (
        criterion(smallest_effect=0.3),
        correlation(*models(1.0)),
        correlation(*models(-1.0)),
        "REFUTED",
    ),
    "rate: ten of ten do not show nine in ten": (
        criterion(null=0.9),
        success_rate([True] * 60),
        success_rate([True] * 10),
        "INCONCLUSIVE",
    ),
    "rate: half succeed": (
        criterion(null=0.9),
        success_rate([True] * 60),
        success_rate([True, False] * 30),
        "REFUTED",
    ),
    "audit: one row too few": (
        criterion(null=-0.5),
        worst_case([11 - 11]),
        worst_case([10 - 11]),
        "REFUTED",
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_the_sound_sample_is_confirmed(fault):
    rule, sound, _, _ = PLANTED[fault]

    assert judge(rule, sound).verdict == "CONFIRMED"


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_not_confirmed(fault):
    rule, _, broken, expected = PLANTED[fault]

    assert judge(rule, broken).verdict == expected


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_given_as_a_broken_variant_does_not_spoil_the_claim(fault):
    rule, sound, broken, _ = PLANTED[fault]

    judgement = judge(rule, sound, mutants={fault: broken})

    assert judgement.verdict == "CONFIRMED"
    assert judgement.mutants[0].caught


def test_a_trend_over_a_falling_step_is_confirmed_as_a_trend_but_not_as_monotone():
    falling = rows(1.0, dip=-2.0)

    assert judge(criterion(), trend(falling, LEVELS)).verdict == "CONFIRMED"
    assert judge(criterion(), every_step(falling)).verdict == "REFUTED"
    assert monotone(falling, margin=0.0, alpha=0.01).reversed_steps == (1,)
