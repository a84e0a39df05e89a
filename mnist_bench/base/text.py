"""What a device, a file or a person says, made fit to show: it is data, and may be anything, of any length."""

import re
import unicodedata
from itertools import islice

_LONGEST = 200  # characters


def printable(text: str, keep: str = "") -> str:
    r"""`text` with every character that does not print, but those in `keep`, as Python writes it: "\x1b", "\u202e".

    Control, escape and bidirectional characters, zero-width ones, separators of lines and undecodable bytes are such.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in keep else _named(each) for each in text)


def _named(character: str) -> str:
    is_space = unicodedata.category(character) == "Zs"  # such as U+00A0
    return " " if is_space else character.encode("unicode_escape").decode()


def one_line(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, without what does not print, cut off after `longest` characters."""
    printable = "".join(each if each.isprintable() else " " for each in text[: 20 * longest])
    line = " ".join(printable.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def lines(text: str, most: int = 20) -> str:
    """The last `most` lines of the text, each as `one_line` has it; empty ones are left out."""
    end = text[-20 * _LONGEST * most :]
    last = islice(filter(None, map(one_line, reversed(end.splitlines()))), most)
    return "\n".join(reversed(list(last)))


def whole_number(text: str | None, allowed: range) -> int | None:
    """A whole number in decimal digits; None where it is anything else, or not one of those `allowed`."""
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return int(text) if int(text) in allowed else None
