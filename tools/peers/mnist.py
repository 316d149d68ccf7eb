"""MNIST from its four IDX files, for the scripts beside this one."""
import gzip
import pathlib
import sys

import numpy as np


def read_idx(path, dimensions):
    """The array in a gzip-compressed IDX file of bytes, its header checked."""
    try:
        data = gzip.decompress(pathlib.Path(path).read_bytes())
    except OSError as error:
        sys.exit(f"{path}: {error}; --data names a folder with MNIST's four .gz files")
    magic, *shape = np.frombuffer(data, ">u4", 1 + dimensions).tolist()
    if magic != 0x800 + dimensions or len(data) != 4 * (1 + dimensions) + np.prod(shape):
        sys.exit(f"{path}: not an IDX file of bytes with {dimensions} dimensions")
    return np.frombuffer(data, np.uint8, offset=4 * (1 + dimensions)).reshape(shape)


def load(folder, split):
    """Images [N, 1, 28, 28] in [0, 1] as float32 and labels [N] as int64; split is "train" or "t10k"."""
    folder = pathlib.Path(folder)
    images = read_idx(folder / f"{split}-images-idx3-ubyte.gz", 3)
    labels = read_idx(folder / f"{split}-labels-idx1-ubyte.gz", 1)
    images = images[:, None].astype(np.float32)
    images /= 255  # in place: touching new memory is what loading costs
    return images, labels.astype(np.int64)
