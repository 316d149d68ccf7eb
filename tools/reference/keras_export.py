"""What Keras 3's own `model.export(format="onnx")` and tf2onnx write.

usage: keras_export.py [--out DIR] [NAME...]       in the environment of keras_requirements.txt

Keras keeps pictures channels-last, so Flatten reads (row, column, channel), and the converters put Transposes
around what ONNX has channels-first.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # read when TensorFlow is loaded

import logging
import tempfile

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import layers

import fixture

UNIT = 1 / 255
PICTURE = (28, 28, 1)


def convolutional(x):
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(5, 3, activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(x))


def normalised(x):
    """BatchNormalization after convolutions with padding `same` and stride 2, a shortcut, a global average."""
    x = layers.Conv2D(6, 5, strides=2, padding="same", use_bias=False)(x)
    x = shortcut = layers.ReLU(max_value=6)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.Conv2D(6, 1)(layers.LeakyReLU(0.1)(layers.BatchNormalization()(x)))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.Add()([x, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dense(10)(x)


def dense(x):
    x = layers.Dense(3, activation="tanh")(layers.Flatten()(x))
    return layers.Dense(10, activation="softmax")(x)


def rescaling(x):
    return dense(layers.AveragePooling2D(2)(layers.Rescaling(1 / 255)(x)))


def from_bytes(x):
    return rescaling(keras.ops.cast(x, "float32"))


def build(network, shape=PICTURE, dtype="float32"):
    """A network with weights from a fixed seed, and BatchNorm statistics and biases that aren't zeros and ones."""
    keras.utils.set_random_seed(5)
    x = keras.Input(shape, dtype=dtype, name="input")
    model = keras.Model(x, network(x))
    rng = np.random.default_rng(5)
    for weight in model.weights:
        if weight.name in ("bias", "beta", "moving_mean"):
            weight.assign(rng.uniform(-0.3, 0.3, weight.shape))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model


def by_keras(model):
    """`model.export`, with the opset that Keras chooses."""
    model(np.zeros((1, *model.inputs[0].shape[1:]), model.inputs[0].dtype))  # Keras exports what was called once
    with tempfile.TemporaryDirectory() as path:
        model.export(f"{path}/model.onnx", format="onnx", verbose=False)
        return onnx.load(f"{path}/model.onnx")


def by_tf2onnx(model, opset, **settings):
    signature = [tf.TensorSpec((None, *model.inputs[0].shape[1:]), model.inputs[0].dtype, name="input")]
    function = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return tf2onnx.convert.from_function(function, signature, opset=opset, **settings)[0]


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    logging.disable(logging.WARNING)
    pictures, raw = [[fixture.images(2, PICTURE, UNIT)]], [[fixture.images(2, PICTURE)]]
    both = fixture.batches(PICTURE, UNIT)
    planes = [[fixture.images(2, scale=UNIT)]]
    nchw = {"inputs_as_nchw": ["input:0"]}
    forms = {
        "keras_convolutional": ("convolutions, Flatten in (row, column, channel) order, softmax; input 0..1",
                                lambda: by_keras(build(convolutional)), both),
        "keras_normalised": ("BatchNormalization, padding same with stride 2, shortcut, global average; input 0..1",
                             lambda: by_keras(build(normalised)), pictures),
        "keras_dense": ("Flatten and two dense layers on [N, 28, 28]; input 0..1",
                        lambda: by_keras(build(dense, (28, 28))), [[fixture.images(2, (28, 28), UNIT)]]),
        "keras_rescaling": ("Rescaling(1 / 255) inside; input 0..255", lambda: by_keras(build(rescaling)), raw),
        "tf2onnx_convolutional_9": ("convolutions, Flatten, softmax; input 0..1",
                                    lambda: by_tf2onnx(build(convolutional), 9), pictures),
        "tf2onnx_convolutional_nchw": ("--inputs-as-nchw: input [N, 1, 28, 28]; input 0..1",
                                       lambda: by_tf2onnx(build(convolutional), 13, **nchw), planes),
        "tf2onnx_normalised": ("BatchNormalization, padding same with stride 2, shortcut, global average; input 0..1",
                               lambda: by_tf2onnx(build(normalised), 18), pictures),
        "tf2onnx_bytes": ("input uint8, Cast inside; input 0..255",
                          lambda: by_tf2onnx(build(from_bytes, dtype="uint8"), 13), [[fixture.digits(3)[..., None]]]),
    }  # fmt: skip
    for name, (about, make, data) in forms.items():
        if wanted(name):
            model = make()
            opset = next(o.version for o in model.opset_import if not o.domain)
            own = f"Keras {keras.__version__}'s export"
            writer = (
                own if name.startswith("keras") else f"tf2onnx {tf2onnx.__version__} from Keras {keras.__version__}"
            )
            versions = f"{writer} (TensorFlow {tf.__version__})"
            fixture.save(folder, name, model, data, f"written by {versions}, opset {opset}: {about}")


if __name__ == "__main__":
    main()
