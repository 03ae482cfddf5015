"""Whether a series of measurements grows: what soak.py asks of the numbers it takes.

Theil's and Sen's slope is the median of the slopes between all pairs of samples: a jump, however
high, moves it little, which it would move the line of least squares by half its height. Its
interval is Sen's: the slopes that are as far from the middle as Kendall's S strays when nothing
grows. It takes the errors of two samples to be independent. Source: P. K. Sen, J. Amer. Statist.
Assoc. 63 (1968).

That is so for what comes and goes, but not for resident pages, which come one by one and stay: one
of them moves all samples after it. There the new heights are counted, the samples that are higher
than all before, and looked at as what they are, rare events: the rate that is believed is the least
one at which as many would come once in a thousand runs (the bound of a Poisson distribution, page
by page).
"""
import math

PAGE = 4096
HOUR_S = 3600
SEN_DEVIATIONS = 2.576  # of a normal distribution, for 99 percent
DOUBT = 0.001


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def slope(times, values):
    """Bytes an hour of values in bytes, at times in seconds: the slope, and its bounds."""
    count = len(times)
    slopes = sorted(HOUR_S * (values[j] - values[i]) / (times[j] - times[i])
                    for i in range(count) for j in range(i + 1, count))
    spread = SEN_DEVIATIONS * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    first = max(0, int((len(slopes) - spread) / 2))
    last = min(len(slopes) - 1, len(slopes) - 1 - first)
    return median(slopes), slopes[first], slopes[last]


def new_heights(values):
    """How many of them are higher than all before."""
    highest, count = values[0], 0
    for value in values:
        if value > highest:
            highest, count = value, count + 1
    return count


def chance(events, expected):
    """Of so many events or more, where so many are expected (Poisson)."""
    if expected == 0:
        return float(events == 0)
    return 1 - sum(math.exp(i * math.log(expected) - expected - math.lgamma(i + 1))
                   for i in range(events))


def least_expected(events):
    """The number of events to be expected at the least where so many came, beyond DOUBT."""
    low, high = 0.0, float(events)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(events, middle) < DOUBT else (low, middle)
    return low


def least_growth(seconds, values):
    """Bytes an hour by which resident memory grows beyond doubt, a page for each new height."""
    return least_expected(new_heights(values)) * PAGE * HOUR_S / seconds
