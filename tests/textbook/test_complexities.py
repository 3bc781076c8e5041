"""The complexity methods that come with kpicore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from mixes import ranks_agree, wins, world

from kpicore.config.structure import structure
from kpicore.errors import ConfigError, PeersError
from kpicore.model.casemix import CaseMix, MixKind
from kpicore.model.complexity import Adjusted, Coefficients
from kpicore.textbook import complexities

if TYPE_CHECKING:
    from kpicore.model.offer import Direction

METHODS = {method.name: method for method in complexities()}
SIZES = (("large",), ("small",))
DECLARED: dict[str, Any] = {"coefficients": {"large": 1.5}, "approved_by": "sales operations"}


def mix(kind: MixKind, amount: Any, exposure: Any, **more: Any) -> CaseMix:
    """Make a mix by size of the customer."""
    classes = more.pop("classes", SIZES)
    return CaseMix(kind, ("customer.size",), classes, np.array(amount, dtype=float), np.array(exposure, dtype=float), **more)


def adjust(given: CaseMix, method: str, direction: Direction = "higher", **parameters: Any) -> tuple[Coefficients, Adjusted]:
    """Fit and apply a method with parameters as a scorecard gives them."""
    offer = METHODS[method]
    found = offer.fit(given, direction, structure(offer.parameters, parameters, "complexity"))
    return found, offer.apply(given, found)


def test_declared_credit_by_hand() -> None:
    """10 large and 90 small deals, 1.5 and 1: the average deal counts 1, all together count 100, and the coefficient is value over raw."""
    counts = [[10, 0], [0, 90]]

    found, adjusted = adjust(mix("volume", counts, counts), "declared", **DECLARED)

    assert pytest.approx([15 / 1.05, 90 / 1.05]) == adjusted.value.tolist()
    assert pytest.approx([1.5 / 1.05, 1 / 1.05]) == adjusted.coefficient.tolist()
    assert pytest.approx([10 * (1.5 / 1.05) ** 2, 90 / 1.05**2]) == adjusted.variance.tolist()
    assert ["large", "small", None] == [each.values[0] for each in found.classes]
    assert [(), ("not declared",), ("not declared",)] == [each.flags for each in found.classes]
    assert "sales operations" == found.approved_by


def test_declared_hours_are_held_against_exposure() -> None:
    """Hours over cases times coefficient: 30 hours for 10 large cases are 30 / (10 * 1.5 / 1.1)."""
    found, adjusted = adjust(mix("mean", [[30, 0], [0, 80]], [[10, 0], [0, 40]]), "declared", "lower", **DECLARED)

    assert pytest.approx([30 / (10 * 1.5 / 1.1), 80 / (40 / 1.1)]) == adjusted.value.tolist()
    assert pytest.approx([1.5 / 1.1, 1 / 1.1]) == adjusted.coefficient.tolist()
    assert "ratio" == found.form


def test_declared_shares_stay_shares_and_are_told_when_cut() -> None:
    """Who wins all hard cases would be above 1: cut, and flagged."""
    found, adjusted = adjust(mix("share", [[10, 0], [0, 60]], [[10, 0], [0, 90]]), "declared", **DECLARED)
    odds = [each.per_case / (1 - each.per_case) for each in found.classes[:2]]

    assert pytest.approx(1.5) == odds[1] / odds[0]
    assert pytest.approx(70) == 10 * found.classes[0].per_case + 90 * found.classes[1].per_case
    assert 1.0 == adjusted.value[0]
    assert [True, False] == adjusted.flags["cut"].tolist()


@pytest.mark.parametrize("kind", ["mean", "share", "ratio", "volume"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_harder_always_helps(kind: MixKind, direction: Direction) -> None:
    """Of two with equal figures the one with harder cases is adjusted to the better, whatever the metric, and has K above 1."""
    cases = [[40, 20], [20, 40]]
    amount = cases if kind == "volume" else [[20, 10], [10, 20]]

    _, adjusted = adjust(mix(kind, amount, cases), "declared", direction, **DECLARED)

    assert (adjusted.value[0] > adjusted.value[1]) == (direction == "higher")
    assert adjusted.coefficient[0] > 1 > adjusted.coefficient[1]


def test_several_columns_multiply() -> None:
    """A class has the product of its columns' coefficients; what is not named is ordinary."""
    given = CaseMix("volume", ("customer.size", "opportunity.product"), (("large", "x"), ("small", None)), np.ones((1, 2)), np.ones((1, 2)))
    tables = {"customer.size": {"large": 1.5}, "opportunity.product": {"x": 1.2, "y": 0.8}}

    found, _ = adjust(given, "declared", coefficients=tables, approved_by="x")
    kappa = {each.values: each.coefficient for each in found.classes}

    assert pytest.approx(1.8) == (kappa["large", "x"] or 0) / (kappa["small", None] or 1)
    assert pytest.approx(1.5 * 0.8) == (kappa["large", "y"] or 0) / (kappa["small", None] or 1)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"coefficients": {"large": 2.5}}, r"'large' must be from 0.5 to 2 \(got 2.5\)"),
        ({"coefficients": {"large": 0.4}}, r"'large' must be from 0.5 to 2 \(got 0.4\)"),
        ({"coefficients": {"large": "much"}}, r"'large' must be a number \(got 'much'\)"),
        ({"coefficients": {}}, "at least one value"),
        ({"approved_by": " "}, "approved_by must not be blank"),
        ({"lowest": 1.1}, "0 < lowest <= 1 <= highest"),
        ({"others": 3.0}, r"others must be from 0.5 to 2"),
        ({"form": "odds"}, "form is for proportions only"),
        ({"coefficients": {"customer.sise": {"large": 1.5}}}, r"did you mean 'customer.size'"),
    ],
)
def test_declared_parameters_are_checked(parameters: dict[str, Any], says: str) -> None:
    """Bounds, who answers, and what the table is about."""
    with pytest.raises(ConfigError, match=says):
        adjust(mix("volume", [[1, 1]], [[1, 1]]), "declared", **{**DECLARED, **parameters})


def test_wider_bounds_can_be_declared() -> None:
    """Who needs 3 says so."""
    found, _ = adjust(mix("volume", [[1, 1]], [[1, 1]]), "declared", **{**DECLARED, "coefficients": {"large": 3.0}, "highest": 3.0})

    assert pytest.approx([1.5, 0.5]) == [each.coefficient for each in found.classes[:2]]


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        ("volume", {}, r'a volume has no expectation per case.*declare coefficients \(method = "declared"\)'),
        ("mean", {"estimator": "logistic"}, "logistic is for proportions"),
        ("ratio", {"form": "odds"}, "only a proportion has odds"),
        ("mean", {"strength": 0.0}, "strength must be a finite number above 0"),
        ("mean", {"penalty": 1.0}, "penalty is for ridge and logistic"),
        ("mean", {"own_share": 1.5}, "own_share must be from 0 to 1"),
    ],
)
def test_expected_parameters_are_checked(kind: MixKind, parameters: dict[str, Any], says: str) -> None:
    """What a metric has no expectation for, and numbers that bound nothing."""
    with pytest.raises(ConfigError, match=says):
        adjust(mix(kind, [[1, 1], [1, 1]], [[2, 2], [2, 2]]), "expected", **parameters)


def test_too_few_to_expect_anything() -> None:
    """One person alone, nobody with a case, and a mean to which nothing is in proportion are told as such."""
    with pytest.raises(PeersError, match="at least two people"):
        adjust(mix("mean", [[1, 1]], [[2, 2]]), "expected")
    with pytest.raises(PeersError, match="nobody has a case"):
        adjust(mix("mean", [[0, 0]], [[0, 0]]), "declared", **DECLARED)
    with pytest.raises(PeersError, match=r"above 0 \(got -1\)"):
        adjust(mix("mean", [[-1, -1]], [[1, 1]]), "declared", **DECLARED)
    with pytest.raises(PeersError, match="ratio form needs a mean above 0"):
        adjust(mix("mean", [[-1, -1], [-1, -1]], [[1, 1], [1, 1]]), "expected", form="ratio")


def drawn_mix(kind: MixKind, seed: int = 1, subjects: int = 60) -> tuple[CaseMix, np.ndarray]:
    """Draw a mix with four classes, and the true skill."""
    drawn = (wins if kind == "share" else world)(seed, leaning=0.6, subjects=subjects)
    names = tuple(f"person {at:02}" for at in range(subjects))
    total = drawn.total if kind == "share" else drawn.total + 10.0 * drawn.cases
    squares = None if kind == "share" else total**2 / np.maximum(drawn.cases, 1.0) + 3.0 * drawn.cases
    classes = (("a",), ("b",), ("c",), ("d",))
    return CaseMix(kind, ("customer.size",), classes, total, drawn.cases, squares, subjects=names), drawn.skill


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("mean", {}),
        ("mean", {"form": "ratio"}),
        ("mean", {"estimator": "ridge"}),
        ("ratio", {}),
        ("share", {}),
        ("share", {"form": "odds"}),
        ("share", {"form": "ratio"}),
        ("share", {"estimator": "ridge"}),
        ("share", {"estimator": "logistic"}),
        ("share", {"estimator": "logistic", "form": "odds", "within": False}),
        ("mean", {"within": False}),
    ],
)
def test_fitted_expectations_find_skill(kind: MixKind, parameters: dict[str, Any]) -> None:
    """Every estimator and form ranks people by skill better than the raw figure, and the average stays the average."""
    given, skill = drawn_mix(kind)

    found, adjusted = adjust(given, "expected", **parameters)

    assert ranks_agree(adjusted.value, skill) > ranks_agree(given.raw(), skill) + 0.05
    assert pytest.approx(found.mean) == given.amount.sum() / given.exposure.sum()
    expected = sum(each.per_case * each.cases for each in found.classes)
    assert pytest.approx(given.amount.sum(), rel=1e-3) == expected
    assert (found.classes[0].coefficient or 0) > 1 > (found.classes[3].coefficient or 9)
    assert np.isfinite(adjusted.variance).all() == (kind != "ratio")


def test_pooled_expectations_hide_skill() -> None:
    """Within people the hard class is harder than the pooled means say, because able people do it."""
    given, _ = drawn_mix("mean")

    within, pooled = (adjust(given, "expected", within=flag)[0] for flag in (True, False))

    assert (within.classes[0].coefficient or 0) > (pooled.classes[0].coefficient or 9)


def test_who_dominates_a_class_is_held_against_the_others() -> None:
    """What classes differ by is that of a fit without the own cases, at the level of all, and is stored under the person's id."""
    given, _ = drawn_mix("mean", subjects=6)
    exposure, amount = given.exposure.copy(), given.amount.copy()
    exposure[2, 0], amount[2, 0] = 900.0, 12_000.0
    given = evolve(given, exposure=exposure, amount=amount, squares=None)

    found, adjusted = adjust(given, "expected", own_share=0.5)
    others = evolve(given, exposure=np.delete(exposure, 2, 0), amount=np.delete(amount, 2, 0), subjects=())
    without, _ = adjust(others, "expected", own_share=1.0)

    of_others = np.array([each.per_case for each in without.classes])
    level = amount.sum() / exposure.sum() - of_others @ exposure.sum(axis=0) / exposure.sum()
    assert pytest.approx(of_others + level) == np.array(found.own["person 02"])
    assert adjusted.flags["own"][2]
    expected = exposure[2] @ (of_others + level)
    assert pytest.approx(found.mean + (amount[2].sum() - expected) / exposure[2].sum()) == adjusted.value[2]


@pytest.mark.parametrize(("kind", "estimator"), [("mean", "stratified"), ("mean", "ridge"), ("share", "stratified"), ("share", "logistic")])
@pytest.mark.parametrize("within", [True, False])
def test_equal_mixes_change_nothing(kind: MixKind, estimator: str, *, within: bool) -> None:
    """Three people with the same mix keep their values and have a coefficient of 1, though each has a third of every class."""
    exposure = np.array([[10.0, 30.0], [20.0, 60.0], [10.0, 30.0]])
    amount = exposure * [[0.9, 0.8], [0.6, 0.3], [0.5, 0.4]]

    found, adjusted = adjust(mix(kind, amount, exposure, subjects=("a", "b", "c")), "expected", estimator=estimator, within=within)

    assert {"a", "b", "c"} == set(found.own)
    assert pytest.approx(amount.sum(axis=1) / exposure.sum(axis=1)) == adjusted.value
    assert pytest.approx([1.0, 1.0, 1.0]) == adjusted.coefficient


@pytest.mark.parametrize("estimator", ["stratified", "ridge", "logistic"])
def test_leaving_out_works_with_every_estimator(estimator: str) -> None:
    """With three people everybody is left out, and nobody gets a figure that is none."""
    given, _ = drawn_mix("share", subjects=3)

    found, adjusted = adjust(given, "expected", estimator=estimator)

    assert set(given.subjects) == set(found.own)
    assert np.isfinite(adjusted.value).all()
    assert all(0 <= share <= 1 for own in found.own.values() for share in own)


def test_flags_say_what_to_be_careful_about() -> None:
    """A class of one person, one that nobody shares with another class, one without cases; few expected, and strange cases."""
    cases = np.array([[20, 10, 0, 0, 0], [30, 5, 3, 0, 0], [0, 0, 0, 7, 0], [1, 0, 0, 0, 0]])
    classes = tuple((letter,) for letter in "abcde")

    found, adjusted = adjust(mix("share", cases // 2, cases, classes=classes), "expected")
    later = mix("share", [[1, 1]], [[2, 2]], classes=(("a",), ("z",)))

    assert [(), (), ("one subject",), ("one subject", "not compared"), ("no cases",)] == [each.flags for each in found.classes]
    assert [False, False, True, True] == adjusted.flags["few_expected"].tolist()
    assert [True] == METHODS["expected"].apply(later, found).flags["extrapolated"].tolist()
    assert not adjusted.flags["extrapolated"].any()


@pytest.mark.parametrize(("method", "parameters"), [("declared", DECLARED), ("expected", {})])
def test_coefficients_survive_json(method: str, parameters: dict[str, Any]) -> None:
    """Stored and read again they make of a mix just what they made before."""
    given, _ = drawn_mix("mean", subjects=5)
    found, adjusted = adjust(given, method, **parameters)

    again = Coefficients.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))

    assert found == again
    assert adjusted.value.tolist() == METHODS[method].apply(given, again).value.tolist()


@pytest.mark.parametrize("content", [{}, {"classes": []}, {"method": "x", "classes": [1]}])
def test_other_content_is_refused(content: dict[str, Any]) -> None:
    """What no run stored is told."""
    with pytest.raises(ConfigError, match="as a result holds them"):
        Coefficients.from_dict(content)


def test_frozen_coefficients_do_not_move_with_new_colleagues() -> None:
    """With the coefficients of an earlier reference, who joins or leaves changes nobody's value."""
    given, _ = drawn_mix("mean")
    found, adjusted = adjust(given, "expected")
    rows = slice(0, 20)
    fewer = evolve(given, amount=given.amount[rows], exposure=given.exposure[rows], squares=None, subjects=given.subjects[rows])

    assert adjusted.value[rows].tolist() == METHODS["expected"].apply(fewer, found).value.tolist()


@given(st.permutations(range(8)), st.sampled_from(["declared", "expected"]))
def test_row_order_does_not_matter(order: list[int], method: str) -> None:
    """Subjects in another order have the same values."""
    given, _ = drawn_mix("share", subjects=8)
    parameters = DECLARED if method == "declared" else {}
    shuffled = evolve(given, amount=given.amount[order], exposure=given.exposure[order], subjects=tuple(given.subjects[at] for at in order))

    whole, other = adjust(given, method, **parameters)[1], adjust(shuffled, method, **parameters)[1]

    assert pytest.approx(whole.value[order], rel=1e-9) == other.value


def test_one_subject_without_cases_spreads_to_nobody() -> None:
    """An empty row is missing; the others are as they are without it. Inputs are not written to."""
    given, _ = drawn_mix("share", subjects=8)
    padded = evolve(
        given,
        amount=np.vstack([given.amount, np.zeros(4)]),
        exposure=np.vstack([given.exposure, np.zeros(4)]),
        subjects=(*given.subjects, "person 99"),
    )
    for array in (padded.amount, padded.exposure):
        array.flags.writeable = False

    alone, together = adjust(given, "expected")[1], adjust(padded, "expected")[1]

    assert pytest.approx(alone.value) == together.value[:-1]
    assert np.isnan(together.value[-1])
    assert np.isnan(together.coefficient[-1])
