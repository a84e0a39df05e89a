"""What is recorded around a measurement."""

from dataclasses import replace
from pathlib import Path

import pytest

from mnist_bench.bench.conditions import gather, read_moment
from mnist_bench.bench.machine import MachineState, cpu_name, cpu_quota
from mnist_bench.network.bundled import load_network
from mnist_bench.network.wire import network_hash
from mnist_bench.version import VERSION


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


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "40000 100000"}, 0.4),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "150000 100000"}, 1.5),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "max 100000"}, None),
        ({"proc/self/cgroup": "0::/outside", "sys/fs/cgroup/cpu.max": "50000 100000"}, 0.5),
        (
            {
                "proc/self/cgroup": "2:cpuset:/\n1:cpu,cpuacct:/c\n0::/",
                "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "20000",
                "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            0.2,
        ),
        ({"proc/self/cgroup": "nothing"}, None),
        ({}, None),
    ],
)
def test_a_control_groups_quota_is_the_least_of_its_own_and_those_above(
    files: dict[str, str], quota: float | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert cpu_quota(tmp_path) == quota


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
