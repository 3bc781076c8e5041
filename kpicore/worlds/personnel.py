"""The tables about the people themselves: who they are, which posts they held, when they were away, what was asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kpicore.worlds.arrow import build, ids, labels
from kpicore.worlds.draws import DAY, HOUR, happens
from kpicore.worlds.sales import in_project_money
from kpicore.worlds.staff import AE, REGIONS, ROLES, SYSTEMS, Staff

if TYPE_CHECKING:
    from kpicore.worlds.draws import Floats, Ints, Rows

LEAD_ROLE = "team_lead"
DEMAND = 0.92
"""Part of the mean revenue that targets ask for: revenue is skewed, so that about half of the people reach this."""


def employee_table(rng: np.random.Generator, staff: Staff) -> pa.Table:
    """Return the canonical `employee`; employee numbers begin with zeros on purpose."""
    count, number = staff.count, np.arange(staff.count)
    is_system = number >= count - len(SYSTEMS)
    first, last = (np.full(count, np.nan) for _ in range(2))
    for post in staff.posts:
        first[post.employee] = np.fmin(first[post.employee], post.start * DAY)
        last[post.employee] = np.fmax(last[post.employee], post.end * DAY)
    hired = np.where(first > 0, first + 9 * HOUR, -np.round(rng.gamma(2.0, 500.0, count) + 30) * DAY + 9 * HOUR)
    left = np.where(last < staff.timeline.days * DAY, last, np.nan)
    columns = {
        "employee_id": ids("U", number, 4),
        "name": pa.array(staff.names),
        "email": _unless(is_system, [f"u{at:04d}@demo.example" for at in number]),
        "employee_number": _unless(is_system, [f"{at * 37 + 101:06d}" for at in number]),
        "payroll_code": _unless(is_system, [f"PR-{at * 11 + 7:05d}" for at in number]),
        "kind": pa.array(["person"] * (count - len(SYSTEMS)) + [kind for _, kind in SYSTEMS]),
        "hired_at": staff.timeline.utc(np.where(is_system, np.nan, hired)),
        "left_at": staff.timeline.utc(left),
        "is_active": ~np.isfinite(left),
    }
    return build("employee", columns)


def _unless(missing: np.ndarray, values: list[str]) -> pa.Array:
    return pa.array(values, mask=missing)


def assignment_table(staff: Staff) -> pa.Table:
    """Return the canonical `assignment`: a row per post, and one for each team's lead."""
    timeline, posts = staff.timeline, staff.posts
    teams = len(staff.teams)
    team = np.array([post.team for post in posts] + list(range(teams)))
    start = np.array([float(post.start) or np.nan for post in posts] + [np.nan] * teams)
    end = np.array([float(post.end) if post.end < timeline.days else np.nan for post in posts] + [np.nan] * teams)
    columns = {
        "assignment_id": ids("A", np.arange(len(team)), 4),
        "employee_id": ids("U", np.array([post.employee for post in posts] + list(staff.lead(np.arange(teams)))), 4),
        "role": labels((*ROLES, LEAD_ROLE), np.array([post.role for post in posts] + [len(ROLES)] * teams)),
        "team": labels([name for _, name in staff.teams], team),
        "manager_id": ids("U", np.concatenate([staff.lead(team[: len(posts)]), np.full(teams, -1)]), 4),
        "region": labels(REGIONS, team % len(REGIONS)),
        "fte": np.array([post.fte for post in posts] + [1.0] * teams),
        "valid_from": timeline.utc(start * DAY),
        "valid_to": timeline.utc(end * DAY),
    }
    return build("assignment", columns)


def absence_table(staff: Staff) -> pa.Table:
    """Return the canonical `absence`."""
    aways = sorted(staff.aways, key=lambda away: (away.start, away.employee))
    columns = {
        "absence_id": ids("AB", np.arange(len(aways)), 4),
        "employee_id": ids("U", np.array([away.employee for away in aways]), 4),
        "kind": pa.array([away.kind for away in aways]),
        "valid_from": staff.timeline.utc(np.array([away.start * DAY for away in aways])),
        "valid_to": staff.timeline.utc(np.array([away.end * DAY for away in aways])),
        "share": 1.0,
    }
    return build("absence", columns)


def target_table(rng: np.random.Generator, staff: Staff, sales: Rows) -> pa.Table:
    """Return the canonical `target`: revenue per account executive and quarter, by working time in role, approved by the team's lead.

    The plan is what an average full-time account executive sells in a working day of this market; it knows nothing of the person. It
    allows for part-time, joining and leaving, but not for absences: those are prorated when the target is used.
    """
    person, quarter, days = _spells(staff)
    plan = _revenue_per_day(staff, sales)
    noise = np.exp(0.06 * rng.standard_normal(len(person)))
    value = np.round(days * plan * DEMAND * noise, -4)
    starts = np.array(staff.timeline.quarters) * DAY
    last_day = np.minimum(np.array(staff.timeline.quarters)[quarter + 1], staff.timeline.days) - 1
    team = staff.team[person, last_day]
    team = np.where(team >= 0, team, staff.team[person, np.array(staff.timeline.quarters)[quarter]])
    approved = staff.timeline.dates[0] + np.array(staff.timeline.quarters)[quarter] - 10
    columns = {
        "target_id": ids("TG", np.arange(len(person)), 4),
        "metric": "sales.revenue_signed",
        "employee_id": ids("U", person, 4),
        "role": ROLES[AE],
        "period_start": staff.timeline.utc(starts[quarter]),
        "period_end": staff.timeline.utc(starts[quarter + 1]),
        "value": np.maximum(value, 10_000.0),
        "currency": "CNY",
        "version": labels(("1", "2"), happens(rng, 0.05, len(person)).astype(np.int64)),
        "approver_id": ids("U", staff.lead(np.maximum(team, 0)), 4),
        "approved_on": approved,
    }
    return build("target", columns)


def _spells(staff: Staff) -> tuple[Ints, Ints, Floats]:
    """Return person, quarter and full-time working days in role, for every quarter in which somebody is an account executive."""
    timeline = staff.timeline
    hours = np.zeros((staff.people, timeline.days))
    for post in staff.posts:
        if post.role == AE:
            hours[post.employee, post.start : post.end] = post.fte
    worked = np.add.reduceat(hours * timeline.is_worked, timeline.quarters[:-1], axis=1)
    person, quarter = np.nonzero(worked)
    return person, quarter, worked[person, quarter]


def _revenue_per_day(staff: Staff, sales: Rows) -> float:
    """Return the net revenue of account executives per full-time working day, reversals included."""
    _, _, days = _spells(staff)
    field_sales = sales["channel"] == 0
    return float(in_project_money(sales)[field_sales].sum() / days.sum())
