"""Acme's plugin: it loads, it carries all that it must, and it counts what one counts by hand."""

import numpy as np
import pytest

import kpicore_acme
from kpicore import ConfigError
from kpicore.testing import check_normaliser, check_plugin, facts_from, measure
from kpicore_acme.metrics import large_customer_share
from kpicore_acme.normalisers import Steps, apply, fit, steps


def test_the_plugin_is_fit_for_use() -> None:
    """Hooks, names, texts, the metric's handbook entry and the normaliser's promises hold."""
    loaded = check_plugin(kpicore_acme)

    assert "acme.large_customer_share" in loaded.metrics
    assert "acme_steps" in loaded.normalisers


def test_the_projects_parameter_is_used() -> None:
    """[parameters."acme.large_customer_share"] employees = 500 reaches the metric."""
    loaded = check_plugin(kpicore_acme, {"acme.large_customer_share": {"employees": 500}})

    assert loaded.metric("acme.large_customer_share").parameters == {"employees": 500}


def test_a_senseless_parameter_is_refused() -> None:
    """The error says what must hold and what came."""
    with pytest.raises(ConfigError, match="whole number above 0"):
        large_customer_share("many")


def test_large_customer_share() -> None:
    """Two of Ann's three won deals of known size are large; the lost one, the one without a size and the one of July do not count."""
    won = {"owner_id": "ann", "closed_at": "2024-05-10", "is_won": True}
    facts = facts_from(
        {
            "employee": [{"employee_id": "ann"}, {"employee_id": "bob"}],
            "customer": [
                {"customer_id": "big", "employee_count": 100},
                {"customer_id": "small", "employee_count": 99},
                {"customer_id": "unknown", "employee_count": None},
            ],
            "opportunity": [
                {**won, "customer_id": "big"},
                {**won, "customer_id": "big"},
                {**won, "customer_id": "small"},
                {**won, "customer_id": "unknown"},
                {**won, "customer_id": "big", "is_won": False},
                {**won, "customer_id": "small", "closed_at": "2024-07-01"},
                {**won, "customer_id": "small", "owner_id": "bob"},
            ],
        }
    )

    assert measure(large_customer_share(), facts, "2024-Q2") == {"ann": pytest.approx(2 / 3), "bob": 0.0}


def test_steps() -> None:
    """Three cuts give the scores 0, 1/3, 2/3 and 1; a missing value stays missing."""
    values = np.array([0.2, 0.25, 0.6, 0.9, np.nan])

    higher = apply(values, fit(values, "higher", Steps()))
    lower = apply(values, fit(values, "lower", Steps()))

    np.testing.assert_allclose(higher, [0, 1 / 3, 2 / 3, 1, np.nan])
    np.testing.assert_allclose(lower, [1, 1, 1 / 3, 0, np.nan])


def test_steps_in_another_unit() -> None:
    """Cuts in days are as good as cuts of a share."""
    check_normaliser(steps, Steps(cuts=[10, 20, 30, 60]), peers=[5, 12, 25, 40, 90])
