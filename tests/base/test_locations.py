"""Where a person's files lie, for a person without a home too."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import make_folder


@pytest.mark.skipif(sys.platform == "win32", reason="everybody has a home on Windows")
@pytest.mark.parametrize(
    "where",
    [
        locations.cache_dir,
        locations.data_dir,
        lambda: locations.log_file().parent,
        lambda: locations.choices_file().parent,
    ],
)
def test_without_a_home_nothing_is_written_and_the_error_says_so(
    where: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unknown(_number: int) -> None:
        raise KeyError

    for name in [name for name in os.environ if name == "HOME" or name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="there is no home folder"):
        make_folder(where())
    assert list(tmp_path.iterdir()) == []
