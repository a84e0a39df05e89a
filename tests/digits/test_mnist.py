from pathlib import Path

import pytest

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.mnist import DownloadFailed, default_folder, fetch_mnist, find_mnist
from tests.mirrors import CONTENT, FILES, Mirrors


def fetch(folder: Path, mirrors: Mirrors, *names: str) -> Path:
    return fetch_mnist(folder, mirrors=[mirrors.address(name) for name in names], files=FILES, timeout_s=5)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_fetched_into_a_new_folder_with_progress(tmp_path: Path, mirrors: Mirrors) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = fetch_mnist(
        tmp_path / "new" / "mnist",
        lambda *progress: seen.append(progress),
        mirrors=[mirrors.address("good")],
        files=FILES,
    )
    assert contents(folder) == CONTENT
    for name, data in CONTENT.items():
        done = [at for file, at, total in seen if file == name and total == len(data)]
        assert done == sorted(done)
        assert done[-1] == len(data)
    assert len(seen) > 5


def test_a_good_file_is_not_fetched_again_and_a_damaged_one_is(tmp_path: Path, mirrors: Mirrors) -> None:
    (tmp_path / "images.gz").write_bytes(CONTENT["images.gz"])
    (tmp_path / "labels.gz").write_bytes(b"damage")
    fetch(tmp_path, mirrors, "good")
    assert mirrors.requests == ["good/labels.gz"]
    assert contents(tmp_path) == CONTENT


@pytest.mark.parametrize("fault", ["missing", "wrong", "short", "endless"])
def test_a_bad_mirror_is_left_for_the_next(fault: str, tmp_path: Path, mirrors: Mirrors) -> None:
    fetch(tmp_path, mirrors, fault, "good")
    assert contents(tmp_path) == CONTENT


def test_a_mirror_that_does_not_answer_is_left_for_the_next(tmp_path: Path, mirrors: Mirrors) -> None:
    addresses = ["http://127.0.0.1:9/", mirrors.address("silent"), mirrors.address("good")]
    fetch_mnist(tmp_path, mirrors=addresses, files=FILES, timeout_s=0.2)
    assert contents(tmp_path) == CONTENT


def test_without_a_good_mirror_every_reason_is_told_and_the_old_file_stays(tmp_path: Path, mirrors: Mirrors) -> None:
    (tmp_path / "images.gz").write_bytes(b"old")
    with pytest.raises(DownloadFailed) as failure:
        fetch(tmp_path, mirrors, "missing", "wrong", "short")
    for reason in ("404", "not the right file", "broke off"):
        assert reason in failure.value.message
    assert "choose their folder" in failure.value.advice
    assert contents(tmp_path) == {"images.gz": b"old"}


def test_progress_can_cancel_and_leaves_no_half_file(tmp_path: Path, mirrors: Mirrors) -> None:
    def cancel(name: str, done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        fetch_mnist(tmp_path, cancel, mirrors=[mirrors.address("good")], files=FILES)
    assert contents(tmp_path) == {}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, mirrors: Mirrors) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        fetch(tmp_path / "file", mirrors, "good")
    assert mirrors.requests == []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("mnist_bench.base.locations.cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv("MNIST_BENCH_DATA", raising=False)
    return tmp_path


def test_mnist_is_found_where_it_is_given_then_by_the_variable_then_in_the_cache(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="fetch-mnist"):
        find_mnist()
    for folder in (default_folder(), home / "named", home / "given"):
        folder.mkdir(parents=True)
        (folder / "t10k-images-idx3-ubyte.gz").touch()
    assert find_mnist() == home / "cache" / "mnist"
    monkeypatch.setenv("MNIST_BENCH_DATA", str(home / "named"))
    assert find_mnist() == home / "named"
    assert find_mnist(home / "given") == home / "given"


def test_an_npz_file_is_found_too_and_a_missing_one_is_told(home: Path) -> None:
    (home / "digits.npz").touch()
    assert find_mnist(home / "digits.npz") == home / "digits.npz"
    with pytest.raises(InputError, match=r"There is no file or folder .*missing\. Check its name\.$"):
        find_mnist(home / "missing")
