"""Measured speed: our probes and trainings against peers, as ratios in one run."""
