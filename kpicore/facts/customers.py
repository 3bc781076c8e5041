"""The customers, who looks after them, and the leads from which they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func

from kpicore.facts.columns import audited, deletable, extension, flag, integer, key, money, ref, table, text, time

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

customer = table(
    "customer",
    "One customer record: an account, or a person where customers are people.",
    key("customer_id", "Id of the customer."),
    text("name", "Name of the customer."),
    text("given_name", "Given name, where the customer is a person."),
    text("surname", "Family name, where the customer is a person."),
    text("birth_date", "Date of birth as recorded, where the customer is a person."),
    text("phone", "Phone number as recorded."),
    text("email", "E-mail address as recorded."),
    text("website", "Web site or domain."),
    text("tax_id", "Tax, registration or social security number."),
    text("house_number", "House number of the address."),
    text("street", "Street of the address."),
    text("district", "District, building or second address line."),
    text("city", "City or suburb."),
    text("postcode", "Postal code, kept as text."),
    text("state", "State or province."),
    text("country", "Country."),
    text("region", "Sales region."),
    text("industry", "Industry."),
    text("segment", "Segment, plan or contract type."),
    text("size", "Size class, e.g. key, large, medium, small."),
    integer("employee_count", "Employees of the customer.", "people"),
    text("source", "Where the customer came from."),
    text("parent_id", "Key of the parent customer.", "no parent", "id"),
    ref("owner_id", "employee.employee_id", "Who looks after the customer today.", "nobody"),
    ref("recorded_by", "employee.employee_id", "Who entered the record."),
    time("created_at", "When the record was created."),
    time("updated_at", "When the record was last changed in substance."),
    time("started_at", "When the customer became active (contract or first purchase).", "not active yet, or unknown"),
    time("ended_at", "When the customer was lost.", "still active"),
    text("end_reason", "Why the customer was lost."),
    time("warned_at", "When the customer was last marked as about to leave.", "never marked"),
    money("recurring_amount", "Recurring revenue per month."),
    text("currency", "Currency of the recurring amount.", "the project's currency", "ISO 4217"),
    *deletable(),
    owner="owner_id",
    history={"table": "customer_owner", "record": "customer_id", "from": "valid_from", "to": "valid_to", "owner": "employee_id"},
)

customer_entity = table(
    "customer_entity",
    "One customer record that is the same customer as another record; a record without a row is a customer of its own.",
    extension("customer_id", "customer.customer_id", "The record."),
    text("entity_id", "The entity: the id of its oldest record.", "an entity of its own", "id"),
    text("matched_by", "What made the record one of the entity: the key, the matcher, or that somebody merged it."),
    ref("owner_id", "employee.employee_id", "Who looks after the record.", "nobody"),
    owner="owner_id",
    history={"table": "customer_owner", "record": "customer_id", "from": "valid_from", "to": "valid_to", "owner": "employee_id"},
)


def entity_of(fact: Table) -> ColumnElement[Any]:
    """Return the customer entity of a row, to be counted instead of `customer_id`.

    A measure that uses it lists `customer_entity.c.entity_id` as optional: where records were never matched, each is an entity.
    """
    return func.coalesce(customer_entity.c.entity_id, fact.c.customer_id)


customer_owner = table(
    "customer_owner",
    "One span of time in which one person looked after one customer.",
    key("customer_owner_id", "Id of the span."),
    ref("customer_id", "customer.customer_id", "Which customer."),
    ref("employee_id", "employee.employee_id", "Who looked after it.", "nobody (pool)"),
    time("valid_from", "First moment of the span.", "since ever"),
    time("valid_to", "First moment after the span.", "until further notice"),
    text("reason", "Why the customer was handed over."),
    ref("assigned_by", "employee.employee_id", "Who decided it."),
    owner="employee_id",
)

lead = table(
    "lead",
    "One enquiry or prospect before it is an opportunity.",
    key("lead_id", "Id of the lead."),
    ref("customer_id", "customer.customer_id", "The customer, once known.", "not a customer yet"),
    ref("opportunity_id", "opportunity.opportunity_id", "The opportunity it became.", "not converted"),
    ref("campaign_id", "campaign.campaign_id", "The campaign that brought it.", "no campaign"),
    ref("referrer_id", "customer.customer_id", "The customer who recommended us.", "nobody"),
    ref("owner_id", "employee.employee_id", "Who works the lead today.", "nobody"),
    ref("recorded_by", "employee.employee_id", "Who entered it."),
    time("created_at", "When the enquiry arrived."),
    time("recorded_at", "When it was entered."),
    time("assigned_at", "When it was given to a person.", "not assigned"),
    time("first_response_at", "First outbound contact.", "not yet contacted"),
    time("qualified_at", "When it was judged worth pursuing.", "not qualified"),
    time("converted_at", "When it became an opportunity or customer.", "not converted"),
    time("lost_at", "When it was given up.", "not given up"),
    text("lost_reason", "Why it was given up."),
    text("status", "Status in the CRM's own words."),
    text("source", "Channel of origin."),
    text("industry", "Industry or segment of the prospect."),
    *deletable(),
    owner="owner_id",
    history=audited("lead", "owner_id"),
)

campaign = table(
    "campaign",
    "One marketing campaign.",
    key("campaign_id", "Id of the campaign."),
    text("name", "Name of the campaign."),
    text("channel", "Channel, e.g. email, event, search."),
    ref("owner_id", "employee.employee_id", "Who runs it."),
    time("started_at", "When it began."),
    time("ended_at", "When it ended.", "still running"),
    integer("sent_count", "Messages or invitations sent.", "count"),
    integer("clicked_count", "Recipients who clicked.", "count"),
    integer("response_count", "Recipients who answered.", "count"),
    money("budget", "Planned cost."),
    text("currency", "Currency of the budget.", "the project's currency", "ISO 4217"),
    owner="owner_id",
)

campaign_member = table(
    "campaign_member",
    "One customer chosen for one campaign, or held out of it for comparison.",
    key("member_id", "Id of the membership."),
    ref("campaign_id", "campaign.campaign_id", "Which campaign."),
    ref("customer_id", "customer.customer_id", "Who was chosen."),
    time("chosen_at", "When the customer was chosen."),
    flag("is_held_out", "Whether the campaign left the customer alone on purpose, by lot.", "not held out"),
)
