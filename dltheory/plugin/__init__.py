"""The pytest glue: what a claim file uses, and the hooks that plan, judge and report.

A claim file marks its test with `claim`, which takes the Claim and one Form (or several named
cases) per tier; the test gets `measured`, the samples of its own form, and `judge`.
"""

from dltheory.plugin.form import Form, claim

__all__ = ["Form", "claim"]
