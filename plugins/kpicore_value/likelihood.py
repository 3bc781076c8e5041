"""Maximum likelihood for parameters above 0, by their logarithms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

LIMIT = 10.0
"""Logarithms of parameters stay within this; beyond it the data do not tell the parameter."""


def scipy_part(name: str) -> Any:
    """Return a module of scipy.

    Raises:
        ConfigError: scipy is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"scipy.{name}")
    except ImportError:
        raise ConfigError("expected customer value needs scipy; install it with pip install 'kpicore[stats]'") from None


def maximise(log_likelihood: Callable[[FloatArray], tuple[float, FloatArray]], start: Sequence[float]) -> tuple[FloatArray, float]:
    """Return the parameters of the greatest likelihood, and its logarithm.

    Args:
        log_likelihood: parameters -> logarithm of the likelihood, and its gradient by the parameters.
        start: where to begin, each above 0.
    """

    def loss(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(parameters)
        return -value, -gradient * parameters

    optimise = scipy_part("optimize")
    options = {"maxiter": 1000, "maxfun": 5000, "ftol": 1e-15, "gtol": 1e-8, "maxcor": 30}
    bounds = [(-LIMIT, LIMIT)] * len(start)
    found = optimise.minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.exp(found.x), -float(found.fun)
