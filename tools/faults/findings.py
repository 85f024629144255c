"""What a verdict says: faults by kind, and what there was to judge."""

from collections import Counter
from dataclasses import dataclass, field

FAULTS = (
    "lost",
    "acked_lost",
    "silent_gap",
    "phantom",
    "foreign",
    "duplicated",
    "reordered",
    "misnumbered",
    "false_gap",
)


@dataclass
class Verdict:
    """Faults by kind, a sentence for each, and what there was to judge."""

    faults: Counter[str] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)  # by reason
    told_missing: Counter[str] = field(default_factory=Counter)  # events, by the gap's reason

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return not self.sentences

    def blame(self, fault: str, sentence: str) -> None:
        """Counts a fault."""
        assert fault in FAULTS
        self.faults[fault] += 1
        self.sentences.append(f"{fault}: {sentence}")
