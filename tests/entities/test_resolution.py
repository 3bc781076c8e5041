"""From records to entities, on records matched by hand and by an oracle that compares every pair."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from kpicore.entities.keys import KEYS
from kpicore.entities.records import COLUMNS, records
from kpicore.entities.resolution import resolve
from kpicore.errors import ConfigError, PluginError
from kpicore.model.matching import Matcher, Matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def table(*rows: Mapping[str, Any]) -> pa.Table:
    """Return customers c0, c1, ... with the columns that are mentioned."""
    named = [{"customer_id": f"c{at}", **row} for at, row in enumerate(rows)]
    columns = [column for column in COLUMNS if any(column in row for row in named)]
    return pa.table({column: pa.array([row.get(column) for row in named], pa.string()) for column in columns})


def entities(rows: Sequence[Mapping[str, Any]], *match: str, **more: Any) -> list[int]:
    """Return the entity of each record."""
    found: list[int] = resolve(table(*rows), Matching(match or ("exact",), **more)).entity.tolist()
    return found


ACME = {"name": "Acme Ltd", "phone": "+1 415 555 0132", "email": "info@acme.com", "tax_id": "US-12 3456789"}


def test_two_agreeing_identities_make_one() -> None:
    """Name and phone, name and domain, tax id and phone; one alone is not enough."""
    rows = [
        ACME,
        {"name": "ACME Limited", "phone": "(415) 555-0132"},
        {"name": "Acme", "website": "https://www.acme.com/"},
        {"name": "Other", "phone": "415-555-0132", "tax_id": "us123456789"},
        {"name": "Acme"},
        {"phone": "415-555-0132"},
        {"name": "Neighbour", "phone": "415-555-0132", "website": "acme.com"},
    ]

    assert [0, 0, 0, 0, 4, 5, 6] == entities(rows)


def test_matches_carry_over() -> None:
    """The first and third have nothing in common but the second."""
    rows: list[dict[str, Any]] = [
        {"name": "Acme", "phone": "415 555 0132"},
        {"name": "Acme", "phone": "415 555 0132", "tax_id": "12-3456780", "email": "a@acme.com"},
        {"tax_id": "123456780", "email": "a@acme.com"},
    ]

    assert [0, 0, 0] == entities(rows)


def test_what_is_written_down() -> None:
    """Records of entities of several records, by id, each with the oldest record and with what matched it first."""
    rows: list[dict[str, Any]] = [
        {"customer_id": "z", **ACME},
        ACME | {"phone": None},
        {"name": "Alone"},
        {"customer_id": "b", "merged_into": "z"},
    ]

    found = resolve(table(*rows))

    assert [
        {"customer_id": "b", "entity_id": "z", "matched_by": "merged"},
        {"customer_id": "c1", "entity_id": "z", "matched_by": "name+tax_id"},
        {"customer_id": "z", "entity_id": "z", "matched_by": "merged"},
    ] == found.rows.to_pylist()
    assert {"records": 4, "entities": 2, "surplus": 2, "matched_by": {"merged": 2, "name+tax_id": 1}, "junk": {}, "left_out": {}} == (
        found.to_dict()
    )


def test_shared_numbers_are_junk() -> None:
    """A phone number that more records share than may is nothing, and is named."""
    rows = [{"name": f"Firm {at // 2}", "phone": "400 800 1234"} for at in range(6)]

    assert [0, 0, 2, 2, 4, 4] == entities(rows, most=6)
    assert list(range(6)) == entities(rows, most=5)
    assert {"phone": ("4008001234",)} == resolve(table(*rows), Matching(most=5)).junk


def test_common_keys_are_left_out() -> None:
    """A name and an address that more records share than may tell nothing, and their group is counted."""
    rows = [{"name": "Kiosk", "street": "Main Street", "city": "Springfield"}] * 6

    found = resolve(table(*rows), Matching(most=5))

    assert (6, {"name+address": 1}) == (found.entities, found.left_out)


def test_as_comparing_every_pair() -> None:
    """Exact keys find what comparing every pair of records finds, and nothing else."""
    dice = Random(5)  # noqa: S311  # dice for test data, no secret
    pool = {
        "name": ["Acme", "ACME Inc", "Beta", "β-Tech", "华为技术有限公司", "华为技术", None, "?"],
        "phone": ["415 555 0132", "+14155550132", "415 555 0133", None],
        "email": ["a@acme.com", "b@acme.com", "c@gmail.com", None],
        "tax_id": ["91-1234567", "911234567", None, None],
        "birth_date": ["1990-02-03", "19900203", None],
    }
    rows = [{column: dice.choice(values) for column, values in pool.items()} for _ in range(120)]
    given = table(*rows)

    found = resolve(given, Matching(most=1000)).entity

    identity = records(given, 1000).identity
    expected = list(range(len(rows)))
    for _ in rows:
        for a in range(len(rows)):
            for b in range(a):
                if any(all(identity[kind].codes[a] == identity[kind].codes[b] >= 0 for kind in key) for key in KEYS):
                    expected[a] = expected[b] = min(expected[a], expected[b])
        if expected == [expected[each] for each in expected]:
            break
    assert expected == found.tolist()


def test_order_of_records_only_decides_who_is_oldest() -> None:
    """Whatever the order, the same records are together."""
    rows = [ACME, {"name": "Acme", "email": "info@acme.com"}, {"name": "Beta"}, {"tax_id": "us123456789", "phone": "4155550132"}]
    there, back = entities(rows), entities(rows[::-1])[::-1]

    assert [[a == b for a in there] for b in there] == [[a == b for a in back] for b in back]


def test_no_customers() -> None:
    """Of no records there are no entities."""
    assert (0, 0) == (resolve(table()).records, resolve(table()).entities)


SIMILAR = [
    {"name": "Shenzhen Precision Moulding", "phone": "0755 8888 1234", "city": "Shenzhen", "owner_id": "ann"},
    {"name": "Shenzen Precision Molding", "phone": "0755 8888 1235", "city": "Shenzhen", "owner_id": "ann"},
    {"name": "Shenzen Precision Molding", "phone": "0755 8888 1235", "city": "Shenzhen", "owner_id": "ben"},
    {"name": "Shenzhen Bakery", "phone": "0755 8888 1234", "city": "Shenzhen", "owner_id": "ann"},
]


def test_similar_records_of_one_owner() -> None:
    """A typing error is seen through within one portfolio: not in another's, and not between two firms with one switchboard."""
    pytest.importorskip("rapidfuzz")

    assert [0, 0, 2, 3] == entities(SIMILAR, "portfolio")
    assert [0, 0, 0, 3] == entities(SIMILAR, "exact", "portfolio")


def test_how_much_evidence_is_enough() -> None:
    """Nearly the same name, a phone number that differs in a digit, and one city give 6 + .6 x 7 + 2 = 12.2."""
    pytest.importorskip("rapidfuzz")

    assert [0, 0] == entities(SIMILAR[:2], "portfolio", points=12.2)
    assert [0, 1] == entities(SIMILAR[:2], "portfolio", points=12.3)


def test_rapidfuzz_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install, whatever the records are."""
    monkeypatch.setitem(__import__("sys").modules, "rapidfuzz", None)

    with pytest.raises(ConfigError, match=r"pip install 'kpicore\[match\]'"):
        entities([], "portfolio")


def _first_two(identities: pa.Table, matching: Matching) -> Any:
    assert ["acme", None] == identities.column("name").to_pylist()
    return np.array([0]), np.array([len(identities) - 1 if matching.most == 50 else 7])


def test_a_plugins_matcher() -> None:
    """It sees normalised identities and gives pairs of positions; a position that does not exist is the plugin's failure."""
    matchers = {"ours": Matcher("ours", {"en": "Ours", "zh": "我们的"}, _first_two)}
    given = table({"name": "Acme Ltd"}, {"name": "?"})

    assert {"ours": 2} == resolve(given, Matching(("ours",)), matchers).matched
    with pytest.raises(PluginError, match="the matcher 'ours' must give pairs of positions"):
        resolve(given, Matching(("ours",), most=10), matchers)


def test_wrong_settings_are_refused() -> None:
    """An unknown matcher is named with the nearest; limits that would match nothing or everything are refused."""
    with pytest.raises(ConfigError, match="did you mean 'exact'"):
        entities([], "exct")
    with pytest.raises(ConfigError, match=r"most must be 2 or more.*points must be above 0"):
        Matching(most=1, points=0)
    with pytest.raises(ConfigError, match="each matcher once"):
        Matching(("exact", "exact"))
