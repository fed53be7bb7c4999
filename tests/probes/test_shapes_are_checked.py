from importlib.util import find_spec

import pytest
import torch
from torch import nn

from dltheory.probes.accuracy import accuracy


@pytest.mark.skipif(find_spec("beartype") is None, reason="shapes are checked by beartype")
def test_a_label_too_few_is_refused_by_its_shape():
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))

    with pytest.raises(TypeError, match="labels"):
        accuracy(model, torch.zeros(5, 1, 2, 2), torch.zeros(4, dtype=torch.int64))
