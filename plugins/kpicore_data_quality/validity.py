"""Whether what is filled in can be right: the form of phone numbers, mailboxes and tax ids, and values typed to get past a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, case, cast, func, or_

from kpicore import ConfigError, Proportion, choice_parameter, count, facts, filled, total
from kpicore_data_quality.records import TABLES, chosen, fields

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement

    from kpicore import Metric, Parameters
    from kpicore_data_quality.records import Records

ACCURACY, JUNK = "quality.accuracy", "quality.junk_rate"

# Written so that every engine reads them alike: anchored, lower case, without back references and without backslashes.
_ONE_DIGIT = "^(" + "|".join(f"[^{'0123456789'.replace(digit, '')}]*" for digit in "0123456789") + ")$"
_PHONE = "^[ (+]*([0-9][-. ()/]*){7,15}((ext[.]?|x|#|转)[ ]*[0-9]{1,6})?[ ]*$"
_EMAIL = "^[^@ ]+@[^@ .]+([.][^@ .]+)*[.][^@ .]{2,}$"
_TAX_ID = {"any": "^([0-9a-z][-. /]*){6,20}$", "cn": "^[0-9a-hj-npqrtuwxy]{18}$"}
"""Forms of a tax id: anything long enough, or a Unified Social Credit Code (GB 32100)."""
_REPEATED = "^(" + "|".join(f"{sign}{{3,}}" for sign in "0123456789abcdefghijklmnopqrstuvwxyz") + ")$"
_SIGNS = "^[-_.,;:!?/#*+=~() ]+$"
_TYPED = ("123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "abc", "abcd", "asd", "asdf", "qwe", "qwerty")


def _text(column: Column[Any]) -> ColumnElement[Any]:
    return func.lower(func.trim(cast(column, String(255))))


def _checks(tax_id: str) -> dict[str, ColumnElement[Any]]:
    """Return, per field that can be checked, whether it can be right."""
    customer = facts.customer.c
    phone, email, code = _text(customer.phone), _text(customer.email), _text(customer.tax_id)
    return {
        "phone": and_(phone.regexp_match(_PHONE), ~phone.regexp_match(_ONE_DIGIT)),
        "email": email.regexp_match(_EMAIL),
        "tax_id": and_(code.regexp_match(_TAX_ID[tax_id]), ~code.regexp_match(_ONE_DIGIT)),
        "website": _text(customer.website).regexp_match("^([a-z]+://)?[^ /.]+([.][^ /.]+)+(/[^ ]*)?$"),
        "employee_count": and_(customer.employee_count > 0, customer.employee_count < 5_000_000),
    }


def accuracy(names: tuple[str, ...], tax_id: str = "any") -> Metric:
    """Build the share of filled cells that can be right."""
    records, checks = TABLES["customer"], _checks(tax_id)
    cells = [records.table.c[name] for name in names]
    valid = [case((and_(filled(cell), checks[cell.name]), 1), else_=0) for cell in cells]
    known = [case((filled(cell), 1), else_=0) for cell in cells]
    listed = ", ".join(names)
    return Proportion(
        name=ACCURACY,
        title={"en": "Accuracy", "zh": "客户信息准确率"},
        definition={
            "en": f"Filled cells among {listed} of the customer records whose form and size can be right, out of the filled ones.",
            "zh": f"客户记录的 {listed} 中，已填写且格式与数值合理的单元格占已填写单元格的比例。",
        },
        numerator=total(sum(valid[1:], valid[0]), where=records.is_there, is_state=True, owned_at="end"),
        denominator=total(sum(known[1:], known[0]), where=records.is_there, is_state=True, owned_at="end"),
        subject=records.owner,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="data quality",
        is_census=True,
        formula={"en": "valid cells / filled cells", "zh": "有效单元格 ÷ 已填写单元格"},
        caliber={
            "en": (
                "Form and plausibility, not truth: a phone number has 7 to 15 digits of more than one kind, a mailbox a name and a domain,"
                " a tax id 6 to 20 letters and digits (or the 18 of a Unified Social Credit Code, with tax_id = 'cn'), a web site a domain,"
                " a firm between 1 and 5 million employees. Empty cells and placeholders are in neither part. At the period's end, for"
                " whoever looks after the customer then."
            ),
            "zh": (
                "检查格式与合理性，不等于真实：电话 7 至 15 位且数字不全相同，邮箱有用户名和域名，税号 6 至 20 位字母数字"
                "（tax_id = 'cn' 时为 18 位统一社会信用代码），网站有域名，员工数在 1 至 500 万之间。空值和占位符不计入。"
                "按期末状态计算，归属于期末的客户负责人。"
            ),
        },
        drives=["contact.effective_rate", "quality.duplicate_rate"],
        guards=["quality.completeness", "quality.junk_rate"],
        gaming={
            "en": "Emptying wrong cells, which completeness shows; inventing well-formed values, which only calling customers shows.",
            "zh": "清空错误的单元格（完整率会显示）；编造格式正确的内容（只有回访客户才能发现）。",
        },
        source="Accuracy (syntactic) as in ISO/IEC 25012, Data quality model; E.164 for phone numbers; GB 32100 for credit codes.",
        optional=[records.created],
        parameters={"fields": list(names), "tax_id": tax_id},
    )


def _is_junk(column: Column[Any]) -> ColumnElement[Any]:
    text = _text(column)
    typed = or_(~filled(column), text.in_(_TYPED), text.regexp_match(_REPEATED), text.regexp_match(_SIGNS))
    return and_(column.is_not(None), text != "", typed)


def junk_rate(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the share of records that hold a value typed to get past a field."""
    is_junk = or_(*(_is_junk(records.table.c[name]) for name in names))
    listed = ", ".join(names)
    return Proportion(
        name=JUNK,
        title={"en": "Junk rate", "zh": "垃圾记录比率"},
        definition={
            "en": f"Records of {records.table.name} with junk in at least one of {listed}, out of all records.",
            "zh": f"{records.table.name} 中 {listed} 至少一项为垃圾值的记录，占全部记录的比例。",
        },
        numerator=count(records.id, where=and_(records.is_there, is_junk), is_state=True, owned_at="end"),
        denominator=count(records.id, where=records.is_there, is_state=True, owned_at="end"),
        subject=records.owner,
        direction="lower",
        unit="share",
        frequency="month",
        dimension="data quality",
        is_census=True,
        formula={"en": "records with junk / records", "zh": "含垃圾值的记录 ÷ 记录"},
        caliber={
            "en": (
                "Junk is what somebody typed instead of an answer: placeholders such as '?', 'n/a', 'test' and '无', one sign three times"
                " or more, signs alone, and runs such as '123456' and 'qwerty'. An empty cell is missing, not junk. At the period's end."
            ),
            "zh": (
                "垃圾值指为了过必填项而随意输入的内容：占位符（如“?”“n/a”“test”“无”）、同一字符重复三次以上、只有符号、"
                "“123456”“qwerty”之类的连续键。空单元格属于缺失，不算垃圾。按期末状态计算。"
            ),
        },
        drives=["quality.completeness", "quality.accuracy"],
        guards=["quality.completeness", "quality.missing_rate"],
        gaming={"en": "Leaving the cell empty instead: the missing rate shows it.", "zh": "改为留空：缺失率会显示出来。"},
        source="Credibility as in ISO/IEC 25012, Data quality model.",
        optional=[records.created],
        parameters={"table": records.table.name, "fields": list(names)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module.

    Raises:
        ConfigError: a field is named that cannot be checked.
    """
    records, junk = TABLES["customer"], chosen(parameters, JUNK)
    names = fields(parameters, ACCURACY, "fields", records, ("phone", "email", "tax_id"))
    if strange := [name for name in names if name not in _checks("any")]:
        raise ConfigError(f'[parameters."{ACCURACY}"] fields must be of {", ".join(_checks("any"))} (got {", ".join(strange)})')
    texts = [name for name in junk.core if isinstance(junk.table.c[name].type, String)]
    asked = fields(parameters, JUNK, "fields", junk, tuple(texts))
    if strange := [name for name in asked if not isinstance(junk.table.c[name].type, String)]:
        raise ConfigError(f'[parameters."{JUNK}"] fields must be texts (got {", ".join(strange)})')
    return [accuracy(names, choice_parameter(parameters, ACCURACY, "tax_id", "any", _TAX_ID)), junk_rate(junk, asked)]
