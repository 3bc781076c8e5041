"""Opportunities and what came of them: signed sales, money received, shared credit, costs, rates."""

from __future__ import annotations

from kpicore.facts.columns import audited, day, deletable, flag, key, money, number, ref, table, text, time

product = table(
    "product",
    "One product or service in the catalogue.",
    key("product_id", "Id of the product."),
    text("name", "Name of the product."),
    text("category", "Series, family or category."),
    money("list_price", "List price of one unit."),
    text("currency", "Currency of the list price.", "the project's currency", "ISO 4217"),
)

opportunity = table(
    "opportunity",
    "One deal that may be won or lost.",
    key("opportunity_id", "Id of the opportunity."),
    ref("customer_id", "customer.customer_id", "The customer.", "not yet known"),
    ref("product_id", "product.product_id", "The product, where there is one.", "none or several"),
    ref("campaign_id", "campaign.campaign_id", "The campaign that brought it.", "no campaign"),
    ref("owner_id", "employee.employee_id", "Who owns the deal today.", "nobody"),
    ref("recorded_by", "employee.employee_id", "Who entered it."),
    time("created_at", "When work on the deal began.", "not begun, or unknown"),
    time("recorded_at", "When it was entered."),
    time("closed_at", "When it was won or lost.", "still open"),
    time("expected_close_at", "When its owner expects it to close."),
    flag("is_closed", "Whether it is won or lost."),
    flag("is_won", "Whether it is won.", "not known to be won"),
    text("stage", "Stage in the pipeline, in the CRM's own words."),
    text("pipeline", "Name of the pipeline."),
    text("source", "Channel of origin."),
    text("lost_reason", "Why it was lost."),
    money("amount", "Value of the deal; of a won one, what was agreed."),
    money("list_amount", "Value at list price."),
    money("forecast_amount", "Value that the owner forecast."),
    text("currency", "Currency of the amounts.", "the project's currency", "ISO 4217"),
    *deletable(),
    owner="owner_id",
    history={"table": "opportunity_change", "record": "opportunity_id", "at": "changed_at", "old": "old_value", "field": "owner_id"},
)

opportunity_change = table(
    "opportunity_change",
    "One change of one field of an opportunity.",
    key("change_id", "Id of the change."),
    ref("opportunity_id", "opportunity.opportunity_id", "Which opportunity."),
    text("field", "Canonical name of the changed field, e.g. stage, owner_id, amount, closed_at."),
    text("old_value", "Value before.", "was empty, or unknown"),
    text("new_value", "Value after.", "was emptied"),
    time("changed_at", "When it was changed."),
    time("recorded_at", "When the change was entered."),
    ref("employee_id", "employee.employee_id", "Who changed it."),
    owner="employee_id",
)

sale = table(
    "sale",
    "One signed contract or order, or the reversal of one.",
    key("sale_id", "Id of the sale."),
    text("kind", "contract, order, subscription, ..."),
    ref("customer_id", "customer.customer_id", "The customer."),
    ref("product_id", "product.product_id", "The product, where there is one.", "none or several"),
    ref("opportunity_id", "opportunity.opportunity_id", "The deal it came from.", "no deal"),
    ref("campaign_id", "campaign.campaign_id", "The campaign that brought it.", "no campaign"),
    ref("employee_id", "employee.employee_id", "Who sold it.", "nobody (e.g. online)"),
    ref("recorded_by", "employee.employee_id", "Who entered it."),
    time("signed_at", "When it was signed or ordered."),
    time("recorded_at", "When it was entered."),
    money("amount", "Amount; of a reversal, the amount taken back, of either sign."),
    money("list_amount", "Amount at list price."),
    text("currency", "Currency of the amounts.", "the project's currency", "ISO 4217"),
    number("quantity", "Units sold.", "units"),
    text("channel", "Channel of sale, e.g. field, online."),
    ref("reverses_id", "sale.sale_id", "The sale that this one takes back, in full or in part.", "not a reversal"),
    *deletable(),
    owner="employee_id",
    history=audited("sale", "employee_id"),
)

payment = table(
    "payment",
    "Money received from a customer, or paid back.",
    key("payment_id", "Id of the payment."),
    ref("sale_id", "sale.sale_id", "What was paid for."),
    ref("customer_id", "customer.customer_id", "Who paid."),
    ref("employee_id", "employee.employee_id", "To whose credit.", "nobody"),
    time("paid_at", "When the money arrived."),
    time("recorded_at", "When it was entered."),
    money("amount", "Amount; of a reversal, the amount paid back, of either sign."),
    text("currency", "Currency of the amount.", "the project's currency", "ISO 4217"),
    ref("reverses_id", "payment.payment_id", "The payment that this one takes back.", "not a reversal"),
    *deletable(),
    owner="employee_id",
)

credit_split = table(
    "credit_split",
    "The share of one person in one record; the shares of a record sum to 1.",
    key("split_id", "Id of the share."),
    text("record_table", "Canonical table of the shared record, e.g. opportunity or sale."),
    text("record_id", "Key of the shared record.", "the row is of no use", "id"),
    ref("employee_id", "employee.employee_id", "Who shares in it."),
    number("share", "The person's share, above 0 and at most 1.", "share"),
    owner="employee_id",
)

cost = table(
    "cost",
    "Money spent on winning, serving or keeping customers.",
    key("cost_id", "Id of the cost."),
    text("kind", "marketing, sales, service, care, ..."),
    ref("campaign_id", "campaign.campaign_id", "For which campaign.", "no campaign"),
    ref("customer_id", "customer.customer_id", "For which customer.", "no single customer"),
    ref("employee_id", "employee.employee_id", "Who caused it."),
    text("team", "Which team caused it."),
    time("incurred_at", "When it was incurred."),
    money("amount", "Amount."),
    text("currency", "Currency of the amount.", "the project's currency", "ISO 4217"),
    owner="employee_id",
)

fx_rate = table(
    "fx_rate",
    "What one unit of a currency is worth in another from a day on.",
    key("rate_id", "Id of the rate."),
    text("currency", "The currency converted from.", "the row is of no use", "ISO 4217"),
    text("into", "The currency converted into.", "the project's currency", "ISO 4217"),
    day("valid_on", "First day on which the rate holds; it holds until the next one."),
    number("rate", "Units of `into` for one unit of `currency`.", "rate"),
)
