"""The effects that the generator promises are there to be found, and so are the honest peculiarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from kpicore.worlds import World, generate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FACTS_OF_A_PERSON = """
SELECT employee_id, started_at AS moment FROM contact UNION ALL SELECT employee_id, changed_at FROM record_change
UNION ALL SELECT employee_id, started_at FROM session UNION ALL SELECT employee_id, happened_at FROM ticket_event
UNION ALL SELECT owner_id, opened_at FROM ticket UNION ALL SELECT owner_id, resolved_at FROM ticket
UNION ALL SELECT employee_id, answered_at FROM survey UNION ALL SELECT employee_id, eligible_at FROM survey
UNION ALL SELECT owner_id, closed_at FROM opportunity UNION ALL SELECT employee_id, signed_at FROM sale
"""


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_one_agent_is_silent_in_the_last_quarter(seed: int) -> None:
    """One agent, employed and not absent, has no fact of any kind there, and has some before."""
    world = generate(seed=seed, people=24, scale=0.4)
    with duckdb.connect() as connection:
        for name, table in world.tables.items():
            connection.register(name, table)
        counts = connection.execute(
            "SELECT count(*) FILTER (moment >= TIMESTAMP '2025-09-30 16:00'), count(*) > 20,"
            " (SELECT count(*) FROM absence WHERE employee_id = $who AND valid_to - valid_from > INTERVAL 9 DAY)"
            f" FROM ({FACTS_OF_A_PERSON}) WHERE employee_id = $who",
            {"who": world.cast["silent"]},
        ).fetchone()

    assert (0, True, 0) == counts


def test_person_on_leave_does_nothing(world: World, database: DuckDBPyConnection) -> None:
    """The long leave is recorded, and the person does not contact anyone in it."""
    counts = database.execute(
        "SELECT any_value(date_diff('day', valid_from, valid_to)), count(*) FILTER (started_at >= valid_from AND started_at < valid_to),"
        " count(*) FILTER (started_at < valid_from) > 100, count(*) FILTER (started_at >= valid_to) > 10 FROM absence JOIN contact"
        " USING (employee_id) WHERE employee_id = $1 AND kind = 'parental' AND direction = 'out' AND NOT is_bulk",
        [world.cast["on_leave"]],
    ).fetchone()

    assert (112, 0, True, True) == counts


def test_cast_moves(world: World, database: DuckDBPyConnection) -> None:
    """People leave, join, and change role or team on the way, and some work part-time."""
    roles = database.sql("SELECT employee_id, count(*), count(DISTINCT role), count(DISTINCT team), min(fte) FROM assignment GROUP BY 1")
    found = {row[0]: row[1:] for row in roles.fetchall()}
    cast = world.cast

    assert (2, 2, 2, 1.0) == found[cast["promoted"]]
    assert (2, 1, 2, 1.0) == found[cast["mover"]]
    assert (1, 1, 1, 0.5) == found[cast["part_time_agent"]]
    gone = database.execute("SELECT left_at IS NOT NULL, is_active FROM employee WHERE employee_id = $1", [cast["leaver"]])
    assert (True, False) == gone.fetchone()


def _number(database: DuckDBPyConnection, query: str) -> float:
    row = database.sql(query).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.parametrize(
    ("what", "at_least"),
    [
        ("SELECT owner_id, avg(is_won::INT) FROM opportunity WHERE is_closed GROUP BY 1", 0.6),
        ("SELECT employee_id, avg(score) FROM survey WHERE kind = 'csat' GROUP BY 1", 0.5),
        ("SELECT owner_id, -avg(reopen_count) FROM ticket GROUP BY 1", 0.3),
        ("SELECT owner_id, -median(epoch(first_response_at - opened_at)) FROM ticket GROUP BY 1", 0.4),
        ("SELECT employee_id, avg(is_connected::INT) FROM contact WHERE direction = 'out' AND channel = 'call' GROUP BY 1", 0.4),
    ],
)
def test_skill_shows_in_outcomes(world: World, database: DuckDBPyConnection, what: str, at_least: float) -> None:
    """Over two years, what skill drives correlates with it across the people who have enough of it."""
    measured = dict(database.sql(what).fetchall())
    pairs = [(world.skill[who], float(value)) for who, value in measured.items() if who in world.skill]

    assert float(np.corrcoef(np.array(pairs).T)[0, 1]) > at_least


def test_skill_is_hardly_volume(world: World, database: DuckDBPyConnection) -> None:
    """Who contacts most is not who is best: the correlation is far from that of outcomes."""
    volume = dict(database.sql("SELECT employee_id, count(*) FROM contact WHERE direction = 'out' GROUP BY 1").fetchall())
    pairs = [(skill, np.log(volume[who])) for who, skill in world.skill.items()]

    assert abs(float(np.corrcoef(np.array(pairs).T)[0, 1])) < 0.5


def test_more_contacts_in_a_week_get_fewer_answers(database: DuckDBPyConnection) -> None:
    """Fatigue: after two or more contacts in seven days a customer acts less often than after none."""
    rate = database.sql(
        "SELECT avg(is_connected::INT) FILTER (before = 0), avg(is_connected::INT) FILTER (before >= 2) FROM (SELECT is_connected, count(*)"
        " OVER (PARTITION BY customer_id ORDER BY started_at RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING)"
        " AS before FROM contact WHERE direction = 'out' AND NOT is_bulk AND channel = 'call')"
    ).fetchone()

    assert rate is not None
    assert rate[0] - rate[1] > 0.04


def test_month_ends_are_busier(database: DuckDBPyConnection) -> None:
    """More deals close on one of the last three days of a month than on another day."""
    share = _number(
        database,
        "SELECT avg((last_day(local) - local::DATE < 3)::INT)"
        " FROM (SELECT closed_at + INTERVAL 8 HOUR AS local FROM opportunity WHERE is_closed)",
    )

    assert share > 1.2 * 3 / 30.4


def test_hardly_anybody_works_on_holidays(database: DuckDBPyConnection) -> None:
    """National day's week has less than a tenth of an ordinary week's calls on one's own account."""
    counts = database.sql(
        "SELECT count(*) FILTER (d BETWEEN DATE '2025-10-01' AND DATE '2025-10-07'),"
        " count(*) FILTER (d BETWEEN DATE '2025-10-15' AND DATE '2025-10-21') FROM (SELECT (started_at + INTERVAL 8 HOUR)::DATE AS d"
        " FROM contact WHERE direction = 'out' AND ticket_id IS NULL AND NOT is_bulk)"
    ).fetchone()

    assert counts is not None
    assert counts[0] < 0.1 * counts[1]


def test_some_customers_are_there_twice(database: DuckDBPyConnection) -> None:
    """A little over one per cent of the records repeat another one."""
    share = _number(database, "SELECT 1 - count(DISTINCT name || coalesce(email, customer_id)) / count(*) FROM customer")

    assert 0.005 < share < 0.03
