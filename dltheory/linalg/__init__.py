"""Pure linear algebra on tensors; knows no model and no data."""
