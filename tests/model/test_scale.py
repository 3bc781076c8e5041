"""What is frozen with a period."""

from __future__ import annotations

import json

import pytest

from kpicore.errors import ConfigError
from kpicore.model.scale import Scale


def test_a_scale_survives_being_stored() -> None:
    """In full: no digit is lost on the way through JSON, and lists come back as tuples."""
    scale = Scale({"b": {"floor": 1 / 3, "at": (0.1, 1e-17)}, "a": {"worst": 0.0}})

    assert scale == Scale.from_dict(json.loads(json.dumps(scale.to_dict())))
    assert ["a", "b"] == list(scale.to_dict()["goalposts"])


@pytest.mark.parametrize("content", [{"goalposts": 3}, {"goalposts": {"x": 3}}])
def test_what_no_run_stored_is_refused(content: dict[str, object]) -> None:
    """The error names the key."""
    with pytest.raises(ConfigError, match="goalposts must be a table per metric"):
        Scale.from_dict(content)
