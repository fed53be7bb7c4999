"""Trainings, experiments, quantities and computations: variants, and what is refused."""

import pytest

from dltheory.data import Digits, StandIn
from dltheory.errors import SpecError
from dltheory.experiments import PILOT_SEEDS_FROM, Experiment, compute, quantity
from dltheory.training import Steps
from tests.experiments.tiny import ACCURACY, TINY, process

SQUARE = "tests.experiments.calculations:seed_squared"
LOOKS = Experiment(arms={"a": TINY}, seeds=(5, 10), measure=(ACCURACY,))


def test_a_variant_keeps_all_other_fields():
    assert TINY.but(epochs=9).but(epochs=TINY.epochs) == TINY


@pytest.mark.parametrize(("scale", "epochs"), [(1, 6), (0.5, 3), (0.01, 1), (2, 12)])
def test_a_stretched_training_is_that_many_times_as_long(scale, epochs):
    assert TINY.stretched(scale).epochs == epochs


def test_a_stretched_training_takes_its_schedule_along():
    stretched = TINY.but(epochs=200, schedule=Steps(at=(100, 150))).stretched(0.1)

    assert stretched.schedule == Steps(at=(10, 15))


def test_a_network_at_initialisation_stays_untrained_when_stretched():
    assert TINY.but(epochs=0).stretched(10).epochs == 0


def test_smoke_scale_is_two_steps_on_a_stand_in():
    smoke = TINY.smoke()

    assert smoke.data == StandIn(shape=(1, 8, 8), classes=10)
    assert (smoke.epochs, smoke.optimiser.batch_size) == (1, 4)


def test_smoke_scale_attacks_random_images_without_a_box():
    small = quantity("pgd_accuracy", box=(0.0, 1.0), steps=20, epsilon=0.1).smoke()

    assert dict(small.options) == {"box": None, "steps": 4, "epsilon": 0.1}


def test_smoke_scale_replaces_the_data_of_a_computation():
    smoke = compute(SQUARE, data=Digits(), times=2).smoke()

    assert dict(smoke.options) == {"data": StandIn(shape=(1, 8, 8), classes=10), "times": 2}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (LOOKS.smoke(), "smoke scale"),
        (LOOKS.stretched(0.1), "epochs multiplied by 0.1"),
        (LOOKS.with_seeds(3), "3 seeds in one look instead of the planned 5, 10"),
    ],
    ids=["smoke", "stretched", "seeds"],
)
def test_a_change_of_scale_is_written_down(changed, words):
    (change,) = changed.changes

    assert change.startswith(words)


def test_quantities_name_probe_split_and_options():
    assert quantity("gradient_cosines", on="test", pairs=7).name == (
        "gradient cosines on test (pairs=7)"
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TINY.but(epochs=-1), "0 epochs or more; got -1"),
        (lambda: quantity("acuracy"), r"accuracy.*got 'acuracy'.*module:function"),
        (lambda: quantity("tests.nowhere:norm"), "got 'tests.nowhere:norm'.*Check the spelling"),
        (lambda: quantity("tests.experiments.calculations:"), "named as \"module:function\""),
        (lambda: quantity("json:cube").resolve(), "json has no function 'cube'"),
        (lambda: Experiment(arms={"a": TINY}, seeds=1, measure=(ACCURACY, ACCURACY)), "accuracy"),
        (lambda: compute("square"), "got 'square'"),
        (lambda: compute("tests.nowhere:square"), "got 'tests.nowhere:square'"),
        (lambda: compute("tests.experiments.calculations:cube").resolve(), "must define cube"),
        (lambda: Experiment(arms={"a": TINY}, seeds=0, measure=(ACCURACY,)), "got 0"),
        (lambda: Experiment(arms={"a": TINY}, seeds=(5, 3), measure=(ACCURACY,)), r"\(5, 3\)"),
        (lambda: Experiment(arms={}, seeds=1), "got 0 arms and 0 quantities"),
        (lambda: Experiment(arms={"a": TINY}, seeds=1), "got 1 arms and 0 quantities"),
        (lambda: LOOKS.with_seeds(PILOT_SEEDS_FROM + 1), "below 10000.*got 10001 seeds"),
    ],
    ids=[
        "epochs", "probe", "lost own probe", "nameless own probe", "no own probe", "one name",
        "no module", "lost module", "lost function", "no seeds", "falling looks",
        "no arms", "nothing measured", "pilot seeds",
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_where_it_is_written(build, message):
    with pytest.raises(SpecError, match=message):
        build()


def test_reading_descriptions_imports_no_torch():
    code = "import sys, tests.experiments.descriptions_only; print('torch' in sys.modules)"

    printed, _ = process(code).communicate(timeout=60)

    assert printed.strip() == "False"
