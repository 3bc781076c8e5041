"""One spelling per value: what is alike afterwards, and what is nothing."""

from __future__ import annotations

import pytest

from kpicore.entities import normalise


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Acme Inc.", "ACME, Incorporated", "acme", " Acme  Co., Ltd. ", "Ａｃｍｅ LLC"), "acme"),
        (("Müller & Söhne GmbH", "Muller and Sohne G.m.b.H."), "and muller sohne"),
        (("O'Neil, Pat", "Pat O’Neil"), "oneil pat"),
        (("Company Co", "The Company Ltd")[:1], "company"),
        (
            ("深圳市腾讯计算机系统有限公司", "腾讯计算机系统（有限公司）", "广东省深圳市腾讯计算机系统有限责任公司", "腾讯计算机系统"),
            "腾讯计算机系统",
        ),
        (("北京字节跳动科技有限公司", "字节跳动科技公司"), "字节跳动科技"),
        (("永辉超市股份有限公司", "永辉超市"), "永辉超市"),
        (("上海公司",), "上海"),
        (("?", "无", " ", "测试", "N/A", "---"), None),
    ],
)
def test_names(texts: tuple[str, ...], expected: str | None) -> None:
    """Legal form, region, brackets, width, accents and the order of words do not matter."""
    assert {expected} == {normalise.name(text) for text in texts}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("+86 138-1234-5670", "13812345670", "0086 138 1234 5670"), "3812345670"),
        (("(010) 6255-1234", "+86 10 62551234 转 801", "010-62551234 ext. 5"), "1062551234"),
        (("+1 (415) 555-0132", "415.555.0132 x12"), "4155550132"),
        (("110", "0000000", "1111111111", "12345678", "987654321", "n/a", "call me"), None),
    ],
)
def test_phones(texts: tuple[str, ...], expected: str | None) -> None:
    """Country code, trunk zero, extension and punctuation do not matter; a number that was made up is none."""
    assert {expected} == {normalise.phone(text) for text in texts}


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("tax_id", " 91440300-708461136T ", "91440300708461136t"),
        ("tax_id", "000000000", None),
        ("tax_id", "123", None),
        ("email", "Ann.Lee+crm@Acme.COM ", "ann.lee@acme.com"),
        ("email", "ann.lee.acme.com", None),
        ("email", "ann@acme", None),
        ("email_domain", "ann@acme.com", "acme.com"),
        ("email_domain", "ann@QQ.com", None),
        ("website", "https://www.Acme.com/en?x=1", "acme.com"),
        ("website", "none", None),
        ("address", "12 Main Street, Apt. 4", "12 main st apt 4"),
        ("address", "南山区 科技园 1 号", "南山区科技园1号"),
        ("birth_date", "1990-02-28", "19900228"),
        ("birth_date", "1990-01-01", None),
        ("birth_date", "28/02/90", None),
    ],
)
def test_other_identities(rule: str, text: str, expected: str | None) -> None:
    """Tax ids, mailboxes, domains, addresses and dates have one spelling; what cannot be one is nothing."""
    assert expected == getattr(normalise, rule)(text)


def test_a_person_needs_both_names() -> None:
    """A given name alone tells nobody from anybody; the order of the two does not matter."""
    assert "ann lee" == normalise.person("Ann", "Lee") == normalise.person("LEE", "ann ")
    assert normalise.person("Ann", "?") is None
