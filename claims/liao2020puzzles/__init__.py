"""Generalization Puzzles in Deep Networks (under review at ICLR 2020)."""
