"""The weightings that come with kpicore: those that people declare, and those that follow the data and are advice only."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.errors import ConfigError, nearest
from kpicore.kernels import ahp, data_weights, judges, optimise, weight
from kpicore.model.check import refuse
from kpicore.model.offer import NoParameters, Weighting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.offer import WeightBasis


@frozen
class Ahp:
    """Parameters of `ahp`."""

    comparisons: Mapping[str, Mapping[str, float]]
    """Metric -> other metric -> how many times as much the first counts; each pair once, in either direction."""

    def __attrs_post_init__(self) -> None:
        """Refuse comparisons that are incomplete or contradict each other."""
        refuse(self, _pair_problems(self) or _consistency_problems(self))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics compared, by name."""
        return tuple(sorted({*self.comparisons, *(other for others in self.comparisons.values() for other in others)}))

    def matrix(self) -> FloatArray:
        """Return the comparisons as a_ij of the metrics by name."""
        at = {name: index for index, name in enumerate(self.metrics)}
        table = np.eye(len(at))
        for one, others in self.comparisons.items():
            for other, times in others.items():
                table[at[one], at[other]], table[at[other], at[one]] = times, 1.0 / times
        return table


def _pair_problems(given: Ahp) -> list[Problem]:
    said = [(one, other, times) for one, others in given.comparisons.items() for other, times in others.items()]
    pairs = [frozenset((one, other)) for one, other, _ in said]
    found = [f"{one} over {other} must be a number above 0 (got {times!r})" for one, other, times in said if not 0 < times < math.inf]
    found += [f"{one} must not be compared with itself" for one, other, _ in said if one == other]
    found += [f"{one} and {other} are compared twice; keep one" for at, (one, other, _) in enumerate(said) if pairs[at] in pairs[:at]]
    found += [
        f"{one} and {other} must be compared" for one, other in combinations(given.metrics, 2) if frozenset((one, other)) not in pairs
    ]
    if len(given.metrics) > len(ahp.RANDOM_INDEX):
        found.append(f"at most {len(ahp.RANDOM_INDEX)} metrics can be compared pairwise (got {len(given.metrics)})")
    return [("comparisons", says) for says in found]


def _consistency_problems(given: Ahp) -> Iterator[Problem]:
    if len(given.metrics) < 3:
        return
    table = given.matrix()
    weights, lambda_max = ahp.principal_eigenvector(table)
    if (ratio := ahp.consistency_ratio(lambda_max, len(table))) > ahp.CONSISTENT:
        i, j, implied = ahp.worst_judgement(table, weights)
        one, other = given.metrics[i], given.metrics[j]
        says = f"the comparisons contradict each other (consistency ratio {ratio:.2f}, at most {ahp.CONSISTENT:.2f} is usable)"
        yield "comparisons", f"{says}; look first at {one} over {other}: it says {table[i, j]:.3g}, and the others imply {implied:.2g}"


def _ahp(basis: WeightBasis, given: Ahp) -> FloatArray:
    if not given.metrics and len(basis.metrics) == 1:
        return np.ones(1)
    return _by_name(basis, given.metrics, ahp.principal_eigenvector(given.matrix())[0], "compare")


@frozen
class BudgetAllocation:
    """Parameters of `budget_allocation`."""

    judges: Mapping[str, Mapping[str, float]]
    """Judge -> metric -> points; every judge gives the same points in all, and names every metric."""

    def __attrs_post_init__(self) -> None:
        """Refuse judges who did not judge the same thing."""
        refuse(self, _judge_problems(self))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics judged, by name."""
        return tuple(sorted({name for points in self.judges.values() for name in points}))


def _judge_problems(given: BudgetAllocation) -> Iterator[Problem]:
    if not given.judges:
        yield "judges", "there must be at least one judge"
        return
    for judge, points in given.judges.items():
        for name in (name for name in given.metrics if name not in points):
            yield "judges", f"{judge} must say how many points {name} gets; give 0 if it is to get none"
        for name in (name for name, number in points.items() if not 0 <= number < math.inf):
            yield "judges", f"points must be finite and not negative (got {points[name]!r} of {judge} for {name})"
    budgets = {judge: math.fsum(points.values()) for judge, points in given.judges.items()}
    first = next(iter(budgets.values()))
    if not first > 0 or not all(math.isclose(first, budget) for budget in budgets.values()):
        came = ", ".join(f"{judge} {budget:g}" for judge, budget in budgets.items())
        yield "judges", f"every judge must give out the same points in all, more than 0 (got {came})"


def _budget_allocation(basis: WeightBasis, given: BudgetAllocation) -> FloatArray:
    points = np.array([[points[name] for name in given.metrics] for points in given.judges.values()])
    return _by_name(basis, given.metrics, judges.budget_allocation(points), "judge")


def _by_name(basis: WeightBasis, named: Collection[str], weights: FloatArray, do: str) -> FloatArray:
    """Put weights given by name into the order of the scorecard; a metric that it declares with weight 0 may be left out."""
    for name in named:
        if name not in basis.metrics:
            raise ConfigError(f"the weighting must {do} metrics of the scorecard only (got {name!r}){nearest(name, basis.metrics)}")
    absent = [name for name, weight in zip(basis.metrics, basis.declared, strict=True) if name not in named and weight > 0]
    if absent:
        raise ConfigError(
            f"the weighting must {do} every metric of the scorecard, or the metric has weight = 0 (none for {', '.join(absent)})"
        )
    found = dict(zip(named, weights, strict=True))
    return np.array([found.get(name, 0.0) for name in basis.metrics])


@frozen
class Optimised:
    """Parameters of `optimised`."""

    maximum_move: float = optimise.MAXIMUM_MOVE
    """How far each weight may move from the declared one, above 0 and up to 1."""

    def __attrs_post_init__(self) -> None:
        """Refuse a move that is none."""
        is_wrong = not 0 < self.maximum_move <= 1
        refuse(self, [("maximum_move", f"maximum_move must be above 0 and at most 1 (got {self.maximum_move!r})")] if is_wrong else [])


def _optimised(values: FloatArray, declared: FloatArray, given: Optimised) -> FloatArray:
    """Weigh the metrics on which people differ among themselves; no weight gives the others importance, so they keep theirs."""
    varies = data_weights.varying(values)
    among = declared[varies]
    found = optimise.optimised(values[:, varies], among, among, given.maximum_move)
    return weight.declared(np.where(varies, _spread(found.weights, varies) * among.sum(), declared))


def _spread(weights: FloatArray, among: NDArray[np.bool_]) -> FloatArray:
    """Put weights of some metrics at their places, and 0 elsewhere."""
    places = np.zeros(among.size)
    places[among] = weights
    return places


def _advice(name: str, en: str, zh: str, function: Callable[[FloatArray, FloatArray, Any], FloatArray], parameters: type[Any]) -> Weighting:
    """Make a weighting that follows the data of the metrics that count; the others keep their weight of 0."""

    def weigh(basis: WeightBasis, given: Any) -> FloatArray:
        counts = basis.declared > 0
        return _spread(function(basis.normalised[:, counts], basis.declared[counts], given), counts)

    return Weighting(name, {"en": en, "zh": zh}, weigh, parameters, is_advice=True)


def weightings() -> list[Weighting]:
    """Return the weightings: `declared`, `equal`, `ahp` and `budget_allocation`, and as advice those from data."""
    return [
        Weighting("declared", {"en": "Declared weights", "zh": "设定权重"}, lambda basis, _: weight.declared(basis.declared)),
        Weighting("equal", {"en": "Equal weights", "zh": "等权重"}, lambda basis, _: weight.equal(basis.declared)),
        Weighting("ahp", {"en": "Pairwise comparisons (AHP)", "zh": "层次分析法"}, _ahp, Ahp),
        Weighting("budget_allocation", {"en": "Points of several judges", "zh": "专家预算分配"}, _budget_allocation, BudgetAllocation),
        _advice("entropy", "Entropy", "熵权法", lambda x, *_: data_weights.entropy(x), NoParameters),
        _advice("critic", "CRITIC", "CRITIC 法", lambda x, *_: data_weights.critic(x, np.ones(x.shape[1])), NoParameters),
        _advice("pca", "Principal component", "主成分", lambda x, *_: data_weights.pca(x), NoParameters),
        _advice("variance", "Variance", "方差法", lambda x, *_: data_weights.variance(x), NoParameters),
        _advice("optimised", "Declared importance", "按设定重要性", _optimised, Optimised),
    ]
