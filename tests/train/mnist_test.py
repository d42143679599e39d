"""What can be judged on the real MNIST alone: two tutorials' losses, and the picture that everybody knows.

usage: mnist_test.py PROGRAM [UNITTEST ARGUMENTS]    (exit code 77: the real MNIST is not here)
"""

import csv
import gzip
import json
import os
import sys
import tempfile
import unittest

from program import MNIST, run, torch


class References(unittest.TestCase):
    """Two tutorials that do not shuffle, with Python's seed 0: their own losses, measured in Python with torch 1.13."""

    def test_softmax_mlp_has_the_losses_of_python(self):
        result = run("train", "--recipe", "softmax-mlp", "--data", MNIST, "--threads", "1", "--epochs", "5", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        losses = [line["train_loss"] for line in lines if line["event"] == "epoch"]
        for given, wanted in zip(losses, (2.302250, 2.300688, 2.298956, 2.296787, 2.293803), strict=True):
            self.assertAlmostEqual(given, wanted, delta=5e-6)

    def test_linear_alexnet_has_the_losses_of_python(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("train", "--recipe", "linear-alexnet", "--data", MNIST, "--threads", "1", "--out", folder,
                         "--log-every", "100")
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(os.path.join(folder, "metrics.csv")) as file:
                losses = {int(row["iteration"]): float(row["loss"]) for row in csv.DictReader(file) if row["loss"]}
        for step, wanted in {100: 2.19199, 200: 0.79617, 300: 0.36645, 500: 0.25204, 900: 0.06615}.items():
            self.assertAlmostEqual(losses[step], wanted, delta=0.02 * wanted)


class Pictures(unittest.TestCase):
    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_the_dumped_input_is_the_first_test_picture_normalised(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        dump = os.path.join(folder.name, "dump.pt")
        result = run("train", "--data", MNIST, "--iterations", "1", "--dump", dump, "--threads", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        path = os.path.join(MNIST, "t10k-images-idx3-ubyte")
        with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
            pixels = torch.tensor(list(file.read(16 + 784)[16:]), dtype=torch.uint8)
        expected = (pixels.float().div(255).sub_(0.1307).div_(0.3081)).view(1, 1, 28, 28)
        self.assertTrue(torch.equal(torch.load(dump)["input"], expected))


if __name__ == "__main__":
    if MNIST is None:
        print("skipped: set CONVSCOPE_MNIST to a folder with MNIST's four files")
        sys.exit(77)
    unittest.main(verbosity=2)
