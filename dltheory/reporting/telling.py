"""Sentences on a finding: its word and scale, why it is that, how sure, what could change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dltheory.reporting.findings import STATES, WORDS, Found, Looked
from dltheory.reporting.numerals import count, probability
from dltheory.reporting.schema import Record
from dltheory.reporting.tally import SMALL_WORLD, listed

WHERE = " where it could be told"
"""The end of a word that a narrow column leaves to the line below."""

_STATE_WORDS = {
    "holds": ("holds", "hold"),
    "fails": ("fails", "fail"),
    "partly": ("holds in part", "hold in part"),
    "open": ("is open", "are open"),
    "not seen": ("was not looked at", "were not looked at"),
}


def headline(found: Found) -> str:
    """The word with its scale: ``borne out, in mathematics and in small instances``."""
    return f"{found.word}, {listed(found.scales)}" if found.scales else found.word


def scale(found: Found) -> str:
    """The scales alone; where there is none, where it was looked at instead."""
    if found.scales:
        return listed(found.scales)
    if any(r.bearing != "analogue" for looked in found.claims for r in looked.forms):
        return "no word counts yet"
    analogues = any(looked.illustrations for looked in found.claims)
    instead = "in small worlds outside its range alone" if analogues else "no form was judged"
    return f"where it could be told; {instead}"


def why(found: Found) -> str:
    """How many of its claims hold, fail, are open or were not looked at."""
    if not found.claims:
        return "No claim of this suite bears on it."
    states = [looked.state for looked in found.claims]
    number = {state: states.count(state) for state in STATES if state in states}
    words = {state: _STATE_WORDS[state][n > 1] for state, n in number.items()}
    if len(number) == 1:
        which = {1: "Its one claim", 2: "Both claims"}.get(len(states), f"All {len(states)} claims")
        return f"{which} {words[states[0]]}."
    parts = [f"{n} {words[state]}" for state, n in number.items()]
    return f"Of its {len(states)} claims {listed(parts)}."


def reasons(found: Found) -> str:
    """How its claims ended, and how its analogues did."""
    return f"{why(found)} {illustrations(found)}".strip()


def illustrations(found: Found) -> str:
    """How its analogues ended, which decide nothing; "" where there is none."""
    records = [record for looked in found.claims for record in looked.illustrations]
    full = [record.word for record in records if not record.standing]
    parts = [f"{full.count(w)} {told}" for w, told in SMALL_WORLD.items() if w in full]
    rest = len(records) - len(full)
    if rest:
        parts.append(f"{rest} provisional or unsupported")
    return f"Illustrated by {count(len(records), 'analogue')}: {listed(parts)}." if parts else ""


def sure(found: Found) -> str:
    """How likely fresh seeds would return the least sure of the words that count."""
    counted = [record for looked in found.claims for record in looked.counted]
    if not counted:
        return "No word counts for or against it."
    chances = [
        record.calibration.stability
        for record in counted
        if record.alpha is not None and record.calibration and record.calibration.stability
    ]
    exact = len(counted) - len(chances)
    parts = []
    if chances:
        parts.append(
            "fresh seeds would return the least sure of "
            f"{count(len(chances), 'statistical word')} with probability "
            f"{probability(min(chances))}"
        )
    if exact:
        verb = "rests" if exact == 1 else "rest"
        parts.append(f"{count(exact, 'word')} {verb} on exact evidence")
    return _sentence("; ".join(parts))


def change(found: Found) -> str:
    """What would give the finding another word."""
    parts = []
    if found.hinges:
        parts.append(f"it hinges on {_named(found.hinges)}")
    unsure = [looked for looked in found.claims if looked.state == "open"]
    if unsure:
        parts.append(f"a word on {_named(unsure)}, now open")
    unseen = [looked for looked in found.claims if looked.state == "not seen"]
    if unseen:
        parts.append(f"a test within the paper’s range of {_named(unseen)}")
    if not parts and found.claims:
        parts.append("only several of its claims together")
    return _sentence("; ".join(parts))


def _named(claims: Iterable[Looked]) -> str:
    return listed([looked.claim.split("/", 1)[-1] for looked in claims])


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def evidence(found: Found) -> Sequence[tuple[Looked, tuple[Record, ...]]]:
    """Each claim with its forms, those that count first."""
    return [
        (looked, tuple(sorted(looked.forms, key=lambda r: r not in looked.counted)))
        for looked in found.claims
    ]


def state(looked: Looked) -> str:
    """The state of a claim as a verb: ``holds``, ``was not looked at``."""
    return _STATE_WORDS[looked.state][0]


def counted(found: Sequence[Found]) -> str:
    """How many conclusions have each word: ``3 borne out, 1 mixed and 2 open``."""
    words = [one.word for one in found]
    short = {word: word.removesuffix(WHERE) for word in WORDS}
    return listed([f"{words.count(w)} {short[w]}" for w in WORDS if w in words] or ["none named"])


def headline_of(found: Sequence[Found], papers: int) -> str:
    """How many conclusions of how many papers, and how they ended."""
    if not found:
        return ""
    return f"{count(len(found), 'conclusion')} of {count(papers, 'paper')}: {counted(found)}."
