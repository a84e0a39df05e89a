"""Reads TorchScript archives (.pt, .ptl): their code and weights hold the whole graph.

Also those of the lite interpreter (.ptl), which hold the same code beside their bytecode, and those prepared for phones
by torch.utils.mobile_optimizer, whose weights lie packed among the constants.
"""

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.torch_graph import INPUT_SHAPES, GraphBuilder, ShapeMismatch
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_zip import Archive
from mnist_bench.formats.torchscript_code import Follower
from mnist_bench.formats.torchscript_source import Code
from mnist_bench.network.arrays import Shape

FORMAT = "TorchScript"


def is_script(archive: Archive) -> bool:
    """Whether an archive of PyTorch's holds TorchScript."""
    return "constants.pkl" in archive or any(name.startswith("code/") for name in archive.names)


def read_archive(archive: Archive, name: str) -> ForeignGraph:
    """The graph in an archive of TorchScript; `name` is the graph's.

    Raises:
        FormatError: it is damaged, holds no code, or takes no image of 28 x 28 or 32 x 32 pixels.
    """
    root = archive.read_pickle("data.pkl") if "data.pkl" in archive else None
    if not isinstance(root, Instance) or not any(one.startswith("code/") for one in archive.names):
        raise FormatError(
            "The file is TorchScript, but lacks the code that says how its layers are joined.",
            advice="Save it again with torch.jit.save or _save_for_lite_interpreter, and open that file.",
        )
    constants = archive.read_pickle("constants.pkl") if "constants.pkl" in archive else ()
    code = Code(archive)
    _check_forward(code, root)
    refusals = []
    for shape in INPUT_SHAPES:
        try:
            return _followed(code, root, constants if isinstance(constants, tuple) else (), shape, name)
        except ShapeMismatch as error:
            refusals.append(error)
    raise FormatError(
        f"The network takes no image of 28 x 28 or 32 x 32 pixels. With one of 28 x 28: {refusals[0].message}",
        advice="Choose a network for digits.",
    )


def _check_forward(code: Code, root: Instance) -> None:
    forward = code.method(root, "forward")
    if forward is None:
        raise FormatError(
            "The file's code has no forward method.", advice="Save a whole network, not only a part of it."
        )
    needed = len(forward.args.args) - len(forward.args.defaults) - 1
    if needed > 1:
        names = ", ".join(one.arg for one in forward.args.args[1 : 1 + needed])
        raise FormatError(
            f"The network takes {needed} inputs ({names}), not one image.", advice="Choose another network."
        )


def _followed(code: Code, root: Instance, constants: tuple[object, ...], shape: Shape, name: str) -> ForeignGraph:
    graph = GraphBuilder(shape)
    try:
        output = Follower(code, constants, graph).call_method(root, "forward", [graph.input], {})
        return graph.graph(FORMAT, name, output)
    except ShapeMismatch:
        raise
    except FormatError:  # behind what is not supported little is known, and that is what a person should hear of
        if not graph.is_refused:
            raise
        return graph.graph(FORMAT, name, graph.last)
