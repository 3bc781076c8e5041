"""The people who are scored: who they are, when they held which role, when they were away, what was asked of them."""

from __future__ import annotations

from kpicore.facts.columns import day, flag, integer, key, number, ref, table, text, time

employee = table(
    "employee",
    "One person, bot or queue that can own a record in the CRM.",
    key("employee_id", "The id by which the other tables name the person; usually the CRM's user id."),
    text("name", "Name to show.", "the id is shown"),
    text("email", "Work e-mail address."),
    text("employee_number", "The number under which HR knows the person; kept as text.", "unknown", "id"),
    text("payroll_code", "The code under which payroll knows the person; kept as text.", "unknown", "id"),
    text("kind", "person, system, bot or queue; only persons are scored.", "a person"),
    time("hired_at", "When employment began.", "before the first fact"),
    time("left_at", "When employment ended.", "still employed"),
    flag("is_active", "Whether the account can log in today."),
    owner="employee_id",
)

assignment = table(
    "assignment",
    "One person in one role and team for a half-open span of time [valid_from, valid_to).",
    key("assignment_id", "Id of the assignment."),
    ref("employee_id", "employee.employee_id", "Who.", "the row is of no use"),
    text("role", "The role, which selects the scorecard.", "no scorecard applies"),
    text("team", "The team in which the person worked.", "in no team"),
    ref("manager_id", "employee.employee_id", "Who led the person.", "nobody"),
    text("region", "Region or office."),
    number("fte", "Full-time equivalent, 1 is full time.", "FTE", "1"),
    time("valid_from", "First moment of the assignment.", "since ever"),
    time("valid_to", "First moment after the assignment.", "until further notice"),
    owner="employee_id",
)

absence = table(
    "absence",
    "One absence of a person for a half-open span of time.",
    key("absence_id", "Id of the absence."),
    ref("employee_id", "employee.employee_id", "Who was away."),
    text("kind", "leave, sick, parental, training, ..."),
    time("valid_from", "First moment of the absence."),
    time("valid_to", "First moment after the absence.", "still away"),
    number("share", "Share of the working time that is absent, 1 is all of it.", "share", "1"),
    owner="employee_id",
)

target = table(
    "target",
    "What was asked of one person for one metric over a half-open span of time.",
    key("target_id", "Id of the target, chosen by the sender, so that an import can be repeated."),
    text("metric", "Name of the metric that the target is for, e.g. sales.revenue_signed.", "the row is of no use"),
    ref("employee_id", "employee.employee_id", "Whose target.", "not a person's target"),
    text("team", "Whose target, where it is a team's.", "not a team's target"),
    text("role", "For which role."),
    time("period_start", "First moment of the span."),
    time("period_end", "First moment after the span."),
    number("value", "The value asked for, in the metric's unit.", "metric's unit", is_money=True),
    text("currency", "Currency of the value, where it is money.", "the project's currency", "ISO 4217"),
    text("version", "Version of the target."),
    ref("approver_id", "employee.employee_id", "Who approved it; never the person concerned."),
    day("approved_on", "When it was approved."),
    owner="employee_id",
)

session = table(
    "session",
    "One login or one use of a feature of the CRM by one person.",
    key("session_id", "Id of the session or log line."),
    ref("employee_id", "employee.employee_id", "Who used the CRM."),
    time("started_at", "When it began."),
    time("ended_at", "When it ended."),
    text("kind", "login, view, report, automation, ..."),
    text("device_class", "mobile, desktop, tablet or api."),
    text("feature", "What was used."),
    owner="employee_id",
)

record_change = table(
    "record_change",
    "One change of one field of one record, as the CRM's audit trail has it.",
    key("change_id", "Id of the change."),
    text("table_name", "Canonical table of the changed record."),
    text("record_id", "Key of the changed record.", "unknown", "id"),
    text("field", "Canonical name of the changed field."),
    text("old_value", "Value before.", "was empty"),
    text("new_value", "Value after.", "was emptied"),
    time("changed_at", "When it was changed."),
    ref("employee_id", "employee.employee_id", "Who changed it."),
    text("device_class", "mobile, desktop, tablet or api."),
    text("batch_id", "Import or mass update to which the change belongs.", "a single edit", "id"),
    integer("row_version", "Running number of the change within its record.", "count"),
    owner="employee_id",
)
