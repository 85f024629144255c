"""Whether a series of measurements grows: a straight line with its confidence. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# Student's t for 95%, two-sided, by degrees of freedom; beyond the table it is within 3% of 1.96.
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
T_95_MORE = 2.0
LEAST_SAMPLES = 3


@dataclass(frozen=True)
class Trend:
    """The slope of the best line, in units of y for each of x; with 95% it is within `margin`."""

    slope: float
    margin: float

    @property
    def least(self) -> float:
        """What the slope surely is."""
        return self.slope - self.margin


def fit(points: Sequence[tuple[float, float]]) -> Trend:
    """Least squares over (x, y). REQUIRES: three points, not all at the same x."""
    assert len(points) >= LEAST_SAMPLES
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    left = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    freedom = len(points) - 2
    quantile = T_95[freedom - 1] if freedom <= len(T_95) else T_95_MORE
    return Trend(slope, quantile * math.sqrt(left / freedom / spread))


def thirds(values: Sequence[float]) -> tuple[float, float]:
    """Medians of the first and of the last third. REQUIRES: three values."""
    assert len(values) >= LEAST_SAMPLES
    size = len(values) // 3
    return statistics.median(values[:size]), statistics.median(values[-size:])
