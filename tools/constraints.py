"""Write constraints/linux-*.txt: what `make` installs on Linux, every file of it by its SHA-256.

Usage: python -m tools.constraints

The versions are those of constraints.txt. Which packages are needed follows from what the installed ones say of
themselves; their files and hashes are asked of the package index that pip is configured for (PEP 691).
"""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.environment import BUILT, HASHED, MACHINES, OLDEST_AND_NEWEST, ROOT, RUNNER

_MANYLINUX = range(39, 4, -1)  # minor versions of glibc 2
_OLD_NAMES = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_INDEX = "from pip._internal.commands import create_command as c; o = c('download').parse_args([])[0]; "
_TO_BUILD = ("editables", "pbr", "setuptools")
"""What this checkout, and packages without a wheel for a machine, are built with besides hatchling."""


_HEAD = "# Written by `make constraints`, for Linux and the Pythons and machines that tools/environment.py names.\n"


class ConstraintsError(Exception):
    """The files cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Python and a machine that `make` works on."""

    minor: int
    machine: str

    def environment(self, extra: str) -> dict[str, str]:
        """What environment markers ask (PEP 508)."""
        version = f"3.{self.minor}"
        return {
            "python_version": version,
            "python_full_version": f"{version}.0",
            "platform_machine": self.machine,
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "extra": extra,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }

    def tags(self) -> set[Tag]:
        """Those of the wheels that can be installed there."""
        platforms = [f"manylinux_2_{minor}_{self.machine}" for minor in _MANYLINUX]
        platforms += [f"{name}_{self.machine}" for name in _OLD_NAMES.values()] + [f"linux_{self.machine}"]
        python = (3, self.minor)
        return {*cpython_tags(python, platforms=platforms), *compatible_tags(python, f"cp3{self.minor}", platforms)}


TARGETS = tuple(
    Target(minor, machine)
    for minor in range(OLDEST_AND_NEWEST[0][1], OLDEST_AND_NEWEST[1][1] + 1)
    for machine in MACHINES
)


def main() -> int:
    """Write the files; the exit status, after a sentence on standard error if it is not 0."""
    try:
        versions = pins()
        needed = {target: {*closure(target), *_TO_BUILD} - {"torch"} for target in TARGETS}
        runner = {target: {"ziglang"} for target in TARGETS}
        with requests.Session() as session:
            index = Index(session, versions)
            wheels, sources = index.files(needed)
            ziglang, _ = index.files(runner)
    except (ConstraintsError, requests.RequestException) as error:
        sys.stderr.write(f"mnist-bench: {error}\n")
        return 1
    only_wheels = "--only-binary :all:\n"
    for path, lines in ((HASHED, [only_wheels, *wheels]), (BUILT, sources), (RUNNER, [only_wheels, *ziglang])):
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join((_HEAD, *lines)))
    return 0


def pins() -> dict[str, str]:
    """The versions in constraints.txt, by their packages' normal names."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in found}


def closure(target: Target) -> set[str]:
    """The normal names of all that this project and its tests need there, as the installed packages say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ahead = list(map(Requirement, (*project["dependencies"], *project["optional-dependencies"]["dev"])))
    seen: set[tuple[str, str]] = set()
    while ahead:
        wanted = ahead.pop()
        for extra in ("", *wanted.extras):
            key = (canonicalize_name(wanted.name), extra)
            if key not in seen:
                seen.add(key)
                ahead += _needs(wanted.name, target.environment(extra))
    return {name for name, _ in seen}


def _needs(name: str, environment: Mapping[str, str]) -> Iterator[Requirement]:
    try:
        needs = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return  # one that another Python needs
    for requirement in map(Requirement, needs):
        if requirement.marker is None or requirement.marker.evaluate(dict(environment)):
            yield requirement


class Index:
    """The package index that pip is configured for."""

    def __init__(self, session: requests.Session, versions: Mapping[str, str]) -> None:
        self._session, self._versions = session, versions
        self._url, certificates = _ask_pip("o.index_url"), _ask_pip("o.cert or ''")
        session.headers["Accept"] = "application/vnd.pypi.simple.v1+json"
        session.verify = certificates or True

    def files(self, needed: Mapping[Target, set[str]]) -> tuple[list[str], list[str]]:
        """Lines of requirements with hashes: of wheels, and of sources for machines that have no wheel."""
        wheels, sources = [], []
        for name in sorted(set().union(*needed.values())):
            targets = [target for target, names in needed.items() if name in names]
            found = self._files_of(name)
            hashes: set[str] = set()
            without: list[Target] = []
            for target in targets:
                tags = target.tags()
                fitting = {sha256 for file, sha256 in found.items() if file.endswith(".whl") and _tags(file) & tags}
                hashes |= fitting
                without += [] if fitting else [target]
            with_wheel = [target for target in targets if target not in without]
            if with_wheel:
                wheels.append(self._line(name, with_wheel, hashes))
            if without:
                archives = {sha256 for file, sha256 in found.items() if file.endswith((".tar.gz", ".zip"))}
                if not archives:
                    raise ConstraintsError(f"{name} {self._versions[name]} has no file for {without[0]}.")
                sources.append(self._line(name, without, archives))
        return wheels, sources

    def _line(self, name: str, targets: list[Target], hashes: set[str]) -> str:
        lines = [
            f"{name}=={self._versions[name]}{_marker(targets)}",
            *(f"--hash=sha256:{one}" for one in sorted(hashes)),
        ]
        return " \\\n    ".join(lines) + "\n"

    def _files_of(self, name: str) -> dict[str, str]:
        """The SHA-256 of each file of the version that is pinned, by the file's name."""
        if name not in self._versions:
            raise ConstraintsError(f"constraints.txt does not pin {name}.")
        answer = self._session.get(f"{self._url.rstrip('/')}/{name}/", timeout=60)
        answer.raise_for_status()
        files: list[dict[str, Any]] = answer.json()["files"]
        wanted = re.compile(rf"[^-]+-{re.escape(self._versions[name])}(?:-.*\.whl|\.tar\.gz|\.zip)")
        return {
            one["filename"]: one["hashes"]["sha256"]
            for one in files
            if wanted.fullmatch(one["filename"]) and not one.get("yanked")
        }


def _tags(file: str) -> frozenset[Tag]:
    return parse_wheel_filename(file)[3]


def _marker(targets: list[Target]) -> str:
    """Where a package is needed, if not everywhere."""
    if len(targets) == len(TARGETS):
        return ""
    machines = sorted({target.machine for target in targets})
    minors = sorted({target.minor for target in targets})
    if len(machines) * len(minors) != len(targets):
        raise ConstraintsError(f"No marker says where this is needed: {targets}")
    parts = [f'platform_machine == "{machines[0]}"'] if len(machines) == 1 else []
    if len(minors) < len(TARGETS) // len(MACHINES):
        parts.append(f'python_version >= "3.{minors[0]}"')
        parts += [f'python_version <= "3.{minors[-1]}"'] if minors[-1] < OLDEST_AND_NEWEST[1][1] else []
    return f" ; {' and '.join(parts)}"


def _ask_pip(expression: str) -> str:
    done = subprocess.run(
        (sys.executable, "-c", f"{_INDEX}print({expression})"), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
