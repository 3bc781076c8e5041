"""What names, mailboxes and addresses are stripped of before they are compared: legal forms, regions, public mail, street words."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LEGAL_FORMS = _words(
    "ab ag as asa bhd bv co company corp corporation cv eg eood gmbh holding holdings inc incorporated kg kk limited llc llp lp ltd mbh"
    " nv ohg oy oyj plc pte pty sa sarl sas sdn se spa srl zrt"
)
"""Words at the end of a Latin company name that say how it is constituted, without dots."""

CHINESE_LEGAL_FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "控股有限公司",
    "有限公司",
    "股份公司",
    "集团公司",
    "总公司",
    "公司",
    "集团",
)
"""Endings of a Chinese company name that say how it is constituted, the longest first."""

CHINESE_PROVINCES = _words(
    "内蒙古 黑龙江 北京 天津 上海 重庆 河北 山西 辽宁 吉林 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 贵州 云南 西藏"
    " 陕西 甘肃 青海 宁夏 新疆 香港 澳门 台湾"
)
"""Names with which a Chinese company name may or may not begin."""

PUBLIC_MAIL = _words(
    "126.com 139.com 163.com 189.cn aliyun.com aol.com foxmail.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com"
    " live.com mail.com mail.ru me.com msn.com outlook.com proton.me protonmail.com qq.com sina.cn sina.com sohu.com tom.com web.de"
    " yahoo.cn yahoo.com yeah.net ymail.com"
)
"""Domains whose mailboxes belong to anybody, so that the domain says nothing of the customer."""

STREET_WORDS = {
    "avenue": "ave",
    "boulevard": "blvd",
    "circuit": "cct",
    "close": "cl",
    "court": "ct",
    "crescent": "cres",
    "drive": "dr",
    "highway": "hwy",
    "lane": "ln",
    "parade": "pde",
    "place": "pl",
    "road": "rd",
    "square": "sq",
    "strasse": "str",
    "street": "st",
    "terrace": "tce",
}
"""Words of an address and what they are shortened to."""
