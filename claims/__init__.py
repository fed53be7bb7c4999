"""The claims, one folder per paper, named by its citation key."""
