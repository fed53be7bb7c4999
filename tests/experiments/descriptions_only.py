"""What a claim file imports, so that a test can see what comes with it."""

from dltheory.data import Digits
from dltheory.experiments import Experiment, Training, quantity
from dltheory.experiments.plan import plan
from dltheory.models import MLP
from dltheory.training import SGD

ARM = Training(data=Digits(), model=MLP(hidden=()), epochs=1, optimiser=SGD(learning_rate=1))
PLAN = plan([(Experiment(arms={"a": ARM}, seeds=2, measure=(quantity("loss"),)), 2)])
KEYS = [run.key for group in PLAN for run in group.runs]
