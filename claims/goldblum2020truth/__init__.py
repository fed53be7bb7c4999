"""Truth or Backpropaganda? An Empirical Investigation of Deep Learning Theory (ICLR 2020)."""
