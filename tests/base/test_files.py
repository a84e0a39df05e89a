import csv
import errno
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import csv_bytes, read_limited, write_atomically


def test_a_file_of_exactly_the_limit_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_limited(path, 5, "test") == b"12345"
    with pytest.raises(InputError, match="larger than test files may be"):
        read_limited(path, 4, "test")


def test_what_is_not_a_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_limited(tmp_path / "missing", 5, "test")
    with pytest.raises(InputError, match="not a file"):
        read_limited(tmp_path, 5, "test")
    with pytest.raises(InputError):
        read_limited(Path("a\0b"), 5, "test")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in Windows' folders")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a file"):
        read_limited(tmp_path / "pipe", 5, "test")


def test_writing_replaces_a_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_writing_through_a_link_replaces_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
@pytest.mark.parametrize("there", [True, False])
def test_a_program_is_written_with_the_permissions_it_needs(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "program").write_bytes(b"old")
    write_atomically(tmp_path / "program", b"new", mode=0o755)
    assert (tmp_path / "program").stat().st_mode & 0o777 == 0o755


def test_two_that_write_one_file_at_once_leave_one_of_their_contents_whole(tmp_path: Path) -> None:
    path, contents = tmp_path / "file", [bytes([letter]) * 100_000 for letter in b"abcd"]

    def write(content: bytes) -> None:
        for _ in range(10):
            write_atomically(path, content)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, contents))
    assert path.read_bytes() in contents
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="no space left on device"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "full").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "folder", b"new")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "missing" / "file", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def cells(*written: object) -> list[str]:
    """What a program reads of a row of these."""
    return next(csv.reader(io.StringIO(csv_bytes(written, ()).decode(), newline="")))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "  =1+1", "\t=1+1", "\n=1+1", "\x0b=1+1", "\tx", "＝1+1", "-2+3 cm|'/C x'!A0"],
    ids=ascii,
)
def test_a_text_is_no_formula_to_a_spreadsheet(text: str) -> None:
    (cell,) = cells(text)
    assert cell.startswith("'")
    assert cell.replace("\n", "").isprintable()
    assert list(csv.reader(io.StringIO(csv_bytes(("title",), ((text,),)).decode())))[1][0][0] == "'"


@pytest.mark.parametrize("value", [-1.5, 12, "-1.30 ms", "+5 %", "-1,234", "a=b", "native-int8", "", "1e-5", "x\ny"])
def test_numbers_and_names_are_written_as_they_are(value: object) -> None:
    assert cells(value) == [str(value)]


def test_a_csv_file_holds_nothing_that_a_terminal_obeys() -> None:
    assert cells("a\x1b[2Jb") == [r"a\x1b[2Jb"]
