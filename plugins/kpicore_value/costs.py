"""What it costs to keep customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import Ratio, count, facts, names_parameter, period, total
from kpicore_value.activity import had_contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters

customer, cost = facts.customer.c, facts.cost.c

MAINTENANCE = "value.maintenance_cost"
KINDS = ("service", "care")


def maintenance_cost(kinds: Sequence[str] = KINDS) -> Metric:
    """Build the maintenance cost, with the kinds of cost that count."""
    return Ratio(
        name=MAINTENANCE,
        title={"en": "Maintenance cost", "zh": "客户维护成本"},
        definition={
            "en": f"Cost of {' and '.join(kinds)} in the period per customer who was active when it began.",
            "zh": f"本期{'、'.join(kinds)}类成本除以期初活跃客户数。",
        },
        numerator=total(cost.amount, cost.kind.in_(list(kinds)), subject=cost.employee_id, at=cost.incurred_at),
        denominator=count(customer.customer_id, had_contract(period.start), subject=customer.owner_id, is_state=True),
        direction="lower",
        unit="money",
        frequency="quarter",
        dimension="customer value",
        formula={"en": f"cost of {', '.join(kinds)} / customers active at the start", "zh": f"{'、'.join(kinds)}类成本 ÷ 期初活跃客户数"},
        caliber={
            "en": (
                "Cost to whoever caused it, customers to whoever looked after them when the period began; compare teams"
                " rather than persons where"
                " costs are booked on teams. Cost that names no person counts for the whole only."
            ),
            "zh": "成本归属发生人，客户归属期初负责人；成本按团队入账时宜按团队比较。未注明人员的成本只计入整体。",
        },
        drives=["value.clv"],
        guards=["value.retention_rate", "service.nps"],
        gaming={"en": "Serving less, or booking the cost under another kind.", "zh": "减少服务，或把成本记到其他类别。"},
        source="Common practice in customer value management (cost to serve).",
        optional=[cost.employee_id],
        parameters={"kinds": list(kinds)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [maintenance_cost(names_parameter(parameters, MAINTENANCE, "kinds", KINDS))]
