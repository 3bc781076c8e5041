"""From normalised metrics to points: by one aggregator, or by one per dimension and one above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.errors import ScorecardError
from kpicore.kernels import hierarchy, missing
from kpicore.scorecard import stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Aggregator
    from kpicore.model.scorecard import Scorecard
    from kpicore.scorecard.prepare import Prepared, Used


@frozen(eq=False)
class Levels:
    """What aggregates what; a scorecard without dimensions has one level."""

    top: Used[Aggregator]
    below: tuple[Used[Aggregator], ...]
    """One per dimension, in the scorecard's order; none without dimensions."""
    dimension: NDArray[np.int64]
    """(metrics,): the index of the dimension of each metric; empty without dimensions."""
    declared: FloatArray
    """(dimensions,): their weights on any scale; empty where they follow from those of the metrics."""

    @classmethod
    def of(cls, scorecard: Scorecard, prepared: Prepared) -> Levels:
        """Read the levels of a scorecard."""
        names = [dimension.name for dimension in scorecard.dimensions]
        at = [names.index(metric.dimension) for metric in scorecard.metrics if metric.dimension is not None]
        declared = [dimension.weight for dimension in scorecard.dimensions if dimension.weight is not None]
        return cls(prepared.aggregator, prepared.dimensions, np.array(at, dtype=np.int64), np.array(declared, dtype=np.float64))

    @property
    def compares(self) -> bool:
        """Whether a score depends on the other people's."""
        return any(used.offer.compares for used in (self.top, *self.below))

    def nominal(self, weights: FloatArray) -> FloatArray:
        """Return the weights of the metrics, (metrics,) summing to 1, inside those of their dimensions, if these have any.

        Raises:
            ScorecardError: a dimension has a weight, but none of its metrics.
        """
        if not self.declared.size:
            return weights
        inside = hierarchy.totals(weights[None], self.dimension)[0]
        if (self.declared[inside <= 0] > 0).any():
            raise ScorecardError("the weighting gives no weight to any metric of a dimension that has one; weigh one, or the dimension 0")
        return hierarchy.nested(weights, self.declared, self.dimension)

    def weights(self, share: FloatArray, nominal: FloatArray) -> FloatArray:
        """Return effective weights, (subjects, metrics): those of missing metrics reshared; rows sum to 1."""
        if not self.below:
            return missing.reshare(share, nominal)
        inner, outer = hierarchy.reshare(share, nominal, self.dimension)
        return inner * outer[:, self.dimension]

    def points(self, share: FloatArray, nominal: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Aggregate.

        Args:
            share: (subjects, metrics), 0 to 1; NaN is missing.
            nominal: (metrics,), summing to 1; or one row per subject.
        Returns:
            Points of the metrics, (subjects, metrics), NaN where there is no value, and the scores of the dimensions,
            (subjects, dimensions), 0 to 1, NaN where a dimension is empty.
        Raises:
            PluginError: an aggregator failed, or did not give what it must.
        """
        if not self.below:
            return stages.aggregate(self.top, share, missing.reshare(share, nominal)), np.empty((len(share), 0))
        inner, outer = hierarchy.reshare(share, nominal, self.dimension)
        within = np.empty_like(share)
        for at, used in enumerate(self.below):
            columns = self.dimension == at
            within[:, columns] = stages.aggregate(used, share[:, columns], inner[:, columns])
        scores = hierarchy.subtotals(within, inner, self.dimension)
        parts = stages.aggregate(self.top, scores, outer)
        return hierarchy.points(within, inner, parts, outer, self.dimension), scores
