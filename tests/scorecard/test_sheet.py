"""People are scored in blocks: nobody's figures depend on where a block ends, and nothing is copied that is as it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels import missing, normalise
from kpicore.model.scorecard import Band, Gate, ScorecardMetric
from kpicore.scorecard import score, sheet
from tests.scorecard.cases import OFFERS, card, matrix, to_target

if TYPE_CHECKING:
    from kpicore.scorecard import Scored

WAYS = dict.fromkeys("xyz", "higher")
ARRAYS = ("measured.value", "normalised.share", "normalised.clipped", "filled", "weight", "gaps.coverage", "fired", "dimensions")


def scored(**how: Any) -> Scored:
    """Score people with gaps, outliers and ties."""
    draw = np.random.default_rng(3)
    columns = {name: [None if draw.random() < 0.2 else float(cell) for cell in draw.integers(-20, 130, 37)] for name in "xyz"}
    metrics = (to_target("x", 3), ScorecardMetric("y", {"by": "min_max"}, weight=2), to_target("z", 1, floor=20, stretch=120))
    gates = [Gate("x", {"cap": 40, "reason": "too little"}, below=30.0)]
    return score(matrix(columns), card(*metrics, gates=gates, bands=[Band(0, "low"), Band(50, "high")], **how), OFFERS, WAYS)


def figures(found: Scored) -> dict[str, np.ndarray]:
    """Return all arrays by name."""
    arrays = {f"published.{name}": getattr(found.published, name) for name in ("points", "gate_points", "score", "rank", "band")}
    for path in ARRAYS:
        part: Any = found
        for name in path.split("."):
            part = getattr(part, name)
        arrays[path] = part
    return arrays


@pytest.mark.parametrize("how", [{}, {"aggregate": "geometric"}, {"aggregate": "copeland"}, {"missing": "zero"}, {"missing": "block"}])
@pytest.mark.parametrize("cells", [1, 9, 60])
def test_where_a_block_ends_changes_nothing(monkeypatch: pytest.MonkeyPatch, cells: int, how: dict[str, str]) -> None:
    """One person at a time, three, or twenty; with an aggregator that compares people, all at once."""
    whole = figures(scored(**how))
    monkeypatch.setattr(sheet, "CELLS", cells)
    parts = figures(scored(**how))

    for name, array in whole.items():
        assert np.array_equal(array, parts[name], equal_nan=array.dtype.kind == "f"), name


def test_nobody_is_scored() -> None:
    """An empty matrix gives empty arrays."""
    found = score(matrix({"x": [1.0]}, [""]), card(to_target("x", 1)), OFFERS, WAYS)
    empty = sheet.in_blocks(0, 5, lambda rows: (np.arange(0)[rows],))

    assert (1,) == found.published.score.shape
    assert [0] == [part.size for part in empty]


def test_what_is_as_it_must_be_is_not_copied() -> None:
    """The matrix is looked at, and cannot be written to from a scoring."""
    values = matrix({"x": [50.0, None], "y": [1.0, 2.0]})
    found = score(values, card(to_target("x", 1), to_target("y", 1)), OFFERS, WAYS)

    assert np.shares_memory(values.value, found.measured.value)
    assert np.shares_memory(values.value, found.treated.value)
    with pytest.raises(ValueError, match="read-only"):
        found.measured.value[:] = 0.0
    assert values.value.flags.writeable


def test_metrics_in_another_order_are_copied() -> None:
    """A view would have to stand together."""
    values = matrix({"x": [50.0, 60.0], "y": [1.0, 2.0]})

    assert [[1.0, 50.0], [2.0, 60.0]] == values.columns("value", ["y", "x"]).tolist()
    assert not np.shares_memory(values.value, values.columns("value", ["y", "x"]))
    assert (2, 0) == values.columns("value", []).shape


def test_blank_copies_only_where_it_must() -> None:
    """The very array where absent cells are blank already."""
    values, absent = np.array([[1.0, np.nan]]), np.array([[False, True]])

    assert missing.blank(values, absent, np.nan) is values
    assert [[1.0, 0.0]] == missing.blank(values, absent, 0.0).tolist()
    assert np.isnan(values[0, 1])


def test_the_range_of_the_peers() -> None:
    """Without the missing ones; of fewer than two there is none."""
    assert (-1.0, 4.0) == normalise.peers_range(np.array([np.nan, 4.0, -1.0, 2.0]))
    with pytest.raises(PeersError, match=r"at least 2 of them with a value \(got 1\)"):
        normalise.peers_range(np.array([np.nan, 4.0]))
    with pytest.raises(ShapeError, match="must be finite"):
        normalise.peers_range(np.array([np.inf, 4.0]))
