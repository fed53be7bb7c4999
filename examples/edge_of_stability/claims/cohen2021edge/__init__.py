"""Gradient descent at the edge of stability."""
