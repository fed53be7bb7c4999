"""Bad Global Minima Exist and SGD Can Reach Them (2020)."""
