"""The metric matrix."""

from __future__ import annotations

import numpy as np

from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells


def test_the_matrix_keeps_how_each_metric_varies() -> None:
    """A count is poisson, and of the other metric it is not known; both come back with the cells."""
    one = np.ones((1, 1))
    matrix = MetricMatrix.build(["ann"], ["2017"], {"calls": Cells.of(one, one, one, "poisson"), "hours": Cells.of(one, one)})

    assert {"calls": "poisson"} == matrix.families
    assert "poisson" == matrix.cell("calls").family
    assert matrix.cell("hours").family is None
