"""The number format in which networks are trained."""

from typing import Literal

Precision = Literal["float32", "tf32", "bfloat16"]
"""`float32` is float32 on every device, never TF32, whatever PyTorch's defaults are.

`tf32` lets a GPU make products of matrices and convolutions in TF32 (10 of 23 bits of fraction); on
a CPU it is float32. `bfloat16` is torch's autocast: these products in bfloat16, forward and
backward; parameters, normalisation, the loss and the optimiser stay in float32."""
