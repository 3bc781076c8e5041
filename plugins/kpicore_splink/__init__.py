"""The matcher `splink`: whole-base resolution by a model of record linkage that is fitted to the customers themselves, without examples.

For whoever finds the exact keys too strict and has more than one owner's portfolio to look at; every pair of the base that shares one rare
value is compared. It needs splink (`pip install 'kpicore[entity]'`), which is imported when a project names the matcher.
"""

from __future__ import annotations

import logging
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpicore import ConfigError, Matcher, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore import Matching

PROBABILITY = 0.99
"""From which probability two records are taken for one customer."""
PAIRS = 2e6
"""Pairs drawn to learn how often values agree by chance, and compared at most to learn how often they do in one customer."""
SEED = 1
RECALL = 0.7
"""Rough share of true pairs of which two identities agree in full; only where the fitting starts."""
TEXTS, NUMBERS, PLAIN = ("name", "email", "address"), ("tax_id", "phone", "birth_date", "postcode"), ("city",)
BLOCKS = ("name", "tax_id", "phone", "email", "birth_date", "address", "postcode")
"""Identities of which one must agree in full before two records are compared."""
RECORD = "record"


def links(identities: pa.Table, matching: Matching) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs that are one customer with a probability of PROBABILITY or more.

    Args:
        identities: normalised identities, a row per customer.
        matching: `most` caps the blocks.
    Raises:
        ConfigError: splink is not installed.

    Source: Fellegi and Sunter, A Theory for Record Linkage, JASA 64(328), 1969; Linacre et al., Splink: Free software for probabilistic
    record linkage at scale, IJPDS 7(3), 2022.
    """
    splink = _splink()
    known = [name for name in (*TEXTS, *NUMBERS, *PLAIN) if _variety(identities, name) > 1]
    blocks = [name for name in BLOCKS if name in known]
    if len(blocks) < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    table = _blocked(identities.select(known), blocks, matching.most)
    linker = splink.Linker(splink.DuckDBAPI().register(table), _settings(splink, known, blocks), log_level=logging.ERROR)
    _fit(splink, linker, blocks)
    found = linker.inference.predict(threshold_match_probability=PROBABILITY).as_pyarrow_table()
    return found.column(f"{RECORD}_l").to_numpy(), found.column(f"{RECORD}_r").to_numpy()


def _splink() -> Any:
    try:
        import splink
    except ModuleNotFoundError:
        raise ConfigError(
            "[entities] match = 'splink' needs splink, which is not installed; pip install 'kpicore[entity]', or leave 'splink' out"
        ) from None
    return splink


def _variety(identities: pa.Table, name: str) -> int:
    return int(pc.count_distinct(identities.column(name)).as_py())


def _blocked(identities: pa.Table, blocks: Sequence[str], most: int) -> pa.Table:
    """Add a number per record, and for each block its values without those that too many records share."""
    table = identities.append_column(RECORD, pa.array(np.arange(len(identities))))
    for name in blocks:
        column = identities.column(name).combine_chunks()
        counts = pc.value_counts(column)
        common = counts.field("values").filter(pc.greater(counts.field("counts"), most))
        rare = pc.if_else(pc.is_in(column, value_set=common), pa.scalar(None, pa.string()), column)
        table = table.append_column(f"block_{name}", rare)
    return table


def _settings(splink: Any, known: Sequence[str], blocks: Sequence[str]) -> Any:
    import splink.comparison_library as compare

    made = {
        **{name: compare.JaroWinklerAtThresholds(name, [0.95, 0.85]) for name in TEXTS},
        **{name: compare.DamerauLevenshteinAtThresholds(name, [1, 2]) for name in NUMBERS},
        **{name: compare.ExactMatch(name) for name in PLAIN},
    }
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[made[name] for name in known],
        blocking_rules_to_generate_predictions=[splink.block_on(f"block_{name}") for name in blocks],
        unique_id_column_name=RECORD,
        retain_matching_columns=False,
    )


def _fit(splink: Any, linker: Any, blocks: Sequence[str]) -> None:
    rules = [splink.block_on(f"block_{one}", f"block_{other}") for one, other in combinations(blocks, 2)]
    linker.training.estimate_probability_two_random_records_match(rules, recall=RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED)
    # A value cannot tell what it was picked by, so that each identity is learned from pairs that agree in another one.
    for name in blocks[:3]:
        rule = splink.block_on(f"block_{name}")
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)


@hookimpl
def kpicore_matchers() -> list[Matcher]:
    """Offer the matcher."""
    return [Matcher("splink", {"en": "Probabilistic, over the whole base (splink)", "zh": "全库概率匹配（splink）"}, links)]
