"""A built wheel, installed elsewhere, runs from any folder with its models and resources inside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and installed in a folder of its own; what it depends on is this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    python = (sys.executable, "-m")
    building = (*python, "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    subprocess.run(building, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    installing = (*python, "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel)
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
