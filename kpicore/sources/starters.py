"""The texts of the starting projects that `kpicore init` writes."""

from __future__ import annotations

_MAVEN_PROJECT = """\
schema = "kpicore.project/1"
name = "Maven CRM"
time_zone = "UTC"
currency = "USD"
"""

_MAVEN_MAPPING = """\
# Maven CRM sales opportunities: accounts, products, teams and the sales pipeline.
schema = "kpicore.mapping/1"

[source]
folder = "data"

[[table]]
fact = "customer"
from = "accounts.csv"
[table.columns]
customer_id = "account"
name = "account"
industry = "sector"
employee_count = "employees"
country = "office_location"
parent_id = "subsidiary_of"

[[table]]
fact = "product"
from = "products.csv"
[table.columns]
product_id = "product"
name = "product"
category = "series"
list_price = "sales_price"

# Agents and their managers are both people; the second table adds the managers.
[[table]]
fact = "employee"
from = "sales_teams.csv"
[table.columns]
employee_id = "sales_agent"
name = "sales_agent"

[[table]]
fact = "employee"
from = "sales_teams.csv"
[table.columns]
employee_id = "manager"
name = "manager"

[[table]]
fact = "assignment"
from = "sales_teams.csv"
[table.columns]
assignment_id = "sales_agent"
employee_id = "sales_agent"
role = { constant = "account_executive" }
team = "regional_office"
manager_id = "manager"
region = "regional_office"

[[table]]
fact = "opportunity"
from = "sales_pipeline.csv"
[table.columns]
opportunity_id = "opportunity_id"
customer_id = "account"
product_id = "product"
owner_id = "sales_agent"
created_at = { column = "engage_date", date = ["%m/%d/%Y", "%Y-%m-%d"] }
closed_at = { column = "close_date", date = ["%m/%d/%Y", "%Y-%m-%d"] }
is_closed = { column = "deal_stage", map = { Won = true, Lost = true, Engaging = false, Prospecting = false } }
is_won = { column = "deal_stage", map = { Won = true, Lost = false, Engaging = false, Prospecting = false } }
stage = "deal_stage"
amount = "close_value"

# A deal that is won is a sale, signed on the day it was closed.
[[table]]
fact = "sale"
from = "sales_pipeline.csv"
where = { column = "deal_stage", in = ["Won"] }
[table.columns]
sale_id = "opportunity_id"
opportunity_id = "opportunity_id"
customer_id = "account"
product_id = "product"
employee_id = "sales_agent"
signed_at = { column = "close_date", date = ["%m/%d/%Y", "%Y-%m-%d"] }
amount = "close_value"
"""

_MAVEN_SCORECARD = """\
schema = "kpicore.scorecard/1"
role = "account_executive"
title = { en = "Account executive", zh = "客户经理" }
period = "quarter"
aggregate = "geometric"
missing = "reshare"
minimum_coverage = 0.6

[[metric]]
use = "sales.win_rate"
weight = 30
normalise = { by = "target", floor = 0.50, target = 0.63, stretch = 0.75 }

[[metric]]
use = "sales.revenue_signed"
weight = 25
normalise = { by = "peers", method = "percentile" }

[[metric]]
use = "sales.deals_won"
weight = 14
normalise = { by = "target", floor = 5, target = 36, stretch = 75 }

[[metric]]
use = "sales.cycle_time"
weight = 15
normalise = { by = "target", floor = 80, target = 52, stretch = 35 }

[[metric]]
use = "sales.average_order_value"
weight = 16
normalise = { by = "peers", method = "percentile" }

[[band]]
from = 80
name = "outstanding"

[[band]]
from = 60
name = "strong"

[[band]]
from = 40
name = "on the way"

[[band]]
from = 0
name = "needs help"
"""

MAVEN = {
    "kpicore.toml": _MAVEN_PROJECT,
    "mapping.toml": _MAVEN_MAPPING,
    "scorecards/account_executive.toml": _MAVEN_SCORECARD,
}

_CSV_PROJECT = """\
schema = "kpicore.project/1"
name = "My CRM"

# In which calendar periods begin and end, e.g. "Asia/Shanghai"; and of times in the data that say none.
time_zone = "UTC"

# The currency of amounts that say none. Without it, mixed currencies are an error.
# currency = "CNY"
"""

CSV = {"kpicore.toml": _CSV_PROJECT, "mapping.toml": ""}
"""The mapping is guessed from the files."""
