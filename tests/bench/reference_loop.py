#!/usr/bin/env python3
"""One reference's training loop in Python, as its tutorial has it: torchvision's MNIST, a DataLoader with plain settings,
PyTorch's default number of threads. Prints {"samples_per_second": ..} of the loop alone, after a warm-up.

    tests/bench/reference_loop.py RECIPE ROOT SECONDS      ROOT/MNIST/raw/ holds the four files

The tutorials' own bookkeeping is part of the loop (a loss printed or summed, an accuracy counted); what they print goes
nowhere. tests/bench/references calls this, a process for each turn.
"""

import json
import os
import sys
import time

import torch
import torch.nn.functional as functional
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

WARM_UP_ITERATIONS = 5
NOWHERE = open(os.devnull, "w")


class ConvNet(nn.Module):  # plain-cnn and wide-cnn
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 3)
        self.fc1 = nn.Linear(20 * 10 * 10, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2, 2)
        x = functional.relu(self.conv2(x)).view(x.size(0), -1)
        return functional.log_softmax(self.fc2(functional.relu(self.fc1(x))), dim=1)


class TwoBlocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.MaxPool2d(2))
        self.conv2 = nn.Sequential(nn.Conv2d(10, 20, 5), nn.ReLU(), nn.MaxPool2d(2))
        self.fc = nn.Sequential(nn.Linear(320, 50), nn.Linear(50, 10))

    def forward(self, x):
        x = self.conv2(self.conv1(x))
        return self.fc(x.view(x.size(0), -1))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10),
                         nn.Softmax(dim=1))


def linear_alexnet():
    return nn.Sequential(nn.Conv2d(1, 16, 5, 1, 2), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5, 1, 2), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, 5, 1, 2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(576, 64),
                         nn.Linear(64, 10))


def mnist(root, normalised):
    steps = [transforms.ToTensor()] + ([transforms.Normalize((0.1307,), (0.3081,))] if normalised else [])
    return datasets.MNIST(root, train=True, transform=transforms.Compose(steps))


# Each yields the size of the minibatch it has just trained on, one epoch after another for ever.

def plain_cnn(root):
    device = torch.device("cpu")
    data, _ = random_split(mnist(root, normalised=False), [55000, 5000])
    loader = DataLoader(data, batch_size=256, shuffle=True)
    model = ConvNet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    for epoch in range(1, sys.maxsize):
        model.train()
        for i, (images, labels) in enumerate(loader):
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            print("Epoch [%d], Iteration [%d/%d], Loss: %.4f" % (epoch, i + 1, len(loader), loss.item()), file=NOWHERE)
            yield len(images)


def two_block_cnn(root):
    device = torch.device("cpu")
    loader = DataLoader(mnist(root, normalised=True), batch_size=32, shuffle=True)
    model = TwoBlocks().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    while True:
        running_loss, right, seen = 0.0, 0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            output = model(images)
            loss = criterion(output, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            right += (output.argmax(dim=1) == labels).sum().item()
            seen += len(labels)
            yield len(images)


def wide_cnn(root):
    device = torch.device("cpu")
    loader = DataLoader(mnist(root, normalised=True), batch_size=512, shuffle=True)
    model = ConvNet().to(device)
    optimizer = torch.optim.Adam(model.parameters())
    for epoch in range(1, sys.maxsize):
        model.train()
        for i, (images, labels) in enumerate(loader):
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = functional.nll_loss(model(images), labels)
            loss.backward()
            optimizer.step()
            if (i + 1) % 30 == 0:
                print("Train Epoch: %d [%d] Loss: %.6f" % (epoch, i * len(images), loss.item()), file=NOWHERE)
            yield len(images)


def softmax_mlp(root):
    loader = DataLoader(mnist(root, normalised=False), batch_size=64)
    model = mlp()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005)
    step = 0
    while True:
        model.train()
        total_loss = 0.0
        for images, labels in loader:
            targets = functional.one_hot(labels, 10).float()
            loss = criterion(model(images), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item()  # and a scalar for TensorBoard each step, which is left out here
            step += 1
            if step % 100 == 0:
                print("%d: %f" % (step, loss.item()), file=NOWHERE)
            yield len(images)


def linear_alexnet_loop(root):
    device = torch.device("cpu")
    loader = DataLoader(mnist(root, normalised=False), batch_size=64)
    model = linear_alexnet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    step = 0
    while True:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % 100 == 0:
                print("%d: %f" % (step, loss.item()), file=NOWHERE)
            yield len(images)


LOOPS = {"plain-cnn": plain_cnn, "two-block-cnn": two_block_cnn, "wide-cnn": wide_cnn, "softmax-mlp": softmax_mlp,
         "linear-alexnet": linear_alexnet_loop}


def main():
    recipe, root, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    loop = LOOPS[recipe](root)
    for _ in range(WARM_UP_ITERATIONS):
        next(loop)
    begin, samples, spent = time.perf_counter(), 0, 0.0
    while spent < seconds:
        samples += next(loop)
        spent = time.perf_counter() - begin
    print(json.dumps({"samples_per_second": samples / spent}))


if __name__ == "__main__":
    main()
