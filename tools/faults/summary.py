"""A run of tools/chaos as a table for people and as JSON."""

from typing import Any

from measure.report import table

from .chaos import VICTIMS, WAYS, Plan, Run
from .findings import FAULTS, Verdict

SHOWN_SENTENCES = 40


def summary_text(run: Run, verdict: Verdict) -> str:
    """Tables, and the first sentences about what is wrong."""
    made = [(victim, *(f"{run.faults[f'{victim} {way}']:,}" for way in WAYS)) for victim in VICTIMS]
    reasons = sorted(verdict.gaps)
    rows = [
        ("attempts to publish", f"{verdict.sums['attempts']:,}"),
        ("acknowledged / refused", _pair(verdict, "acknowledged", "refused")),
        ("received, all subscribers", f"{verdict.sums['received']:,}"),
        ("streams resumed where they stopped", f"{verdict.sums['resumes']:,}"),
        *((f"gaps told: {reason}", f"{verdict.gaps[reason]:,}") for reason in reasons),
        *(
            (f"events told missing: {reason}", f"{count:,}")
            for reason, count in sorted(verdict.told_missing.items())
        ),
        *((fault.replace("_", " "), f"{verdict.faults[fault]:,}") for fault in FAULTS),
        ("ended unasked or badly", f"{len(run.died):,}"),
    ]
    text = table(["faults made", *WAYS], made) + "\n" + table(["what", "count"], rows)
    sentences = [*run.died, *verdict.sentences]
    if len(sentences) > SHOWN_SENTENCES:
        rest = len(sentences) - SHOWN_SENTENCES
        sentences[SHOWN_SENTENCES:] = [f"and {rest:,} more"]
    return text + "".join(f"\n{sentence}" for sentence in sentences) + ("\n" if sentences else "")


def summary_json(plan: Plan, run: Run, verdict: Verdict) -> dict[str, Any]:
    """All of it."""
    return {
        "ok": verdict.ok and not run.died,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "publishers": plan.publishers,
        "subscribers": plan.subscribers,
        "channels": plan.channels,
        "history_events": run.history.history_events,
        "faults_made": dict(run.faults),
        **{name: verdict.sums[name] for name in ("attempts", "acknowledged", "refused")},
        "received": verdict.sums["received"],
        "resumes": verdict.sums["resumes"],
        "gaps_told": dict(verdict.gaps),
        "events_told_missing": dict(verdict.told_missing),
        "verdict": {fault: verdict.faults[fault] for fault in FAULTS},
        "ended_badly": run.died,
        "sentences": verdict.sentences,
    }


def _pair(verdict: Verdict, first: str, second: str) -> str:
    return f"{verdict.sums[first]:,} / {verdict.sums[second]:,}"
