"""What can go wrong apart from a claim being false.

    DLTheoryError
    ├── SpecError            a description cannot be built: raised before any compute
    ├── DataError            a data set is missing, corrupt or half-downloaded
    ├── StoreError           the store cannot be read or written (full disk, no permission)
    ├── EngineError          the machines that are to make runs cannot be used
    ├── RunFailed            a run ended without numbers; names the run and the arm
    ├── AllRunsLost          every run that could be compared diverged
    └── MissingMeasurements  a verdict was asked for, but its numbers are not there

None of these says anything about a claim. Every message has three parts: what is required,
what was given, and what to do.
"""


class DLTheoryError(Exception):
    """Something prevented a claim from being judged."""


class SpecError(DLTheoryError, ValueError):
    """A description cannot be built; raised where it is made, before any compute."""


class DataError(DLTheoryError):
    """A data set is missing, corrupt or half-downloaded; names the file and the remedy."""


class StoreError(DLTheoryError):
    """The store cannot be read or written; names the path and the remedy."""


class EngineError(DLTheoryError):
    """The machines that are to make runs cannot be reached or do not fit; names the remedy."""


class RunFailed(DLTheoryError):
    """A run ended without numbers; names the run, the arm and what happened."""


class AllRunsLost(DLTheoryError):
    """Every run that a claim could compare diverged or gave no finite number: a status."""


class MissingMeasurements(DLTheoryError):
    """A verdict was asked for, but some of its measurements are absent; names them."""
