"""Probes: functions of (model, images, labels) that return a number, a tuple or an array.

Each probe has a file of its own name. A probe does not change parameters, buffers, gradients, the
mode or the global random state. A probe that draws random numbers takes a `generator`. Importing
this package does not import torch; importing a probe does.

Notation in all probes: N is the number of examples, C the number of classes, (x_n, y_n) is example
n with its label, F or f are the logits, L is the mean cross-entropy with the natural logarithm, and
φ are the parameters. `batch` is the number of images per pass; it only bounds memory.
"""
