"""Installs an engine's library: fetched by pip, or out of a file that a person has."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import UsageError
from mnist_bench.base.files import read_limited
from mnist_bench.devices import libraries
from mnist_bench.devices.libraries import Library
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries.archive import Archive
from mnist_bench.engines.libraries.fetch import Report, fetch
from mnist_bench.engines.libraries.table import ABIS, ENGINE_LIBRARIES, EngineSource, Package

_MAX_PACKAGE_BYTES = 300_000_000
_ROOM = 5  # as large as a wheel: pip's two copies of it, and what is unpacked
_VERSION = re.compile(r"-v?(\d+(?:\.\d+)+[A-Za-z0-9.]{0,20}?)(?=[-+_]|\.whl|\.aar|$)")


class UnknownPackage(EngineNotInstalled):
    """A person's file is none that this program knows, and what is in it would be run."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine's library for an ABI, and whether and in which version it is installed."""

    engine: EngineSource
    abi: str

    @property
    def package(self) -> Package:
        """What it is fetched as."""
        return self.engine.packages[self.abi]

    @property
    def installed(self) -> Library | None:
        """What is installed, by its record."""
        return libraries.look(self.engine.name, self.abi)

    @property
    def title(self) -> str:
        """The engine with the version that would be installed: "LiteRT 2.3.0"."""
        return f"{self.engine.title} {self.package.version}"

    @property
    def terms(self) -> str:
        """What a person should know before: "21.8 MB, licence Apache-2.0"."""
        return f"{words.size(self.package.size_bytes)}, licence {self.engine.licence}"


def choices(abi: str | None = None) -> tuple[Choice, ...]:
    """Every library that can be installed for `abi`, or for any."""
    return tuple(
        Choice(engine, each) for engine in ENGINE_LIBRARIES.values() for each in engine.packages if abi in (each, None)
    )


def engine_of(name: str) -> EngineSource:
    """The engine `name`; UsageError where there is none."""
    if name not in ENGINE_LIBRARIES:
        raise UsageError(f"There is no engine {name!r}.", advice=f"Choose from: {', '.join(ENGINE_LIBRARIES)}.")
    return ENGINE_LIBRARIES[name]


def choice_of(name: str, abi: str) -> Choice:
    """The engine `name` for `abi`.

    Raises UsageError where there is no such engine, and EngineNotInstalled where there is none for that system.
    """
    engine = engine_of(name)
    if abi not in engine.packages:
        there = "; ".join(ABIS[each] for each in engine.packages)
        raise EngineNotInstalled(
            f"There is no {engine.title} for {ABIS.get(abi, abi)}.", advice=f"There is one for: {there}."
        )
    return Choice(engine, abi)


def install(choice: Choice, report: Report = lambda _done, _total: None) -> Library:
    """Fetch a library's pinned package with pip, and install what is in it, in place of what was there.

    `report` is told bytes done and in all; what it raises ends it, and leaves what was there. Raises EngineNotInstalled
    and InputError.
    """
    package = choice.package
    with libraries.changing() as temporary:
        _check_room(temporary, package.size_bytes)
        data = fetch(choice.engine.name, package, temporary, report)
        return _put(temporary, choice, data, package)


def install_file(choice: Choice, path: Path, *, trust: bool = False) -> Library:
    """Install the library that a wheel or .aar file holds; one that this program does not know only with `trust`.

    Raises UnknownPackage without it, EngineNotInstalled where the file has no such library, and InputError.
    """
    data = read_limited(path, _MAX_PACKAGE_BYTES, "wheel or .aar")
    sha256 = sha256_hex(data)
    known = next((one for one in choices() if one.package.sha256 == sha256), None)
    if known is not None and known != choice:
        raise EngineNotInstalled(
            f"{path.name} is {known.title} for {ABIS[known.abi]}, not {choice.engine.title} for {ABIS[choice.abi]}.",
            advice=f"Run: mnist-bench engines install {known.engine.name} --for {known.abi} --file {path}",
        )
    if known is None and not trust:
        raise UnknownPackage(
            f"{path.name} is no package that this program knows (SHA-256 {sha256}), and the library in it is code that "
            f"would run with all your rights.",
            advice="Add --yes if you trust where you got it from.",
        )
    with libraries.changing() as temporary:
        _check_room(temporary, len(data))
        return _put(temporary, choice, data, None if known is None else known.package, path.name)


def _put(temporary: Path, choice: Choice, data: bytes, package: Package | None, name: str = "") -> Library:
    """Install what these bytes hold: `package`, or an unknown one of this name."""
    archive = Archive(data, name or choice.package.wheel)
    if package is not None:
        file, content = Path(package.entry).name, archive.read(package.entry)
        name, version, licence = package.wheel, package.version, choice.engine.licence
    else:
        file, content = archive.find(choice.engine.files, choice.abi)
        found = _VERSION.search(name)
        version, licence = found[1] if found else "unknown", "see the package"
    engine, abi = choice.engine.name, choice.abi
    library = Library(engine, abi, version, file, sha256_hex(content), name[:100], licence)
    libraries.put(temporary, library, content, archive.notices())
    return library


def _check_room(folder: Path, package_bytes: int) -> None:
    needed, free = _ROOM * package_bytes, shutil.disk_usage(folder).free
    if free < needed:
        raise EngineNotInstalled(
            f"{words.size(needed)} are needed in {folder.parent}, and {words.size(free)} are free.",
            advice="Free some space.",
        )
