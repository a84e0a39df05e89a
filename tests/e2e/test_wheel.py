"""A built wheel, installed elsewhere, runs from any folder with its models and resources inside."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    building = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    subprocess.run(building, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The wheel, installed in a folder of its own; what it depends on is this environment's."""
    target = wheel.parent / "installed"
    how = ("--quiet", "--no-deps", "--no-index", "--target")
    installing = (sys.executable, "-m", "pip", "install", *how, target, wheel)
    subprocess.run(installing, check=True, capture_output=True)
    return target


def test_the_wheel_brings_what_the_program_needs_and_no_more(installed: Path) -> None:
    package = installed / "mnist_bench"
    assert (package / "models" / "digits-cnn.safetensors").is_file()
    assert list((package / "resources" / "samples").glob("*.json"))
    assert (package / "resources" / "runner" / "arm64-v8a" / "mnist-bench-runner").is_file()
    assert len(list((package / "resources" / "runner").glob("*/mnist-bench-runner*"))) == 6
    assert not list(package.rglob("*.[ch]"))
    assert list(installed.glob("mnist_bench-*.dist-info/licenses/LICENSE"))
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {"mnist_bench", "bin"}


def test_it_runs_from_any_folder(installed: Path, environment: dict[str, str], one_png: Path, tmp_path: Path) -> None:
    # In front of the checkout, which this environment has installed as well.
    environment["PYTHONPATH"] = str(installed)
    done = subprocess.run(
        [installed / "bin" / "mnist-bench", "classify", "--json", one_png.name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout)["results"][0]["answers"]
    assert [answer["digit"] for answer in answers] == [1, 1, 1, 1]

    where = "from mnist_bench.base import locations as l; print(l.models_dir(), l.resources_dir(), sep='\\n')"
    told = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert all(Path(line).is_relative_to(installed) for line in told.stdout.splitlines())


# Installed as a pupil's account installs it: docs/classroom.md.

_WINDOW = """
import sys
from PySide6.QtCore import QTimer
from mnist_bench.gui import app
from mnist_bench.session.backend_state import Status

class Window(app.MainWindow):
    def begin(self):
        super().begin()
        QTimer(self, interval=50, timeout=self.close_once_ready).start()

    def close_once_ready(self):
        if all(state.status is Status.READY for state in self.session.live.backends):
            print(len(self.session.live.backends), "backends are ready")
            self.close()

app.MainWindow = Window
sys.exit(app.run_window())
"""


def needed(distribution: importlib.metadata.Distribution) -> Iterable[importlib.metadata.Distribution]:
    """The installed packages that one needs."""
    found: dict[str, importlib.metadata.Distribution] = {}
    ahead = [distribution]
    while ahead:
        for requirement in map(Requirement, ahead.pop().requires or ()):
            name = canonicalize_name(requirement.name)
            if name not in found and (not requirement.marker or requirement.marker.evaluate({"extra": ""})):
                found[name] = importlib.metadata.distribution(name)
                ahead.append(found[name])
    return found.values()


def stand_in(distribution: importlib.metadata.Distribution, folder: Path) -> None:
    """A wheel of an installed package with links to its files: to pip as good as its real wheel, and quickly made."""
    name = f"{distribution.name.replace('-', '_')}-{distribution.version}"
    links = folder / "links" / name
    links.mkdir(parents=True)
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        if not top.endswith((".dist-info", ".pth")):
            (links / top).symlink_to(str(distribution.locate_file(top)))
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.pth", str(links))
        archive.writestr(f"{name}.dist-info/METADATA", distribution.read_text("METADATA") or "")
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")


@pytest.fixture(scope="module")
def folder_of_wheels(wheel: Path, installed: Path) -> Path:
    """This program's wheel, and one of each package that it says it needs."""
    folder = wheel.parent / "wheels"
    folder.mkdir()
    shutil.copy(wheel, folder)
    (program,) = importlib.metadata.distributions(path=[str(installed)])
    for distribution in needed(program):
        stand_in(distribution, folder)
    return folder


def as_a_plain_user() -> tuple[str, ...]:
    """Starts a program as a user who is not root and has no network, where this system can."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    alone = (unshare, "--user", "--map-user=1000", "--net")
    return alone if subprocess.run((*alone, "true"), capture_output=True, check=False).returncode == 0 else ()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_plain_user_installs_it_from_a_folder_of_wheels(
    folder_of_wheels: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    programs = tmp_path / "venv" / "bin"
    for name in ("PYTHONPATH", "PIP_FIND_LINKS", "PIP_INDEX_URL"):
        environment.pop(name, None)
    install = (sys.executable, "-m", "pip", "--python", programs / "python", "install", "--no-index", "--find-links")
    plain = as_a_plain_user()

    def run(*command: object) -> str:
        done = subprocess.run(
            [*plain, *map(str, command)], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(*install, folder_of_wheels, "mnist-bench")
    environment.update(PATH=str(programs), QT_QPA_PLATFORM="offscreen")
    backends = ("--backend", "native-int8", "--backend", "qnnpack-int8")
    told = json.loads(run(programs / "mnist-bench", "bench", *backends, "--processes", 1, "--runs", 4, "--json"))
    assert [len(one["compute_ns"]) for one in told["results"]] == [4, 4]
    assert "backends are ready" in run(programs / "python", "-c", _WINDOW)
