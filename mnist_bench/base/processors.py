"""The processors that this program may use: CPU affinity, and the quotas of its control groups (Linux's cgroups)."""

import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mnist_bench.base.words import plural, short_number


@dataclass(frozen=True, slots=True)
class GroupQuota:
    """A control group that limits its programs' processor time, and how often it has stopped them for that.

    Attributes:
        processors: how many processors' worth of time the group has in each period.
        periods: how many periods have passed in which any of its programs ran.
        throttled: in how many of them the time was used up, and all of its programs had to wait for the next period.
    """

    processors: float
    periods: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class ProcessorLimits:
    """How many processors there are, and what of them this program and its runners may use.

    Attributes:
        present: processors of this computer.
        allowed: those that the CPU affinity allows.
        quotas: of the control groups that this program is in, its own group first; empty where none has a quota.
    """

    present: int
    allowed: int
    quotas: tuple[GroupQuota, ...] = ()

    @property
    def quota(self) -> float | None:
        """The tightest quota, in processors; None without one."""
        return min((one.processors for one in self.quotas), default=None)

    @property
    def usable(self) -> int:
        """How many threads can run at the same time, at least 1."""
        return self.allowed if self.quota is None else max(1, min(self.allowed, math.ceil(self.quota)))

    def throttled_until(self, later: "ProcessorLimits") -> tuple[int, int] | None:
        """In how many periods, and of how many, the group that was stopped most often was stopped until `later`.

        None where no group has a quota.
        """
        groups = zip(self.quotas, later.quotas, strict=False)
        passed = [(after.throttled - before.throttled, after.periods - before.periods) for before, after in groups]
        return max((one for one in passed if min(one) >= 0), default=None)  # less: it was moved to another group

    def __str__(self) -> str:
        """For people: "8 processors", "1 of 2 processors", "2 processors, quota 0.4"."""
        there = plural(self.present, "processor")
        some = there if self.allowed == self.present else f"{self.allowed} of {there}"
        return some if self.quota is None else f"{some}, quota {short_number(self.quota)}"


def read_limits(root: Path = Path("/")) -> ProcessorLimits:
    """What limits this program now; `root` is where its system's files are."""
    present = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else present
    return ProcessorLimits(present, allowed, tuple(_quotas(root)))


def usable_processors() -> int:
    """How many threads of this program can run at the same time."""
    return read_limits().usable


def _quotas(root: Path) -> Iterator[GroupQuota]:
    """Those of this program's own control groups and of all above them, which limit it as well."""
    mounts = list(_mounts(root))
    for line in _text(root / "proc/self/cgroup").splitlines():  # cgroups(7)
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for top, folder in _folders(mounts, is_v2=not controllers, group=PurePosixPath(group)):
            for each in (folder, *folder.parents[: len(folder.parts) - len(top.parts)]):
                quota = _quota(root / each.relative_to("/"))
                if quota is not None:
                    yield quota


@dataclass(frozen=True, slots=True)
class _Mount:
    """Where a hierarchy of control groups can be seen, and the group that is seen as its top."""

    point: PurePosixPath
    top: PurePosixPath
    is_v2: bool


def _mounts(root: Path) -> Iterator[_Mount]:
    """The mounts of version 2, and of version 1's controller `cpu`."""
    for line in _text(root / "proc/self/mountinfo").splitlines():  # proc(5)
        fields, _, more = line.partition(" - ")
        places, kind = fields.split(" "), more.split(" ")
        is_v2 = kind[0] == "cgroup2"
        if len(places) > 4 and len(kind) > 2 and (is_v2 or (kind[0] == "cgroup" and "cpu" in kind[2].split(","))):
            yield _Mount(PurePosixPath(_plain(places[4])), PurePosixPath(_plain(places[3])), is_v2)


def _folders(
    mounts: Sequence[_Mount], *, is_v2: bool, group: PurePosixPath
) -> Iterator[tuple[PurePosixPath, PurePosixPath]]:
    """Where the group's files are: the hierarchy's mount point and the group's folder, if it can be seen at all.

    A container sees its own group, or one above it, as the top; it may know it by a path that leads out of there.
    """
    for mount in mounts:
        if mount.is_v2 == is_v2:
            is_below = group.is_relative_to(mount.top) and ".." not in group.parts
            yield mount.point, mount.point / (group.relative_to(mount.top) if is_below else "")
            return


def _quota(folder: Path) -> GroupQuota | None:
    """That of the group whose files are in `folder`; None where it has none."""
    told = _text(folder / "cpu.max") or f"{_text(folder / 'cpu.cfs_quota_us')} {_text(folder / 'cpu.cfs_period_us')}"
    match = re.fullmatch(r"([0-9]+) ([1-9][0-9]*)", told)  # else "max", or -1
    if match is None:
        return None
    counts = dict(re.findall(r"^(nr_periods|nr_throttled) ([0-9]+)$", _text(folder / "cpu.stat"), re.MULTILINE))
    return GroupQuota(
        int(match[1]) / int(match[2]), int(counts.get("nr_periods", 0)), int(counts.get("nr_throttled", 0))
    )


def _plain(path: str) -> str:
    r"""A path of mountinfo, which has spaces and the like as \040."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), path)


def _text(path: Path) -> str:
    """What a file of the system says; nothing where it is not there."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
