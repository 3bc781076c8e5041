"""Rules about what a scorecard did to people: look-alikes that must not fire."""

from __future__ import annotations

import pytest
from linted import draft_of

from kpicore.lint.people import double_counting
from kpicore.lint.run import look

TWO = """
[[metric]]
use = "sales.win_rate"
weight = 60
normalise = { by = "target", target = 1.0 }
[[metric]]
use = "quality.completeness"
weight = 40
normalise = { by = "target", target = 1.0 }
"""
GATE = '[[gate]]\nuse = "sales.win_rate"\nbelow = {}\nthen = {{ cap = 60, reason = "So it was agreed." }}\n'
BANDS = "".join(f'[[band]]\nfrom = {start}\nname = "{name}"\n' for start, name in ((0, "low"), (20, "middle"), (40, "high")))
SPREAD = [0.41, 0.55, 0.38, 0.62, 0.47, 0.51, 0.35, 0.58, 0.44, 0.5]


def table(*columns: list[float | None], n: list[int] | None = None) -> str:
    """Write people and their values."""
    rows = [f"p{at},{','.join('' if cell is None else str(cell) for cell in cells)}" for at, cells in enumerate(zip(*columns, strict=True))]
    names = ["person", "sales.win_rate", "quality.completeness"][: len(columns) + 1]
    if n is None:
        return "\n".join([",".join(names), *rows])
    return "\n".join([",".join([*names, "n"]), *(f"{row},{count}" for row, count in zip(rows, n, strict=True))])


OTHER: list[float | None] = [0.7, 0.9, 0.8, 0.75, 0.95, 0.72, 0.88, 0.79, 0.91, 0.83]
ALL: list[float | None] = [*SPREAD]

QUIET = [
    ("SC101", TWO, table([0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.95], OTHER)),
    ("SC102", TWO, table(ALL[:9], ALL[:9])),
    ("SC102", TWO.replace("weight = 40", "weight = 0"), table(ALL, ALL)),
    ("SC103", TWO, table(ALL[:4], OTHER[:4])),
    ("SC104", TWO, table([1.0] * 5, OTHER[:5])),
    ("SC105", TWO + GATE.format(0.1), table(ALL[:9], OTHER[:9])),
    ("SC106", TWO + GATE.format(0.4), table(ALL, OTHER)),
    ("SC107", TWO, table([0.4] * 4, OTHER[:4])),
    ("SC108", TWO + BANDS, table(ALL, OTHER)),
    ("SC109", TWO, table(ALL, OTHER)),
    ("SC110", TWO, table(ALL, OTHER, n=[1] * 10)),
    ("SC110", TWO, table(ALL, OTHER, n=[9, 9, 9, 10, 10, 10, 10, 10, 10, 10])),
    *(
        ("SC110", f"[small_samples]\n{asks}\n" + TWO, table(ALL, OTHER, n=[5] * 10))
        for asks in ('shrink = "peers"', "minimum_n = 10", "minimum_reliability = 0.5")
    ),
    ("SC111", TWO, table([None] * 5, OTHER[:5])),
    ("SC112", TWO, table(ALL, OTHER)),
]
FIRES = [
    ("SC102", TWO, table(ALL, [1 - value for value in SPREAD])),
    ("SC110", TWO, table(ALL, OTHER, n=[9, 9, 9, 9, 10, 10, 10, 10, 10, 10])),
    ("SC112", TWO.replace("target = 1.0", "floor = 0.5, target = 1.0"), table([0.1, 0.2, 0.3, 0.4, 0.9], OTHER[:5])),
]


@pytest.mark.parametrize(("code", "toml", "people"), QUIET)
def test_it_does_not_fire(code: str, toml: str, people: str) -> None:
    """Too few people, what does not count, or what is as it should be."""
    assert code not in {each.code for each in look(draft_of(toml, people))}


@pytest.mark.parametrize(("code", "toml", "people"), FIRES)
def test_it_fires(code: str, toml: str, people: str) -> None:
    """Opposites, the bound of a third, and the worse end."""
    assert code in {each.code for each in look(draft_of(toml, people))}


def test_opposites_are_not_called_the_same() -> None:
    """With r below -0.9."""
    ((name, says),) = double_counting(draft_of(TWO, table(ALL, [1 - value for value in SPREAD])))

    assert "sales.win_rate" == name
    assert "the opposite of quality.completeness (r = -1.00)" in says


def test_who_has_not_enough_data_is_not_held_against_a_target() -> None:
    """All others reached it."""
    aims = TWO.replace("target = 1.0", "target = 0.4", 1)
    people = table([0.1, 0.5, 0.6, 0.7, 0.55, 0.45], OTHER[:6], n=[3, 30, 30, 30, 30, 30])

    assert "SC104" not in {each.code for each in look(draft_of(aims, people))}
    assert "SC104" in {each.code for each in look(draft_of("[small_samples]\nminimum_n = 10\n" + aims, people))}


def test_people_without_a_score_are_not_forgotten() -> None:
    """Whoever lacks too much for a score still has values that a target is held against."""
    sparse = "minimum_coverage = 0.6\n" + TWO
    people = table([0.95, *ALL[1:5]], [None, *OTHER[1:5]])

    assert "SC103" not in {each.code for each in look(draft_of(sparse.replace("weight = 60", "weight = 50"), people))}
