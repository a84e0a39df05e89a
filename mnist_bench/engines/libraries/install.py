"""Installs an engine's library: fetched by pip, or out of a file that a person has."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import UsageError
from mnist_bench.base.files import read_limited
from mnist_bench.devices import libraries
from mnist_bench.devices.libraries import Library
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries.archive import Archive
from mnist_bench.engines.libraries.fetch import Report, fetch
from mnist_bench.engines.libraries.table import ABIS, ENGINE_LIBRARIES, EngineSource, Package, Wheel

_MAX_PACKAGE_BYTES = 300_000_000
_ROOM = 5  # as large as a wheel: pip's two copies of it, and what is unpacked
_PACKAGES = "packages"
_GET_IT = "get that file in another way"
_NOT_NEEDED = re.compile(
    r"(.*/)?tests?/.*|executorch/(examples|include|share)/.*|executorch/lib/cmake/.*|torchao/_models/.*"
    r"|executorch/backends/(?!xnnpack/|transforms/)[^/]+/.*|executorch/extension/(llm|training)/.*\.(so|dylib|pyd)"
)
"""Files of ExecuTorch's packages: what C++ programs are built with, other backends, tests."""
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
        return f"{words.size(self.package.download_bytes)}, licence {self.engine.licence}"

    @property
    def by_hand(self) -> str:
        """What those do who cannot fetch it with pip, to stand behind "or"."""
        what = f"get {self.wheels} in another way, put them into one folder" if self.package.others else _GET_IT
        device = "" if self.abi == this_abi() else f" --for {self.abi}"
        command = f"mnist-bench engines install {self.engine.name}{device} --file {self.package.wheel}"
        return f"{what} and run: {command}"

    @property
    def wheels(self) -> str:
        """The names of all that is fetched: "a.whl, b.whl and c.whl"."""
        *first, last = (wheel.wheel for wheel in self.package.wheels)
        return f"{', '.join(first)} and {last}" if first else last


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
        there = f"There is one for: {'; '.join(ABIS[each] for each in engine.packages)}." if engine.packages else ""
        raise EngineNotInstalled(
            f"There is no {engine.title} for {ABIS.get(abi, abi)}.", advice=engine.why_none or there
        )
    return Choice(engine, abi)


def install(choice: Choice, report: Report = lambda _done, _total: None) -> Library:
    """Fetch a library's pinned package with pip, and install what is in it, in place of what was there.

    `report` is told bytes done and in all; what it raises ends it, and leaves what was there. Raises EngineNotInstalled
    and InputError.
    """
    total, wheels = choice.package.download_bytes, list[bytes]()
    with libraries.changing() as temporary:
        _check_room(temporary, total)
        for wheel in choice.package.wheels:
            folder, before = temporary / wheel.wheel, sum(map(len, wheels))
            folder.mkdir()
            wheels.append(fetch(wheel, choice.by_hand, folder, _further(report, before, total)))
        return _put_pinned(temporary, choice, wheels)


def _further(report: Report, before: int, total: int) -> Report:
    """Reports `before` more than it is told, of so much in all."""
    return lambda done, _total: report(before + done, total)


def install_file(choice: Choice, path: Path, *, trust: bool = False) -> Library:
    """Install the library that a wheel or .aar file holds; one that this program does not know only with `trust`.

    Of an engine of Python it is one of the wheels; the others lie beside it. Raises UnknownPackage without `trust`,
    EngineNotInstalled where the file has no such library, and InputError.
    """
    data = read_limited(path, _MAX_PACKAGE_BYTES, "wheel or .aar")
    sha256 = sha256_hex(data)
    known = next((one for one in choices() if sha256 in [wheel.sha256 for wheel in one.package.wheels]), None)
    if known is not None and known != choice:
        raise EngineNotInstalled(
            f"{path.name} is {known.title} for {ABIS[known.abi]}, not {choice.engine.title} for {ABIS[choice.abi]}.",
            advice=f"Run: mnist-bench engines install {known.engine.name} --for {known.abi} --file {path}",
        )
    if known is None and choice.engine.is_python:
        raise EngineNotInstalled(
            f"{path.name} is none of the packages of {choice.title} for this Python (SHA-256 {sha256}).",
            advice=f"They are {choice.wheels}.",
        )
    if known is None and not trust:
        raise UnknownPackage(
            f"{path.name} is no package that this program knows (SHA-256 {sha256}), and the library in it is code that "
            f"would run with all your rights.",
            advice="Add --yes if you trust where you got it from.",
        )
    with libraries.changing() as temporary:
        _check_room(temporary, len(data) if known is None else choice.package.download_bytes)
        if known is None:
            return _put_unknown(temporary, choice, data, path.name)
        wheels = [
            data if wheel.sha256 == sha256 else _read_beside(path, wheel, choice) for wheel in choice.package.wheels
        ]
        return _put_pinned(temporary, choice, wheels)


def _read_beside(path: Path, wheel: Wheel, choice: Choice) -> bytes:
    """Another wheel of the same engine."""
    other = path.with_name(wheel.wheel)
    if not other.exists():
        message = f"{choice.title} needs {wheel.wheel} too, which is not in the folder of {path.name}."
        raise EngineNotInstalled(message, advice="Put it there.")
    data = read_limited(other, _MAX_PACKAGE_BYTES, "wheel")
    if sha256_hex(data) != wheel.sha256:
        raise EngineNotInstalled(f"{other} is damaged: its SHA-256 is another.", advice="Download it again.")
    return data


def _put_pinned(temporary: Path, choice: Choice, wheels: Sequence[bytes]) -> Library:
    """Install what the choice's wheels hold: a library, or an engine of Python's packages with all their files."""
    package = choice.package
    archives = [Archive(data, wheel.wheel) for data, wheel in zip(wheels, package.wheels, strict=True)]
    file, notices = Path(package.entry).name or _PACKAGES, archives[0].notices()
    content: libraries.Content
    if package.entry:
        content = archives[0].read(package.entry)
    else:
        content = {name: data for archive in archives for name, data in archive.unpacked(_is_needed).items()}
        for archive, wheel in zip(archives[1:], package.others, strict=True):
            notices |= {f"{wheel.wheel.partition('-')[0]}-{name}": text for name, text in archive.notices().items()}
    return _put(temporary, choice, (package.version, package.wheel, choice.engine.licence), file, content, notices)


def _put_unknown(temporary: Path, choice: Choice, data: bytes, name: str) -> Library:
    """Install the library that is in a package of this name."""
    assert choice.engine.files is not None  # noqa: S101 - the caller has checked that
    archive = Archive(data, name)
    file, content = archive.find(choice.engine.files, choice.abi, choice.engine.title)
    found = _VERSION.search(name)
    told = (found[1] if found else "unknown", name[:100], "see the package")
    return _put(temporary, choice, told, file, content, archive.notices())


def _put(
    temporary: Path,
    choice: Choice,
    told: tuple[str, str, str],
    file: str,
    content: libraries.Content,
    notices: Mapping[str, bytes],
) -> Library:
    """Install this content; `told` are its version, package and licence."""
    version, package, licence = told
    sha256 = libraries.hash_of(content)
    engine = choice.engine
    library = Library(engine.name, choice.abi, version, file, sha256, package, licence, engine.title)
    libraries.put(temporary, library, content, notices)
    return library


def _is_needed(name: str) -> bool:
    """Whether a file of an engine of Python is unpacked: a quarter of them, but all that its runner imports."""
    return _NOT_NEEDED.fullmatch(name) is None


def _check_room(folder: Path, package_bytes: int) -> None:
    needed, free = _ROOM * package_bytes, shutil.disk_usage(folder).free
    if free < needed:
        raise EngineNotInstalled(
            f"{words.size(needed)} are needed in {folder.parent}, and {words.size(free)} are free.",
            advice="Free some space.",
        )
