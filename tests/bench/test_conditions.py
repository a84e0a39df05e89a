"""What is recorded around a measurement."""

from dataclasses import replace

import pytest

from mnist_bench.base.processors import GroupQuota, ProcessorLimits
from mnist_bench.bench.conditions import gather, read_moment
from mnist_bench.bench.machine import MachineState, cpu_name
from mnist_bench.bench.report.conditions import conditions_rows
from mnist_bench.network.bundled import load_network
from mnist_bench.network.wire import network_hash
from mnist_bench.version import VERSION
from tests.comparisons import CALM


def test_others_are_what_is_not_ones_own() -> None:
    before = MachineState(10.0, busy_seconds=100.0, own_seconds=5.0, stolen_seconds=1.0)
    after = MachineState(20.0, busy_seconds=115.0, own_seconds=12.0, stolen_seconds=3.0)
    assert before.others_until(after) == (0.8, 0.2)
    assert before.others_until(replace(after, own_seconds=40.0)) == (0.0, 0.2), "ticks are coarse; never negative"
    assert before.others_until(replace(after, busy_seconds=None)) == (None, None)
    assert after.others_until(after) == (None, None)


def test_a_network_is_told_by_its_hash() -> None:
    mlp, cnn = load_network("digits-mlp"), load_network("digits-cnn")
    assert network_hash(mlp) == network_hash(load_network("digits-mlp")) != network_hash(cnn)
    assert network_hash(replace(mlp, activations=None)) != network_hash(mlp)


def test_what_limited_it_is_told_with_the_processors() -> None:
    before, after = (ProcessorLimits(8, 2, (GroupQuota(1.5, *counts),)) for counts in ((10, 1), (30, 4)))
    limited = replace(CALM, before=replace(CALM.before, limits=before), after=replace(CALM.after, limits=after))
    told = conditions_rows(limited, {})
    assert ("processor", "Made-up CPU at 2.00 GHz, 2 of 8 processors, quota 1.5") in told
    assert ("quota", "stopped this program in 3 of 20 periods") in told
    assert ("processor", "Made-up CPU at 2.00 GHz, 4 processors") in conditions_rows(CALM, {})


def test_conditions_name_the_machine_and_the_versions() -> None:
    before = read_moment(())
    conditions = gather("digits-mlp", load_network("digits-mlp"), (), before, read_moment(()), (2000.0,))
    assert conditions.cpu == cpu_name() != ""
    assert conditions.cores >= 1
    assert conditions.program_version == VERSION
    assert conditions.torch is not None
    assert conditions.torch.startswith("2.13.0")
    assert conditions.started.endswith("+00:00")
    assert conditions.devices == {}


def test_work_in_this_process_is_not_others() -> None:
    before = MachineState.read()
    if before.busy_seconds is None:
        pytest.skip("only Linux tells how busy the processors are")
    total = sum(number * number for number in range(3_000_000))
    others, _ = before.others_until(MachineState.read())
    assert total
    assert others is not None
    assert others < 2
