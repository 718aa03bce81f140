"""Dividing printed sums into invented parts that add up to them exactly, the same way in every run.

Integers only: a part lost to rounding would be a figure that does not match.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

SEED = 2017


def dice(subject: str) -> Random:
    """Each subject has its own dice, so that a change in one leaves the others' details as they were."""
    return Random(f"{SEED}/{subject}")


def apportion(total: int, weights: Sequence[int], least: int = 0) -> list[int]:
    """Integers summing to `total`, each `least` plus a share by weight (largest remainder)."""
    rest = total - least * len(weights)
    if rest < 0:
        raise ValueError(f"{total} cannot give {least} to each of {len(weights)}")
    whole = sum(weights)
    parts = [rest * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(rest * weights[i] % whole))
    for i in by_remainder[: rest - sum(parts)]:
        parts[i] += 1
    return [least + part for part in parts]


def apportion_dong(total: int, weights: Sequence[int], step: int, least: int = 1) -> list[int]:
    """Like `apportion`, in đồng and in multiples of `step` (nobody hands over 13.217 đồng)."""
    if total % step:
        raise ValueError(f"{total} đồng is not a multiple of {step}")
    return [part * step for part in apportion(total // step, weights, least)]


def some_day(chance: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included."""
    return first + timedelta(days=chance.randint(0, (last - first).days))
