"""A small organisation by dice, for tests of all bundled metrics together."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

START, DAYS = datetime(2023, 1, 1), 730
PEOPLE = ("u1", "u2", "u3")


class World:
    """A small organisation by dice: every table that a metric reads, with gaps in every column that may be empty."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311  # dice for test data, no secret

    def at(self, since: datetime = START, days: float = DAYS) -> datetime:
        """Return a moment within so many days."""
        return since + timedelta(seconds=round(self.dice.uniform(0, days * 86400)))

    def maybe(self, value: object, share: float = 0.8) -> object:
        """Return the value, or now and then nothing."""
        return value if self.dice.random() < share else None

    def one(self, *values: object) -> Any:
        """Return one of the values."""
        return self.dice.choice(values)

    def many(self, count: int, name: str) -> list[dict[str, object]]:
        """Return so many rows of a table."""
        return [getattr(self, name)(at) for at in range(count)]

    def customer(self, at: int) -> dict[str, object]:
        """Return a row of customer."""
        created = self.at()
        texts = {name: self.one("Ann", "ann ", "无", "", None, "x") for name in ("name", "phone", "email", "city", "industry")}
        times = {"created_at": self.maybe(created), "updated_at": self.maybe(self.at(created, 300)), "started_at": self.maybe(created)}
        ended = self.maybe(created + timedelta(days=self.dice.randint(1, 600)), 0.3)
        return {
            "customer_id": f"c{at}",
            "size": self.one("key", "small", None),
            "owner_id": self.maybe(self.one(*PEOPLE)),
            **texts,
            **times,
            "ended_at": ended,
            "warned_at": self.maybe(self.at(), 0.5),
            "recurring_amount": self.maybe(self.dice.randint(1, 500)),
            "is_test": self.one(None, False),
            "tax_id": self.one("914403007", "0000000", "x", None),
            "merged_into": self.maybe("c0", 0.1),
            "deleted_at": None,
        }

    def customer_entity(self, at: int) -> dict[str, object]:
        """Return a row of customer_entity: of every other record."""
        return {
            "customer_id": f"c{at * 2}",
            "entity_id": f"c{at * 2 // 4 * 4}",
            "matched_by": "name+phone",
            "owner_id": self.maybe(self.one(*PEOPLE)),
        }

    def opportunity(self, at: int) -> dict[str, object]:
        """Return a row of opportunity."""
        created, is_closed = self.at(), self.one(True, True, False)
        closed = created + timedelta(days=self.dice.randint(0, 200)) if is_closed else None
        who = {"owner_id": self.maybe(self.one(*PEOPLE)), "customer_id": self.maybe(f"c{self.dice.randint(0, 20)}")}
        won = {
            "is_closed": is_closed,
            "is_won": self.one(True, False, None) if is_closed else None,
            "amount": self.maybe(self.dice.randint(1, 999)),
        }
        more = {name: self.maybe(self.dice.randint(1, 999)) for name in ("list_amount", "forecast_amount")}
        stage = self.one("qualify", "propose", "negotiate", "won", "lost", None)
        return {"opportunity_id": f"o{at}", "created_at": self.maybe(created), "closed_at": closed, "stage": stage, **who, **won, **more}

    def opportunity_change(self, at: int) -> dict[str, object]:
        """Return a row of opportunity_change."""
        field, stages = self.one("stage", "stage", "forecast_amount"), ("qualify", "propose", "negotiate", "won", "lost", "other")
        old, new = (str(self.dice.randint(1, 999)) if field == "forecast_amount" else self.one(*stages) for _ in range(2))
        deal = {"opportunity_id": f"o{self.dice.randint(0, 40)}", "changed_at": self.at(), "employee_id": self.maybe(self.one(*PEOPLE))}
        return {"change_id": f"g{at}", "field": field, "old_value": self.maybe(old), "new_value": new, **deal}

    def lead(self, at: int) -> dict[str, object]:
        """Return a row of lead."""
        created = self.at()
        times = {
            name: self.maybe(created + timedelta(minutes=self.dice.randint(-600, 90_000)), 0.6)
            for name in ("assigned_at", "first_response_at", "qualified_at", "converted_at", "lost_at")
        }
        links = {
            "referrer_id": self.maybe(f"c{self.dice.randint(0, 39)}", 0.5),
            "opportunity_id": self.maybe(f"o{self.dice.randint(0, 40)}"),
            "campaign_id": self.maybe(f"m{self.dice.randint(0, 5)}"),
        }
        who = {"owner_id": self.maybe(self.one(*PEOPLE)), "source": self.one("social", "email", "fair", None)}
        return {"lead_id": f"l{at}", "created_at": created, **times, **links, **who}

    def campaign(self, at: int) -> dict[str, object]:
        """Return a row of campaign."""
        counts = {"sent_count": self.one(None, 0, 500, 900), "clicked_count": self.one(None, 0, 20, 70)}
        return {"campaign_id": f"m{at}", "owner_id": self.maybe(self.one(*PEOPLE)), "started_at": self.at(), **counts}

    def payment(self, at: int) -> dict[str, object]:
        """Return a row of payment."""
        reverses = f"p{self.dice.randint(0, at)}" if at and self.dice.random() < 0.1 else None
        who = {
            "employee_id": self.maybe(self.one(*PEOPLE)),
            "customer_id": self.maybe(f"c{at % 60}"),
            "sale_id": self.maybe(f"s{self.dice.randint(0, 79)}"),
        }
        return {"payment_id": f"p{at}", "paid_at": self.at(), "amount": self.one(None, 10, 70.5, -3), "reverses_id": reverses, **who}

    def assignment(self, at: int) -> dict[str, object]:
        """Return a row of assignment: one span for each person."""
        since = self.at()
        times = {"valid_from": self.maybe(since), "valid_to": self.maybe(since + timedelta(days=self.dice.randint(1, 400)))}
        return {"assignment_id": f"a{at}", "employee_id": PEOPLE[at], "fte": self.one(None, 1, 0.5), **times}

    def absence(self, at: int) -> dict[str, object]:
        """Return a row of absence."""
        since = self.at()
        times = {"valid_from": since, "valid_to": self.maybe(since + timedelta(days=self.dice.randint(1, 40)), 0.9)}
        return {"absence_id": f"b{at}", "employee_id": self.one(*PEOPLE), "share": self.one(None, 1, 0.5), **times}

    def sale(self, at: int) -> dict[str, object]:
        """Return a row of sale."""
        who = {
            "employee_id": self.maybe(self.one(*PEOPLE)),
            "customer_id": self.maybe(f"c{self.one(self.dice.randint(0, 20), self.dice.randint(0, 20), self.dice.randint(0, 39))}"),
        }
        reverses = f"s{self.dice.randint(0, at)}" if at and self.dice.random() < 0.1 else None
        return {
            "sale_id": f"s{at}",
            "signed_at": self.at(),
            "amount": self.one(None, 12.5, 100, 70, -30),
            "reverses_id": reverses,
            "product_id": self.maybe(self.one("p1", "p2")),
            "opportunity_id": f"o{self.dice.randint(0, 20)}",
            **who,
        }

    def target(self, at: int) -> dict[str, object]:
        """Return a row of target."""
        start = self.at()
        return {
            "target_id": f"t{at}",
            "metric": self.one("sales.revenue_signed", "sales.win_rate"),
            "employee_id": self.maybe(self.one(*PEOPLE)),
            "period_start": start,
            "period_end": start + timedelta(days=self.dice.randint(10, 400)),
            "value": self.dice.randint(100, 900),
        }

    def ticket(self, at: int) -> dict[str, object]:
        """Return a row of ticket."""
        opened = self.at()
        resolved = self.maybe(opened + timedelta(minutes=self.dice.randint(-30, 30_000)))
        people = {"owner_id": self.maybe(self.one(*PEOPLE)), "resolved_by": self.maybe(self.one(*PEOPLE), 0.4)}
        people["customer_id"] = self.maybe(f"c{self.dice.randint(0, 39)}")
        answered = self.maybe(opened + timedelta(minutes=self.dice.randint(-30, 900)))
        sla = {
            "due_at": self.maybe(opened + timedelta(days=self.dice.randint(1, 20)), 0.6),
            "is_sla_met": self.one(None, None, True, False),
        }
        more = {"reopen_count": self.one(None, 0, 0, 1, 2), "waiting_s": self.one(None, 0, 600)}
        return {"ticket_id": f"k{at}", "opened_at": opened, "resolved_at": resolved, "first_response_at": answered, **people, **sla, **more}

    def ticket_event(self, at: int) -> dict[str, object]:
        """Return a row of ticket_event."""
        moment, old = self.at(), self.maybe(self.one(*PEOPLE))
        return {
            "event_id": f"e{at}",
            "ticket_id": f"k{self.dice.randint(0, 60)}",
            "kind": "assigned",
            "happened_at": moment,
            "old_value": old,
        }

    def survey(self, at: int) -> dict[str, object]:
        """Return a row of survey."""
        scale = {"scale_min": self.one(None, 0, 1), "scale_max": self.one(None, 5, 10)}
        about = {
            "kind": self.one("csat", "nps", "ces"),
            "employee_id": self.maybe(self.one(*PEOPLE)),
            "is_sent_by_rule": self.one(None, True, False),
        }
        return {
            "survey_id": f"v{at}",
            "answered_at": self.maybe(self.at()),
            "sent_at": self.maybe(self.at()),
            "score": self.dice.randint(0, 11),
            **scale,
            **about,
        }

    def contact(self, at: int) -> dict[str, object]:
        """Return a row of contact."""
        started = self.at(datetime(2024, 3, 1), 60)
        parties = {
            "customer_id": self.one("c1", "c2", "c3", None, f"c{self.dice.randint(21, 39)}", f"c{self.dice.randint(21, 39)}"),
            "campaign_id": self.one(None, "m1", "m2"),
            "lead_id": self.one(None, None, "c1"),
            "employee_id": self.maybe(self.one(*PEOPLE)),
        }
        flags = {name: self.one(None, True, False) for name in ("is_captured", "is_connected")}
        machine = {name: self.one(None, None, None, False, True) for name in ("is_bulk", "is_automatic")}
        how = {
            "direction": self.one("out", "out", "in", None),
            "channel": self.one("call", "email", "visit"),
            "duration_s": self.one(None, 5, 60),
        }
        times = {"started_at": started, "recorded_at": started + timedelta(hours=self.dice.randint(-2, 50))}
        return {"contact_id": f"n{at}", **times, **parties, **flags, **machine, **how}

    def record_change(self, at: int) -> dict[str, object]:
        """Return a row of record_change."""
        values = {"old_value": self.one(None, "a"), "new_value": self.one(None, "a", "b"), "batch_id": self.maybe("b1", 0.2)}
        device = self.one("mobile", "desktop", "tablet", "api", None)
        return {"change_id": f"h{at}", "employee_id": self.one(*PEOPLE, "bot"), "changed_at": self.at(), "device_class": device, **values}

    def session(self, at: int) -> dict[str, object]:
        """Return a row of session."""
        return {"session_id": f"y{at}", "employee_id": self.one(*PEOPLE), "started_at": self.at(), "kind": self.one("login", "report")}

    def talk(self, at: int) -> dict[str, object]:
        """Return a row of ticket_event other than a change of owner."""
        kind = self.one("opened", "customer_message", "response", "resolved", "reopened", "closed")
        who = {"employee_id": self.maybe(self.one(*PEOPLE)), "is_automatic": self.one(None, False, True)}
        return {"event_id": f"f{at}", "ticket_id": f"k{self.dice.randint(0, 60)}", "kind": kind, "happened_at": self.at(), **who}

    def further(self, table: str) -> dict[str, object]:
        """Return columns that are drawn after everything else, so that they leave the others as they are."""
        if table == "ticket":
            flags = {name: self.one(None, True, False) for name in ("is_complaint", "is_escalated")}
            whose = {"customer_id": self.maybe(f"c{self.dice.randint(0, 20)}"), "category": self.one(None, "a", "b")}
            numbers = {"response_count": self.one(None, 1, 1, 2), "handle_s": self.one(None, 90, 1234)}
            return {"closed_at": self.maybe(self.at(), 0.5), **flags, **whose, **numbers}
        if table == "survey":
            return {"eligible_at": self.maybe(self.at())}
        if table == "opportunity":
            return {"forecast_amount": self.maybe(self.dice.randint(1, 999)), "expected_close_at": self.maybe(self.at())}
        return {"table_name": "customer", "record_id": f"c{self.dice.randint(0, 5)}", "field": self.one("name", "stage")}

    def customer_owner(self, at: int) -> dict[str, object]:
        """Return a row of customer_owner: one span for each customer."""
        since = self.at()
        times = {"valid_from": self.maybe(since), "valid_to": self.maybe(since + timedelta(days=self.dice.randint(1, 400)))}
        return {"customer_owner_id": f"w{at}", "customer_id": f"c{at}", "employee_id": self.maybe(self.one(*PEOPLE)), **times}

    def campaign_member(self, at: int) -> dict[str, object]:
        """Return a row of campaign_member."""
        who = {"campaign_id": "m1", "customer_id": self.maybe(f"c{self.dice.randint(20, 59)}")}
        return {
            "member_id": f"j{at}",
            "chosen_at": self.at(datetime(2024, 1, 1), 365),
            "is_held_out": self.one(None, False, False, False, True),
            **who,
        }

    def cost(self, at: int) -> dict[str, object]:
        """Return a row of cost."""
        who = {
            "employee_id": self.maybe(self.one(*PEOPLE)),
            "kind": self.one("service", "care", "marketing", None),
            "campaign_id": self.maybe(f"{self.one('m', 'k')}{self.dice.randint(0, 3)}", 0.6),
        }
        return {"cost_id": f"x{at}", "incurred_at": self.at(), "amount": self.maybe(self.dice.randint(1, 999)), **who}

    def rows(self) -> dict[str, list[dict[str, object]]]:
        """Return all tables."""
        people: list[dict[str, object]] = [{"employee_id": who, "kind": None} for who in PEOPLE]
        bot: dict[str, object] = {"employee_id": "bot", "kind": "bot"}
        counts = {
            "customer": 60,
            "customer_entity": 20,
            "opportunity": 240,
            "sale": 160,
            "target": 20,
            "ticket": 80,
            "survey": 60,
            "contact": 400,
            "record_change": 300,
            "customer_owner": 20,
            "campaign_member": 160,
            "cost": 160,
            "opportunity_change": 160,
            "lead": 240,
            "campaign": 12,
            "payment": 80,
            "assignment": 3,
            "absence": 6,
        }
        owners = self.many(40, "ticket_event")
        rows = {"employee": [*people, bot], **{name: self.many(count, name) for name, count in counts.items()}}
        rows |= {"session": self.many(30, "session"), "ticket_event": [*owners, *self.many(200, "talk")]}
        for name in ("ticket", "survey", "opportunity", "record_change"):
            rows[name] = [{**row, **self.further(name)} for row in rows[name]]
        return rows
