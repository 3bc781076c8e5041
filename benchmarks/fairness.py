"""What fair scores are worth where the truth is known: start here with `python benchmarks/fairness.py`.

People are made up, with a true skill each, and what is seen of them is drawn. Then it is counted how well the scores find the skill, how
often a 95 % interval holds it, and who takes the top places. Every repeat has a seed of its own, so that the figures can be had again.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kpicore.kernels import expected, ridge, shrink, stratified, sweep
from kpicore.kernels.casemix import expit
from kpicore.model.casemix import CaseMix
from kpicore.textbook.adjusting import adjust
from kpicore.textbook.complexities import Declared, Expected, fit_declared, fit_expected

if TYPE_CHECKING:
    from collections.abc import Callable

    FloatArray = np.ndarray

PARTS = ("complexity", "declared", "coverage", "top")
PEOPLE = 60
AGREEMENT = 0.92
COVERAGE = (0.94, 0.96)
NORMAL = 1.959964
EFFECT = np.array([-2.25, -0.75, 0.75, 2.25])
"""How much better than average each class of cases turns out, in standard deviations of skill: the first is the hardest."""


class Drawn(NamedTuple):
    """People with a skill, and what they did in each class; (people,) and (people, classes)."""

    skill: FloatArray
    cases: FloatArray
    total: FloatArray


def main() -> None:
    """Read the options and print the parts."""
    options = _options()
    print(f"{options.repeats} repeats each")
    for part in options.parts:
        {"complexity": complexity, "declared": declared, "coverage": coverage, "top": top}[part](options.repeats)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200, help="repeats of each part (default 200); coverage draws ten times as many")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="what to run (default all)")
    return parser.parse_args()


def complexity(repeats: int) -> None:
    """Print how well adjusted means rank people by their skill, where skill goes with hard work and where it does not."""
    print(f"\ncomplexity: {PEOPLE} people, {EFFECT.size} classes of cases; mean Spearman correlation with true skill")
    print(f"    {'':34}{'skill with hard work':>22}{'skill by itself':>18}{'slope of effects':>18}")
    hard, alone = (_agreement(leaning, repeats) for leaning in (0.6, 0.0))
    for name, (found, slope) in hard.items():
        goal = f"  (goal >= {AGREEMENT})" if name.startswith("within") else ""
        print(f"    {name:34}{found:22.3f}{alone[name][0]:18.3f}{slope:18.2f}{goal}")
    print("    slope: of the fitted class effects on the true ones; below 1, skill passes for ease")


def _agreement(leaning: float, repeats: int) -> dict[str, tuple[float, float]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in EXPECTATIONS}
    for repeat in range(repeats):
        drawn = _people(np.random.default_rng([1, repeat]), leaning)
        of, n = sweep.sums(drawn.total, drawn.cases), drawn.cases.sum(axis=1)
        for name, fit in EXPECTATIONS.items():
            effects = fit(drawn)
            held = expected.difference_form(drawn.total.sum(axis=1), expected.expected(drawn.cases, effects), n, of.mean())
            found[name].append((_spearman(held, drawn.skill), float(np.polyfit(EFFECT, effects, 1)[0])))
    return {name: (float(np.mean([a for a, _ in each])), float(np.mean([b for _, b in each]))) for name, each in found.items()}


def _people(rng: np.random.Generator, leaning: float) -> Drawn:
    skill = rng.normal(size=PEOPLE)
    taste = leaning * skill + np.sqrt(1.0 - leaning**2) * rng.normal(size=PEOPLE)
    mix = np.exp(-0.75 * np.outer(taste, EFFECT))
    mix /= mix.sum(axis=1, keepdims=True)
    cases = np.array([rng.multinomial(n, p) for n, p in zip(rng.integers(20, 100, PEOPLE), mix, strict=True)], dtype=float)
    noise = 2.5 * np.sqrt(cases) * rng.normal(size=cases.shape)
    return Drawn(skill, cases, cases * (skill[:, None] + EFFECT) + noise)


def _truth(_: Drawn) -> FloatArray:
    return EFFECT


def _pooled(drawn: Drawn) -> FloatArray:
    return stratified.pooled(sweep.sums(drawn.total, drawn.cases))


def _within(drawn: Drawn) -> FloatArray:
    return stratified.within(sweep.sums(drawn.total, drawn.cases))


def _ridge(drawn: Drawn) -> FloatArray:
    of, design = sweep.sums(drawn.total, drawn.cases), np.eye(EFFECT.size)
    return stratified.calibrated(ridge.effects(of, design, ridge.leave_one_out(drawn.total, drawn.cases, design)), of)


EXPECTATIONS: dict[str, Callable[[Drawn], FloatArray]] = {
    "raw": lambda _: np.zeros(EFFECT.size),
    "pooled class means": _pooled,
    "within people, class means": _within,
    "within people, ridge": _ridge,
    "true effects known": _truth,
}


def declared(repeats: int) -> None:
    """Print how far a rough declared table gets with shares, beside the right one and what the results say."""
    print(f"\ndeclared: {PEOPLE} people with 5 to 120 cases each, won or lost; mean Spearman correlation with true skill")
    found: dict[str, list[float]] = {name: [] for name in ("raw", *TABLES, "expected, class means", "expected, logistic")}
    for repeat in range(repeats):
        mix, skill = _won(np.random.default_rng([4, repeat]))
        found["raw"].append(_spearman(mix.raw(), skill))
        for name, kappa in TABLES.items():
            table = Declared(dict(zip("abcd", kappa, strict=True)), "nobody", lowest=0.1, highest=10.0)
            found[name].append(_spearman(adjust(mix, fit_declared(mix, "higher", table)).value, skill))
        for name, given in (("expected, class means", Expected()), ("expected, logistic", Expected("logistic"))):
            found[name].append(_spearman(adjust(mix, fit_expected(mix, "higher", given)).value, skill))
    for name, each in found.items():
        print(f"    {name:34}{np.mean(each):22.3f}")
    print("    in log odds the classes are as far apart as in the first part, by half; skill goes with hard work")


ODDS = 0.5 * EFFECT
TABLES = {"declared, rough (2, 1.3, 0.8, 0.5)": (2.0, 1.3, 0.8, 0.5), "declared, the true odds": tuple(np.exp(-ODDS).tolist())}


def _won(rng: np.random.Generator) -> tuple[CaseMix, FloatArray]:
    drawn = _people(rng, 0.6)
    n = rng.integers(5, 121, PEOPLE)
    cases = np.array([rng.multinomial(many, row / row.sum()) for many, row in zip(n, drawn.cases, strict=True)], dtype=float)
    share = expit(0.5 * drawn.skill[:, None] + ODDS)
    classes = (("a",), ("b",), ("c",), ("d",))
    return CaseMix("share", ("class",), classes, rng.binomial(cases.astype(int), share).astype(float), cases), drawn.skill


def _spearman(one: FloatArray, other: FloatArray) -> float:
    return float(np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1])


def coverage(repeats: int) -> None:
    """Print how often 95 % intervals hold the truth, by the number of peers."""
    print(f"\ncoverage of 95 % intervals of shrunk means, {10 * repeats} draws (goal {COVERAGE[0]} to {COVERAGE[1]})")
    print(f"    {'people':>8}{'kpicore':>10}{'tau taken as known':>20}{'not shrunk':>12}{'error, raw':>12}{'shrunk':>8}")
    for people in (8, 15, 30, 100):
        kept = [_holds(np.random.default_rng([2, people, repeat]), people) for repeat in range(10 * repeats)]
        corrected, naive, plain, raw, shrunk = np.mean(kept, axis=0)
        print(f"    {people:8}{corrected:10.3f}{naive:20.3f}{plain:12.3f}{np.sqrt(raw):12.3f}{np.sqrt(shrunk):8.3f}")


def _holds(rng: np.random.Generator, people: int) -> tuple[float, ...]:
    variance = rng.uniform(0.02, 0.1, people)
    truth = rng.normal(0.0, 0.3, people)
    seen = rng.normal(truth, np.sqrt(variance))
    prior = shrink.fit(seen, variance)
    posterior = shrink.apply(seen, variance, prior)
    known = shrink.apply(seen, variance, prior._replace(peers=np.inf))
    covered = (
        float(np.mean(np.abs(mean - truth) <= NORMAL * np.sqrt(spread)))
        for mean, spread in ((posterior.mean, posterior.variance), (known.mean, known.variance), (seen, variance))
    )
    return (*covered, float(np.mean((seen - truth) ** 2)), float(np.mean((posterior.mean - truth) ** 2)))


def top(repeats: int) -> None:
    """Print who takes the top tenth where a third of the people have few cases."""
    places = PEOPLE // 10
    print(f"\ntop {places} of {PEOPLE} people, a third of whom have 6 cases and the others 150; each case won or lost")
    print(f"    {'':34}{'taken by who has 6 cases':>26}{'of the true top found':>24}")
    drawn = [_wins(np.random.default_rng([3, repeat]), places) for repeat in range(repeats)]
    for name, few, found in zip(("raw shares", "shrunk shares", "truth"), *np.mean(drawn, axis=0).T, strict=True):
        print(f"    {name:34}{100 * few:24.0f} %{100 * found:22.0f} %")
    print("    shrinkage also hides able people with few cases, so that a shrunk rank is never shown without its interval")


def _wins(rng: np.random.Generator, places: int) -> list[tuple[float, float]]:
    n = np.where(np.arange(PEOPLE) < PEOPLE // 3, 6.0, 150.0)
    truth = expit(0.35 * rng.normal(size=PEOPLE))
    share = rng.binomial(n.astype(int), truth) / n
    overall = (share * n).sum() / n.sum()
    variance = overall * (1.0 - overall) / n
    shrunk = shrink.apply(share, variance, shrink.fit(share, variance)).mean
    best = _first(truth, places)
    return [(float((n[_first(each, places)] == 6.0).mean()), np.isin(_first(each, places), best).mean()) for each in (share, shrunk, truth)]


def _first(value: FloatArray, places: int) -> FloatArray:
    return np.argsort(-value, kind="stable")[:places]


if __name__ == "__main__":
    main()
