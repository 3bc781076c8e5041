"""The kinds of metric: what each is built from, and how its cells follow from its measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, frozen
from sqlalchemy import ColumnElement, and_

from kpicore.errors import MetricError
from kpicore.kernels import estimate
from kpicore.model.cells import Cells, FloatArray
from kpicore.model.expression import later, period, seconds_between
from kpicore.model.measure import Expression, Measure, count, quantile, total
from kpicore.model.metric import Lookup, Metric, Parts, Shift
from kpicore.model.moments import moments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpicore.model.casemix import MixKind
    from kpicore.model.groups import Groups


@frozen(eq=False, kw_only=True)
class Count(Metric):
    """How many: a count that is 0 for a subject who has other facts, and no data for one who has none."""

    of: Measure
    per_days: float | None = None
    """If given, the mean count in so many days, of periods at least that long, e.g. 7 for a weekly mean."""

    def measures(self) -> tuple[Measure, ...]:
        """Return the count."""
        return (self._bound(self.of),)

    def parts(self) -> Parts | None:
        """Return the count; neither a number of different values nor one per some days is the sum over classes."""
        return _parts("volume", *self.measures() * 2) if self.per_days is None else None

    def cells(self, get: Lookup) -> Cells:
        """Return the count with its Poisson variance."""
        number = get.measure(self.measures()[0])
        scale = 1.0 if self.per_days is None else np.minimum(self.per_days / get.days(), 1.0)
        return Cells.of(
            np.where(get.active, number * scale, np.nan), number, number * scale**2, "poisson" if self.per_days is None else None
        )


@frozen(eq=False, kw_only=True)
class Total(Metric):
    """How much: a sum that is 0 for a subject who has other facts, and no data for one who has none."""

    value: ColumnElement[Any]
    where: ColumnElement[Any] | None = None

    def measures(self) -> tuple[Measure, ...]:
        """Return sum, number and sum of squares."""
        return _moments(self, self.value, self.where)

    def parts(self) -> Parts | None:
        """Return sum, number and sum of squares."""
        return _parts("volume", *self.measures())

    def cells(self, get: Lookup) -> Cells:
        """Return the sum; its variance is that of a compound Poisson sum, the sum of squares."""
        value, n, squares = (get.measure(part) for part in self.measures())
        return Cells.of(np.where(get.active, value, np.nan), n, squares, "compound")


@frozen(eq=False, kw_only=True)
class Mean(Metric):
    """The arithmetic mean of a value."""

    value: ColumnElement[Any]
    where: ColumnElement[Any] | None = None

    def measures(self) -> tuple[Measure, ...]:
        """Return sum, number and sum of squares."""
        return _moments(self, self.value, self.where)

    def parts(self) -> Parts | None:
        """Return sum, number and sum of squares."""
        return _parts("mean", *self.measures())

    def cells(self, get: Lookup) -> Cells:
        """Return the mean and its sampling variance."""
        return Cells.of(*estimate.mean(*(get.measure(part) for part in self.measures())), "gaussian")


@frozen(eq=False, kw_only=True)
class Proportion(Metric):
    """The share of rows for which something is true; the numerator's rows are among the denominator's."""

    numerator: Measure
    denominator: Measure

    def measures(self) -> tuple[Measure, ...]:
        """Return numerator and denominator."""
        return (self._bound(self.numerator), self._bound(self.denominator))

    def parts(self) -> Parts | None:
        """Return numerator and denominator."""
        return _parts("share", *self.measures())

    def cells(self, get: Lookup) -> Cells:
        """Return the share and its binomial variance."""
        return Cells.of(*estimate.proportion(*(get.measure(part) for part in self.measures())), "binomial")


@frozen(eq=False, kw_only=True)
class Ratio(Metric):
    """One amount over another, possibly of another fact; 0 over something is 0, anything over 0 is no data.

    The variance is known where both parts add up the same rows, and where rows are added up over a state that is no matter of chance
    (a target, the customers at the start). It is unknown of two facts, which may move together, and over a number of different values.
    """

    numerator: Measure
    denominator: Measure
    scale: float = 1.0
    per_days: float | None = None
    """If given, the ratio is brought from the period's length to that many days, e.g. 365.25 for a rate per year."""
    evidence: Measure | None = None
    """How many observations the ratio rests on, where the denominator is an amount and not a number of them; a sum of so many amounts."""

    def measures(self) -> tuple[Measure, ...]:
        """Return numerator, denominator, evidence and what the variance needs."""
        stated = [self._bound(part) for part in (self.numerator, self.denominator, self.evidence) if part is not None]
        return (*stated, *(moments_of(*stated[:2]) or ()))

    def parts(self) -> Parts | None:
        """Return numerator and denominator."""
        found = _parts("ratio", self._bound(self.numerator), self._bound(self.denominator))
        return None if found is None else evolve(found, scale=self.scale, per_days=self.per_days)

    def cells(self, get: Lookup) -> Cells:
        """Return the ratio, its evidence and, where it is known, its variance."""
        over, under = (self._bound(part) for part in (self.numerator, self.denominator))
        scale = self.scale if self.per_days is None else self.scale * self.per_days / get.days()
        moments = moments_of(over, under)
        sums = (get.measure(over), get.measure(under))
        n = sums[1] if self.evidence is None else get.measure(self._bound(self.evidence))
        variance = None if moments is None else estimate.ratio_variance(*sums, *(get.measure(part) for part in moments)) * scale**2
        is_sum = self.evidence is not None and moments is not None and len(moments) == 1
        return Cells.of(estimate.ratio(*sums) * scale, n, variance, "compound" if is_sum else None)


@frozen(eq=False, kw_only=True)
class Quantile(Metric):
    """A quantile of a value, the median unless told otherwise; not decomposable, so it is never averaged."""

    value: ColumnElement[Any]
    q: float = 0.5
    where: ColumnElement[Any] | None = None

    def measures(self) -> tuple[Measure, ...]:
        """Return the quantile and the number of values."""
        return (self._bound(quantile(self.value, self.q, self.where)), self._bound(count(self.value, self.where)))

    def cells(self, get: Lookup) -> Cells:
        """Return the quantile; its variance is left to resampling."""
        value, n = (get.measure(part) for part in self.measures())
        return Cells.of(np.where(n > 0, value, np.nan), n)


@frozen(eq=False, kw_only=True)
class Growth(Metric):
    """The relative change of another metric against an earlier window; a base of 0 is no data, not infinity."""

    of: Metric
    against: Literal["previous", "year_ago"] = "previous"

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures of the metric that grows."""
        return self.of.measures()

    def shifts(self) -> tuple[Shift, ...]:
        """Return the earlier window."""
        return (self.against,)

    def inputs(self) -> tuple[str, ...]:
        """Return what the metric that grows is computed from."""
        return self.of.inputs()

    def cells(self, get: Lookup) -> Cells:
        """Return (now - then) / then."""
        now, then = self.of.cells(get), self.of.cells(Shifted(get, self.against))
        base = np.where(then.value > 0, then.value, np.nan)
        return Cells.of((now.value - base) / base, now.n + then.n)


@frozen
class Shifted:
    """A lookup that answers for an earlier window."""

    get: Lookup
    shift: Shift

    def measure(self, measure: Measure, shift: Shift = "") -> FloatArray:
        """Return a measure for the earlier window."""
        return self.get.measure(measure, self._only(shift))

    def groups(self, measures: Mapping[str, Measure], shift: Shift = "") -> Groups:
        """Return one row per group for the earlier window."""
        return self.get.groups(measures, self._only(shift))

    def metric(self, name: str, shift: Shift = "") -> Cells:
        """Return the cells of another metric for the earlier window."""
        return self.get.metric(name, self._only(shift))

    @property
    def active(self) -> np.ndarray:
        """An earlier window without facts is no base to grow from, and Growth asks for a base above 0."""
        return np.ones_like(self.get.active)

    def days(self, shift: Shift = "") -> FloatArray:
        """Return the length of each earlier window in days."""
        return self.get.days(self._only(shift))

    def _only(self, shift: Shift) -> Shift:
        if shift:
            raise MetricError("growth must be of a metric that looks at one window (got the growth of a growth)")
        return self.shift


@frozen(eq=False, kw_only=True)
class Conversion(Metric):
    """The share of a cohort, by the time of `at`, to which `converted_at` happened within `within_days`.

    Rows whose window has not passed by `period.as_of` are immature: they count in neither part, and n says how many are mature.
    Without `within_days` every row counts and the share still grows.
    """

    key: ColumnElement[Any]
    converted_at: ColumnElement[Any]
    converted: ColumnElement[Any] | None = None
    where: ColumnElement[Any] | None = None
    within_days: float | None = None

    def _mature(self) -> list[Expression]:
        conditions = [] if self.where is None else [self.where]
        if self.within_days is not None and self.at is not None:
            conditions.append(later(self.at, days=self.within_days) <= period.as_of)
        return conditions

    def _success(self) -> list[Expression]:
        conditions: list[Expression] = [self.converted_at.is_not(None)]
        if self.converted is not None:
            conditions.append(self.converted)
        if self.within_days is not None and self.at is not None:
            conditions.append(seconds_between(self.at, self.converted_at) <= self.within_days * 86400.0)
        return conditions

    def measures(self) -> tuple[Measure, ...]:
        """Return the converted rows and the mature rows."""
        mature = self._mature()
        everything = and_(*mature) if mature else None
        return (self._bound(count(self.key, and_(*mature, *self._success()))), self._bound(count(self.key, everything)))

    def parts(self) -> Parts | None:
        """Return the converted rows and the mature rows."""
        return _parts("share", *self.measures())

    def cells(self, get: Lookup) -> Cells:
        """Return the share and its binomial variance."""
        return Cells.of(*estimate.proportion(*(get.measure(part) for part in self.measures())), "binomial")


@frozen(eq=False, kw_only=True)
class Snapshot(Metric):
    """A balance at the period's end: what had begun before it and had not ended by then."""

    began_at: ColumnElement[Any]
    ended_at: ColumnElement[Any]
    value: ColumnElement[Any] | None = None
    """What is summed; None counts rows."""
    where: ColumnElement[Any] | None = None

    def measures(self) -> tuple[Measure, ...]:
        """Return the balance and, where it is a sum, the number of its rows."""
        standing = [self.began_at < period.end, (self.ended_at.is_(None)) | (self.ended_at >= period.end)]
        where = and_(*standing, *([] if self.where is None else [self.where]))
        options: dict[str, Any] = {"is_state": True, "owned_at": "end"}
        number = self._bound(count(self.began_at if self.value is None else self.value, where, **options))
        return (number,) if self.value is None else (self._bound(total(self.value, where, **options)), number)

    def parts(self) -> Parts | None:
        """Return the balance and the number of its rows."""
        return _parts("volume", *(self.measures() * 2)[:2])

    def cells(self, get: Lookup) -> Cells:
        """Return the balance, 0 for a subject who has other facts."""
        value, n = (get.measure(part) for part in (self.measures() * 2)[:2])
        return Cells.of(np.where(get.active | (n > 0), value, np.nan), n)


@frozen(eq=False, kw_only=True)
class Derived(Metric):
    """An expression of other metrics; no data where any of them has none."""

    of: Mapping[str, str]
    """Name in the expression -> name of the metric."""
    compute: Callable[..., FloatArray]
    """Called with one array per name, by keyword; returns an array of the same shape."""

    def inputs(self) -> tuple[str, ...]:
        """Return the names of the metrics."""
        return tuple(self.of.values())

    def cells(self, get: Lookup) -> Cells:
        """Return the expression's value; its evidence is that of the weakest input."""
        parts = {key: get.metric(name) for key, name in self.of.items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.compute(**{key: part.value for key, part in parts.items()})
        return Cells.of(value, np.minimum.reduce([part.n for part in parts.values()]))


@frozen(eq=False, kw_only=True)
class Custom(Metric):
    """A numpy function of declared measures, for what SQL cannot say."""

    of: Mapping[str, Measure]
    compute: Callable[..., FloatArray]
    """Called with one array (subjects, periods) per measure, by keyword; returns an array of the same shape."""
    evidence: str = ""
    """Which of the measures is the number of observations."""

    def measures(self) -> tuple[Measure, ...]:
        """Return the declared measures."""
        return tuple(self._bound(part) for part in self.of.values())

    def cells(self, get: Lookup) -> Cells:
        """Return what the function makes of the measures."""
        arrays = {name: get.measure(self._bound(part)) for name, part in self.of.items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.compute(**arrays)
        n = arrays[self.evidence] if self.evidence else np.where(np.isfinite(value), 1.0, 0.0)
        return Cells.of(value, n)


def _parts(kind: MixKind, amount: Measure, exposure: Measure, squares: Measure | None = None) -> Parts | None:
    is_additive = amount.is_additive and exposure.is_additive
    return Parts(kind=kind, amount=amount, exposure=exposure, squares=squares) if is_additive else None


def _moments(metric: Metric, value: Expression, where: Expression | None) -> tuple[Measure, ...]:
    parts = (total(value, where), count(value, where), Measure(function="squares", value=value, where=where))
    return tuple(metric._bound(part) for part in parts)  # noqa: SLF001  # the kinds are parts of the metric
