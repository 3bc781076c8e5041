"""What plugins offer besides metrics, from complexity methods to reports. Each is a value that holds its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpicore.model.casemix import CaseMix
    from kpicore.model.cells import FloatArray
    from kpicore.model.complexity import Adjusted, Coefficients

Direction: TypeAlias = Literal["higher", "lower"]

Goalposts: TypeAlias = "Mapping[str, float | tuple[float, ...]]"
"""What a normaliser needs to know of the reference people; plain numbers, so that they can be frozen with the period and stored.

The key `constant` (1.0) says that the peers do not differ and everybody gets the neutral value.
"""


@frozen
class Normaliser:
    """Brings a metric to the range 0 (worst) to 1 (best), in two steps: goalposts from the peers, then each value against them."""

    name: str
    """The name for `normalise = { by = ... }`."""
    title: Mapping[str, str]
    """What it is, in `en` and `zh`."""
    parameters: type[Any]
    """An attrs class of the parameters that the scorecard gives; cattrs structures it, unknown keys are errors."""
    fit: Callable[[FloatArray, Direction, Any], Goalposts]
    """(peers' values, direction, parameters) -> goalposts. Values have the shape (peers,), NaN is missing.

    Raises PeersError where the peers are too few: the metric is then missing for everyone, with the message as the reason.
    """
    apply: Callable[[FloatArray, Goalposts], FloatArray]
    """(values, goalposts) -> same shape, 0 worst to 1 best; NaN stays NaN. What lies beyond 0 to 1 is clipped and reported as clipped."""
    in_unit: tuple[str, ...] = ()
    """Parameters that are values in the metric's unit: where one is given, values must come in that unit, and not as logarithms."""


@frozen
class Complexity:
    """Allows for the mix of cases of each subject, in two steps: coefficients from the reference, then each subject against them."""

    name: str
    """The name for `complexity = { by = [...], method = ... }`."""
    title: Mapping[str, str]
    parameters: type[Any]
    """An attrs class of the parameters that the scorecard gives."""
    fit: Callable[[CaseMix, Direction, Any], Coefficients]
    """(mix of the reference, direction, parameters) -> coefficients.

    Raises PeersError where the reference is too small, and ConfigError where the parameters do not suit the metric.
    """
    apply: Callable[[CaseMix, Coefficients], Adjusted]
    """(mix, coefficients, which may be those of an earlier period) -> values in the metric's unit; above 1 a coefficient is harder."""


@frozen
class NoParameters:
    """The parameters of an offer that takes none."""


@frozen(eq=False)
class WeightBasis:
    """What a weighting may look at."""

    metrics: tuple[str, ...]
    """Names, in the scorecard's order."""
    declared: FloatArray
    """(metrics,): as the scorecard declares them, on any scale; 1 where it does not."""
    _normalised: FloatArray | Callable[[], FloatArray]

    @property
    def normalised(self) -> FloatArray:
        """(subjects, metrics), 0 worst to 1 best; NaN is missing. Put together when a weighting asks, as most do not."""
        return self._normalised() if callable(self._normalised) else self._normalised


@frozen
class Weighting:
    """Gives the nominal weights of a scorecard's metrics."""

    name: str
    title: Mapping[str, str]
    weigh: Callable[[WeightBasis, Any], FloatArray]
    """(basis, parameters) -> weights (metrics,) that sum to 1."""
    parameters: type[Any] = NoParameters
    """An attrs class of the parameters that the scorecard gives."""
    is_advice: bool = False
    """Whether the weights follow the data, and so move with every period: shown beside the declared ones, and never used for scores."""


@frozen
class Aggregator:
    """Makes one score of the normalised metrics, and says which metric gave how many points."""

    name: str
    title: Mapping[str, str]
    points: Callable[[FloatArray, FloatArray, Any], FloatArray]
    """(normalised values, effective weights, parameters), both arrays (subjects, metrics), weights of a row summing to 1 over its
    non-NaN values -> points (subjects, metrics) on the scale 0 to 100, NaN where there is no value; their row sum *is* the score."""
    parameters: type[Any] = NoParameters
    """An attrs class of the parameters that the scorecard gives."""
    compares: bool = False
    """Whether a score depends on the other subjects, so that a new colleague may change it."""
    effort: float = 1.0
    """Where it compares: how many times as long it takes as comparing everybody with everybody in every metric."""


@frozen
class Report:
    """Renders the result of a run as text."""

    name: str
    title: Mapping[str, str]
    render: Callable[[Any, str], str]
    """(`kpicore.report.view.View`, locale) -> text."""
