"""`mnist-bench import`: make a model file of another program's, and say what was found in it."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.models import found_lines
from mnist_bench.engines.models import Import
from mnist_bench.network.model_file import SUFFIX, write_model_file

_DETAILS = """\
examples:
  mnist-bench import model.pth
  mnist-bench import mnist.onnx --out mine.safetensors
  mnist-bench import model.keras --normalise mean
  mnist-bench import weights.pth --class train.py:Net

Reads files of PyTorch (state dict, checkpoint, module, TorchScript, .ptl, torch.export), Keras (.h5,
.keras), TFLite, ONNX, Core ML, and safetensors files. Nothing in the file is executed; a Python file that
--class names is. The network is quantized on 200 bundled digits, so that every backend can run it;
`mnist-bench quantize` calibrates it on MNIST.

--normalise names what the network's input is scaled to, x being a pixel's byte:
  255          x/255
  mean         (x/255 - 0.1307) / 0.3081
  symmetric    (x/255 - 0.5) / 0.5
  bytes        x, 0 to 255
  M,D          (x/255 - M) / D
and inverted-... for dark ink on a light background. Without it, the file's own word counts, or else what
reads the digits best."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "import", "import another program's model file", _DETAILS)
    parser.add_argument("file", type=Path, metavar="FILE", help="a model file of PyTorch, Keras, TFLite, ONNX, ...")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"the model file to write (default: NAME{SUFFIX} in this folder)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.add_argument("--normalise", metavar="NAME", help="what the input is scaled to (below)")
    parser.add_argument("--guess", type=int, metavar="N", help="take guess N of those that --json lists")
    parser.add_argument(
        "--class",
        dest="named_class",
        metavar="FILE.py:Net",
        help="the class whose weights the file holds; runs that Python file",
    )
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    out = options.out if options.out is not None else Path(options.file.stem + SUFFIX)
    common.check_output(out, options.force)
    model = Import(options.file, options.normalise, options.named_class, options.guess).run()
    write_model_file(out, model.network, model.notes)
    assert model.report is not None  # noqa: S101 - an import has one
    if options.json:
        common.print_json({**asdict(model.report), "out": str(out)})
    else:
        common.show(f"{options.file}: {model.report.format}")
        common.show_lines(
            "\n".join((*(f"  {operator}" for operator in model.report.operators), *found_lines(model.report)))
        )
        common.show(f"Wrote {out}.")
    return ExitStatus.OK
