"""The small world of Lemma 1: a linear classifier that has a minimum, embedded in an MLP.

500 digits of 4 × 4 pixels, half of their labels redrawn: a linear classifier ends at a loss of
1.74, an MLP with two hidden layers of 16 units far below. All phases have one objective, the mean
cross-entropy, and no decay. Pixels are −0.81 and more, so an offset of 1 keeps all ReLUs open.

At the embedded minimum the largest eigenvalue of the Hessian is 130. Gradient descent with momentum
m and step η leaves any minimum where it exceeds 2(1 + m)/η, here 317. With minibatches the step may
be too long all the same.
"""

from dltheory.data import CorruptedLabels, Digits
from dltheory.experiments import Training
from dltheory.models import MLP, EmbeddedLinear
from dltheory.training import SGD, GradientDescent

from .last_layer_alone import LastLayerAlone
from .local_minima_recipes import started
from .pooled_data import Pooled

STEP, MOMENTUM, EPOCHS = 0.012, 0.9, 3000
LINEAR_STEP = 0.3
OFFSET, TINY_OFFSET = 1.0, 0.05
WORLD = (
    "500 digits of 4 × 4 pixels with half of the labels redrawn instead of CIFAR-10, and no decay: "
    "there the linear classifier has a minimum",
)

DEFAULT_DESCENT = Training(
    data=Pooled(data=CorruptedLabels(data=Digits(train=500), fraction=0.5)),
    model=MLP(hidden=(16, 16)),
    epochs=EPOCHS,
    optimiser=GradientDescent(learning_rate=STEP, momentum=MOMENTUM),
)
DEFAULT_SGD = DEFAULT_DESCENT.but(
    epochs=EPOCHS // 10,
    optimiser=SGD(learning_rate=STEP, momentum=MOMENTUM, batch_size=50),
)


def linear_classifier(offset: float = OFFSET) -> Training:
    """A linear classifier trained alone, inside the MLP that it is embedded in."""
    trained = DEFAULT_DESCENT.but(
        optimiser=GradientDescent(learning_rate=LINEAR_STEP, momentum=MOMENTUM),
        penalty=LastLayerAlone(),
    )
    return started(trained, EmbeddedLinear(offset=offset))


def trained_on(training: Training, offset: float = OFFSET) -> Training:
    """All layers trained on from there, with the steps of this training."""
    first = linear_classifier(offset)
    return training.but(model=first.model, warm_start=first)
