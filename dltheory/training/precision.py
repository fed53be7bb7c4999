"""In which numbers networks are trained."""

from typing import Literal

Precision = Literal["float32", "bfloat16"]
"""`bfloat16` is torch's autocast: products of matrices and convolutions in bfloat16, forward and
backward; parameters, normalisation, the loss and the optimiser stay in float32."""
