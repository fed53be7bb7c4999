"""Faults planted in what is judged in the world with a linear minimum turn the verdicts.

The numbers are close to those of pilots. A fault changes them, or puts those of another arm there.
"""

import numpy as np
import pytest

from claims.goldblum2020truth import (
    test_curvature,
    test_lemma_1_row,
    test_lemma_1_trapped,
    test_uniform_10_plain,
)
from tests.claims.planted import verdict_on

STAYS = test_lemma_1_trapped.test_an_embedded_linear_classifier_is_not_left_by_training
SHORTENS = test_lemma_1_row.test_training_on_from_an_embedded_classifier_shortens_the_gradient
AFTER = test_curvature.test_after_training_no_eigenvalue_is_negative
ABOVE = test_uniform_10_plain.test_from_biases_in_u_10_plain_training_ends_above_the_default

LOSS, SLOPE, OPEN = "loss on train", "gradient norm on train", "open relus on train"
LINEAR, ALONE, EMBEDDED = (
    "linear classifier",
    "linear classifier, trained on alone",
    "embedded, then trained",
)
DEFAULT = "default"
BEHIND, BEHIND_THEN = "classifier behind ReLUs", "behind ReLUs, then trained"
SEEDS = 8


def near(value, spread=0.0):
    """Eight seeds around a value, the same ones every time."""
    return value + spread * np.linspace(-1.0, 1.0, SEEDS)


def judged(test, form, numbers, faults=()):
    """The word on these numbers, {quantity: {arm: array}}, with some of them replaced."""
    spoilt = {quantity: dict(arms) for quantity, arms in numbers.items()}
    for (quantity, arm), array in dict(faults).items():
        spoilt[quantity][arm] = array
    return verdict_on(test, form, lambda quantity: spoilt[quantity])


DESCENT = {
    LOSS: {
        LINEAR: near(1.7376, 1e-5),
        ALONE: near(1.7376, 2e-5),
        EMBEDDED: near(1.7376, 3e-5),
        DEFAULT: near(1.34, 0.06),
        BEHIND: near(1.821, 1e-4),
        BEHIND_THEN: near(1.1, 0.05),
    },
    SLOPE: {
        LINEAR: near(7e-4, 1e-4),
        ALONE: near(6e-4, 1e-4),
        EMBEDDED: near(1.5e-5, 5e-6),
        DEFAULT: near(0.08, 0.02),
        BEHIND: near(0.265, 0.001),
        BEHIND_THEN: near(0.3, 0.1),
    },
    OPEN: {
        LINEAR: near(1.0),
        ALONE: near(1.0),
        EMBEDDED: near(1.0),
        DEFAULT: near(0.55, 0.03),
        BEHIND: near(0.44),
        BEHIND_THEN: near(0.59, 0.01),
    },
}
MINIBATCHES = {
    quantity: {arm: arms[arm] for arm in (LINEAR, ALONE, EMBEDDED, DEFAULT)} | left
    for (quantity, arms), left in zip(
        DESCENT.items(),
        ({EMBEDDED: near(1.14, 0.05)}, {EMBEDDED: near(1.2, 0.3)}, {EMBEDDED: near(0.62, 0.02)}),
        strict=True,
    )
}


def test_a_network_that_descent_leaves_at_the_linear_minimum_is_trapped():
    assert judged(STAYS, "fast-descent", DESCENT) == "CONFIRMED"


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({(LOSS, EMBEDDED): DESCENT[LOSS][DEFAULT]}, "REFUTED"),
        ({(LOSS, DEFAULT): near(1.72, 0.01)}, "REFUTED"),
        ({(OPEN, EMBEDDED): near(0.999)}, "INCONCLUSIVE"),
        ({(LOSS, ALONE): near(1.6, 0.01)}, "INCONCLUSIVE"),
    ],
    ids=["embedded leaves", "default stays", "closed ReLUs", "no minimum"],
)
def test_faults_turn_what_is_said_of_descent(faults, word):
    assert judged(STAYS, "fast-descent", DESCENT, faults) == word


def test_leaving_an_embedded_classifier_refutes_only_if_the_classifier_itself_stays():
    goes_on = {(LOSS, ALONE): near(1.6, 0.01)}

    assert judged(STAYS, "fast-sgd", MINIBATCHES) == "REFUTED"
    assert judged(STAYS, "fast-sgd", MINIBATCHES, goes_on) == "INCONCLUSIVE"


ACCURACY = "accuracy on train"
ROW = {
    ACCURACY: {
        LINEAR: near(0.452),
        ALONE: near(0.452),
        EMBEDDED: near(0.452),
        BEHIND: near(0.452),
        BEHIND_THEN: near(0.65, 0.01),
    },
    **{
        quantity: {arm: array for arm, array in DESCENT[quantity].items() if arm != DEFAULT}
        for quantity in (SLOPE, OPEN)
    },
}


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({}, "CONFIRMED"),
        ({(SLOPE, EMBEDDED): ROW[SLOPE][ALONE]}, "REFUTED"),
        ({(ACCURACY, EMBEDDED): near(0.5, 0.002)}, "REFUTED"),
        ({(OPEN, EMBEDDED): near(0.999)}, "INCONCLUSIVE"),
        ({(SLOPE, LINEAR): near(0.3, 0.01)}, "INCONCLUSIVE"),
        ({(SLOPE, ALONE): ROW[SLOPE][EMBEDDED]}, "INCONCLUSIVE"),
    ],
    ids=[
        "as it is",
        "a gradient as long as the classifier's alone",
        "another classifier",
        "closed ReLUs",
        "not at rest",
        "as short without the hidden layers",
    ],
)
def test_faults_turn_what_is_said_of_the_row_lemma_1(faults, word):
    assert judged(SHORTENS, "fast", ROW, faults) == word


START, END = test_curvature.WHOLE_START, test_curvature.WHOLE_END
POINT = "embedded linear classifier"


def spectrum(smallest, *, excluded=None, largest=128.0):
    """Of eight seeds; what is known to be excluded lies below the smallest by 10⁻⁴."""
    ends = np.zeros((SEEDS, 5))
    ends[:, test_curvature.SMALLEST] = smallest
    ends[:, test_curvature.LOWEST] = smallest - 1e-4 if excluded is None else excluded
    ends[:, test_curvature.LARGEST] = largest
    return ends


CURVATURE = {
    START: {POINT: spectrum(1e-5), DEFAULT: spectrum(-0.15, largest=0.3)},
    END: {POINT: spectrum(1e-6), DEFAULT: spectrum(-0.02, largest=30.0)},
    SLOPE: {POINT: near(1.5e-5, 5e-6), DEFAULT: near(0.08, 0.02)},
}


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({}, "CONFIRMED"),
        ({(END, POINT): spectrum(-0.01)}, "REFUTED"),
        ({(END, POINT): spectrum(0.0156)}, "INCONCLUSIVE"),
        ({(END, POINT): spectrum(1e-6, excluded=-0.1)}, "INCONCLUSIVE"),
        ({(START, DEFAULT): spectrum(1e-5)}, "INCONCLUSIVE"),
        ({(SLOPE, POINT): near(0.13, 0.01)}, "INCONCLUSIVE"),
    ],
    ids=["as it is", "negative", "positive", "not excluded", "a blind probe", "not at rest"],
)
def test_faults_turn_what_is_said_of_the_curvature_at_the_linear_minimum(faults, word):
    assert judged(AFTER, "fast-lemma-1", CURVATURE, faults) == word


UNIFORM = {
    LOSS: {
        "momentum": near(0.25, 0.03),
        "no momentum": near(0.8, 0.05),
        "no momentum, longer step": near(0.6, 0.04),
        DEFAULT: near(0.24, 0.02),
    },
    SLOPE: {
        arm: near(0.15, 0.01)
        for arm in ("momentum", "no momentum", "no momentum, longer step", DEFAULT)
    },
}


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({}, "CONFIRMED"),
        ({(LOSS, "no momentum"): near(0.24, 0.03)}, "REFUTED"),
        ({(LOSS, "momentum"): near(0.6, 0.03)}, "INCONCLUSIVE"),
        ({(LOSS, "no momentum, longer step"): UNIFORM[LOSS][DEFAULT]}, "INCONCLUSIVE"),
    ],
    ids=["as it is", "the default's runs", "momentum does not help", "a longer step does"],
)
def test_faults_turn_what_is_said_of_plain_training_from_u_10(faults, word):
    assert judged(ABOVE, "fast", UNIFORM, faults) == word
