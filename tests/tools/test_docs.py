"""The Markdown files of the repository: lines that fit beside code, links that lead somewhere, commands that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from mnist_bench.cli.app import make_parser
from tools.environment import ROOT

FILES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "models/*.md", "resources/**/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SCHEME = re.compile(r"[a-z]+:")


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a file that are not in a block of code."""
    in_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            yield number, line


def anchors(path: Path) -> set[str]:
    """What a link can name behind a #, as GitHub makes it of headings."""
    headings = [line.lstrip("#").strip().lower() for _, line in prose(path) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_are_short_and_links_lead_somewhere(path: Path) -> None:
    lines = list(prose(path))
    assert [number for number, line in lines if len(line) >= 120 and not line.startswith("|")] == []
    # A link may stand on two lines: [its
    # text](its address)
    links = LINK.findall("\n".join(line for _, line in lines))
    assert [link for link in links if not SCHEME.match(link) and not _leads_somewhere(path, link)] == []


def test_every_command_that_is_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    command = re.compile(r"(?:`|^|bin/)mnist-bench ([a-z]+(?:-[a-z]+)*)(?![\w-])", re.MULTILINE)
    named = {word for path in FILES for word in command.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 10
    for word in named:
        with pytest.raises(SystemExit) as leaving:
            make_parser().parse_args([word, "--help"])
        assert (word, leaving.value.code) == (word, 0)


def _leads_somewhere(path: Path, link: str) -> bool:
    target, _, anchor = unquote(link).partition("#")
    file = path.parent / target if target else path
    return file.exists() and (not anchor or anchor in anchors(file))
