"""Why a figure changed between two periods: what the mix of segments did, and what the rates within them did.

Both decompositions are symmetric: no period is the base, so exchanging the two only turns all signs, and there is no interaction left
over; half of it is in either effect (Kitagawa), or spread over the three as by Das Gupta. The effects add up to the change exactly.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]


class RateChange(NamedTuple):
    """What each segment did to the change of a mean, share or ratio; (segments,) each, in the figure's unit."""

    mix: FloatArray
    """The segment's share of all cases changed."""
    rate: FloatArray
    """The segment's own rate changed."""


class VolumeChange(NamedTuple):
    """What each segment did to the change of a total; (segments,) each, in the figure's unit."""

    volume: FloatArray
    """There were more or fewer cases altogether."""
    mix: FloatArray
    """The segment's share of all cases changed."""
    rate: FloatArray
    """The amount per case of the segment changed: the price in price-volume-mix."""


def rate_change(amount: FloatArray, exposure: FloatArray) -> RateChange:
    """Split the change of R = sum_g a_g / sum_g e_g into mix and rate effects.

    With the shares s_g = e_g / sum e, the rates r_g = a_g / e_g, and a bar for the mean of the two periods:

        mix_g = (s_g1 - s_g0) (r̄_g - R̄)        rate_g = s̄_g (r_g1 - r_g0)        sum_g (mix_g + rate_g) = R_1 - R_0

    Shares change by 0 in sum, so subtracting R̄ moves nothing but says which way a growing segment pulls. A segment that is there in one
    period only has its rate of that period in both, so that all it does is mix. An amount without exposure (a ratio of two facts) has
    no rate; what it contributes counts as rate.

    Args:
        amount: (segments, 2), a_g before and now.
        exposure: (segments, 2), e_g; the sum of either period must not be 0.
    Source: Kitagawa 1955, Journal of the American Statistical Association 50:1168; Das Gupta 1993, Census Bureau P23-186.
    """
    _refuse(amount, exposure)
    whole = exposure.sum(axis=0)
    if not (whole != 0).all():
        raise ShapeError(f"exposure of either period must not be 0 in sum, or there is no rate that could change (got {whole.tolist()})")
    share, part = exposure / whole, amount / whole
    moved = share[:, 1] - share[:, 0]
    middle = _rates(amount, exposure).mean(axis=1)
    rate = part[:, 1] - part[:, 0] - moved * middle
    return RateChange(moved * (middle - part.sum(axis=0).mean()), rate)


def volume_change(amount: FloatArray, cases: FloatArray) -> VolumeChange:
    """Split the change of a total sum_g a_g = sum_g N s_g m_g into volume, mix and rate effects.

    N is the number of all cases, s_g = n_g / N, m_g = a_g / n_g. With x, y, z for the three factors and d for the change, Das Gupta's

        effect of x = dx [(y_0 z_0 + y_1 z_1) / 3 + (y_0 z_1 + y_1 z_0) / 6]

    and so for y and z; the three add up to the segment's change. A segment without cases in one period has its m of the other in both,
    and a period without any cases the shares of the other.

    Args:
        amount: (segments, 2), a_g before and now.
        cases: (segments, 2), n_g, 0 or more; of a count, the amount itself.
    Source: Das Gupta 1993, Census Bureau P23-186; price-volume-mix with the interaction spread evenly.
    """
    _refuse(amount, cases)
    n = cases.sum(axis=0)
    share = _lent(np.divide(cases, n, out=np.full(cases.shape, np.nan), where=n != 0))
    each = _rates(amount, cases)
    number = np.broadcast_to(n, cases.shape)
    volume, mix = _effect(number, share, each), _effect(share, number, each)
    return VolumeChange(volume, mix, amount[:, 1] - amount[:, 0] - volume - mix)


def _effect(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    alike = y[:, 0] * z[:, 0] + y[:, 1] * z[:, 1]
    crossed = y[:, 0] * z[:, 1] + y[:, 1] * z[:, 0]
    return np.asarray((x[:, 1] - x[:, 0]) * (alike / 3 + crossed / 6))


def _rates(amount: FloatArray, exposure: FloatArray) -> FloatArray:
    return _lent(np.divide(amount, exposure, out=np.full(amount.shape, np.nan), where=exposure != 0))


def _lent(rate: FloatArray) -> FloatArray:
    """Put what a segment has in one period in the place of what it lacks in the other; 0 where it has neither."""
    return np.nan_to_num(np.where(np.isnan(rate), rate[:, ::-1], rate))


def _refuse(amount: FloatArray, exposure: FloatArray) -> None:
    for name, array in (("amount", amount), ("exposure", exposure)):
        if array.ndim != 2 or array.shape[1] != 2 or array.shape != amount.shape:
            raise ShapeError(f"{name} must have the shape (segments, 2), the same for both (got {amount.shape} and {exposure.shape})")
        if not np.isfinite(array).all():
            raise ShapeError(f"{name} must be finite; a segment without cases in a period has 0 there")
