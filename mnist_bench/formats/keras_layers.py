"""Keras's layers as operators: one function for each class, and the table of them.

Kernels are (height, width, in, out) in every version but Keras 1 with channels first. Source: Keras's own layers.
"""

from collections.abc import Callable, Mapping

import numpy as np

from mnist_bench.formats import composing, keras_activations, keras_functions
from mnist_bench.formats.building import Array, NotSupported
from mnist_bench.formats.foreign import Identity
from mnist_bench.formats.keras_activations import activated
from mnist_bench.formats.keras_use import Use, as_pair
from mnist_bench.formats.windows import same_padding
from mnist_bench.network.arrays import FloatArray
from mnist_bench.network.layers import AvgPool2d, Conv2d, MaxPool2d
from mnist_bench.network.operators.window import Pair, Sides

Reader = Callable[[Use], str]


def _padding(use: Use, kernel: Pair, stride: Pair) -> Sides:
    """What a window adds around the image: nothing, or TensorFlow's SAME."""
    how = str(use.option("padding", "border_mode", default="valid"))
    if how not in ("valid", "same"):
        raise NotSupported(f"with the padding '{how}'")
    if how == "valid":
        return 0, 0, 0, 0
    shape = use.graph.image(use.value)
    if len(shape) != 3:
        raise NotSupported(f"on a value of the shape {shape}")
    height, width = shape[:2] if use.channels_last else shape[1:]
    return same_padding((height, width), kernel, stride)


def _convolved(use: Use, value: str, kernel: FloatArray, bias: FloatArray | None, groups: int) -> str:
    """A convolution of `value` with a kernel (out, in / groups, height, width), set up as the layer is."""
    if as_pair(use.option("dilation_rate", default=1)) != (1, 1):
        raise NotSupported("with dilation")
    window, stride = (kernel.shape[2], kernel.shape[3]), use.pair("strides", "subsample")
    biases = np.zeros(len(kernel), np.float32) if bias is None else bias
    operator = Conv2d(kernel, biases, stride, _padding(use, window, stride), groups)
    return composing.on_image(use.graph, operator, value, channels_last=use.channels_last)


def _bias(use: Use, outputs: int) -> FloatArray | None:
    return use.weight("bias", (outputs,)) if use.has_bias else None


def _conv2d(use: Use) -> str:
    kernel = use.weight("kernel")
    if kernel.ndim != 4:
        raise NotSupported(f"with a kernel of the shape {kernel.shape}")
    if use.layer.kind == "Convolution2D" and not use.channels_last:  # Keras 1: (out, in, height, width)
        kernel = kernel.transpose(2, 3, 1, 0)
    if use.option("filters", "nb_filter") != kernel.shape[3]:
        raise NotSupported(f"with a kernel of the shape {kernel.shape}")
    if use.file.text("/model_weights", "backend") == "theano":  # a true convolution, with its kernel turned around
        kernel = kernel[::-1, ::-1]
    groups = int(use.option("groups", default=1))
    return activated(use, _convolved(use, use.value, kernel.transpose(3, 2, 0, 1), _bias(use, kernel.shape[3]), groups))


def _each_channel(use: Use, name: str) -> FloatArray:
    """A depthwise kernel (height, width, channels, multiplier) as (channels x multiplier, 1, height, width)."""
    kernel = use.weight(name)
    if kernel.ndim != 4:
        raise NotSupported(f"with a kernel of the shape {kernel.shape}")
    height, width, channels, multiplier = kernel.shape
    return kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def _depthwise(use: Use) -> str:
    kernel = _each_channel(use, "kernel")
    channels = len(kernel) // int(use.option("depth_multiplier", default=1))
    return activated(use, _convolved(use, use.value, kernel, _bias(use, len(kernel)), channels))


def _separable(use: Use) -> str:
    kernel = _each_channel(use, "depthwise_kernel")
    points = use.weight("pointwise_kernel")
    channels = len(kernel) // int(use.option("depth_multiplier", default=1))
    value = _convolved(use, use.value, kernel, None, channels)
    bias = _bias(use, points.shape[3])
    biases = np.zeros(points.shape[3], np.float32) if bias is None else bias
    mixing = Conv2d(points.transpose(3, 2, 0, 1), biases)
    return activated(use, composing.on_image(use.graph, mixing, value, channels_last=use.channels_last))


def _dense(use: Use) -> str:
    """On features a linear operator; on an image (height, width, channels) a 1 x 1 kernel: it reads the last axis."""
    graph, shape = use.graph, use.graph.image(use.value)
    units = int(use.option("units", "output_dim"))
    weight = use.weight("kernel", (shape[-1], units)).T
    bias = _bias(use, units)
    biases = np.zeros(units, np.float32) if bias is None else bias
    if len(shape) == 1:
        return activated(use, composing.linear(graph, use.value, weight, biases, (1, units)))
    operator = Conv2d(weight[:, :, None, None], biases)
    return activated(use, composing.on_image(graph, operator, use.value, channels_last=True))


def _pooling(operator: type[AvgPool2d | MaxPool2d]) -> Reader:
    def read(use: Use) -> str:
        kernel = use.pair("pool_size", default=2)
        stride = use.pair("strides", default=kernel)
        padding = _padding(use, kernel, stride)
        if operator is AvgPool2d and any(padding):
            raise NotSupported("with padding that its mean leaves out")
        return composing.on_image(
            use.graph, operator(kernel, stride, padding), use.value, channels_last=use.channels_last
        )

    return read


def _global_pooling(operator: type[AvgPool2d | MaxPool2d]) -> Reader:
    def read(use: Use) -> str:
        axes, keep = (1, 2) if use.channels_last else (2, 3), bool(use.option("keepdims", default=False))
        return composing.pool_all(use.graph, operator, use.value, axes, keep=keep)

    return read


def _flatten(use: Use) -> str:
    value, shape = use.value, use.graph.image(use.value)
    if use.option("data_format") == "channels_first" and len(shape) == 3:  # Keras then flattens as if they were last
        value = composing.transpose(use.graph, value, (0, 2, 3, 1))
    return composing.reshape(use.graph, value, (1, -1))


def _reshape(use: Use) -> str:
    """The layer, or in a .h5 file of Keras 3 the function, whose shape has the batch."""
    shape = use.option("target_shape", "dims")
    return composing.reshape(use.graph, use.value, use.option("newshape") if shape is None else (1, *shape))


def _permute(use: Use) -> str:
    return composing.transpose(use.graph, use.value, (0, *use.option("dims")))


def _zero_padding(use: Use) -> str:
    """`padding` is one number, two for height and width, or two pairs; in TensorFlow as in Keras 1."""
    padding = use.option("padding", default=1)
    sides = padding if isinstance(padding, list) else (padding, padding)
    pairs = [(side, side) if isinstance(side, int) else as_pair(side) for side in sides]
    around = (*pairs, (0, 0)) if use.channels_last else ((0, 0), *pairs)
    return composing.pad(use.graph, use.value, ((0, 0), *around), 0.0)


def _upsampling(use: Use) -> str:
    if use.option("interpolation", default="nearest") != "bilinear":
        raise NotSupported("that repeats pixels")
    shape = use.graph.image(use.value)
    sides = shape[:2] if use.channels_last else shape[1:]
    size = [side * factor for side, factor in zip(sides, use.pair("size", default=2), strict=True)]
    return composing.resize(use.graph, use.value, size, channels_last=use.channels_last)


def _resizing(use: Use) -> str:
    if use.option("interpolation", default="bilinear") != "bilinear" or use.option("crop_to_aspect_ratio"):
        raise NotSupported("but by linear interpolation of the whole image")
    size = int(use.option("height")), int(use.option("width"))
    return composing.resize(use.graph, use.value, size, channels_last=use.channels_last)


def _along(use: Use, factors: Array, axis: int) -> Array:
    """One number for each entry of an axis (the batch is axis 0), to be broadcast against the value."""
    shape = [1] * len(use.graph.shape(use.value))
    shape[axis] = -1
    return factors.reshape(shape)


def _batch_normalization(use: Use) -> str:
    if use.option("mode", default=0) != 0 or use.layer.in_training:
        raise NotSupported("in a mode that normalises by the batch")
    axis = use.option("axis", default=-1)
    axis = int(axis[0] if isinstance(axis, list) else axis)
    features = use.graph.shape(use.value)[axis]
    mean = use.weight("moving_mean", (features,)).astype(np.float64)
    variance = use.weight("moving_variance", (features,)).astype(np.float64)
    gamma = use.weight("gamma", (features,)) if use.option("scale", default=True) else np.float64(1)
    beta = use.weight("beta", (features,)) if use.option("center", default=True) else np.float64(0)
    scale = gamma / np.sqrt(variance + float(use.option("epsilon", default=1e-3)))
    offset = beta - mean * scale
    value = composing.affine(use.graph, use.value, _along(use, scale, axis), _along(use, offset, axis))
    use.graph.learned.add(value)
    return value


def _rescaling(use: Use) -> str:
    scale, offset = (np.asarray(use.option(name, default=0.0), np.float64) for name in ("scale", "offset"))
    return composing.affine(use.graph, use.value, scale, offset)


def _normalization(use: Use) -> str:
    """(x - mean) / deviation along `axis`; the numbers stand in the configuration, or among the weights."""
    if use.option("invert", default=False):
        raise NotSupported("inverted")
    mean, variance = use.option("mean"), use.option("variance")
    if mean is None:
        mean, variance = use.weight("mean"), use.weight("variance")
    mean, variance = np.asarray(mean, np.float64), np.asarray(variance, np.float64)
    axis = use.option("axis", default=[])
    axes = axis if isinstance(axis, list) else [axis]
    if mean.size > 1:
        if len(axes) != 1:
            raise NotSupported(f"along the axes {axes}")
        mean, variance = _along(use, mean, axes[0]), _along(use, variance, axes[0])
    else:
        mean, variance = mean.reshape(()), variance.reshape(())
    scale = 1 / np.maximum(np.sqrt(variance), 1e-7)
    return composing.affine(use.graph, use.value, scale, -mean * scale)


def _concatenate(use: Use) -> str:
    return composing.concat(use.graph, use.values, int(use.option("axis", "concat_axis", default=-1)))


def _merge(use: Use) -> str:
    """The one class that Keras 1 joins values with."""
    mode = use.option("mode", default="sum")
    if mode not in ("sum", "concat"):
        raise NotSupported(f"in the mode '{mode}'")
    return LAYERS["Add"](use) if mode == "sum" else _concatenate(use)


def _unchanged(use: Use) -> str:
    """What computes nothing when a network is used; told where the file would have it compute all the same."""
    kind = use.layer.kind
    if use.layer.in_training:
        use.graph.note(
            f"The layer '{use.layer.place}' ({kind}) works as in training even when the network is used, so that every "
            "call answers differently; it was left out."
        )
    return composing.elementwise(use.graph, Identity(kind.lower()), use.value)


_ONLY_IN_TRAINING = (
    *("InputLayer", "Identity"),
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "GaussianNoise"),
    *("ActivityRegularization", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast"),
    *("RandomBrightness", "RandomShear", "RandomErasing"),
)
LAYERS: Mapping[str, Reader] = {
    "Conv2D": _conv2d,
    "Convolution2D": _conv2d,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Dense": _dense,
    "MaxPooling2D": _pooling(MaxPool2d),
    "AveragePooling2D": _pooling(AvgPool2d),
    "GlobalMaxPooling2D": _global_pooling(MaxPool2d),
    "GlobalAveragePooling2D": _global_pooling(AvgPool2d),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "ZeroPadding2D": _zero_padding,
    "UpSampling2D": _upsampling,
    "Resizing": _resizing,
    "BatchNormalization": _batch_normalization,
    "BatchNormalizationV1": _batch_normalization,
    "BatchNormalizationV2": _batch_normalization,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Concatenate": _concatenate,
    "Merge": _merge,
    **dict.fromkeys(_ONLY_IN_TRAINING, _unchanged),
    **keras_activations.LAYERS,
    **keras_functions.FUNCTIONS,
}
"""By their classes."""
