"""Changes the pickles in PyTorch's files into hostile ones."""

import io
import pickletools
from collections import deque

import numpy as np

from tests.formats.hostile import damaged, pick

HOSTILE_OPCODES = (
    b"cos\nsystem\n(S'touch ran'\ntR",
    b'cbuiltins\neval\n(S\'open("ran", "w")\'\ntR',
    b"(S'touch ran'\nios\nsystem\n",
    b"(cos\nsystem\nS'touch ran'\no",
    b"\x8c\x02os\x8c\x06system\x93\x8c\x09touch ran\x85R",
    b"csubprocess\nPopen\n)\x81}S'args'\nS'touch ran'\nsb",
    b"cos\nsystem\nS'touch ran'\n\x85}\x92",
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R",
    b"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n\x8c\x0200\x85RC\x00\x86R",
    b"ctorch._utils\n_rebuild_tensor_v2\n(NK\x00)t)R",
    b"ctorch._utils\n_rebuild_qtensor\n)R",
    b"ccollections\nOrderedDict\n]]\x85aR",
    b"ctorch\nSize\nN\x85R",
    b"cpickle\nloads\nC\x01.\x85R",
    b"\x82\x01",
    b"\x83\x01\x01",
    b"\x84\x01\x01\x01\x01",
    b"P1\n",
    b"NQ",
    b"\x97\x98",
    b"}}s",
    b"](a",
    b"2" * 50,
    b"(" * 2000,
    b")" + b"\x85" * 3000,
    b"]" + b"2a" * 500,
    b"}2" + b"K\x012s" * 50,
    b"L" + b"9" * 5000 + b"L\n",
    b"\x8b\xff\xff\xff\x7f",
    b"B\xff\xff\xff\xff",
    b"\x8e" + b"\xff" * 8,
    b"\x96" + b"\xff" * 8,
    b"r\xff\xff\xff\xff",
    b"j\xff\xff\xff\xff",
    b"Vx\\ud800\n",
    b"c\xff\xfe\n\xff\n",
)
"""Pieces of pickles: calls of programs, objects that are none, what never ends, and lengths without bytes."""


def changed_pickle(good: bytes, random: np.random.Generator) -> bytes:
    """Operations of a pickle are left out, repeated, exchanged, or hostile ones are put between them."""
    try:
        at = [0 if place is None else place for _, _, place in pickletools.genops(good)]
    except ValueError:
        return damaged(good, random)
    pieces = [good[begin:end] for begin, end in zip(at, [*at[1:], at[-1] + 1], strict=True)]
    rest = good[at[-1] + 1 :]
    for _ in range(random.integers(1, 4)):
        index, other = random.integers(len(pieces), size=2)
        match random.integers(6):
            case 0:
                pieces[index] = b""
            case 1:
                pieces[index] *= pick((2, 100), random)
            case 2:
                pieces[index], pieces[other] = pieces[other], pieces[index]
            case 3:
                pieces[index] = pick(_NUMBERS, random) if pieces[index][:1] in b"KMJ\x88\x89" else pieces[index]
            case _:
                pieces[index:index] = [pick(HOSTILE_OPCODES, random), *([b"0"] if random.random() < 0.7 else [])]
    return b"".join(pieces) + rest


_NUMBERS = (
    b"J\xff\xff\xff\xff",
    b"J\xff\xff\xff\x7f",
    b"\x8a\x09" + b"\xff" * 8 + b"\x00",
    b"\x8a\x05\x00\x00\x00\x00\x01",
    b"N",
    b"G\x7f\xf0\0\0\0\0\0\0",
)


def changed_legacy(good: bytes, random: np.random.Generator) -> bytes:
    """The pickle of the old form of PyTorch's files that describes the tensors, changed."""
    file = io.BytesIO(good)
    for _ in range(3):  # a magic number, the version of the protocol, sizes of the machine
        deque(pickletools.genops(file), maxlen=0)
    begin = file.tell()
    return good[:begin] + changed_pickle(good[begin:], random)
