"""Faults that come by themselves, with given odds: what both providers' fakes share."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random


@dataclass
class Odds[Fault]:
    """`odds`: how often each fault comes by itself, such as {"cut": 0.02}; `met`: how often it did."""

    odds: Mapping[Fault, float] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(20260))
    met: Counter[Fault] = field(default_factory=Counter)

    def _chance(self) -> Fault | None:
        at = self.random.random() if self.odds else 1.0
        for fault, share in self.odds.items():
            if at < share:
                self.met[fault] += 1
                return fault
            at -= share
        return None
