"""Small trainings that touch every part of a recipe, and the numbers that they came out with.

Run as a module, `python -m tests.experiments.reference_recipes`, to write the numbers anew.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from dltheory.data import CropAndFlip, Digits
from dltheory.experiments import Experiment, Training, quantity
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import plan
from dltheory.experiments.run import RECIPE_VERSION, Run
from dltheory.experiments.store import Store
from dltheory.models import MLP, ResNet
from dltheory.training import SGD, GradientDescent, NormBias, Steps, WeightDecay

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "recipes.json"
SEED = 1
QUANTITIES = (quantity("squared_norm"), quantity("loss", on="test"))
DATA = Digits(train=60, validation=0, test=40)
RECIPES = {
    "MLP, momentum, steps, weight decay": Training(
        data=DATA,
        model=MLP(hidden=(8,)),
        epochs=4,
        optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=16),
        schedule=Steps(at=(2,)),
        penalty=WeightDecay(coefficient=0.01),
    ),
    "ResNet, norm-bias, crops and flips": Training(
        data=DATA,
        model=ResNet(width=4, blocks=(1,)),
        epochs=2,
        optimiser=SGD(learning_rate=0.05, batch_size=16),
        penalty=NormBias(coefficient=0.02, squared_norm=100),
        augmentation=CropAndFlip(padding=1),
    ),
    "MLP, gradient descent": Training(
        data=DATA,
        model=MLP(hidden=(8,), activation="tanh", initialisation="glorot"),
        epochs=5,
        optimiser=GradientDescent(learning_rate=0.5),
    ),
}


def trained(recipe):
    """Squared norm and loss on test after training, by name."""
    experiment = Experiment(arms={"reference": recipe}, seeds=SEED + 1, measure=QUANTITIES)
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        LocalEngine(store=store, data_root=Path(folder)).make(plan([(experiment, SEED + 1)]))
        return {q.name: store.measured(Run(recipe, SEED), q).value for q in QUANTITIES}


def write():
    """Train all recipes and keep their numbers with the version that they belong to."""
    numbers = {name: trained(recipe) for name, recipe in RECIPES.items()}
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    golden = {"recipe_version": RECIPE_VERSION, "numbers": numbers}
    GOLDEN.write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    write()
