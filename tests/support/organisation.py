"""A small organisation with hand-countable facts, and a plugin that measures it; for tests of what stands above the query layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, not_

from kpicore import CreditRule, Mean, Proportion, Reason, Snapshot, Total, count, days_between, facts, hookimpl, local_day, registry
from kpicore.model.scorecard import Band, Gate, Scorecard, ScorecardMetric
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from kpicore import Metric
    from kpicore.registry import Registry

deal, touch = facts.opportunity.c, facts.contact.c

ABOUT: dict[str, Any] = {"definition": "For tests.", "dimension": "sales process", "frequency": "month"}
repeated = (
    func.row_number().over(
        partition_by=[touch.employee_id, touch.customer_id, local_day(touch.started_at)], order_by=[touch.started_at, touch.contact_id]
    )
    > 1
)


class Bench:
    """A plugin: five metrics and a credit rule."""

    @hookimpl
    def kpicore_metrics(self) -> Sequence[Metric]:
        """Win rate, amount won, cycle, open deals, answered contacts."""
        return [*_deals(), *_others()]

    @hookimpl
    def kpicore_rules(self) -> Sequence[CreditRule]:
        """Repeats on a day and unanswered contacts earn nothing."""
        reasons = (
            Reason("repeat", {"en": "repeats on the same day", "zh": "同日重复"}, repeated),
            Reason("silent", {"en": "without an answer", "zh": "无回应"}, not_(touch.is_connected)),
        )
        title = {"en": "Contacts that count", "zh": "有效联系"}
        return [CreditRule("bench", title, touch.direction == "out", reasons, touch.employee_id, touch.started_at, lookahead_days=1.0)]


def _deals() -> list[Metric]:
    own: dict[str, Any] = {"subject": deal.owner_id, "at": deal.closed_at, **ABOUT}
    return [
        Proportion(
            name="bench.win_rate",
            title={"en": "Win rate", "zh": "赢单率"},
            numerator=count(deal.opportunity_id, where=deal.is_won),
            denominator=count(deal.opportunity_id, where=deal.is_closed),
            direction="higher",
            unit="share",
            **own,
        ),
        Total(
            name="bench.won",
            title={"en": "Won", "zh": "赢单额"},
            value=deal.amount,
            where=deal.is_won,
            direction="higher",
            unit="money",
            **own,
        ),
        Mean(
            name="bench.cycle",
            title={"en": "Cycle", "zh": "周期"},
            value=days_between(deal.created_at, deal.closed_at),
            where=deal.is_won,
            direction="lower",
            unit="days",
            **own,
        ),
    ]


def _others() -> list[Metric]:
    return [
        Snapshot(
            name="bench.open",
            title={"en": "Open", "zh": "在手商机"},
            began_at=deal.created_at,
            ended_at=deal.closed_at,
            subject=deal.owner_id,
            direction="higher",
            **ABOUT,
        ),
        Proportion(
            name="bench.answered",
            title={"en": "Answered", "zh": "回应率"},
            numerator=count(touch.contact_id, where=touch.is_connected),
            denominator=count(touch.contact_id),
            direction="higher",
            unit="share",
            subject=touch.employee_id,
            at=touch.started_at,
            **ABOUT,
        ),
    ]


def bench_registry(*more: object) -> Registry:
    """Return the plugins in use: the core's own, the bench's, and any others given."""
    return registry.load(plugins=[Bench(), *more], entry_points=False)


def organisation() -> Engine:
    """Return facts of three people: ann wins 3 of 4, bob 1 of 4, cyd has no facts; dan is a system."""
    people = [("ann", "Ann Li", None), ("bob", "Bob Wu", None), ("cyd", "Cyd Xu", None), ("dan", "Dan", "system")]
    return facts_from(
        {
            "employee": [{"employee_id": who, "name": name, "kind": kind} for who, name, kind in people],
            "assignment": [{"employee_id": who, "role": "seller", "team": "north" if who == "ann" else "south"} for who, _, _ in people],
            "opportunity": [
                *(_deal("ann", day, is_won=day < 4, amount=100.0) for day in range(1, 5)),
                *(_deal("bob", day, is_won=day < 2, amount=50.0) for day in range(1, 5)),
                {**_deal("ann", 9, is_won=False, amount=None), "closed_at": None, "is_closed": False},
            ],
            "contact": [
                _touch("ann", 8, is_connected=True),
                _touch("ann", 9, is_connected=True),
                _touch("ann", 10, is_connected=False, customer="y"),
                _touch("bob", 11, is_connected=False),
            ],
        }
    )


def _deal(who: str, day: int, *, is_won: bool, amount: float | None) -> dict[str, object]:
    begun, closed = f"2024-02-{day:02d}T08:00:00", f"2024-02-{day + 10:02d}T08:00:00"
    known: dict[str, object] = {"owner_id": who, "created_at": begun, "closed_at": closed}
    return {**known, "is_closed": True, "is_won": is_won, "amount": amount}


def _touch(who: str, hour: int, *, is_connected: bool, customer: str = "x") -> dict[str, object]:
    row: dict[str, object] = {"employee_id": who, "customer_id": customer, "started_at": f"2024-02-05T{hour:02d}:00:00"}
    return {**row, "direction": "out", "is_connected": is_connected}


def scorecard(**changes: Any) -> Scorecard:
    """Return a scorecard for sellers, with changes."""
    metrics = (
        ScorecardMetric("bench.win_rate", {"by": "target", "floor": 0.0, "target": 1.0}, 60),
        ScorecardMetric("bench.won", {"by": "target", "floor": 0.0, "target": 400.0}, 30),
        ScorecardMetric("bench.answered", {"by": "target", "floor": 0.0, "target": 1.0}, 10),
    )
    gate = Gate("bench.answered", {"cap": 20.0, "reason": "Nobody answered."}, below=0.1)
    bands = (Band(0, "low"), Band(50, "high"))
    return Scorecard(**{"role": "seller", "metrics": metrics, "gates": (gate,), "bands": bands, "period": "month", **changes})
