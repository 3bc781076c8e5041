"""What small samples mean for gates, for the intervals of values, and for draws of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kpicore.kernels import conjugate, interval
from kpicore.kernels.draws import BETA, GAMMA, MISSING, NORMAL, Posterior
from kpicore.model.check import ProblemsError
from kpicore.model.scorecard import Effect, Gate
from kpicore.model.small import SmallSamples
from kpicore.model.uncertainty import Uncertainty
from kpicore.scorecard import people, small
from kpicore.scorecard.column import Column
from kpicore.scorecard.posterior import Knowledge
from tests.scorecard.cases import card, to_target
from tests.scorecard.chances import judged, uncertain
from tests.scorecard.few import PEERS, SHARE, TRIALS, WON, cell, scored, share, team, told

if TYPE_CHECKING:
    from kpicore.matrix import MetricMatrix
    from kpicore.model.result import GateEffect
    from kpicore.model.scorecard import Scorecard


def test_a_gate_looks_at_what_is_scored() -> None:
    """Two of ten are no reason to lose the score where too little was observed; where there is enough, the shrunk figure decides."""
    gate = Gate("share", Effect(reason="too many lost", void=True), below=0.25)
    strict = gated(team(), card(share(), gates=[gate]))
    shrunk = gated(team(), card(share(), gates=[gate], small_samples=PEERS))
    other = team(count=(np.full(6, 50.0), 50, 50.0, "poisson"))
    lacking = gated(other, card(share(minimum_n=15.0), to_target("count", 1), gates=[gate]))

    assert (True, False) == (strict.fired, shrunk.fired)
    assert pytest.approx(conjugate.rates(WON, TRIALS, conjugate.fit_rates(WON, TRIALS)).mean[1]) == shrunk.value
    assert (None, "share has no value (not enough data), so the gate does not fire") == (lacking.value, lacking.why)


def gated(matrix: MetricMatrix, scorecard: Scorecard) -> GateEffect:
    """Return the gate of who won two of ten."""
    return next(each for each in people(scored(matrix, scorecard))[0] if each.subject == "p001").gates[0]


def test_intervals_of_values_follow_their_family() -> None:
    """Wilson for a share, Byar for a count, the scaled count for a sum, normal for a mean; none where the error is unknown."""
    matrix = team(
        count=(WON, WON, WON, "poisson"),
        sum=(3 * WON, WON, 9 * WON, "compound"),
        mean=(SHARE, TRIALS, 0.04 / TRIALS, "gaussian"),
        median=(SHARE, TRIALS, np.nan, None),
    )
    metrics = [share(), *(to_target(name, 1) for name in ("count", "sum", "mean", "median"))]

    low, high = scored(matrix, card(*metrics, uncertainty=Uncertainty(level=0.9))).settled.limits(0.9)

    count = interval.byar(WON, 0.9)
    expected = [interval.wilson(WON, TRIALS, 0.9), count, (3 * count[0], 3 * count[1]), interval.normal(SHARE, 0.04 / TRIALS, 0.9)]
    for at, (lower, upper) in enumerate(expected):
        assert pytest.approx(lower.tolist()) == low[:, at].tolist()
        assert pytest.approx(upper.tolist()) == high[:, at].tolist()
    assert np.isnan([low[:, 4], high[:, 4]]).all()


def test_a_share_measured_as_nothing_has_an_interval() -> None:
    """0 of 4: from exactly 0 to what Wilson says, in the result and in JSON."""
    matrix = uncertain({"share": ([0.0, 0.5], 4, [0.0, 0.0625], "binomial")})

    one = cell(told(matrix, card(share()))["p000"]).to_dict()

    assert (0, 0.4899) == (one["low"], round(one["high"], 4))


def test_draws_come_from_the_posterior() -> None:
    """Shrunk metrics are drawn as they are known, what is lacking is not drawn, and ranks have their intervals."""
    matrix = team(mean=(50 * SHARE, TRIALS, 100 / TRIALS, "gaussian"), count=(WON, WON, WON, "poisson"))
    asked = card(share(), to_target("mean", 1), to_target("count", 1, 50), small_samples=SmallSamples("peers", 5))

    found, chance = judged(matrix, asked)

    raw = small.known(found.settled, _nothing(6), ("share", "mean", "count"))
    assert [[MISSING, MISSING, GAMMA], *[[BETA, NORMAL, GAMMA]] * 5] == raw.posterior.family.tolist()
    posterior = conjugate.rates(WON, TRIALS, conjugate.fit_rates(WON, TRIALS))
    assert pytest.approx(posterior.first[1:].tolist()) == raw.posterior.first[1:, 0].tolist()
    for person in people(found, chance=chance)[0]:
        assert None not in (person.low, person.high, person.rank_low, person.rank_high)


def _nothing(subjects: int) -> Knowledge:
    blank = np.full((subjects, 3), np.nan)
    return Knowledge(Posterior(np.zeros((subjects, 3), dtype=np.int8), blank, blank), np.zeros((subjects, 3), dtype=bool))


def test_an_adjusted_share_is_close_to_normal() -> None:
    """After complexity was allowed for, there are no successes to count; the interval stays within 0 and 1."""
    column = Column(np.array([0.1, 0.5, 0.6, 0.98]), np.full(4, 10.0), np.array([np.nan, 0.02, 0.03, 0.02]), "binomial", is_adjusted=True)

    found = small.settle(card(share(), small_samples=PEERS), column.value[:, None], [column], {})

    posterior = found.figures["share"].found
    assert posterior is not None
    assert NORMAL == posterior.family
    assert 0.1 < found.value[0, 0] < 0.5
    low, high = found.limits(0.95)
    assert ((low >= 0) & (high <= 1) & (low < found.value) & (found.value < high)).all()


def test_a_shrunk_rank_needs_its_interval() -> None:
    """Shrinkage hides the talent of whom little was seen; the interval shows it, so it cannot be left out."""
    with pytest.raises(ProblemsError, match=r"must be told with their intervals, which draws = 0 leaves out \(share\)"):
        card(share(), small_samples=PEERS, uncertainty=Uncertainty(draws=0))
