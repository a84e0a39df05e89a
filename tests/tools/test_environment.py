"""The environment is renewed when it must be, never silently replaces a folder, and works without a network."""

import http.server
import threading
import time
import venv
from pathlib import Path

import pytest

from tools import environment


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment in which only a stand-in for pip is installed: quick to make."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    (next(folder.glob("lib/python*/site-packages")) / "pip.py").touch()
    return folder


def test_a_good_environment_is_sound(bare_venv: Path) -> None:
    assert environment.is_sound(bare_venv)


def test_a_moved_environment_is_not_sound(bare_venv: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.symlink_to(bare_venv)
    (bare_venv / "bin" / "pip").write_text(f"#!{bare_venv}/bin/python\n")

    assert environment.is_sound(bare_venv)
    assert not environment.is_sound(moved)


@pytest.mark.parametrize("content", [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho '/elsewhere|3|11'\n"])
def test_a_broken_or_foreign_environment_is_not_sound(tmp_path: Path, content: str | None) -> None:
    python = environment.python_of(tmp_path)
    python.parent.mkdir(parents=True)
    if content is not None:
        python.write_text(content)
        python.chmod(0o755)

    assert not environment.is_sound(tmp_path)


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(environment.SetupError, match="not a virtual environment"):
        environment.make(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_the_fingerprint_follows_every_file_that_says_what_is_installed(tmp_path: Path) -> None:
    names = ("pyproject.toml", "constraints.txt", "constraints/linux-wheels.txt", "constraints/linux-sources.txt")
    (tmp_path / "constraints").mkdir()
    seen = set()
    for contents in ("aaaa", "baaa", "abaa", "aaba", "aaab"):
        for name, content in zip(names, contents, strict=True):
            (tmp_path / name).write_text(content)
        seen.add(environment.fingerprint(tmp_path))
    (tmp_path / names[0]).write_text("aa")
    (tmp_path / names[1]).write_text("")
    assert environment.fingerprint(tmp_path) not in seen
    assert len(seen) == 5


def test_a_page_that_never_answers_is_given_up_on() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # listens, answers nobody
    began = time.monotonic()
    try:
        assert not environment.answers(f"http://127.0.0.1:{server.server_port}/", seconds=0.1)
    finally:
        server.server_close()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("status", "expected"), [(200, True), (404, False)])
def test_a_page_answers_or_not(status: int, expected: bool) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert environment.answers(f"http://127.0.0.1:{server.server_port}/", seconds=5) is expected
        thread.join()


def test_every_pin_of_the_project_stands_in_the_constraints_too() -> None:
    import tomllib

    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pins = {*project["dependencies"], *extras["dev"], *extras["runner"]}
    normal = {pin.lower().replace("_", "-") for pin in pins}
    constraints = {
        line.lower().replace("_", "-") for line in (environment.ROOT / "constraints.txt").read_text().splitlines()
    }
    assert normal <= constraints
