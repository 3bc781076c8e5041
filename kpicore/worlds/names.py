"""Names of people, companies and products, put together from short lists of our own; none means anybody real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from kpicore.worlds.arrow import labels
from kpicore.worlds.draws import happens

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from kpicore.worlds.draws import Ints

FAMILY = ("王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗")
GIVEN = (
    "伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "桂英", "秀兰",
    "子涵", "浩然", "欣怡", "雨桐", "梓轩", "佳宁", "思远", "若曦", "俊杰", "晓彤",
)  # fmt: skip
FIRST = (
    "Aisha", "Bruno", "Chiara", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ingrid", "Jonas", "Keiko", "Liam", "Mei", "Noor",
    "Olga", "Pablo", "Quentin", "Rosa", "Samuel", "Tariq", "Ursula", "Viktor", "Wanjiru", "Yusuf",
)  # fmt: skip
LAST = (
    "Almeida", "Berger", "Costa", "Dubois", "Eriksson", "Fischer", "Garcia", "Haddad", "Ivanova", "Johansson", "Kim", "Lindqvist",
    "Moreau", "Nakamura", "O'Brien", "Petrov", "Quist", "Rahman", "Sato", "Tanaka", "Usman", "Vogel", "Weber", "Zhou",
)  # fmt: skip
CITIES = ("上海", "北京", "杭州", "苏州", "深圳", "广州", "成都", "武汉", "南京", "青岛")
WORDS = (
    "云峰", "瑞达", "恒信", "天成", "华远", "金石", "海纳", "明德", "博雅", "宏图", "锐思", "联创", "新禾", "绿洲", "星辰", "泰和",
    "致远", "启航", "百川", "嘉实", "昌盛", "凯越", "远景", "盛世", "汇通", "卓越", "万象", "中睿", "和创", "聚力",
)  # fmt: skip
TRADES = ("科技", "贸易", "医疗器械", "物流", "电子", "食品", "建材", "教育", "环保", "机械")
FOREIGN = (
    "Alder", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Iris", "Juniper", "Kestrel", "Larch", "Meridian",
    "Nimbus", "Onyx", "Prairie", "Quartz", "Ridge", "Summit", "Tundra",
)  # fmt: skip
BUSINESS = ("Foods", "Instruments", "Logistics", "Medical", "Optics", "Packaging", "Robotics", "Software", "Textiles", "Trading")
FORMS = ("GmbH", "Inc.", "Ltd", "Pte Ltd", "S.A.", "AB")
PRODUCTS = (
    ("Insight Basic", "Software", 9_800), ("Insight Plus", "Software", 24_000), ("Insight Enterprise", "Software", 96_000),
    ("Connect Gateway", "Hardware", 16_500), ("Connect Edge", "Hardware", 38_000), ("Connect Rack", "Hardware", 120_000),
    ("Care Standard", "Service", 6_000), ("Care Premium", "Service", 18_000), ("Rollout Package", "Project", 54_000),
    ("Migration Package", "Project", 72_000), ("Academy Seat", "Training", 3_200), ("Academy Campus", "Training", 28_000),
)  # fmt: skip
"""Name, category and list price."""


def person_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return `count` different names, about two thirds of them Chinese."""
    chinese = [family + given for family in FAMILY for given in GIVEN]
    foreign = [f"{first} {last}" for first in FIRST for last in LAST]
    split = round(count * 0.65)
    chosen = [*_some(rng, chinese, split), *_some(rng, foreign, count - split)]
    return [chosen[at] for at in rng.permutation(count)]


def _some(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    """Take names without repetition as long as there are any; then number them."""
    shuffled = [names[at] for at in rng.permutation(len(names))]
    return [shuffled[at % len(names)] + (f" {at // len(names) + 1}" if at >= len(names) else "") for at in range(count)]


def company_names(rng: np.random.Generator, city: Ints, is_foreign: np.ndarray) -> pa.Array:
    """Return one company name per customer: Chinese ones begin with their city."""
    count = len(city)
    chinese = _join([labels(CITIES, city), *_parts(rng, count, WORDS, WORDS, TRADES)], "")
    foreign = _join(_parts(rng, count, FOREIGN, BUSINESS, FORMS), " ")
    numbered = _join([foreign, pa.array(rng.integers(2, 99, count)).cast(pa.string())], " ")
    foreign = pc.if_else(pa.array(happens(rng, 0.3, count)), numbered, foreign)
    return pc.if_else(pa.array(is_foreign), foreign, _join([chinese, pa.repeat("有限公司", count)], ""))


def _parts(rng: np.random.Generator, count: int, *lists: Sequence[str]) -> list[pa.Array]:
    return [labels(words, rng.integers(0, len(words), count)) for words in lists]


def _join(parts: Sequence[pa.Array], between: str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, between)
