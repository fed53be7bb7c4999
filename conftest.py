"""Loads the suite's pytest plugin; everything else stands in dltheory/plugin."""

pytest_plugins = ["dltheory.plugin.hooks", "fixtures.real_data"]
