"""What limits this program's processors: affinity, and the quotas of control groups, wherever they are mounted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_bench.base.processors import GroupQuota, ProcessorLimits, read_limits, usable_processors

V2 = "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct"
STAT = "nr_periods 172\nnr_throttled 8\nthrottled_time 201071166"


def v1(folder: str, quota: int, stat: str = "") -> dict[str, str]:
    """The files of a group of version 1."""
    files = {"cpu.cfs_quota_us": str(quota), "cpu.cfs_period_us": "100000", "cpu.stat": stat}
    return {f"{folder}/{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    ("group", "mounts", "files", "quotas"),
    [
        ("0::/a/b", V2, {"sys/fs/cgroup/a/b/cpu.max": "40000 100000"}, [GroupQuota(0.4)]),
        (
            "0::/a/b",
            V2,
            {"sys/fs/cgroup/a/b/cpu.max": "150000 100000", "sys/fs/cgroup/a/cpu.max": "50000 100000"},
            [GroupQuota(1.5), GroupQuota(0.5)],
        ),
        (
            "0::/a",
            V2,
            {"sys/fs/cgroup/a/cpu.max": "20000 50000", "sys/fs/cgroup/a/cpu.stat": f"usage_usec 1\n{STAT}"},
            [GroupQuota(0.4, 172, 8)],
        ),
        ("0::/a", V2, {"sys/fs/cgroup/a/cpu.max": "max 100000"}, []),
        ("0::/a", V2, {"sys/fs/cgroup/b/cpu.max": "1000 100000"}, []),
        ("0::/../up", V2, {"sys/fs/cgroup/cpu.max": "50000 100000"}, [GroupQuota(0.5)]),
        (
            "0::/docker/abc/more",
            V2.replace(" / /", " /docker/abc /"),
            {"sys/fs/cgroup/more/cpu.max": "30000 100000"},
            [GroupQuota(0.3)],
        ),
        (
            "4:memory:/m\n2:cpu,cpuacct:/c\n0::/",
            f"{V1}\n{V2.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified ')}",
            {**v1("sys/fs/cgroup/cpu,cpuacct/c", 20000, STAT), **v1("sys/fs/cgroup/cpu,cpuacct", -1)},
            [GroupQuota(0.2, 172, 8)],
        ),
        (
            "2:cpu,cpuacct:/docker/abc",
            V1.replace(" / /sys/fs/cgroup/cpu,cpuacct ", " /docker/abc /own\\040groups "),
            v1("own groups", 70000),
            [GroupQuota(0.7)],
        ),
        ("2:cpuset:/c", V1.replace(",cpu,cpuacct", ",cpuset"), v1("sys/fs/cgroup/cpu,cpuacct/c", 20000), []),
        ("nothing", "nothing - cgroup2", {}, []),
        ("", "", {}, []),
    ],
)
def test_the_quotas_of_its_own_group_and_those_above_are_found(
    group: str, mounts: str, files: dict[str, str], quotas: list[GroupQuota], tmp_path: Path
) -> None:
    for name, text in {"proc/self/cgroup": group, "proc/self/mountinfo": mounts, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert list(read_limits(tmp_path).quotas) == quotas


@pytest.mark.parametrize(
    ("limits", "usable", "words"),
    [
        (ProcessorLimits(1, 1), 1, "1 processor"),
        (ProcessorLimits(8, 8), 8, "8 processors"),
        (ProcessorLimits(8, 3), 3, "3 of 8 processors"),
        (ProcessorLimits(8, 8, (GroupQuota(4.0), GroupQuota(0.4))), 1, "8 processors, quota 0.4"),
        (ProcessorLimits(8, 8, (GroupQuota(1.5),)), 2, "8 processors, quota 1.5"),
        (ProcessorLimits(8, 2, (GroupQuota(6.0),)), 2, "2 of 8 processors, quota 6"),
    ],
)
def test_the_tightest_limit_counts(limits: ProcessorLimits, usable: int, words: str) -> None:
    assert (limits.usable, str(limits)) == (usable, words)


def test_the_group_that_was_stopped_most_often_is_told() -> None:
    before = ProcessorLimits(2, 2, (GroupQuota(1.0, 10, 4), GroupQuota(2.0, 50, 5)))
    after = ProcessorLimits(2, 2, (GroupQuota(1.0, 20, 5), GroupQuota(2.0, 70, 12)))
    assert before.throttled_until(after) == (7, 20)
    assert before.throttled_until(before) == (0, 0)
    assert ProcessorLimits(2, 2).throttled_until(after) is None
    assert after.throttled_until(before) is None, "another group of the same depth"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a program choose its processors so")
def test_a_program_that_may_use_one_processor_knows_it() -> None:
    core = min(os.sched_getaffinity(0))
    program = (
        f"import os; os.sched_setaffinity(0, [{core}])\n"
        "from mnist_bench.base.processors import usable_processors; print(usable_processors())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"
    assert usable_processors() >= 1
