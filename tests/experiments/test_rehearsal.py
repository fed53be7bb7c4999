"""Networks that are hard to stack are trained right, or refused before anything is spent."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.func import functional_call

from dltheory.data import Digits
from dltheory.errors import RunFailed, SpecError
from dltheory.experiments import Experiment, rehearsal
from dltheory.experiments.plan import plan
from dltheory.experiments.rehearsal import rehearse
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.models import MLP, ResNet
from dltheory.randomness import drawing_from, stream
from dltheory.training import SGD, RankProjection, WeightDecay
from tests.experiments import hard_networks as hard
from tests.experiments.hard_networks import Made
from tests.experiments.test_midway import cut_after
from tests.experiments.tiny import ACCURACY, TINY, final_states, make

IMAGES = torch.randn(5, 1, 8, 8, generator=stream(0, "data"))


def of(by, **changes):
    return TINY.but(model=Made(by), **changes)


def plainly_trained(recipe, seed, *, draws=False):
    """The same training with torch's own optimiser on the lone network."""
    data = recipe.data.load(Path(), cache=Path()).train
    with drawing_from(stream(seed, "init")):
        network = recipe.model.build((1, 8, 8), 10).train()
    optimiser = torch.optim.SGD(
        [p for p in network.parameters() if p.requires_grad],
        lr=recipe.optimiser.learning_rate,
        momentum=recipe.optimiser.momentum,
    )
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(data), generator=stream(seed, f"batches/{epoch}"))
        with drawing_from(stream(seed, f"layers/{epoch}") if draws else torch.Generator()):
            for batch in order.split(recipe.optimiser.batch_size):
                optimiser.zero_grad()
                nn.functional.cross_entropy(
                    network(data.images[batch]), data.labels[batch]
                ).backward()
                optimiser.step()
    return network.state_dict()


def assert_as_plainly_trained(folder, recipe, **options):
    states = final_states(make(folder, recipe), recipe)

    for seed, state in enumerate(states):
        expected = plainly_trained(recipe, seed, **options)
        assert state.keys() == expected.keys()
        torch.testing.assert_close(state, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("by", [hard.tied, hard.used_twice, hard.frozen, hard.class_made_inside])
def test_a_stack_trains_each_network_as_torch_would_train_it_alone(tmp_path, by):
    assert_as_plainly_trained(tmp_path, of(by))


def test_a_frozen_layer_stays_under_weight_decay_too(tmp_path):
    recipe = of(hard.frozen, penalty=WeightDecay(coefficient=0.1))
    with drawing_from(stream(0, "init")):
        before = recipe.model.build((1, 8, 8), 10).state_dict()

    after = final_states(make(tmp_path, recipe), recipe)[0]

    assert after["1.weight"].equal(before["1.weight"])
    assert not after["3.weight"].equal(before["3.weight"])


def test_a_frozen_layer_stays_under_a_projection_of_the_layers_too(tmp_path):
    projection = RankProjection(rank="min", level=3.0, after=(1,), layers="linear")
    recipe = of(hard.frozen, epochs=1)
    projected = recipe.but(projection=projection)

    store = make(tmp_path, recipe, projected)

    free, moved = (final_states(store, one)[0] for one in (recipe, projected))
    assert moved["1.weight"].equal(free["1.weight"])
    assert not moved["3.weight"].equal(free["3.weight"])


def test_a_buffer_that_is_in_no_state_is_not_kept(tmp_path):
    recipe = of(hard.with_constant)

    assert "constant" not in final_states(make(tmp_path, recipe), recipe)[0]


def test_a_tied_network_goes_on_from_a_checkpoint(tmp_path, monkeypatch):
    recipe = of(hard.tied)
    with monkeypatch.context() as broken:
        broken.setattr(Store, "add", lambda *_: 1 / 0)
        with pytest.raises(RunFailed):
            make(tmp_path, recipe)

    assert_as_plainly_trained(tmp_path, recipe)


# ── alone ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "by",
    [hard.tied, hard.frozen, hard.Recurrent, hard.Deciding, hard.Counting, hard.RandomConstant],
)
def test_alone_each_seed_is_trained_as_torch_would_train_it(tmp_path, by):
    assert_as_plainly_trained(tmp_path, of(by, alone=True))


def test_alone_dropout_draws_from_a_stream_of_its_seed(tmp_path):
    assert_as_plainly_trained(tmp_path, of(hard.with_dropout, alone=True), draws=True)


def test_alone_dropout_goes_on_from_a_checkpoint_with_the_same_bits(tmp_path, monkeypatch):
    recipe = of(hard.with_dropout, alone=True)
    whole = final_states(make(tmp_path / "whole", recipe), recipe)
    mend = cut_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "cut", recipe, checkpoint_seconds=0)
    mend()

    cut = final_states(make(tmp_path / "cut", recipe), recipe)

    for one, other in zip(whole, cut, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_alone_is_part_of_the_key_and_its_absence_is_not():
    assert Run(TINY.but(alone=True), 0).key != Run(TINY, 0).key
    assert Run(TINY.but(alone=False), 0).key == Run(TINY, 0).key


@pytest.mark.parametrize("model", [MLP(hidden=(6,)), ResNet(width=4, blocks=(1,))], ids=repr)
def test_alone_and_together_are_the_same_but_for_rounding(tmp_path, model):
    together, alone = TINY.but(model=model, epochs=2), TINY.but(model=model, epochs=2, alone=True)

    store = make(tmp_path, together, alone)

    for one, other in zip(final_states(store, together), final_states(store, alone), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


# ── refused ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (hard.with_dropout, "draws random numbers when it is called, as dropout does"),
        (hard.Deciding, "raised RuntimeError there: vmap"),
        (hard.Counting, "has others there than by itself|raised RuntimeError"),
        (hard.RandomConstant, "has others there than by itself: the outputs"),
    ],
)
def test_what_cannot_be_stacked_is_told_to_train_alone(by, why):
    with pytest.raises(SpecError, match=rf"cannot be: it ({why}).* Give the Training alone=True"):
        rehearse(of(by), IMAGES)


REFUSED = [
    (hard.lazy, "has lazy layers. Give their sizes"),
    (hard.double, r"must have parameters of float32.*torch\.float64.*Leave out"),
    (hard.drawn_by_numpy, r"1\.weight differs between two builds. Draw from torch's"),
    (hard.all_frozen, "none of its parameters requires a gradient"),
    (hard.idle, "spare has no share in the outputs. Leave it out"),
    (hard.too_many_outputs, r"must return logits of shape \(4, 10\); it returned \(4, 11\)"),
    (hard.of_another_shape, r"must take a batch of shape \(4, 1, 8, 8\); it raised RuntimeError"),
    (hard.always_the_same, "must build a fresh network at each call"),
    (hard.Remembering, "must keep all that it learns in parameters and buffers"),
]


@pytest.mark.parametrize("alone", [False, True], ids=["together", "alone"])
@pytest.mark.parametrize(("by", "why"), REFUSED)
def test_what_no_training_is_right_for_is_refused(by, why, alone):
    with pytest.raises(SpecError, match=why):
        rehearse(of(by, alone=alone), IMAGES)


def test_a_network_that_is_refused_costs_no_epoch_and_spoils_no_other(tmp_path, epochs_done):
    with pytest.raises(SpecError, match="as dropout does"):
        make(tmp_path, of(hard.with_dropout), TINY)

    assert max(epochs_done) == TINY.epochs
    assert Store(tmp_path).record(Run(TINY, 0)) is not None
    assert Store(tmp_path).record(Run(of(hard.with_dropout), 0)) is None


def test_a_model_that_cannot_be_built_spoils_no_other(tmp_path):
    with pytest.raises((RunFailed, SpecError), match="ZeroDivisionError: no such network"):
        make(tmp_path, of(hard.broken), TINY)

    assert Store(tmp_path).record(Run(TINY, 0)) is not None


def test_data_that_cannot_be_loaded_spoil_no_other(tmp_path):
    with pytest.raises(RunFailed, match="ValueError: no such file"):
        make(tmp_path, TINY.but(data=Unreadable()), TINY)

    assert Store(tmp_path).record(Run(TINY, 0)) is not None


class Unreadable(Digits):
    def load(self, *_, **__):
        raise ValueError("no such file")


def test_a_stack_that_mixes_its_seeds_is_noticed(monkeypatch):
    def mixed(skeleton, state, inputs):
        parameters, buffers = state
        return functional_call(skeleton, (parameters, buffers), inputs) * 1.001

    monkeypatch.setattr("dltheory.training.seed_axis.functional_call", mixed)

    with pytest.raises(SpecError, match="has others there than by itself: the outputs"):
        rehearse(of(OwnForward), IMAGES)


class OwnForward(nn.Module):
    """A linear network that is no sequence of layers, so that it is stacked by `torch.vmap`."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.layer = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.layer(x.flatten(1))


def test_each_network_is_tried_once_for_all_trainings_with_it(tmp_path, monkeypatch):
    tried = []
    monkeypatch.setattr(rehearsal, "rehearse", lambda training, *_, **__: tried.append(training))

    make(tmp_path, TINY, TINY.but(penalty=WeightDecay(coefficient=0.1)), seeds=3)

    assert len(tried) == 1


# ── a rest of one example ─────────────────────────────────────────────────────────────────────

RESTING = of(hard.with_batch_norm, data=Digits(train=129, validation=0, test=20)).but(
    optimiser=SGD(learning_rate=0.1, batch_size=128)
)


def wanted(recipe, *, smoke=False):
    experiment = Experiment(arms={"a": recipe}, seeds=1, measure=(ACCURACY,))
    return [(experiment.smoke() if smoke else experiment, 1)]


@pytest.mark.parametrize("smoke", [False, True], ids=["at its scale", "at smoke scale"])
def test_a_rest_of_one_that_batch_norm_refuses_is_refused_in_the_plan(smoke):
    with pytest.raises(
        SpecError, match="129 training examples in batches of 128 leave a rest of 1"
    ):
        plan(wanted(RESTING, smoke=smoke))


@pytest.mark.parametrize(
    "recipe",
    [
        RESTING.but(data=Digits(train=130)),
        RESTING.but(model=MLP(hidden=(4,))),
        RESTING.but(model=ResNet(width=4, blocks=(1,))),
        RESTING.but(epochs=0),
    ],
    ids=["a rest of two", "no batch norm", "maps of many pixels", "no steps"],
)
def test_other_rests_are_planned(recipe):
    assert plan(wanted(recipe))
