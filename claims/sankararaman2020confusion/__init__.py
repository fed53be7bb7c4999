"""The Effect of Neural Net Architecture on Gradient Confusion & Training Performance."""
