"""The people: who they are, which seat in which team they hold from when to when, when they are away, and what they tend to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.worlds.names import person_names

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Floats, Ints
    from kpicore.worlds.timeline import Timeline

ROLES = ("account_executive", "support_agent", "customer_success_manager")
AE, SUPPORT, CSM = range(3)
TEAM_NAMES = (("North", "East", "South", "International"), ("Frontline A", "Frontline B", "Technical"), ("Key accounts", "Growth"))
REGIONS = ("Beijing", "Shanghai", "Guangzhou", "Singapore")
SYSTEMS = (("Telephony", "system"), ("Mail gateway", "system"), ("Import bot", "bot"), ("Unassigned queue", "queue"))
TELEPHONY, MAIL, IMPORTER, QUEUE = range(4)
TEAM_SIZE = 6
SMALLEST = 18
"""Fewer people could not fill all the parts of the cast."""


@frozen
class Post:
    """One person in one role, team and seat from day `start` until before day `end`."""

    employee: int
    role: int
    team: int
    seat: int
    fte: float
    start: int
    end: int


@frozen
class Away:
    """One absence, from day `start` until before day `end`."""

    employee: int
    kind: str
    start: int
    end: int


@frozen
class Cast:
    """The people with an honest peculiarity, by number; the demonstration and the tests name them."""

    leaver: int
    successor: int
    mover: int
    on_leave: int
    part_time_executive: int
    part_time_agent: int
    agent_moved: int
    silent: int
    promoted: int
    newcomer: int
    part_time_manager: int


@frozen(eq=False)
class Staff:
    """Everybody who can own a record: the people scored first, then one lead for each team, then the systems."""

    timeline: Timeline
    people: int
    names: list[str]
    teams: tuple[tuple[int, str], ...]
    """Role and name of each team."""
    posts: list[Post]
    aways: list[Away]
    cast: Cast
    skill: Floats
    """(employees,) latent, standard normal; 0 for leads and systems."""
    activity: Floats
    """(employees,) factor on the rates of what a person does."""
    diligence: Floats
    """(employees,) standard normal: how well records are kept."""
    habit: Floats
    """(employees, 2) shares of typed contacts entered in the evening and on Fridays."""
    mobile: Floats
    """(employees,) share of the use of the CRM on a mobile device."""
    effort: Floats
    """(people, days) full-time equivalents at work, less in the first weeks, 0 when away."""
    role: Ints
    team: Ints
    seat: Ints
    """(people, days) role, team and seat held; -1 is none."""
    seats: tuple[tuple[int, int], ...]
    """Role and team of each seat."""

    @property
    def count(self) -> int:
        """How many employees there are, people, leads and systems."""
        return self.people + len(self.teams) + len(SYSTEMS)

    def lead(self, team: Ints) -> Ints:
        """Return the lead of each team."""
        return team + self.people

    def system(self, which: int) -> int:
        """Return the employee number of a system."""
        return self.people + len(self.teams) + which

    def holder(self) -> Ints:
        """Return (seats, days): who holds each seat; the team's lead while it is vacant."""
        held = np.repeat(self.lead(np.array([team for _, team in self.seats]))[:, None], self.timeline.days, axis=1)
        for post in self.posts:
            held[post.seat, post.start : post.end] = post.employee
        return held

    def next_at_work(self) -> Ints:
        """Return (employees, days): the first day, from each day on, on which the person is at work; the day itself where there is none."""
        days = self.timeline.days
        at_work = np.zeros((self.count, days), dtype=bool)
        at_work[: self.people] = self.effort > 0
        at_work[self.people :] = True
        day = np.where(at_work & self.timeline.is_worked, np.arange(days), days)
        following = np.minimum.accumulate(day[:, ::-1], axis=1)[:, ::-1]
        return np.where(following < days, following, np.arange(days))


def hire(rng: np.random.Generator, people: int, timeline: Timeline, assume: Assumptions) -> Staff:
    """Make the staff: 40 % account executives, a third support agents, the rest customer success managers."""
    role_of = _roles(people)
    teams = _teams(role_of)
    cast = _cast(role_of)
    posts, seats = _posts(role_of, teams, cast, timeline)
    aways = _aways(rng, people, cast, timeline, assume)
    role, team, seat = _grids(posts, people, timeline.days)
    traits = _traits(rng, people, teams, role_of, assume)
    return Staff(
        timeline=timeline, people=people, names=_names(rng, people, teams), teams=teams, posts=posts, aways=aways, cast=cast, seats=seats,
        effort=_effort(posts, aways, cast, timeline, people, assume), role=role, team=team, seat=seat, **traits,
    )  # fmt: skip


def _roles(people: int) -> Ints:
    executives, agents = round(people * 0.4), round(people / 3)
    return np.repeat([AE, SUPPORT, CSM], [executives, agents, people - executives - agents])


def _teams(role_of: Ints) -> tuple[tuple[int, str], ...]:
    teams = []
    for role, names in enumerate(TEAM_NAMES):
        wanted = max(2, int((role_of == role).sum()) // TEAM_SIZE)
        teams += [(role, names[at % len(names)] + (f" {at // len(names) + 1}" if at >= len(names) else "")) for at in range(wanted)]
    return tuple(teams)


def _cast(role_of: Ints) -> Cast:
    executives, agents, managers = (np.flatnonzero(role_of == role).tolist() for role in (AE, SUPPORT, CSM))
    return Cast(
        leaver=executives[2], successor=executives[-1], mover=executives[3], on_leave=executives[4], part_time_executive=executives[5],
        part_time_agent=agents[1], agent_moved=agents[2], silent=agents[3], promoted=agents[4], newcomer=agents[-1],
        part_time_manager=managers[1],
    )  # fmt: skip


def _posts(
    role_of: Ints, teams: tuple[tuple[int, str], ...], cast: Cast, timeline: Timeline
) -> tuple[list[Post], tuple[tuple[int, int], ...]]:
    """Give everybody a seat for the whole time, then let the cast move."""
    members = {role: [at for at, (owner, _) in enumerate(teams) if owner == role] for role in (AE, SUPPORT, CSM)}
    turn = [int((role_of[:person] == role_of[person]).sum()) for person in range(len(role_of))]
    team_of = [members[int(role)][turn[person] % len(members[int(role)])] for person, role in enumerate(role_of)]
    part_time = {cast.part_time_executive: 0.8, cast.part_time_agent: 0.5, cast.part_time_manager: 0.6}
    plain = {
        person: Post(person, int(role), team_of[person], person, part_time.get(person, 1.0), 0, timeline.days)
        for person, role in enumerate(role_of)
    }
    seats = [(post.role, post.team) for post in plain.values()]
    seats.append((CSM, members[CSM][-1]))
    moved = _moves(plain, cast, members, timeline, len(seats) - 1)
    return [post for person, post in plain.items() for post in moved.get(person, [post])], tuple(seats)


def review_day(timeline: Timeline) -> int:
    """Return the day of the yearly review, on which territories are cut anew and people change teams."""
    return timeline.quarters[len(timeline.quarters) // 2]


def _moves(plain: dict[int, Post], cast: Cast, members: dict[int, list[int]], timeline: Timeline, new_seat: int) -> dict[int, list[Post]]:
    """Return the posts of those who join, leave, or change role or team on the way."""
    review = review_day(timeline)
    left, joined, new = (int(timeline.days * share) for share in (0.58, 0.62, 0.80))
    leaver, mover, agent, promoted = (plain[person] for person in (cast.leaver, cast.mover, cast.agent_moved, cast.promoted))
    abroad, technical = members[AE][-1], members[SUPPORT][-1]
    return {
        cast.leaver: [_span(leaver, 0, left)],
        cast.successor: [Post(cast.successor, AE, leaver.team, leaver.seat, 1.0, joined, timeline.days)],
        cast.mover: _split(mover, review, AE, abroad if mover.team != abroad else members[AE][0], mover.seat),
        cast.agent_moved: _split(agent, review, SUPPORT, technical if agent.team != technical else members[SUPPORT][0], agent.seat),
        cast.promoted: _split(promoted, review, CSM, members[CSM][-1], new_seat),
        cast.newcomer: [_span(plain[cast.newcomer], new, timeline.days)],
    }


def _span(post: Post, start: int, end: int) -> Post:
    return Post(post.employee, post.role, post.team, post.seat, post.fte, start, end)


def _split(post: Post, day: int, role: int, team: int, seat: int) -> list[Post]:
    return [_span(post, post.start, day), Post(post.employee, role, team, seat, post.fte, day, post.end)]


def _aways(rng: np.random.Generator, people: int, cast: Cast, timeline: Timeline, assume: Assumptions) -> list[Away]:
    """Draw short leaves for everybody, and one long one."""
    count = rng.poisson(assume.leave_blocks * timeline.years, people)
    person = np.repeat(np.arange(people), count)
    start = rng.integers(0, timeline.days - 7, len(person))
    length = rng.integers(1, 7, len(person))
    kind = [("leave", "sick", "training")[at] for at in rng.choice(3, len(person), p=[0.6, 0.25, 0.15])]
    long = Away(cast.on_leave, "parental", timeline.days - 163, timeline.days - 51)
    short = [Away(int(who), what, int(day), int(day + span)) for who, what, day, span in zip(person, kind, start, length, strict=True)]
    return [*_disjoint([away for away in short if away.employee != cast.on_leave or away.end < long.start]), long]


def _disjoint(aways: list[Away]) -> list[Away]:
    kept: list[Away] = []
    for away in sorted(aways, key=lambda one: (one.employee, one.start)):
        if not kept or kept[-1].employee != away.employee or kept[-1].end <= away.start:
            kept.append(away)
    return kept


def _grids(posts: list[Post], people: int, days: int) -> tuple[Ints, Ints, Ints]:
    role, team, seat = (np.full((people, days), -1, dtype=np.int64) for _ in range(3))
    for post in posts:
        span = (post.employee, slice(post.start, post.end))
        role[span], team[span], seat[span] = post.role, post.team, post.seat
    return role, team, seat


def _effort(posts: list[Post], aways: list[Away], cast: Cast, timeline: Timeline, people: int, assume: Assumptions) -> Floats:
    effort = np.zeros((people, timeline.days))
    for post in posts:
        tenure = np.arange(post.end - post.start) if post.start and post.employee in (cast.successor, cast.newcomer) else 10_000
        effort[post.employee, post.start : post.end] = post.fte * (1 - 0.7 * np.exp(-2 * np.asarray(tenure) / assume.ramp_days))
    for away in aways:
        effort[away.employee, away.start : away.end] = 0.0
    effort[cast.silent, silent_from(timeline) :] = 0.0
    return effort


def silent_from(timeline: Timeline) -> int:
    """Return the day from which one agent works outside the CRM: early enough for nothing to reach into the last quarter."""
    return timeline.quarters[-2] - 50


def _traits(
    rng: np.random.Generator, people: int, teams: tuple[tuple[int, str], ...], role_of: Ints, assume: Assumptions
) -> dict[str, Floats]:
    everybody = people + len(teams) + len(SYSTEMS)
    scored = np.arange(everybody) < people
    skill = np.where(scored, _standard(rng, role_of, everybody), 0.0)
    own = rng.standard_normal(everybody)
    mixed = assume.skill_activity * skill + np.sqrt(1 - assume.skill_activity**2) * own
    evening, friday = rng.beta(1.2, 3.0, everybody), rng.beta(0.8, 6.0, everybody)
    return {
        "skill": skill,
        "activity": np.where(scored, np.exp(assume.activity_sd * mixed - assume.activity_sd**2 / 2), 1.0),
        "diligence": rng.standard_normal(everybody),
        "habit": np.stack([evening, friday * (1 - evening)], axis=1),
        "mobile": rng.beta(1.5, 3.5, everybody),
    }


def _standard(rng: np.random.Generator, role_of: Ints, everybody: int) -> Floats:
    """Draw skills that are centred within each role, so that a small role has no lucky mean."""
    drawn = rng.standard_normal(everybody)
    for role in (AE, SUPPORT, CSM):
        same = np.flatnonzero(role_of == role)
        drawn[same] -= drawn[same].mean()
    return drawn


def _names(rng: np.random.Generator, people: int, teams: tuple[tuple[int, str], ...]) -> list[str]:
    return [*person_names(rng, people + len(teams)), *(name for name, _ in SYSTEMS)]


def burst(rng: np.random.Generator, rate: Floats, shape: float) -> Floats:
    """Multiply every cell of a rate by a gamma factor of mean 1: days are burstier than chance."""
    return np.asarray(rate * rng.gamma(shape, 1 / shape, rate.shape))


def mate(rng: np.random.Generator, staff: Staff, person: Ints, day: Ints) -> Ints:
    """Draw a colleague of each person's team who is at work on that day; -1 where there is none."""
    score = rng.random((len(person), staff.people))
    same = (staff.team[:, day] == staff.team[person, day]).T & (staff.effort[:, day] > 0).T
    same[np.arange(len(person)), person] = False
    return np.where(same.any(axis=1), np.argmax(np.where(same, score, -1.0), axis=1), -1)
