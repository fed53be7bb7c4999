"""Which ReLUs are open on a data set, and how many linear regions it lies in."""

from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.models.affine_mlp import affine_mlp
from dltheory.models.mlp import hidden_layers
from dltheory.probes import _activation_pattern
from dltheory.probes import linear_regions as linear_regions_module
from dltheory.probes import open_relus as open_relus_module
from dltheory.probes._activation_pattern import activation_patterns
from dltheory.probes.linear_regions import linear_regions
from dltheory.probes.open_relus import open_relus
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SPECS = (MLP(hidden=(6, 5)), ResNet(width=2, blocks=(1, 1)))


def network(spec=SPECS[0], seed=1):
    with drawing_from(stream(seed, "init")):
        return spec.build((2, 4, 4), 3).double()


def data(count=20, seed=2):
    generator = stream(seed, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def labelled(x):
    return x, torch.zeros(len(x), dtype=torch.int64)


def on_a_line(kinks):
    """One hidden layer with a kink at each of these numbers, the first half open to the left."""
    signs = torch.where(torch.arange(len(kinks)) < len(kinks) // 2, -1.0, 1.0).double()
    first, last = nn.Linear(1, len(kinks)).double(), nn.Linear(len(kinks), 2).double()
    first.weight.data = signs[:, None]
    first.bias.data = -signs * torch.tensor(kinks, dtype=torch.float64)
    return nn.Sequential(first, nn.ReLU(), last)


KINKS = (-1.5, 0.25, 2.0, 3.0)
LINE = torch.linspace(-4, 4, 161, dtype=torch.float64)[:, None] + 0.01  # none on a kink


# ── patterns ──────────────────────────────────────────────────────────────────────────────────


def all_patterns(activation_patterns, model, images, batch=7):
    return torch.cat([bits for bits, _ in activation_patterns(model, images, batch)])


def patterns_are_those_by_hand(activation_patterns):
    """On a line, in an MLP by its layers, and in a residual network by a pass of its own."""
    bits = all_patterns(activation_patterns, on_a_line(KINKS), LINE)
    kinks = torch.tensor(KINKS)
    by_hand = torch.cat([kinks[:2] > LINE, kinks[2:] < LINE], dim=1)
    assert torch.equal(bits, by_hand)

    model, images = network().eval(), data()[0]
    layers = hidden_layers(model, images)
    found = all_patterns(activation_patterns, model, images)
    assert torch.equal(found, torch.cat(layers, dim=1) > 0)

    model = network(SPECS[1]).eval()
    found = all_patterns(activation_patterns, model, images)
    assert torch.equal(found, torch.cat(residual_relu_inputs(model, images), dim=1) > 0)


def residual_relu_inputs(model, x):
    """The inputs of all ReLUs, also of those that a block applies to its sum."""
    inputs = []
    stem, blocks = model[:2], model[3:5]
    x = stem(x)
    inputs.append(x)
    x = functional.relu(x)
    for block in blocks:
        inner = block.body[:2](x)
        outer = block.body[3:](functional.relu(inner)) + block.shortcut(x)
        inputs += [inner, outer]
        x = functional.relu(outer)
    torch.testing.assert_close(model[5:](x), model(data()[0]))
    return [z.flatten(1) for z in inputs]


def test_patterns_are_those_by_hand():
    patterns_are_those_by_hand(activation_patterns)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("args[0] > 0", "args[0] < 0"),
        ("args[0] > 0", "args[0] > 0.1"),
        ("bits.flatten(1) for bits in self._open]", "bits.flatten(1) for bits in self._open[:1]]"),
        ("self._open], dim=1)", "self._open[::-1]], dim=1)"),
        ("model(part)", "model(images[:batch])"),
    ],
    ids=["closed ones", "threshold", "first layer only", "layers turned", "first batch only"],
)
def test_faults_in_patterns_are_noticed(healthy, faulty):
    broken = mutant(_activation_pattern, healthy, faulty).activation_patterns

    with pytest.raises((AssertionError, SpecError)):
        patterns_are_those_by_hand(broken)


class Functional(nn.Module):
    """The same hidden layer, its ReLU written in one of torch's ways."""

    def __init__(self, layer, relu):
        super().__init__()
        self.layer, self.relu = layer, relu

    def forward(self, x):
        return self.relu(self.layer(x))


WAYS = {
    "nn.ReLU": nn.ReLU(),
    "nn.ReLU in place": nn.ReLU(inplace=True),
    "functional": functional.relu,
    "functional in place": functional.relu_,
    "torch.relu": torch.relu,
    "method": lambda z: z.relu(),
    "method in place": lambda z: z.relu_(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_relu_is_seen_however_it_is_written(way):
    layer = on_a_line(KINKS)[0]

    found = all_patterns(activation_patterns, Functional(layer, WAYS[way]), LINE)

    assert torch.equal(found, layer(LINE) > 0)


def test_an_input_of_exactly_0_is_closed():
    x = torch.tensor([[-1.0], [0.0], [1.0]])

    assert all_patterns(activation_patterns, nn.ReLU(), x).flatten().tolist() == [
        False,
        False,
        True,
    ]


def test_patterns_are_those_of_evaluation_mode():
    model, images = network(SPECS[1]), data()[0]

    found = all_patterns(activation_patterns, model.train(), images)

    assert torch.equal(found, all_patterns(activation_patterns, model.eval(), images))


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (nn.Linear(1, 2).double(), "got 0 ReLUs"),
        (nn.Sequential(nn.Linear(1, 2), nn.Tanh()).double(), "got 0 ReLUs"),
        (Functional(nn.Flatten(0), torch.relu), r"got 1 ReLUs on 7 points.*\(14,\)"),
        (Functional(nn.Identity(), lambda z: z + z.sum().relu()), r"on 7 points.*\[\(\)\]"),
    ],
    ids=["linear", "another nonlinearity", "points mixed with units", "points summed"],
)
@pytest.mark.parametrize("probe", [open_relus, linear_regions])
def test_networks_without_a_pattern_for_each_point_are_refused(probe, model, given):
    x = LINE[:7].expand(7, 2 if "14" in given else 1)

    with pytest.raises(SpecError, match=given):
        probe(model, *labelled(x))


# ── open ReLUs ────────────────────────────────────────────────────────────────────────────────


def shares_are_those_by_hand(open_relus):
    x = torch.tensor([[-2.0], [0.0], [1.0], [2.5], [4.0]]).double()
    open_at_each = [2, 1, 0, 1, 2]  # (<−1.5, <0.25, >2, >3)
    assert open_relus(on_a_line(KINKS), *labelled(x), batch=2) == sum(open_at_each) / 20

    model, (images, labels) = network(SPECS[1]).eval(), data()
    expected = torch.cat(residual_relu_inputs(model, images), dim=1) > 0
    assert open_relus(model, images, labels, batch=7) == float(expected.double().mean())


def test_the_share_of_open_relus_is_that_by_hand():
    shares_are_those_by_hand(open_relus)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("int(bits.sum())", "int((~bits).sum())"),
        ("bits.numel()", "len(bits)"),
        ("bits.numel()", "bits.shape[1]"),
        ("int(bits.sum())", "int(bits.any(dim=1).sum())"),
        ("opened += int", "opened = int"),
    ],
    ids=["closed ones", "per point", "per unit", "any of a point", "last batch only"],
)
def test_faults_in_the_share_are_noticed(healthy, faulty):
    broken = mutant(open_relus_module, healthy, faulty).open_relus

    with pytest.raises(AssertionError):
        shares_are_those_by_hand(broken)


@given(st.integers(0, 1000), st.integers(2, 6))
@settings(max_examples=20)
def test_every_relu_is_open_in_the_network_of_lemma_1(seed, width):
    x = torch.randn(15, 4, generator=stream(seed, "data"), dtype=torch.float64)
    weight = torch.randn(2, 4, generator=stream(seed, "init"), dtype=torch.float64)
    model = affine_mlp(weight, weight[:, 0], on=x, hidden=(width, width))

    assert open_relus(model, *labelled(x)) == 1
    assert linear_regions(model, *labelled(x)) == (1, 1, 0)


def test_a_network_whose_units_are_dead_has_no_open_relus():
    model = network()
    model[1].bias.data -= 1e3
    model[3].bias.data -= 1e3

    assert open_relus(model, *data()) == 0


@given(st.floats(1e-3, 1e3), st.integers(0, 1000))
@settings(max_examples=20)
def test_positive_factors_change_no_pattern(factor, seed):
    model = network(seed=seed)
    before = open_relus(model, *data()), linear_regions(model, *data())

    for parameter in model[1].parameters():
        parameter.data *= factor
    model[3].weight.data /= factor

    assert (open_relus(model, *data()), linear_regions(model, *data())) == before


# ── linear regions ────────────────────────────────────────────────────────────────────────────


def regions_are_those_by_hand(linear_regions):
    """On a line, kinks cut off one region more than there are; and pair by pair."""
    for kinks in (KINKS[:1], KINKS[:3], KINKS):
        found = linear_regions(on_a_line(kinks), *labelled(LINE), batch=50)
        assert found.regions == len(kinks) + 1
        assert found.shared == 1
    between_any_two = torch.linspace(-4, 4, 161).tolist()
    found = linear_regions(on_a_line(between_any_two), *labelled(LINE), batch=50)
    assert found.regions == 161
    assert found.shared == 0

    x = torch.tensor([[-2.0], [-3.0], [1.0], [1.1], [1.2], [5.0]]).double()
    found = linear_regions(on_a_line(KINKS), *labelled(x), batch=4)
    assert found.regions == 3
    assert found.shared == 5 / 6
    by_pairs = [0] + 3 * [2] + [4] + 3 * [2] + [4] + 3 * [0] + 3 * [2]
    assert found.distance == sum(by_pairs) / 15 / 4

    for spec in SPECS:
        model, (images, labels) = network(spec), data()
        found = linear_regions(model, images, labels, batch=7)
        assert found == pytest.approx(by_comparing_pairs(model, images), rel=1e-14)


def by_comparing_pairs(model, images):
    bits = all_patterns(activation_patterns, model, images)
    apart = {pair: int((bits[pair[0]] != bits[pair[1]]).sum()) for pair in pairs(bits)}
    company = {point for pair, units in apart.items() if units == 0 for point in pair}
    return (
        len({tuple(row) for row in bits.tolist()}),
        len(company) / len(bits),
        sum(apart.values()) / len(apart) / bits.shape[1],
    )


def pairs(rows):
    return combinations(range(len(rows)), 2)


def test_linear_regions_are_those_by_hand():
    regions_are_those_by_hand(linear_regions)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("np.packbits(bits.cpu().numpy(), axis=1)", "np.packbits(bits.cpu().numpy(), axis=0)"),
        ("np.packbits(bits.cpu().numpy(), axis=1)", "bits.cpu().numpy()[:, :3]"),
        ("digest_size=16", "digest_size=1"),
        (
            "count for count in digests.values() if count > 1",
            "1 for c in digests.values() if c > 1",
        ),
        ("if count > 1", "if count > 2"),
        ("opened * (points - opened)", "opened * points"),
        ("points * (points - 1) // 2", "points * (points - 1)"),
        ("points * (points - 1) // 2", "points * points // 2"),
        ("pairs * opened.numel()", "pairs"),
        ("digests.update(", "digests = Counter("),
        ("opened = opened + bits", "opened = bits"),
        ("float(len(digests))", "float(digests.total())"),
    ],
    ids=[
        "packed along points",
        "some units only",
        "digests too short",
        "regions for points",
        "pairs alone",
        "closed ones forgotten",
        "pairs twice",
        "pairs with oneself",
        "not by unit",
        "last batch only",
        "last batch's distances",
        "points for regions",
    ],
)
def test_faults_in_linear_regions_are_noticed(healthy, faulty):
    broken = mutant(linear_regions_module, healthy, faulty).linear_regions

    with pytest.raises(AssertionError):
        regions_are_those_by_hand(broken)


def test_a_point_alone_shares_with_none():
    assert linear_regions(on_a_line(KINKS), *labelled(LINE[:1])) == (1, 0, 0)


@given(st.permutations(range(20)), st.integers(1, 25))
@settings(max_examples=20)
def test_the_order_of_points_does_not_matter(order, batch):
    images, labels = data()

    found = linear_regions(network(), images[list(order)], labels, batch=batch)

    assert found == pytest.approx(linear_regions(network(), images, labels), rel=1e-14)


@given(st.integers(2, 4), st.integers(0, 1000))
@settings(max_examples=20)
def test_points_seen_several_times_make_no_more_regions(times, seed):
    model, (images, _) = network(seed=seed), data()
    once, repeated = (
        linear_regions(model, *labelled(x)) for x in (images, images.repeat(times, 1, 1, 1))
    )

    assert repeated.regions == once.regions
    assert repeated.shared == 1
    points = len(images)  # the pairs that are new are of one point, 0 apart
    pairs, all_pairs = points * (points - 1), times * points * (times * points - 1)
    assert repeated.distance == pytest.approx(times**2 * pairs / all_pairs * once.distance)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_one_region_is_one_affine_map(seed):
    """Halfway between two points of one pattern outputs are halfway too (one hidden layer)."""
    model, images = network(MLP(hidden=(3,)), seed), data(40)[0]
    bits = all_patterns(activation_patterns, model, images)
    for pattern in bits.unique(dim=0):
        here = images[(bits == pattern).all(dim=1)]
        between = (here + here.flip(0)) / 2
        outputs, middle = model(here), model(between)
        torch.testing.assert_close(middle, (outputs + outputs.flip(0)) / 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_patterns_on_a_gpu_are_those_on_the_cpu():
    model, (images, labels) = network(SPECS[1]), data()
    expected = linear_regions(model, images, labels)

    assert linear_regions(model.cuda(), images.cuda(), labels.cuda()) == expected
