"""`mnist-bench results`: lists kept results, and renames, annotates and deletes them."""

import argparse
from collections.abc import Sequence
from typing import Any

from mnist_bench.base import words
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.result import Kind
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.tables import table

_DETAILS = """\
examples:
  mnist-bench results
  mnist-bench results --kind accuracy --json
  mnist-bench results rename latency-20261125-100000-0a1b2c3d "before the update"
  mnist-bench results note latency-20261125-100000-0a1b2c3d "laptop on battery"
  mnist-bench results delete latency-20261125-100000-0a1b2c3d

bench, evaluate and layers keep their results with --save. `compare` and `report` take these IDs, too.

--json prints the list with a summary of each: times in ns, shares 0 to 1"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "results", "list, rename or delete kept results", _DETAILS)
    parser.add_argument("--kind", choices=[str(kind) for kind in Kind], help="list only these")
    common.add_json_option(parser)
    parser.set_defaults(act=_list)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    rename = actions.add_parser("rename", help="give a result another name", allow_abbrev=False)
    rename.add_argument("id", metavar="ID")
    rename.add_argument("name", metavar="NAME", help='"" for none')
    rename.set_defaults(act=_rename)
    note = actions.add_parser("note", help="give a result another note", allow_abbrev=False)
    note.add_argument("id", metavar="ID")
    note.add_argument("text", metavar="TEXT", help='"" for none')
    note.set_defaults(act=_note)
    delete = actions.add_parser("delete", help="delete results for good", allow_abbrev=False)
    delete.add_argument("ids", nargs="+", metavar="ID")
    delete.set_defaults(act=_delete)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    options.act(options)
    return ExitStatus.OK


def _list(options: argparse.Namespace) -> None:
    listed = KeptResults().list(kind=None if options.kind is None else Kind(options.kind))
    if options.json:
        common.print_json(
            {
                "results": [_as_object(one) for one in listed.overviews],
                "unreadable": [{"id": one.id, "file": str(one.path), "error": one.error} for one in listed.unreadable],
            }
        )
        return
    if listed.overviews:
        common.show_lines(_as_text(listed.overviews))
    else:
        common.show("No results are kept yet: mnist-bench bench --save keeps one.")
    for one in listed.unreadable:
        common.complain(one.error)


def _rename(options: argparse.Namespace) -> None:
    KeptResults().rename(options.id, options.name)


def _note(options: argparse.Namespace) -> None:
    KeptResults().set_note(options.id, options.text)


def _delete(options: argparse.Namespace) -> None:
    for id_ in options.ids:
        KeptResults().delete(id_)
        common.show(f"Deleted {id_}.")


def _as_text(overviews: Sequence[Overview]) -> str:
    rows = [
        (
            one.id,
            str(one.kind),
            one.name,
            words.date_time(one.started),
            one.model,
            one.data,
            ", ".join(one.backends),
            _first_line(one.note),
        )
        for one in overviews
    ]
    return table(("id", "kind", "name", "measured", "model", "data", "backends", "note"), rows)


def _first_line(note: str) -> str:
    first, _, rest = note.partition("\n")
    return f"{first} …" if rest else first


def _as_object(one: Overview) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": str(one.kind),
        "name": one.name,
        "note": one.note,
        "started": one.started,
        "model": one.model,
        "data": one.data,
        "network_sha256": one.network_sha256,
        "backends": list(one.backends),
        "baseline": one.baseline,
        "complete": one.complete,
        "samples": one.samples,
        "figure": one.figure,
        "file": str(one.path),
    }
