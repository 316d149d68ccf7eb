"""One epoch to 99 % with PyTorch on the CPU, the counterpart of `inkdigit train --recipe fast`.

Convolution 5x5x24, convolution 3x3x32, each with max pooling *before* ReLU (a quarter of the work), dense
256; Adam at 1e-2 with betas 0.7 and 0.9, one cycle, batch 256. For each seed it prints the seconds of the
training loop and the test accuracy; importing and loading, which a cold process pays too, come first.
"""
import time

started = time.perf_counter()
import argparse

import torch
from torch import nn
from torch.nn import functional as F

from mnist import load

imported = time.perf_counter()

BATCH, PEAK = 256, 0.01
MEAN, DEVIATION = 0.1307, 0.3081  # of MNIST's training pixels


def network():
    return nn.Sequential(
        nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(24, 32, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)


def split(folder, name):
    images, labels = load(folder, name)
    images -= MEAN
    images /= DEVIATION
    return torch.from_numpy(images), torch.from_numpy(labels)


def train(net, images, labels):
    # Whole batches only: the last, short one would get a step of full size.
    batches = torch.randperm(len(images)).split(BATCH)[:len(images) // BATCH]
    optimizer = torch.optim.Adam(net.parameters(), lr=PEAK, betas=(0.7, 0.9))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, total_steps=len(batches) + 1,
                                                   cycle_momentum=False)
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        logits = net(images[batch].contiguous(memory_format=torch.channels_last))
        F.cross_entropy(logits, labels[batch]).backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def accuracy(net, images, labels):
    right = sum((net(x).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
    return right / len(images)


def main():
    arguments = argparse.ArgumentParser(description="the fast recipe to 99 % with PyTorch on the CPU")
    arguments.add_argument("--data", required=True, metavar="DIR", help="folder with MNIST's four .gz files")
    arguments.add_argument("--seeds", type=int, default=1, help="how many runs, with seeds 0, 1, ...")
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = arguments.parse_args()
    torch.set_num_threads(chosen.threads)

    start = time.perf_counter()
    training, test = split(chosen.data, "train"), split(chosen.data, "t10k")
    print(f"import {imported - started:.2f} s  load {time.perf_counter() - start:.2f} s", flush=True)
    for seed in range(chosen.seeds):
        torch.manual_seed(seed)
        net = network()
        start = time.perf_counter()
        train(net, *training)
        seconds = time.perf_counter() - start
        print(f"seed {seed} train {seconds:.2f} s  accuracy {accuracy(net, *test):.4f}", flush=True)


if __name__ == "__main__":
    main()
