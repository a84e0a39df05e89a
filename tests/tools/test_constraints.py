"""The hashes that `make` installs by: of every package that is needed, made from what an index says, and kept to."""

import http.server
import json
import re
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from packaging.utils import canonicalize_name

from tools import constraints, environment
from tools.constraints import TARGETS, Target

LINE = re.compile(r"^([\w.-]+)==([\w.+]+)(?: ; (.*?))? \\\\?$", re.MULTILINE)
FILES = {
    "both": ("both-1.0-py3-none-any.whl", "both-1.0.tar.gz", "both-2.0-py3-none-any.whl"),
    "built": (
        "built-1.0-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "built-1.0-cp313-cp313-macosx_11_0_arm64.whl",
        "built-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl",
        "built-1.0.tar.gz",
    ),
    "missing": ("missing-1.0-cp311-cp311-win_amd64.whl",),
}


def listed(path: Path) -> dict[str, tuple[str, str]]:
    return {name: (version, marker) for name, version, marker in LINE.findall(path.read_text())}


def test_every_package_that_is_needed_has_its_hashes() -> None:
    """As it says: `make constraints` is forgotten otherwise where a version is raised."""
    wheels, sources = listed(environment.HASHED), listed(environment.BUILT)
    versions = constraints.pins()
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text())["project"]
    pinned = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    needed = {canonicalize_name(pin.split("==")[0]) for pin in pinned} - {"torch"}
    assert needed <= wheels.keys()
    for target in TARGETS:
        assert constraints.closure(target) - {"torch"} <= wheels.keys() | sources.keys()
    for name, (version, _) in [*wheels.items(), *sources.items(), *listed(environment.RUNNER).items()]:
        assert versions[name] == version


@pytest.fixture(scope="module")
def index() -> Iterator[constraints.Index]:
    """An index that has FILES, whose hashes are those of the files' names."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = FILES[self.path.strip("/").split("/")[-1]]
            files = [{"filename": name, "hashes": {"sha256": hash_of(name)}} for name in names]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"files": files}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with requests.Session() as session, pytest.MonkeyPatch.context() as patch:
            patch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
            yield constraints.Index(session, dict.fromkeys(FILES, "1.0"))
        server.shutdown()


def hash_of(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def test_wheels_that_fit_are_listed_and_sources_where_there_is_none(index: constraints.Index) -> None:
    wheels, sources = index.files({target: {"both", "built"} for target in TARGETS})
    assert wheels == [
        f"both==1.0 \\\n    --hash=sha256:{hash_of(FILES['both'][0])}\n",
        f'built==1.0 ; platform_machine == "x86_64" \\\n    --hash=sha256:{hash_of(FILES["built"][0])}\n',
    ]
    archive = hash_of("built-1.0.tar.gz")
    assert sources == [f'built==1.0 ; platform_machine == "aarch64" \\\n    --hash=sha256:{archive}\n']


def test_a_package_that_only_some_pythons_need_says_so(index: constraints.Index) -> None:
    wheels, _ = index.files({target: {"both"} if target.minor >= 13 else set() for target in TARGETS})
    assert wheels[0].startswith('both==1.0 ; python_version >= "3.13" ')


def test_a_package_without_a_file_is_told(index: constraints.Index) -> None:
    with pytest.raises(constraints.ConstraintsError, match=r"missing 1\.0 has no file for"):
        index.files({Target(11, "x86_64"): {"missing"}})
    with pytest.raises(constraints.ConstraintsError, match=r"constraints.txt does not pin unknown"):
        index.files({Target(11, "x86_64"): {"unknown"}})


@pytest.mark.parametrize("is_right", [True, False])
def test_a_file_with_another_hash_is_not_installed(tmp_path: Path, is_right: bool) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    right = sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "list.txt").write_text(f"tiny==1.0 --hash=sha256:{right if is_right else '0' * 64}\n")
    where: tuple[Any, ...] = ("--no-index", "--find-links", tmp_path, "--target", tmp_path / "there")
    done = environment.pip_hashed(Path(sys.executable), tmp_path / "list.txt", *map(str, where))
    assert done is is_right
    assert (tmp_path / "there" / "tiny.py").exists() is is_right
