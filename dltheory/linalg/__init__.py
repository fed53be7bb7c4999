"""Linear algebra on tensors, independent of models and data."""
