"""The number format in which networks are trained."""

from typing import Literal

Precision = Literal["float32", "tf32", "bfloat16"]
"""`float32` uses float32 on every device and never TF32, whatever PyTorch's defaults are.

`tf32` lets a GPU compute matrix products and convolutions in TF32, which keeps 10 of the 23 bits of
the fraction; on a CPU it is the same as `float32`. `bfloat16` uses torch's autocast: these products
are in bfloat16, forward and backward, and parameters, normalisation, the loss and the optimiser
stay
in float32."""
