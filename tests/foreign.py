"""Kept results as somebody else may have written them: a text of theirs in every field that may hold one."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import InputError
from mnist_bench.bench.results.format import load_result, save_result
from mnist_bench.bench.results.result import Result, Value

Place = tuple[str | int, ...]


def write_foreign(path: Path, value: Value, text: Callable[[str], str]) -> list[str]:
    """Save `value` with `text(place)` behind each text or its key, wherever the file still loads; those places."""
    save_result(path, Result(value, "name", "note"))
    content = json.loads(path.read_text())
    changed = []
    for place in list(_texts(content)):
        for change in (_in_value, _in_key):
            tried = copy.deepcopy(content)
            name = ".".join(map(str, place))
            change(tried, place, text(name))
            if _loads(path, tried):
                content = tried
                changed.append(name)
                break
    path.write_text(json.dumps(content))
    return changed


def _texts(value: Any, place: Place = ()) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, str):
            yield (*place, key)
        yield from _texts(item, (*place, key))


def _in_value(content: Any, place: Place, text: str) -> None:
    *parents, last = place
    for key in parents:
        content = content[key]
    content[last] = f"{content[last]}{text}"


def _in_key(content: Any, place: Place, text: str) -> None:
    *parents, last = place
    for key in parents:
        content = content[key]
    if isinstance(content, dict):
        content[f"{last}{text}"] = content.pop(str(last))


def _loads(path: Path, content: Any) -> bool:
    path.write_text(json.dumps(content))
    try:
        load_result(path)
    except InputError:
        return False
    return True
