"""Changes a good model file into a hostile one: at random places of its bytes, and of the structure that it has."""

import io
import json
import math
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.formats.coreml_files import varint
from tests.formats.hostile import damaged, pick
from tests.formats.mutated_pickles import changed_legacy, changed_pickle

Mutation = Callable[[bytes, np.random.Generator], bytes]

EXTREMES = (
    0,
    1,
    127,
    255,
    1 << 15,
    (1 << 16) - 1,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    (1 << 63) - 1,
)
WORDS = (
    "",
    "a\x00b\n\x1b[31m",
    "../../etc/passwd",
    "\ud800",
    "x" * 100_000,
    "__class__",
    "os.system",
    "NaN",
    "é" * 300,
)
_COUNTS = (0, -1, 2, 9, 1000, 65_537, 1 << 31, 1 << 62, -(1 << 63), 10**400)


def cut(good: bytes, random: np.random.Generator) -> bytes:
    """Its beginning alone."""
    return good[: random.integers(len(good))]


def spliced(good: bytes, random: np.random.Generator) -> bytes:
    """A piece of it once more or instead of another piece."""
    begin, end = sorted(random.integers(0, len(good) + 1, 2))
    at = random.integers(0, len(good) + 1)
    return good[:at] + good[begin : min(end, begin + 4000)] + good[at + random.integers(0, 200) :]


def with_extremes(good: bytes, random: np.random.Generator) -> bytes:
    """Numbers of one to eight bytes set to the least and the largest that counts, lengths and offsets can have."""
    data = bytearray(good)
    for _ in range(random.integers(1, 4)):
        size = pick((1, 2, 4, 8), random)
        near = random.integers(0, max(1, min(len(data), pick((100, 4_000, len(data)), random))))
        at = (near if random.random() < 0.7 else len(data) - near) // size * size
        number = pick(EXTREMES, random) & (1 << 8 * size) - 1
        data[at : at + size] = number.to_bytes(size, pick(("little", "big"), random))
    return bytes(data)


def hostile_value(random: np.random.Generator) -> Any:
    """What may stand in JSON where something else is meant."""
    deep: Any = 0
    for _ in range(300):
        deep = [deep]
    return pick(
        (None, True, pick(_COUNTS, random), math.nan, 1e308, pick(WORDS, random), [], {}, deep, [0] * 1000), random
    )


def changed_json(good: bytes, random: np.random.Generator) -> bytes:
    """A value of it, or the name of one, is another."""
    value = json.loads(good)
    for _ in range(random.integers(1, 3)):
        places = list(_places(value))
        if not places:
            return json.dumps(hostile_value(random)).encode()
        owner, key = pick(places, random)
        match random.integers(5):
            case 0:
                del owner[key]
            case 1 if isinstance(owner, dict):
                owner[pick(WORDS, random)] = owner.pop(key)
            case 2:
                owner[key] = _other(value, random)
            case _:
                owner[key] = hostile_value(random)
    return json.dumps(value).encode()


def _other(value: Any, random: np.random.Generator) -> Any:
    """A part of it, copied."""
    owner, key = pick(list(_places(value)), random)
    return json.loads(json.dumps(owner[key]))


def _places(value: Any) -> Any:
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(part, dict | list):
            yield from _places(part)


def changed_message(good: bytes, random: np.random.Generator, depth: int = 0) -> bytes:
    """A field of a protocol buffer, or of one in it, is another, is left out or stands there often; lengths fit."""
    fields = _fields(good)
    if not fields:
        return damaged(good, random) if good else b"\x08\x01"
    index = random.integers(len(fields))
    number, kind, value = fields[index]
    if kind == 2 and random.random() < 0.85 and depth < 12:
        value = changed_message(value, random, depth + 1)
    else:
        match random.integers(5):
            case 0:
                del fields[index]
                return b"".join(map(_field, fields))
            case 1:
                fields[index:index] = [fields[index]] * pick((1, 3, 500), random)
            case 2:
                number = int(random.integers(1, 30))
            case 3:
                value = pick(WORDS, random).encode("utf-8", "surrogatepass") if kind == 2 else value
            case _:
                kind, value = 0, pick((*EXTREMES, (1 << 64) - 1), random)
    fields[index] = (number, kind, value)
    return b"".join(map(_field, fields))


def _fields(data: bytes) -> list[tuple[int, int, Any]]:
    """Number, kind and value of each; none if these are no fields."""
    found: list[tuple[int, int, Any]] = []
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 7
        size = {1: 8, 5: 4}.get(kind)
        if kind == 0:
            value, at = _read_varint(data, at)
            found.append((key >> 3, 0, value))
            continue
        if kind == 2:
            size, at = _read_varint(data, at)
        if size is None or at + size > len(data) or key >> 3 > 1000 or not key >> 3:
            return []
        found.append((key >> 3, kind, data[at : at + size]))
        at += size
    return found if at == len(data) else []


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            break
    return value, at


def _field(field: tuple[int, int, Any]) -> bytes:
    number, kind, value = field
    key = varint(number << 3 | kind)
    return key + (varint(value) if kind == 0 else varint(len(value)) + value if kind == 2 else value)


def changed_source(good: bytes, random: np.random.Generator) -> bytes:
    """TorchScript's source with words of it exchanged, repeated, or others in their place."""
    words = re.findall(r"\w+|\s+|.", good.decode(errors="replace"))
    if not words:
        return good
    for _ in range(random.integers(1, 4)):
        index, other = random.integers(len(words), size=2)
        match random.integers(4):
            case 0:
                words[index] = words[other]
            case 1:
                words[index] *= pick((2, 50), random)
            case 2:
                words[index] = str(pick(_COUNTS, random)) if words[index].isdigit() else words[index]
            case _:
                words[index] = pick(_SOURCES, random)
    return "".join(words).encode()


_SOURCES = (
    *(
        "",
        "None",
        "self",
        "[0]",
        "()",
        "while True:\n      pass",
        "lambda: 0",
        "__import__('os')",
        "(" * 300,
        "-" * 300,
    ),
    *(
        "torch.zeros([1000000, 1000000])",
        "1e999",
        "9" * 5000,
        "x.__class__",
        "ops.os.system('touch ran')",
        "\x00",
        "0 ** 0",
    ),
)


def changed_entries(good: bytes, random: np.random.Generator) -> bytes:
    """One entry of a zip archive as its kind allows it, its checksum right; or twice, left out, or renamed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(made, "w") as new:
        infos = old.infolist()
        weights = np.array([8.0 if _of_entry(info.filename) is not damaged else 1.0 for info in infos])
        chosen = infos[random.choice(len(infos), p=weights / weights.sum())].filename
        for info in infos:
            data, name = old.read(info), info.filename
            if name == chosen:
                match random.integers(10):
                    case 0:
                        continue
                    case 1:
                        name = pick(("../" + name, name.upper(), "/" + name, name + "/", "a" * 60_000), random)
                    case 2:
                        data = bytes(pick((0, 5_000_000), random))
                    case _:
                        data = _of_entry(name)(data, random)
            new.writestr(name, data, pick((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), random))
    return made.getvalue()


def _of_entry(name: str) -> Mutation:
    kinds = {".json": changed_json, ".pkl": changed_pickle, ".py": changed_source, ".h5": with_extremes}
    return next((mutation for end, mutation in kinds.items() if name.endswith(end)), damaged)


def changed_header(good: bytes, random: np.random.Generator) -> bytes:
    """A safetensors file whose header says something else; its length is right, mostly."""
    size = int.from_bytes(good[:8], "little")
    header = changed_json(good[8 : 8 + size], random)
    said = len(header) if random.random() < 0.9 else pick(EXTREMES, random)
    return said.to_bytes(8, "little") + header + good[8 + size :]


_ANY: tuple[Mutation, ...] = (damaged, cut, spliced, with_extremes)
_ARCHIVE = (*_ANY, *[changed_entries] * 8)
MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "Keras h5": (*_ANY, with_extremes, with_extremes, damaged),
    "PyTorch legacy": (*_ANY, *[changed_legacy] * 6),
    "ONNX": (*_ANY, *[changed_message] * 8),
    "TFLite": (*_ANY, with_extremes, with_extremes, with_extremes, damaged),
    "Core ML": (*_ANY, *[changed_message] * 8),
    "safetensors": (*_ANY, *[changed_header] * 6),
}
"""By the format's name; where a format has a structure, most of them keep to it."""


def mutated(format_name: str, good: bytes, random: np.random.Generator) -> bytes:
    """A hostile file made of a good one."""
    changed: bytes = pick(MUTATIONS.get(format_name, _ARCHIVE), random)(good, random)
    return changed
