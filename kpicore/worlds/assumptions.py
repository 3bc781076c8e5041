"""The constants from which an honest organisation is generated, each with its unit.

The reasons are in docs/explanation/demo-organisation.md, one for each.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Assumptions:
    """What the generator believes of people, customers, deals and tickets. Rates are per full-time working day unless said otherwise."""

    activity_sd: float = 0.45
    """Spread of the log of a person's activity."""
    skill_activity: float = 0.26
    """Correlation of latent skill with log activity."""
    team_sd: float = 0.25
    """Spread of a team's habit, on the log and logit scales."""
    day_shape: float = 3.0
    """Shape of the gamma factor of one person's day; smaller is burstier."""
    month_end_bump: float = 1.25
    """Activity in the last five days of a month, against other days."""
    leave_blocks: float = 3.0
    """Leaves, sick leaves and trainings of a person per year, each of 1 to 6 days."""
    ramp_days: float = 90.0
    """Days in which a new hire comes to nearly full activity."""

    customers_per_person: float = 50.0
    """Customer records per person scored."""
    need_shape: float = 1.6
    """Exponent of the Pareto distribution of a customer's need."""
    base_share: float = 0.47
    """Share of customer records that exist, and buy, before the first day."""
    duplicate_share: float = 0.015
    """Share of customer records that repeat an earlier one."""
    fill_rate: float = 0.93
    """Share of a customer record's core fields that are filled, for a person of average diligence."""
    churn_monthly: float = 0.011
    """Hazard of losing an active customer within a month."""
    churn_skill: float = 0.35
    """By how much one standard deviation of the looker-after's skill lowers the log hazard."""

    deals_daily: float = 0.45
    """Opportunities that an account executive opens."""
    win_base: float = 0.10
    """Logit of winning an average deal."""
    win_skill: float = 0.60
    """Logit of winning per standard deviation of skill."""
    win_customer: float = 0.35
    """Logit of winning per standard deviation of the customer's propensity."""
    cycle_days: float = 42.0
    """Mean days from opening to closing a deal of the plainest product."""
    cycle_shape: float = 2.2
    """Shape of the gamma distribution of the cycle."""
    amount_sd: float = 0.50
    """Spread of the log of a deal's amount about its product's price."""
    month_end_pull: float = 0.20
    """Share of deals due within ten days of a month's end that are closed in its last days."""
    reassigned_share: float = 0.04
    """Share of deals handed to a team mate while open."""
    split_share: float = 0.08
    """Share of won deals that two people share."""
    reversal_share: float = 0.03
    """Share of sales that are taken back, wholly or in part."""
    orders_quarterly: float = 0.14
    """Follow-up orders of an active customer of average need per quarter."""
    leads_daily: float = 0.22
    """Leads that an account executive is given and that come to nothing."""

    deal_touches: float = 4.6
    """Contacts made on one deal."""
    portfolio_touches: tuple[float, float, float] = (1.5, 0.25, 4.6)
    """Contacts outside deals and tickets, of account executives, support agents and customer success managers."""
    response_base: float = -0.15
    """Logit of a customer's response to an average contact."""
    response_customer: float = 1.0
    """Spread of the customers' own propensity to respond, on the logit scale."""
    response_skill: float = 0.45
    """Logit of a response per standard deviation of skill."""
    fatigue: float = 0.45
    """Logit lost per log(1 + contacts with the same customer in the seven days before)."""
    reply_hours: float = 5.0
    """Median time to a reply."""
    reply_sd: float = 1.4
    """Spread of the log of that time."""
    callback_share: float = 0.6
    """Share of calls, visits and meetings held after which the customer also writes or calls."""
    spontaneous_daily: float = 0.0035
    """Contacts per day that an active customer of average need begins unasked."""
    capture: tuple[float, float] = (4.0, 2.0)
    """Beta distribution of the share of a team's contacts that a system records; one team in each role has none of its calls captured."""
    missing_log: float = 0.08
    """Share of uncaptured contacts that nobody writes down; three times that for the customer's side."""
    entry_minutes: float = 14.0
    """Median time until a contact is typed in by someone who does it at once."""

    tickets_daily: float = 0.72
    """Tickets per support agent and working day."""
    response_minutes: float = 38.0
    """Median time to a first answer of a plain ticket, in staffed hours."""
    resolution_hours: float = 8.0
    """Median time from answer to resolution of a plain ticket."""
    service_sd: float = 1.0
    """Spread of the logs of those times."""
    service_skill: float = 0.20
    """By how much one standard deviation of skill lowers the logs of those times."""
    reopen_base: float = 0.075
    """Share of resolutions that do not hold, at average skill."""
    survey_share: float = 0.65
    """Share of resolved tickets for which a survey is due."""
    promoter_sample: float = 0.28
    """Share of the active customers who are asked the net promoter question in a quarter."""
    answer_share: float = 0.40
    """Share of surveys that are answered."""

    changes_daily: float = 1.15
    """Fields of customer records and deals that a person changes."""
    sessions_daily: float = 0.46
    """Uses of the CRM that are logged."""
