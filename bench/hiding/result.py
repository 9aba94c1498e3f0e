"""What the programs made of one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from hiding import Place
from hiding.tools import Verdict


@dataclass
class Result:
    place: Place
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)  # what this machine lacks to make the place

    @property
    def fault(self) -> str:
        """What is wrong with gridleaks here, in one line, or nothing."""
        verdict = self.verdicts.get("gridleaks")
        if verdict is None:
            return ""
        wrong = list(verdict.faults)
        if not verdict.found and not self.place.reason:
            wrong.insert(0, "missed, for no reason that is known")
        if verdict.found and self.place.reason:
            wrong.insert(0, "found, against the reason that is given for missing it")
        return "; ".join(wrong)
