"""The shape guard: does a layer still fit the output of the layers before it?"""

import keras


def fits(layer: keras.Layer, shape: tuple[int | None, ...]) -> bool:
    """Return whether the layer's window fits on every spatial axis.

    A window spans (size - 1) * dilation + 1 values, and without padding Keras refuses
    one that is wider than the axis: https://keras.io/api/layers/convolution_layers/

    Args:
        layer: A convolution or pooling layer.
        shape: The shape of its input, the batch axis first.
    """
    if layer.padding != "valid":
        return True
    axes = shape[1:-1] if layer.data_format == "channels_last" else shape[2:]
    if hasattr(layer, "pool_size"):
        windows = layer.pool_size
    else:
        windows = [
            (size - 1) * dilation + 1
            for size, dilation in zip(
                layer.kernel_size, layer.dilation_rate, strict=True
            )
        ]
    return all(
        axis is None or window <= axis
        for window, axis in zip(windows, axes, strict=True)
    )
