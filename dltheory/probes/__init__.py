"""Probes: functions of (model, images, labels) to a number or an array, one a file, same name.

A probe leaves parameters, buffers, gradients, mode and random numbers as it found them. One that
draws takes a `generator`. Importing this package imports no torch; importing a probe does.
"""
