"""Reads what a dynamic 64-bit ELF program asks of the system: its interpreter, its libraries, names in them, pages."""

import struct
from dataclasses import dataclass

# elf(5), for 64-bit little-endian files.
_HEADER = struct.Struct("<16xHHIQQQI6H")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_DYNAMIC_ENTRY = struct.Struct("<QQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NULL, _DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB = 0, 1, 4, 5, 6
_UNDEFINED = 0


@dataclass(frozen=True, slots=True)
class Dynamic:
    """What a program asks for.

    Attributes:
        kind: of the file: 2 for a program at a fixed address, 3 for one that lies anywhere.
        interpreter: the path of what loads it.
        libraries: that it needs, by their names.
        names: that it expects to find in them.
        smallest_alignment: of its segments, in bytes; pages must not be larger.
    """

    kind: int
    interpreter: str
    libraries: frozenset[str]
    names: frozenset[str]
    smallest_alignment: int


def read_dynamic(data: bytes) -> Dynamic:
    """What the program in `data` asks for; ValueError, KeyError or struct.error where it is no dynamic program."""
    kind, _, _, _, start, _, _, _, _, count, *_ = _HEADER.unpack_from(data)
    headers = [_PROGRAM_HEADER.unpack_from(data, start + _PROGRAM_HEADER.size * index) for index in range(count)]
    by_kind = {header[0]: header for header in headers}
    entries = _entries(data, by_kind[_PT_DYNAMIC][2])
    tables = dict(entries)
    loads = [header for header in headers if header[0] == _PT_LOAD]
    texts, symbols = _offset(loads, tables[_DT_STRTAB]), _offset(loads, tables[_DT_SYMTAB])
    (symbol_count,) = struct.unpack_from("<I", data, _offset(loads, tables[_DT_HASH]) + 4)
    found = (_SYMBOL.unpack_from(data, symbols + _SYMBOL.size * index) for index in range(1, symbol_count))
    return Dynamic(
        kind,
        _text(data, by_kind[_PT_INTERP][2]),
        frozenset(_text(data, texts + value) for tag, value in entries if tag == _DT_NEEDED),
        frozenset(_text(data, texts + symbol[0]) for symbol in found if symbol[3] == _UNDEFINED),
        min(header[7] for header in loads),
    )


def _entries(data: bytes, at: int) -> list[tuple[int, int]]:
    entries = []
    while (entry := _DYNAMIC_ENTRY.unpack_from(data, at))[0] != _DT_NULL:
        entries.append(entry)
        at += _DYNAMIC_ENTRY.size
    return entries


def _offset(loads: list[tuple[int, ...]], address: int) -> int:
    """Where in the file what is loaded to `address` lies."""
    return next(
        address - begin + offset for _, _, offset, begin, _, size, *_ in loads if begin <= address < begin + size
    )


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("ascii")
