"""`mnist-bench export`: write a network as an ONNX, TFLite or PyTorch file."""

import argparse
from pathlib import Path
from typing import Any

from mnist_bench.bench.exporting import ExportFormat, export_network
from mnist_bench.bench.stop import Stop
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.interrupts import on_interrupt
from mnist_bench.cli.models import open_and_tell
from mnist_bench.network.network import Precision

_DETAILS = """\
examples:
  mnist-bench export digits-cnn --format onnx --out digits.onnx
  mnist-bench export digits-cnn --format tflite --int8 --out digits-int8.tflite
  mnist-bench export model.pth --format ptl --out model.ptl

Inputs and outputs:
  onnx                     pixels, uint8 (N, 1, 28, 28), 0 to 255; logits, float32 (N, 10)
  tflite                   float32 (1, 28, 28, 1), pixel / 255; with --int8 int8, pixel - 128
  torchscript, ptl, pt2    float32 (N, 1, 28, 28), pixel / 255; logits, float32 (N, 10)
A normalisation is part of the network, and a softmax at its end is left out."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "export", "write a network as another program's file", _DETAILS)
    parser.add_argument("model", metavar="NAME|FILE", help="a bundled network or a model file")
    parser.add_argument("--format", required=True, choices=[str(one) for one in ExportFormat], help="of the file")
    parser.add_argument("--int8", action="store_true", help="quantized, instead of fp32")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    common.check_output(options.out, options.force)
    network = open_and_tell(options.model).network
    precision = Precision.INT8 if options.int8 else Precision.FP32
    stop = Stop()
    with on_interrupt(stop.set):
        export_network(network, ExportFormat(options.format), precision, options.out, stop)
    common.show(f"Wrote {options.out}.")
    return ExitStatus.OK
