"""What is missing of a plan, as the scheduler would see it."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.engine.inventory import Inventory
from benchmark.engine.store import Store
from tests.benchmark.engine.steps import plan, stage
from tests.benchmark.engine.test_scheduler import carry_out, made, numbers

SUM = (*numbers(a=6), stage("half", "halve", "a"), stage("sum", "add", "half"))


def test_of_an_empty_store_everything_is_missing_and_first_keys_are_known(tmp_path: Path) -> None:
    missing = Inventory(Store(tmp_path)).missing(plan(*SUM)).keys
    assert list(missing) == ["a", "half", "sum"]
    assert missing["a"] == plan(*SUM)["a"].key({})
    assert missing["half"] is missing["sum"] is None
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_it_says_what_the_scheduler_makes(tmp_path: Path) -> None:
    whole = plan(*SUM)
    results = carry_out(whole, tmp_path)
    store = Store(tmp_path)
    assert not Inventory(store).missing(whole).keys
    for gone in (["half"], ["sum"], ["a", "sum"], ["a", "half", "sum"]):
        for name in gone:
            shutil.rmtree(store.folder(whole[name].kind, results[name].key), ignore_errors=True)
        expected = Inventory(store).missing(whole).keys
        assert set(expected) == made(carry_out(whole, tmp_path)), gone


def test_plans_that_share_stages_are_looked_at_one_after_the_other(tmp_path: Path) -> None:
    carry_out(plan(*numbers(a=6)), tmp_path)
    inventory = Inventory(Store(tmp_path))
    assert list(inventory.missing(plan(*SUM)).keys) == ["half", "sum"]
    other = plan(*numbers(b=6), stage("sum", "add", "b"))
    missing = inventory.missing(other).keys
    assert list(missing) == ["sum"], "of another name, and the same stage"
    assert missing["sum"] is not None
