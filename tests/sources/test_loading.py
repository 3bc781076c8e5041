"""Loading as a whole: every row is accounted for, the same input changes nothing, and what was kept is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore import facts
from kpicore.errors import ConfigError, SourceError
from kpicore.model.source import Source
from kpicore.sources import LoadReport, load
from kpicore.sources.folder import open_folder

if TYPE_CHECKING:
    from tests.sources.conftest import Bench

DEALS = """
[[table]]
fact = "opportunity"
from = "deals.csv"
[table.columns]
opportunity_id = "id"
owner_id = "who"
stage = "stage"
amount = "amount"
closed_at = "closed"
"""


def test_all_canonical_tables_and_columns_exist(bench: Bench) -> None:
    """What no file fills is there and empty, so that every metric can be planned."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,10,2024-01-02\n")

    bench.load(DEALS)

    columns = bench.query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'")
    missing = {(table.name, column.name) for table in facts.metadata.tables.values() for column in table.c} - set(columns)
    assert set() == missing


def test_types(bench: Bench) -> None:
    """People share one ENUM; columns of few texts have their own, sorted; money is exact."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Bob,Won,10,2024-01-02\n2,Ann,Lost,0.0001,2024-01-02\n")

    bench.load(DEALS)

    types = dict(bench.query("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'opportunity'"))
    assert "ENUM('Ann', 'Bob')" == types["owner_id"] == types["recorded_by"]
    assert "ENUM('Lost', 'Won')" == types["stage"]
    assert ("VARCHAR", "DECIMAL(18,4)", "TIMESTAMP") == (types["opportunity_id"], types["amount"], types["closed_at"])


def test_many_texts_stay_text(bench: Bench) -> None:
    """More than 1,000 different values are no ENUM."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n" + "".join(f"{n},A,s{n},1,2024-01-02\n" for n in range(1001)))

    bench.load(DEALS)

    assert [("VARCHAR",)] == bench.query(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'opportunity' AND column_name = 'stage'"
    )


def test_columns_say_whether_they_are_mapped_and_filled(bench: Bench) -> None:
    """A metric learns from kpicore_column whether it can be tested."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,,Won,10,2024-01-02\n2,Ann,Won,,2024-01-02\n")

    bench.load(DEALS)

    found = bench.query("SELECT column_name, is_mapped, filled FROM kpicore_column WHERE table_name = 'opportunity'")
    assert {("owner_id", True, 1), ("amount", True, 1), ("stage", True, 2), ("source", False, 0)} <= set(found)


def test_loading_again_changes_nothing(bench: Bench) -> None:
    """The second load reports what the first did and leaves the file alone."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,x,2024-01-02\n")
    first = bench.load(DEALS)
    before = bench.database.stat()

    second = bench.load(DEALS + "# a comment changes nothing\n")

    after = bench.database.stat()
    assert (True, False) == (first.is_changed, second.is_changed)
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert first.to_dict() | {"is_changed": False} == second.to_dict()
    assert second == LoadReport.from_dict(second.to_dict())


@pytest.mark.parametrize("change", ["data", "mapping", "zone", "currency"])
def test_any_change_loads_anew(bench: Bench, change: str) -> None:
    """Data, mapping, time zone and currency all decide what the facts are."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,1,2024-01-02\n")
    first = bench.load(DEALS)
    if change == "data":
        bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,2,2024-01-02\n")
    mapping = 'missing = ["?"]\n' + DEALS if change == "mapping" else DEALS
    options = {"zone": {"time_zone": "Asia/Shanghai"}, "currency": {"currency": "CNY"}}.get(change, {})

    second = bench.load(mapping, **options)

    assert second.is_changed
    assert first.fingerprint != second.fingerprint


def test_order_of_the_rows_does_not_matter(bench: Bench) -> None:
    """The stored tables are the same whatever the order of the file."""
    rows = ["1,Bob,Won,10,2024-01-02", "2,Ann,Lost,5,2024-01-01", "3,Cid,Won,7,2024-01-01"]
    query = "SELECT *, rowid FROM opportunity"
    bench.write("deals.csv", "\n".join(["id,who,stage,amount,closed", *rows, ""]))
    bench.load(DEALS)
    first = bench.query(query)
    bench.write("deals.csv", "\n".join(["id,who,stage,amount,closed", *reversed(rows), ""]))

    bench.load(DEALS)

    assert first == bench.query(query)


def test_copies_and_contradictions(bench: Bench) -> None:
    """An identical copy is a repeat; a different row of the same key is set aside, and the first stays."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,10,\n1,Ann,Won,10,\n1,Ann,Won,11,\n,Ann,Won,1,\n")

    report = bench.load(DEALS)

    table = report.tables[0]
    assert (4, 1, 2, 1, 0) == (table.rows_read, table.rows_loaded, table.rows_rejected, table.rows_repeated, table.rows_left_out)
    assert {"another row has this key and different content": 1, "the key opportunity_id is missing": 1} == table.rejected
    assert [("1", "opportunity_id", "1", 4), (None, "opportunity_id", None, 5)] == bench.rejects()
    assert [10] == bench.values("amount")


def test_ragged_rows_are_set_aside_with_their_text(bench: Bench) -> None:
    """A row that does not fit the header is in the rejects with its line and what it says."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won\n2,Ann,Won,10,2024-01-02\n")

    bench.load(DEALS)

    assert [("1,Ann,Won", "the row has 3 fields, the header 5", "deals.csv", 2)] == bench.query(
        "SELECT value, reason, file, line FROM reject"
    )


def test_where_and_keep_leave_rows_out(bench: Bench) -> None:
    """What the mapping leaves out is counted; the last event of a record is kept, whatever is wrong with earlier ones."""
    bench.write("log.csv", "id,n,stage,amount\n1,2,Won,12\n1,10,Lost,13\n1,9,Open,bad\n2,1,Test,1\n")
    mapping = """
[[table]]
fact = "opportunity"
from = "log.csv"
keep = "last"
order_by = { column = "n", number = {} }
where = { column = "stage", not_in = ["Test"] }
[table.columns]
opportunity_id = "id"
stage = "stage"
amount = "amount"
"""

    report = bench.load(mapping)

    table = report.tables[0]
    assert (4, 1, 0, 3) == (table.rows_read, table.rows_loaded, table.rows_rejected, table.rows_left_out)
    assert [("1", "Lost", 13)] == bench.query("SELECT opportunity_id, stage, amount FROM opportunity")


def test_a_bad_order_is_set_aside(bench: Bench) -> None:
    """A row whose place is unknown cannot be the last."""
    bench.write("log.csv", "id,n\n1,2\n1,x\n")
    order = 'keep = "first"\norder_by = { column = "n", number = {} }\n'

    report = bench.load(f'[[table]]\nfact = "opportunity"\nfrom = "log.csv"\n{order}[table.columns]\nopportunity_id = "id"\n')

    assert (1, 1) == (report.rows_loaded, report.rows_rejected)


def test_two_files_may_fill_one_table(bench: Bench) -> None:
    """The second [[table]] adds what the first did not have."""
    bench.write("a.csv", "id,boss\nAnn,Eve\nBob,Eve\n")
    block = '[[table]]\nfact = "employee"\nfrom = "a.csv"\n[table.columns]\nemployee_id = "{0}"\nname = "{0}"\n'

    report = bench.load(block.format("id") + block.format("boss"))

    assert [(2, 0), (1, 1)] == [(table.rows_loaded, table.rows_repeated) for table in report.tables]
    assert [("Ann",), ("Bob",), ("Eve",)] == bench.query("SELECT employee_id::VARCHAR FROM employee")


def test_references_are_noted(bench: Bench) -> None:
    """Empty and unknown references are counted, and their rows are kept."""
    bench.write("people.csv", "id\nAnn\n")
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,,,\n2,Bob,,,\n3,?,,,\n4,,,,\n")

    report = bench.load(f'{DEALS}[[table]]\nfact = "employee"\nfrom = "people.csv"\n[table.columns]\nemployee_id = "id"\n')

    found = {(note.column, note.kind, note.rows, note.sample) for note in report.notes}
    assert {("owner_id", "missing", 2, ""), ("owner_id", "unknown reference", 1, "Bob"), ("owner_id", "missing text", 1, "?")} == found
    assert 4 == report.tables[0].rows_loaded


def test_horizon_is_the_latest_event(bench: Bench) -> None:
    """Plans do not count."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,1,2024-01-02\n")

    report = bench.load(DEALS + 'expected_close_at = { constant = "2030-01-01" }\n')

    assert "2024-01-02T00:00:00" == report.horizon
    assert [("2024-01-02T00:00:00",)] == bench.query("SELECT value FROM kpicore_meta WHERE name = 'horizon'")


def test_local_times_become_utc(bench: Bench) -> None:
    """The mapping's time zone wins over the project's."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,1,2024-01-02 08:00\n")

    bench.load('time_zone = "Asia/Shanghai"\n' + DEALS, time_zone="America/New_York")

    assert ["2024-01-02 00:00:00"] == [str(one) for one in bench.values("closed_at")]


def test_header_only_is_a_note(bench: Bench) -> None:
    """A file without rows is loaded as nothing, and said so."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n")

    report = bench.load(DEALS)

    assert [("empty source", 0, "deals.csv")] == [(note.kind, note.rows, note.sample) for note in report.notes]


def test_missing_column_names_the_nearest(bench: Bench) -> None:
    """The error says what the file has."""
    bench.write("deals.csv", "id,who,stage,amout,closed\n1,Ann,Won,1,2024-01-02\n")

    with pytest.raises(ConfigError, match=r"deals\.csv has no column 'amount'; did you mean 'amout'\?; it has 'id', 'who'"):
        bench.load(DEALS)
    assert not bench.database.exists()


def test_header_as_data_is_recognised(bench: Bench) -> None:
    """A file without header lacks all columns, and the error says how to declare them."""
    bench.write("deals.csv", "1,Ann,Won,1,2024-01-02\n")

    with pytest.raises(ConfigError, match=r"if its first line is data, declare the columns: header ="):
        bench.load(DEALS)


def test_extra_columns_are_ignored(bench: Bench) -> None:
    """A file may have more than the mapping needs."""
    bench.write("deals.csv", "id,who,more,stage,amount,closed\n1,Ann,x,Won,1,2024-01-02\n")

    assert 1 == bench.load(DEALS).rows_loaded


def test_missing_file(bench: Bench) -> None:
    """The error names the file and the nearest one."""
    bench.write("deal.csv", "id\n")

    with pytest.raises(SourceError, match=r"deals\.csv: there is no such file; did you mean 'deal\.csv'"):
        bench.load(DEALS)


def test_unknown_kind_of_source(bench: Bench) -> None:
    """A kind that no plugin offers is a configuration error with the nearest name."""
    with pytest.raises(ConfigError, match=r"must be one that is installed \(got 'foldr'; did you mean 'folder'"):
        bench.load('[source]\nkind = "foldr"\n' + DEALS)


def test_a_document_and_a_source_of_ones_own(bench: Bench) -> None:
    """Embedders pass the mapping as values and their own source."""
    bench.write("deals.csv", "id\n1\n")
    document = {
        "schema": "kpicore.mapping/1",
        "source": {"kind": "own"},
        "table": [{"fact": "opportunity", "from": "deals.csv", "columns": {"opportunity_id": "id"}}],
    }

    report = load(document, bench.database, sources=[Source("own", {"en": "Own"}, open_folder)], folder=bench.folder)

    assert 1 == report.rows_loaded


def test_a_document_says_in_full_where_the_data_is(bench: Bench) -> None:
    """Nothing depends on the current directory."""
    document = {
        "schema": "kpicore.mapping/1",
        "source": {"folder": "data"},
        "table": [{"fact": "opportunity", "from": "deals.csv", "columns": {"opportunity_id": "id"}}],
    }

    with pytest.raises(ConfigError, match="must say in full where the data is"):
        load(document, bench.database)


def test_progress_is_told(bench: Bench) -> None:
    """The caller learns what is done, in steps that never run backwards and reach the total."""
    bench.write("deals.csv", "id,who,stage,amount,closed\n1,Ann,Won,1,2024-01-02\n")
    seen: list[tuple[str, int, int]] = []

    bench.load(DEALS, progress=lambda doing, done, total: seen.append((doing, done, total)))

    assert ("reading deals.csv: 1 rows", 1, 4) in seen
    assert sorted(done for _, done, _ in seen) == [done for _, done, _ in seen]
    assert ("done", 4, 4) == seen[-1]


def test_names_with_quotes_are_only_names(bench: Bench) -> None:
    """Whatever a header or a value says, it is never part of a statement."""
    evil = 'x"; DROP TABLE opportunity; --'
    bench.write("deals.csv", f'id,"{evil.replace(chr(34), chr(34) * 2)}"\n1,"\'); DROP TABLE reject; --"\n')

    bench.load(f'[[table]]\nfact = "opportunity"\nfrom = "deals.csv"\n[table.columns]\nopportunity_id = "id"\nstage = \'{evil}\'\n')

    assert ["'); DROP TABLE reject; --"] == bench.values("stage")


@given(st.lists(st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["1", "2", "x", ""])), max_size=12))
def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    """Read = loaded + rejected + repeated + left out, and each loaded key is there once."""
    folder = tmp_path_factory.mktemp("rows")
    (folder / "a.csv").write_text("id,x\n" + "".join(f"{key},{value}\n" for key, value in rows))
    columns = {"opportunity_id": "id", "amount": "x"}
    table = {"fact": "opportunity", "from": "a.csv", "columns": columns, "where": {"column": "x", "not_in": ["2"]}}

    report = load({"schema": "kpicore.mapping/1", "table": [table]}, folder / "f.duckdb", folder=folder).tables[0]

    parts = report.rows_loaded + report.rows_rejected + report.rows_repeated + report.rows_left_out
    good = {key for key, value in rows if key and value in {"1", ""}}
    assert (len(rows), len(good)) == (parts, report.rows_loaded)
    assert report.rows_left_out == sum(value == "2" for _, value in rows)
    assert report.rows_read == len(rows)
