"""Acme's plugin for kpicore: one metric and one normaliser. Copy the folder, rename it, and change what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_acme.metrics import LARGE_CUSTOMER_SHARE, large_customer_share
from kpicore_acme.normalisers import steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore import Metric, Normaliser


@hookimpl
def kpicore_metrics(parameters: Mapping[str, Mapping[str, object]]) -> Sequence[Metric]:
    """Offer the metrics, built with the parameters that the project gives."""
    given = parameters.get(LARGE_CUSTOMER_SHARE, {})
    return [large_customer_share(given.get("employees", 100))]


@hookimpl
def kpicore_normalisers() -> Sequence[Normaliser]:
    """Offer the normalisers."""
    return [steps]
