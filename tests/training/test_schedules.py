"""Learning rates over epochs, and what steps and optimisers refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.training import SGD, Constant, GradientDescent, Steps

steps = st.builds(
    lambda at, by: Steps(at=tuple(sorted(at)), by=by),
    st.sets(st.integers(0, 300), max_size=4),
    st.floats(0.05, 0.9),
)


@pytest.mark.parametrize(
    ("epoch", "factor"), [(0, 1.0), (99, 1.0), (100, 0.1), (149, 0.1), (150, 0.01), (500, 0.01)]
)
def test_steps_multiply_from_their_epoch_on(epoch, factor):
    assert Steps(at=(100, 150)).factor(epoch) == pytest.approx(factor)


@given(steps, st.integers(0, 400))
def test_the_learning_rate_never_rises(schedule, epoch):
    assert schedule.factor(epoch + 1) <= schedule.factor(epoch) <= 1


@given(steps, st.integers(1, 5), st.integers(0, 300))
def test_a_schedule_stretched_by_a_whole_number_has_the_old_factors(schedule, times, epoch):
    assert schedule.scaled(times).factor(epoch * times) == schedule.factor(epoch)


@pytest.mark.parametrize(
    ("scale", "at"), [(1, (100, 150)), (0.1, (10, 15)), (0.001, (0,)), (2.0, (200, 300))]
)
def test_scaled_steps_keep_their_place_in_the_training(scale, at):
    assert Steps(at=(100, 150)).scaled(scale) == Steps(at=at)


@pytest.mark.parametrize("epoch", [0, 7, 1000])
def test_a_constant_schedule_is_one(epoch):
    assert Constant().scaled(0.1).factor(epoch) == 1.0


@pytest.mark.parametrize("at", [(3, 2), (2, 2), (-1, 4)], ids=["unsorted", "double", "negative"])
def test_steps_out_of_order_are_refused(at):
    with pytest.raises(SpecError, match="increasing epochs counted from 0"):
        Steps(at=at)


@pytest.mark.parametrize("optimiser", [SGD, GradientDescent])
def test_minibatches_without_examples_are_refused(optimiser):
    with pytest.raises(SpecError, match="batch_size 0"):
        optimiser(learning_rate=0.1, batch_size=0)


@pytest.mark.parametrize("optimiser", [SGD, GradientDescent])
@pytest.mark.parametrize(
    ("rate", "momentum"), [(0.0, 0.0), (-0.1, 0.0), (0.1, 1.0), (0.1, -0.1), (float("nan"), 0.0)]
)
def test_steps_that_lead_nowhere_are_refused(optimiser, rate, momentum):
    with pytest.raises(SpecError, match=f"learning rate {rate} and momentum {momentum}"):
        optimiser(learning_rate=rate, momentum=momentum)


def test_an_empty_minibatch_is_refused():
    with pytest.raises(SpecError, match="batch_size 0"):
        SGD(learning_rate=0.1, batch_size=0)
