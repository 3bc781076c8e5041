"""What every report renders: the result of a run, with the metrics' titles, units and definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.errors import ScorecardError, nearest
from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.model.metric import Metric
    from kpicore.model.result import GateEffect, MetricCell, RunResult, Score, Unscored
    from kpicore.model.scorecard import Scorecard
    from kpicore.record import Run


@frozen(eq=False)
class View:
    """A run in one language."""

    run: Run
    locale: str = "en"

    @property
    def result(self) -> RunResult:
        """The result."""
        return self.run.result

    @property
    def scorecard(self) -> Scorecard:
        """The scorecard that was used."""
        return self.run.evidence.scorecard

    def metric(self, name: str) -> Metric:
        """Return a metric of the scorecard."""
        return self.run.evidence.setting.registry.metrics[name]

    def title(self, name: str) -> str:
        """Return a metric's title."""
        titles = self.metric(name).title
        return plain(titles.get(self.locale) or titles.get("en") or name)

    def value(self, cell: MetricCell) -> str:
        """Return a cell's value, or the state for want of one."""
        if cell.state != "value":
            return say(cell.state.replace("_", " "), self.locale)
        return figure(cell.value, self.metric(cell.metric).unit, self.locale)

    def band(self, name: str | None) -> str:
        """Return a band's title in the view's language, or its name; '' for none."""
        found = next((band for band in self.scorecard.bands if band.name == name), None)
        return plain((found.title.get(self.locale) if found is not None and found.title else None) or name or "")

    def condition(self, gate: GateEffect) -> str:
        """Return a gate's condition as people read it, e.g. 'below 20.0 %'."""
        word, number = gate.condition.split(" ", 1)
        return f"{say(word, self.locale)} {figure(float(number), self.metric(gate.use).unit, self.locale)}"

    def heading(self) -> str:
        """Return role and period."""
        span = self.result.run.period.to_dict()
        return f"{plain(self.scorecard.title_in(self.locale))} · {plain(span['name'])} [{span['start']}, {span['end']})"

    def person(self, who: str) -> Score | Unscored:
        """Return a person by id or name.

        Raises:
            ScorecardError: nobody or several people are called so.
        """
        everybody: tuple[Score | Unscored, ...] = (*self.result.scores, *self.result.unscored)
        found = [each for each in everybody if each.subject == who] or [each for each in everybody if each.name == who]
        if len(found) == 1:
            return found[0]
        role = self.scorecard.role
        if found:
            ids = ", ".join(sorted(each.subject for each in found))
            raise ScorecardError(f"the person must be named by id, as several in the role {role!r} are called {who!r} ({ids})")
        names = {each.subject for each in everybody} | {each.name for each in everybody if each.name}
        raise ScorecardError(f"the person must be in the role {role!r} in {self.result.run.period.name} (got {who!r}){nearest(who, names)}")


def shown(person: Score | Unscored) -> str:
    """Return a person's name, with the id where that is another."""
    if person.name is None or person.name == person.subject:
        return plain(person.subject)
    return f"{plain(person.name)} ({plain(person.subject)})"
