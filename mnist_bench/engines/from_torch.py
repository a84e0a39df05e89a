"""A network from a PyTorch module that the caller holds, by way of a torch.export program."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_bench.base.errors import InputError
from mnist_bench.engines.models import Import
from mnist_bench.network.network import Network

if TYPE_CHECKING:
    import torch


def from_torch(module: "torch.nn.Module", example: "torch.Tensor", *, normalise: str | None = None) -> Network:
    """The network of a module, quantized on 200 bundled digits.

    Args:
        module: a digit classifier; it is exported in evaluation mode, and its own mode is left as it was.
        example: an input as it takes it, with a batch of one: float32 (1, 1, 28, 28), (1, 784), ...
        normalise: what its input is scaled to, as `mnist-bench import --normalise` takes it; found by itself otherwise.

    Raises:
        InputError: torch.export cannot export the module.
        FormatError: it has operators that this program does not run.
        UsageError: `normalise` is not the name of a normalisation.
    """
    import torch  # the caller's own

    was_training = module.training
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
        path = Path(folder) / f"{type(module).__name__}.pt2"
        try:
            torch.export.save(torch.export.export(module.eval(), (example,)), path)
        except Exception as error:  # whatever the module's own code raises
            reason = str(error).partition("\n")[0]
            raise InputError(
                f"torch.export cannot export {type(module).__name__}: {reason}.",
                advice="Check that the module runs on the example in evaluation mode.",
            ) from error
        finally:
            module.train(was_training)
        return Import(path, normalise).run().network
