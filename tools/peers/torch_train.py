"""Trains Inkdigit's built-in networks with PyTorch on the CPU: seconds an epoch and accuracy on the test set.

The clock runs over the training loop alone: shuffled batches of 100 gathered from float images in memory,
plain SGD, as in `inkdigit train` with the recipe of the same network. Importing and loading are left out.
"""
import argparse
import time

import torch
from torch import nn
from torch.nn import functional as F

from mnist import load

BATCH = 100


def block(inputs, outputs, kernel, activation, pad=0):
    return [nn.Conv2d(inputs, outputs, kernel, padding=pad), activation(), nn.MaxPool2d(2)]


def layers(name):
    """The layers of a network and the learning rate it is trained with."""
    match name:
        case "mlp":
            return [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)], 0.1
        case "lenet":
            return [*block(1, 20, 5, nn.Tanh), *block(20, 50, 5, nn.Tanh), nn.Flatten(), nn.Linear(800, 500),
                    nn.Tanh(), nn.Linear(500, 10)], 0.1
        case "keras":
            return [*block(1, 32, 3, nn.ReLU), *block(32, 64, 3, nn.ReLU), nn.Flatten(), nn.Dropout(0.5),
                    nn.Linear(1600, 10)], 0.05
        case "deep":
            return [*block(1, 32, 5, nn.ReLU, 2), *block(32, 64, 5, nn.ReLU, 2), nn.Flatten(),
                    nn.Linear(3136, 1024), nn.ReLU(), nn.Dropout(0.5), nn.Linear(1024, 10)], 0.05


def train_epoch(net, optimizer, images, labels, memory_format):
    net.train()
    order = torch.randperm(len(images))
    for batch in order.split(BATCH):
        optimizer.zero_grad(set_to_none=True)
        logits = net(images[batch].contiguous(memory_format=memory_format))
        F.cross_entropy(logits, labels[batch]).backward()
        optimizer.step()


@torch.no_grad()
def accuracy(net, images, labels):
    net.eval()
    right = sum((net(x).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
    return right / len(images)


def main():
    arguments = argparse.ArgumentParser(description="train one of Inkdigit's networks with PyTorch on the CPU")
    arguments.add_argument("net", choices=["mlp", "lenet", "keras", "deep"])
    arguments.add_argument("--data", required=True, metavar="DIR", help="folder with MNIST's four .gz files")
    arguments.add_argument("--epochs", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments.add_argument("--channels-last", action="store_true", help="NHWC in memory, PyTorch's faster layout")
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)

    train = [torch.from_numpy(part) for part in load(chosen.data, "train")]
    test = [torch.from_numpy(part) for part in load(chosen.data, "t10k")]
    modules, rate = layers(chosen.net)
    memory_format = torch.channels_last if chosen.channels_last else torch.contiguous_format
    net = nn.Sequential(*modules).to(memory_format=memory_format)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    for epoch in range(1, chosen.epochs + 1):
        start = time.perf_counter()
        train_epoch(net, optimizer, *train, memory_format)
        seconds = time.perf_counter() - start
        print(f"{chosen.net} epoch {epoch} train {seconds:.3f} s  accuracy {accuracy(net, *test):.4f}", flush=True)


if __name__ == "__main__":
    main()
