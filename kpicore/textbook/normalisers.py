"""The normalisers that come with kpicore: parameters and goalposts around the kernels, put together under their names."""

from __future__ import annotations

from kpicore.model.offer import NoParameters, Normaliser
from kpicore.textbook import orders, ranges, spreads, targets


def normalisers() -> list[Normaliser]:
    """Return the normalisers, by name."""
    return [*_to_places(), *_among_peers()]


def _to_places() -> list[Normaliser]:
    return [
        Normaliser("bands", {"en": "Bands", "zh": "分档"}, targets.Bands, targets.fit_bands, targets.apply_bands, in_unit=("cuts",)),
        Normaliser(
            "distance_to_maximum",
            {"en": "Distance to the best", "zh": "与最优值的距离"},
            NoParameters,
            ranges.fit_maximum,
            ranges.apply_min_max,
        ),
        Normaliser(
            "distance_to_reference",
            {"en": "Distance to a reference", "zh": "与参照值的距离"},
            ranges.DistanceToReference,
            ranges.fit_distance_to_reference,
            ranges.apply_distance,
            in_unit=("value",),
        ),
        Normaliser(
            "distance_to_target",
            {"en": "Distance to the target", "zh": "与目标值的距离"},
            ranges.DistanceToTarget,
            ranges.fit_distance_to_target,
            ranges.apply_distance,
            in_unit=("target",),
        ),
        Normaliser(
            "goalposts",
            {"en": "Goalposts", "zh": "标杆值"},
            targets.Bounds,
            targets.fit_bounds,
            targets.apply_bounds,
            in_unit=("low", "high"),
        ),
    ]


def _among_peers() -> list[Normaliser]:
    return [
        Normaliser(
            "logistic",
            {"en": "Logistic curve", "zh": "逻辑曲线"},
            spreads.Logistic,
            spreads.fit_logistic,
            spreads.apply_logistic,
            in_unit=("midpoint", "scale"),
        ),
        Normaliser(
            "min_max", {"en": "Range", "zh": "极差标准化"}, ranges.MinMax, ranges.fit_min_max, ranges.apply_min_max, in_unit=("low", "high")
        ),
        Normaliser(
            "percentile", {"en": "Percentile among peers", "zh": "同侪百分位"}, orders.Percentile, orders.fit_percentile, orders.apply_order
        ),
        Normaliser("rank", {"en": "Rank among peers", "zh": "同侪排名"}, orders.Rank, orders.fit_rank, orders.apply_order),
        Normaliser("t_score", {"en": "T score", "zh": "T 分数"}, NoParameters, spreads.fit_t_score, spreads.apply_t_score),
        Normaliser(
            "target",
            {"en": "Target", "zh": "目标达成"},
            targets.Target,
            targets.fit_target,
            targets.apply_target,
            in_unit=("target", "floor", "baseline", "stretch"),
        ),
        Normaliser(
            "z_score",
            {"en": "Distance from the peers' mean", "zh": "标准分"},
            spreads.ZScore,
            spreads.fit_z_score,
            spreads.apply_z_score,
        ),
    ]
