"""How the library's tests run: shapes are checked, and Hypothesis tries the same cases every time.

The shapes in signatures are checked here and nowhere else. jaxtyping's own pytest option comes too
late where the suite's plugin is installed, so the hook is set here, before torch's half of the
library is imported. Where beartype is missing, the tests run without it.
"""

from importlib.util import find_spec

from hypothesis import settings
from jaxtyping import install_import_hook

SHAPED = ("attacks", "data", "linalg", "models", "probes", "training")
INTS_ARE_FLOATS = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"

if find_spec("beartype"):
    install_import_hook([f"dltheory.{package}" for package in SHAPED], INTS_ARE_FLOATS)

settings.register_profile("library", deadline=None, derandomize=True, database=None)
settings.load_profile("library")
