"""The paper. It prints its results as figures."""

from dltheory import Paper

PAPER = Paper(
    key="cohen2021edge",
    title="Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability",
    authors="Cohen, Kaur, Li, Kolter, Talwalkar",
    venue="ICLR",
    year=2021,
    version="published",
)
