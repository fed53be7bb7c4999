"""The claims that a new paper begins with are no tests of the library."""

collect_ignore = ["project"]
