"""A runner whose answer to one request is hostile: hostile_runner.py CASE, where CASE is one of `cases` as JSON.

It keeps to docs/protocol.md otherwise, and imports nothing of mnist_bench: it starts in a moment, and every field and
every number of the protocol is named here once more.
"""

import json
import os
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

Value = int | float | bytes
Fields = list[tuple[str, str, Value]]
"""Name, form (struct's, or "text" or "bytes") and value of each field of an answer, in their order."""

KINDS = {1: "hello", 2: "load", 3: "classify", 4: "time", 5: "trace", 6: "close"}
LOADED_OPERATORS = ((1, 1, 1), (1,), (10,))  # of the network that it is given: tests/networks.py, tiny_network
ABSURD: dict[str, tuple[Value, ...]] = {
    "4s": (b"\0\0\0\0", b"MNBN", b"HTTP"),
    "B": (0, 1, 2, 127, 128, 129, 254, 255),
    "H": (0, 1, 2, 63, 64, 65, 4096, 4097, 0xFFFF),
    "I": (0, 1, 2, 9, 11, 128, 129, 401, 100_001, 1 << 26, (1 << 26) + 1, 1 << 31, (1 << 32) - 1),
    "Q": (0, 1, 1 << 31, 10**10, 1 << 43, 1 << 48, 1 << 53, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
    "f": (float("nan"), float("inf"), float("-inf"), 3.4e38, -3.4e38, 1e-45, -0.0),
    "text": (
        *(b"", b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"x" * 4097, b"x" * 0xFFFF, b"\x1b]52;c;ZXZpbA==\x07", b"\r\nOK\n"),
        *("\u202egnp.exe".encode(), "\u2028".encode(), b"<img src=x onerror=alert(1)>", b"=cmd|' /C calc'!A0", b"%s%n"),
    ),
    "tail": (b"\0", b"x" * 5000, b"MNBP\x01\x83\0\0\0\0\0\0\0\0\0\0"),
    "cut": (0, 1, 15, 16, 17),
    "way": (b"twice", b"before", b"endless", b"slowly", b"silent", b"closed", b"dead", b"flood", b"stderr"),
}
HEADER = (("magic", "4s"), ("version", "B"), ("kind", "B"), ("zero", "H"), ("number", "I"), ("length", "I"))


@dataclass(frozen=True)
class Case:
    """What is wrong: `field` of the answer to `request` holds `value` (hexadecimal where it is bytes)."""

    request: str
    field: str
    form: str
    value: str


def fields_of(kind: int, payload: bytes) -> Fields:
    """A sound answer."""
    match KINDS[kind]:
        case "hello":
            return [
                *(("program", "text", b"hostile"), ("version", "text", b"0"), ("threads", "H", 1)),
                *(("capabilities", "H", 1), ("capability", "text", b"fp32")),
                *(("facts", "H", 1), ("fact", "text", b"hostility"), ("its value", "text", b"much")),
            ]
        case "load":
            return [("load ns", "Q", 1000), ("network bytes", "Q", 80), ("peak memory", "Q", 1 << 20)]
        case "classify":
            count = struct.unpack_from("<I", payload)[0]
            head: Fields = [("images", "I", count), ("classes", "I", 10), ("compute ns", "Q", 1000)]
            logits: Fields = [(f"logit {place}", "f", float(place % 10)) for place in range(10 * count)]
            return [*head, ("peak memory", "Q", 1 << 20), *logits]
        case "time":
            runs = struct.unpack_from("<II", payload)[1]
            times: Fields = [(f"run {place}", "Q", 1000) for place in range(runs)]
            return [("runs", "I", runs), ("zero of time", "I", 0), ("peak memory", "Q", 1 << 20), *times]
        case "trace":
            traced: Fields = [("entries", "I", len(LOADED_OPERATORS))]
            for place, shape in enumerate(LOADED_OPERATORS):
                traced += [(f"name {place}", "text", b"layer"), (f"first {place}", "I", place)]
                traced += [(f"last {place}", "I", place), (f"layer ns {place}", "Q", 1000)]
                traced += [(f"axes {place}", "I", len(shape))]
                traced += [(f"axis {place} {axis}", "I", size) for axis, size in enumerate(shape)]
                traced += [(f"value {place} {at}", "f", 0.5) for at in range(shape[-1])]
            return traced
        case _:
            return []


def cases() -> Iterator[Case]:
    """Every field of every answer, with every absurd value of its form."""
    sizes = {3: struct.pack("<I", 1), 4: struct.pack("<II", 0, 2)}
    for kind, request in KINDS.items():
        fields = [(name, form) for name, form, _ in fields_of(kind, sizes.get(kind, b"")) if not _is_repeated(name)]
        error = [("code", "I"), ("sentence", "text"), ("length of the sentence", "H")]
        more = [("tail", "tail"), ("cut", "cut"), ("way", "way")]
        lengths = [(f"length of {name}", "H") for name, form in fields if form == "text"]
        for name, form in (*HEADER, *fields, *lengths, *error, *more):
            for value in ABSURD[form]:
                yield Case(request, name, form, value.hex() if isinstance(value, bytes) else repr(value))


def _is_repeated(name: str) -> bool:
    """Whether a field is like those before it."""
    return name.startswith(("logit ", "value 1", "value 2")) and not name.endswith((" 0", " 9"))


class Hostile:
    """The runner."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._value: Value = (
            bytes.fromhex(case.value) if case.form in ("4s", "text", "tail", "way") else _number(case.value)
        )

    def answer(self, kind: int, number: int, payload: bytes) -> None:
        """Answer one request, hostilely if it is the one."""
        is_hostile = KINDS[kind] == self._case.request
        name = self._case.field if is_hostile else ""
        body = self._body(kind, payload, name)
        header: dict[str, int | float | bytes] = {
            "magic": b"MNBP",
            "version": 1,
            "kind": kind + 128,
            "zero": 0,
            "number": number,
            "length": len(body),
        }
        if name in ("code", "sentence", "length of the sentence"):
            header["kind"] = 255
        if name in header:
            header[name] = self._value
        frame = struct.pack("<4sBBHII", *header.values()) + body
        if name == "tail":
            frame += bytes.fromhex(self._case.value)
        elif name == "cut":
            send(frame[: int(self._value)])
            os._exit(0)
        self._send(frame, self._value if name == "way" else b"")

    def _body(self, kind: int, payload: bytes, name: str) -> bytes:
        fields = fields_of(kind, payload)
        if name in ("code", "sentence", "length of the sentence"):
            fields = [("code", "I", 8), ("sentence", "text", b"It did not work.")]
        parts = []
        for field, form, value in fields:
            chosen = self._value if field == name else value
            if form == "text":
                assert isinstance(chosen, bytes)
                is_lie = name == f"length of {field}" or (name == "length of the sentence" and field == "sentence")
                length = int(self._value) if is_lie and not isinstance(self._value, bytes) else len(chosen)
                parts.append(struct.pack("<H", length) + chosen)
            else:
                parts.append(struct.pack(f"<{form}", chosen))
        return b"".join(parts)

    def _send(self, frame: bytes, way: object) -> None:
        match way:
            case b"twice":
                send(frame + frame)
            case b"before":
                send(frame[:16] + frame)
            case b"endless":
                while True:
                    send(bytes(1 << 16))
            case b"slowly":
                for byte in frame:
                    send(bytes([byte]))
                    time.sleep(0.01)
            case b"silent":
                time.sleep(3600)
            case b"closed":
                os.close(1)
                time.sleep(3600)
            case b"dead":
                os.kill(os.getpid(), 11)
            case b"flood":
                os.write(2, b"\x1b[31m" + b"x" * 1_000_000)
                os.write(2, b"y\n" * 100_000)
                send(frame)
            case b"stderr":
                os.write(2, b"\x1b]52;c;ZXZpbA==\x07\xff\n")
                os._exit(3)
            case _:
                send(frame)


def send(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _number(text: str) -> int | float:
    return float(text) if text.strip("-").isalpha() or "e" in text or "." in text else int(text)


def as_json(case: Case) -> str:
    """For the command line."""
    return json.dumps(asdict(case))


def main() -> None:
    hostile = Hostile(Case(**json.loads(sys.argv[1])))
    with open(0, "rb") as stream:
        while header := stream.read(16):
            _, _, kind, _, number, size = struct.unpack("<4sBBHII", header)
            hostile.answer(kind, number, stream.read(size))
            if KINDS[kind] == "close":
                return


if __name__ == "__main__":
    main()
