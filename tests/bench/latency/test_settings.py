"""What can be asked of a measurement."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.settings import Scenario, Settings, find_scenario


@pytest.mark.parametrize("text", ["SingleStream", "single-stream", "single_stream", "SINGLESTREAM"])
def test_a_scenario_is_found_in_any_spelling(text: str) -> None:
    assert find_scenario(text) is Scenario.SINGLE_STREAM


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="SingleStream, Offline, HotLoop, Live"):
        find_scenario("multi-stream")


@pytest.mark.parametrize(
    "wrong",
    [
        {"processes": 0},
        {"processes": 101},
        {"blocks": 0},
        {"runs": 0},
        {"runs": 1_000_001},
        {"seconds": 0.0},
        {"seconds": float("nan")},
        {"cool_down_s": -1.0},
        {"batches": ()},
        {"batches": (1, 10)},
        {"scenario": Scenario.OFFLINE, "batches": (101,)},
        {"scenario": Scenario.OFFLINE, "batches": (10, 10)},
    ],
)
def test_what_is_not_possible_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings(**wrong)


def test_runs_and_seconds_are_shared_out_among_blocks() -> None:
    by_runs = Settings(processes=2, blocks=5, runs=95).plan
    assert (by_runs.block_runs, by_runs.block_seconds) == (10, 3600)
    by_time = Settings(processes=2, blocks=5, seconds=20).plan
    assert (by_time.block_runs, by_time.block_seconds) == (100_000, 2)
    both = Settings(processes=2, blocks=5, runs=95, seconds=20).plan
    assert (both.block_runs, both.block_seconds) == (10, 2)
    hot = Settings(Scenario.HOT_LOOP, processes=10, blocks=100, seconds=3600).plan
    assert hot.block_runs == 1000, "a million in all, for their file to stay readable"
    assert Settings().plan.block_runs * 1000 == 10_000


@pytest.mark.parametrize(
    ("processes", "runs"), [(2, 95), (10, 101), (10, 40), (7, 10_000), (3, 999_999), (10, 5), (10, 1)]
)
def test_as_many_samples_as_were_asked_for(processes: int, runs: int) -> None:
    plan = Settings(processes=processes, runs=runs).plan
    shares = [plan.runs_of_block(*block) for block in product(range(plan.processes), range(plan.blocks))]
    assert sum(shares) == runs
    assert plan.processes == min(processes, runs)
    assert min(shares) >= 1
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("length", "blocks", "block_runs"),
    [
        ({"runs": 10_000}, 100, 10),
        ({"runs": 2000}, 20, 10),
        ({"runs": 500}, 10, 5),
        ({"runs": 50}, 5, 1),
        ({"runs": 100, "blocks": 5}, 5, 2),
        ({"seconds": 20}, 100, 1000),
        ({"seconds": 1}, 10, 10_000),
        ({"runs": 2000, "seconds": 1}, 10, 20),
    ],
)
def test_short_measurements_have_fewer_blocks(length: dict[str, Any], blocks: int, block_runs: int) -> None:
    plan = Settings(processes=10, **length).plan
    assert (plan.blocks, plan.block_runs) == (blocks, block_runs)


def test_what_was_asked_for_stays_beside_what_becomes_of_it() -> None:
    short = Settings(runs=2000)
    assert (short.blocks, short.plan.blocks) == (100, 20)
    assert replace(short, runs=10_000).plan.blocks == 100
