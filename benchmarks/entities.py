"""How well and how fast records of one customer are found: precision and recall against known truth, and half a million accounts.

    python benchmarks/entities.py [--data ../shared/data] [--accounts 500000] [--match exact,portfolio]

Matchers that are not installed (rapidfuzz, splink) are left out unless they are asked for.

Known truth: febrl 1 to 3 and splink's fake 1,000, in the folder of public data sets; a set that is not there is left out. Pairs are those
of the closed entities, so that one wrong link between two large entities costs as much as it should. The accounts are generated, a tenth
of them duplicates as people make them: another legal form, a phone number written otherwise, a typing error, a field left out; some phone
numbers are junk that thousands share. They are matched in a process of their own, whose time and peak memory are printed.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from kpicore import registry
from kpicore.entities.resolution import resolve
from kpicore.model.matching import Matching

FEBRL = {
    "customer_id": "rec_id",
    "given_name": "given_name",
    "surname": "surname",
    "house_number": "street_number",
    "street": "address_1",
    "district": "address_2",
    "city": "suburb",
    "postcode": "postcode",
    "birth_date": "date_of_birth",
    "tax_id": "soc_sec_id",
}
SPLINK = {
    "customer_id": "unique_id",
    "given_name": "first_name",
    "surname": "surname",
    "city": "city",
    "birth_date": "dob",
    "email": "email",
}
BUDGET_SECONDS, BUDGET_BYTES = 60.0, 2 * 2**30


def known(folder: Path) -> dict[str, tuple[pa.Table, np.ndarray]]:
    """Return the sets that are there, each with the true entity of every record."""
    found = {}
    for number in "123":
        rows = _rows(folder / "febrl" / f"dataset{number}.csv")
        found[f"febrl {number}"] = _table(rows, FEBRL), _codes([row["rec_id"].split("-")[1] for row in rows])
    rows = _rows(folder / "splink_fake1000" / "fake_1000.csv")
    found["splink fake 1,000"] = _table(rows, SPLINK), _codes([row["cluster"] for row in rows])
    return {name: (table, truth) for name, (table, truth) in found.items() if len(table)}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value.strip() for key, value in row.items()} for row in csv.DictReader(file, skipinitialspace=True)]


def _table(rows: list[dict[str, str]], columns: dict[str, str]) -> pa.Table:
    return pa.table({name: pa.array([row[column] or None for row in rows], pa.string()) for name, column in columns.items()})


def _codes(names: list[str]) -> np.ndarray:
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1]


def precision_recall(entity: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the share of found pairs that are true, and of true pairs that are found."""
    both = _pairs(entity * (truth.max(initial=0) + 1) + truth)
    return both / max(1, _pairs(entity)), both / max(1, _pairs(truth))


def _pairs(codes: np.ndarray) -> int:
    sizes = np.unique(codes, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


CITIES = ("北京", "上海", "深圳", "杭州", "成都", "武汉", "Berlin", "London", "Austin", "Lyon")
LATIN = ("North", "Alpha", "Blue", "Delta", "Iron", "Summit", "Vector", "Harbor", "Cedar", "Nova", "Prime", "Quartz", "Orion", "Maple")
TRADES = ("Systems", "Logistics", "Foods", "Machinery", "Textiles", "Energy", "Optics", "Chemicals", "Media", "Trading")
SYLLABLES = "华东方金泰鑫盛达瑞丰恒宇科创新联中天海龙安信德康美佳明远博大成宏利顺诚源"
CHINESE_TRADES = ("机械", "电子", "物流", "食品", "纺织", "能源", "光学", "化工", "传媒", "贸易")
FORMS = {True: ("有限公司", "有限责任公司", "股份有限公司", ""), False: (" Ltd", " Limited", " Inc.", " GmbH", "")}
JUNK_PHONES = ("4008001234", "02012345670", "13800138000", "01088886666")


def accounts(count: int, seed: int = 1) -> tuple[pa.Table, np.ndarray]:
    """Return generated company accounts in random order, and the true company of each."""
    rng = np.random.default_rng(seed)
    companies = count - count // 10
    truth = np.concatenate([np.arange(companies), rng.integers(0, companies, count - companies)])
    base = _companies(rng, companies)
    owner = rng.integers(0, max(1, count // 250), companies)
    is_copy = np.arange(count) >= companies
    # Four in five duplicates are made by whoever looks after the original.
    moved = is_copy & (rng.random(count) < 0.2)
    owners = np.where(moved, rng.integers(0, max(1, count // 250), count), owner[truth])
    rows = [_copied(rng, base[at]) if copy else base[at] for at, copy in zip(truth.tolist(), is_copy.tolist(), strict=True)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    order = rng.permutation(count)
    texts = {name: pa.array(column, pa.string()).take(pa.array(order)) for name, column in columns.items()}
    ids = pa.array([f"C{at:07}" for at in range(count)])
    return pa.table({"customer_id": ids, **texts, "owner_id": pa.array(owners[order]).cast(pa.string())}), truth[order]


def _companies(rng: np.random.Generator, count: int) -> list[dict[str, str | None]]:
    dice = rng.integers(0, 2**31, (count, 8))
    missing = rng.random((count, 4))
    return [_company(at, dice[at].tolist(), missing[at].tolist()) for at in range(count)]


def _company(at: int, dice: list[int], missing: list[float]) -> dict[str, str | None]:
    is_chinese, city = dice[0] % 10 < 6, CITIES[dice[1] % len(CITIES)]
    if is_chinese:
        words = "".join(SYLLABLES[dice[2] // 40**step % len(SYLLABLES)] for step in range(3))
        name = city + words + CHINESE_TRADES[dice[3] % 10] + FORMS[True][dice[4] % 3]
    else:
        words = LATIN[dice[2] % 14] + LATIN[dice[2] // 14 % 14].lower()
        name = f"{words} {dice[3] % 97} {TRADES[dice[4] % 10]}{FORMS[False][dice[4] // 10 % 4]}"
    phone = JUNK_PHONES[dice[5] % 4] if missing[0] < 0.02 else f"1{30 + dice[5] % 70}{dice[5] // 70 % 10**8:08}"
    return {
        "name": name,
        "phone": phone if missing[0] < 0.85 else None,
        "email": f"info@{_word(at)}.example" if missing[1] < 0.7 else None,
        "tax_id": f"91{dice[6] % 10**8:08}{at:08}" if missing[2] < 0.6 else None,
        "street": f"{dice[7] % 900 + 1} Zhongshan Road {dice[7] // 900 % 9000}" if missing[3] < 0.8 else None,
        "city": city,
        "postcode": f"{dice[7] % 1_000_000:06}",
    }


def _word(at: int) -> str:
    """Return six letters that are another company's for every number, and look like no neighbour's."""
    mixed = at * 7_368_787 % 26**6
    return "".join(chr(97 + mixed // 26**place % 26) for place in range(6))


def _copied(rng: np.random.Generator, row: dict[str, str | None]) -> dict[str, str | None]:
    """Return a record as somebody enters it again."""
    name = str(row["name"])
    for forms in FORMS.values():
        name = next((name.removesuffix(form) for form in forms if form and name.endswith(form)), name)
    dice = rng.random(8)
    name += ("有限公司" if not name.isascii() else " Limited") if dice[0] < 0.5 else ""
    if dice[1] < 0.15:
        place = 2 + int(dice[2] * (len(name) - 3))
        name = name[:place] + name[place + 1 :]
    phone = row["phone"]
    copy = {"name": name, "phone": phone and (f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}" if dice[3] < 0.5 else phone)}
    fields = ("email", "tax_id", "street", "postcode")
    return row | copy | {field: row[field] if keep < 0.7 else None for field, keep in zip(fields, dice[4:], strict=True)}


def show_known(folder: Path, plans: list[tuple[str, ...]], matchers: dict[str, object]) -> None:
    """Print precision and recall per set and plan."""
    print(f"{'set':<20}{'matchers':<26}{'precision':>10}{'recall':>10}{'seconds':>10}")
    for name, (table, truth) in known(folder).items():
        for plan in plans:
            started = time.perf_counter()
            found = resolve(table, Matching(plan), matchers)  # type: ignore[arg-type]  # what a registry holds
            seconds = time.perf_counter() - started
            print(f"{name:<20}{' + '.join(plan):<26}{precision_recall(found.entity, truth)[0]:>10.4f}", end="")
            print(f"{precision_recall(found.entity, truth)[1]:>10.4f}{seconds:>10.2f}")


def show_accounts(count: int, plans: list[tuple[str, ...]]) -> None:
    """Print precision, recall, time and peak memory on generated accounts, each plan in a process of its own."""
    print(f"\n{count:,} generated accounts, a tenth of them duplicates")
    print(f"{'matchers':<26}{'precision':>10}{'recall':>10}{'entities':>10}{'seconds':>10}{'peak MB':>10}{'in budget':>10}")
    table, truth = accounts(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.parquet"
        parquet.write_table(table.append_column("truth", pa.array(truth)), path)
        for plan in plans:
            command = [sys.executable, __file__, "--matched", str(path), "--match", ",".join(plan)]
            said = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # this very file
            found = json.loads(said.stdout)
            is_kept = found["seconds"] <= BUDGET_SECONDS and found["bytes"] <= BUDGET_BYTES
            print(f"{' + '.join(plan):<26}{found['precision']:>10.4f}{found['recall']:>10.4f}{found['entities']:>10,}", end="")
            print(f"{found['seconds']:>10.1f}{found['bytes'] / 2**20:>10,.0f}{'yes' if is_kept else 'NO':>10}")


def matched(path: Path, plan: tuple[str, ...]) -> dict[str, float]:
    """Match the accounts of a file, and return how well, how fast and with how much memory."""
    table = parquet.read_table(path)
    truth, table = table.column("truth").to_numpy(), table.drop_columns("truth")
    matchers = registry.load().matchers if set(plan) - {"exact", "portfolio"} else {}
    started = time.perf_counter()
    found = resolve(table, Matching(plan), matchers)
    seconds = time.perf_counter() - started
    precision, recall = precision_recall(found.entity, truth)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"precision": precision, "recall": recall, "entities": found.entities, "seconds": seconds, "bytes": peak}


def _installed() -> list[tuple[str, ...]]:
    needs = {("exact", "portfolio"): "rapidfuzz", ("splink",): "splink", ("exact", "splink"): "splink"}
    return [("exact",), *(plan for plan, library in needs.items() if find_spec(library) is not None)]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1] / "../shared/data")
    parser.add_argument("--accounts", type=int, default=500_000)
    parser.add_argument("--match", help="matchers, with commas between; those that are installed unless given")
    parser.add_argument("--matched", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    plans = [tuple(given.match.split(","))] if given.match else _installed()
    if given.matched is not None:
        print(json.dumps(matched(given.matched, plans[0])))
        return
    show_known(given.data, plans, dict(registry.load().matchers))
    if given.accounts:
        show_accounts(given.accounts, plans)


if __name__ == "__main__":
    main()
