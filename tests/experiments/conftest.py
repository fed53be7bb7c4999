"""What the engine does while it works."""

import pytest

from dltheory.experiments.heartbeat import Heart
from tests.experiments.tiny import final_states, make


@pytest.fixture
def epochs_done(monkeypatch):
    """The numbers of the epochs that are finished from now on, in order."""
    done = []
    beat = Heart.beat

    def counted(self, state, **options):
        if state.done:
            done.append(state.done)
        beat(self, state, **options)

    monkeypatch.setattr(Heart, "beat", counted)
    return done


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """A store in which the tiny training came to its end at the first attempt."""
    return make(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def undisturbed_bits(undisturbed):
    return final_states(undisturbed)
