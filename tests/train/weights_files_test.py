"""Evaluates, predicts with and exports what other programs save of a network, and has Python's torch judge it.

usage: weights_files_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import argparse
import collections
import json
import os
import random
import struct
import tempfile
import unittest

from program import Refusals, idx, read, run, torch, write

RECIPE = """
name = "small"
description = "a convolution, batch norm, a linear layer"
[input]
channels = 1
height = 12
width = 12
classes = 4
mean = 0.5
deviation = 0.25
[[layer]]
name = "conv1"
kind = "conv2d"
channels = 3
kernel_size = 5
[[layer]]
name = "norm1"
kind = "batch_norm"
[[layer]]
name = "relu1"
kind = "relu"
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "fc"
kind = "linear"
features = 4
[training]
loss = "cross_entropy"
batch_size = 16
epochs = 1
[optimizer]
kind = "sgd"
learning_rate = 0.01
"""

if torch:
    from torch import nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.norm1, self.fc = nn.Conv2d(1, 3, 5), nn.BatchNorm2d(3), nn.Linear(192, 4)

        def forward(self, x):
            return self.fc(torch.relu(self.norm1(self.conv1(x))).flatten(1))


def small(seed):
    torch.manual_seed(seed)
    network = Small()
    with torch.no_grad():
        network.norm1.running_mean.normal_()
        network.norm1.running_var.uniform_(0.5, 2.0)
    return network.eval()


def safetensors(path):
    """What such a file holds, by the published format."""
    content = read(path)
    length, = struct.unpack("<Q", content[:8])
    heading, data = json.loads(content[8:8 + length]), content[8 + length:]
    heading.pop("__metadata__")
    types = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64}
    return {name: torch.frombuffer(bytearray(data[one["data_offsets"][0]:one["data_offsets"][1]]),
                                   dtype=types[one["dtype"]]).reshape(one["shape"]) for name, one in heading.items()}


@unittest.skipUnless(torch, "python3-torch is not installed")
class Weights(Refusals, unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.recipe = write(self.path("small.toml"), RECIPE)
        source = random.Random(1)
        self.pixels = source.randbytes(40 * 144)
        self.labels = [source.randrange(4) for _ in range(40)]
        self.data = self.path("data")
        os.mkdir(self.data)
        for split in ("train", "t10k"):
            write(self.path("data", split + "-images-idx3-ubyte"), idx((40, 12, 12), self.pixels))
            write(self.path("data", split + "-labels-idx1-ubyte"), idx((40,), bytes(self.labels)))
        self.network = small(0)
        self.state = self.network.state_dict()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def save(self, name, content, **options):
        torch.save(content, self.path(name), **options)
        return self.path(name)

    def arguments(self, path, *more):
        return ["evaluate", "--checkpoint", path, "--recipe", self.recipe, "--data", self.data, "--json", *more]

    def loss(self, network):
        images = torch.tensor(list(self.pixels), dtype=torch.float32).view(40, 1, 12, 12)
        with torch.no_grad():
            return nn.functional.cross_entropy(network((images / 255 - 0.5) / 0.25), torch.tensor(self.labels)).item()

    def check(self, path, network, *more):
        result = run(*self.arguments(path, *more))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertAlmostEqual(json.loads(result.stdout)["loss"], self.loss(network), places=5)
        return result

    def export(self, path, name, *more):
        result = run("export", "--checkpoint", path, "--out", self.path(name), *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.path(name)

    def test_every_form_is_evaluated_as_python_evaluates_it(self):
        files = {"plain": self.save("plain.pth", self.state),
                 "old": self.save("old.pth", self.state, _use_new_zipfile_serialization=False),
                 "module": self.save("module.pth", self.network),
                 "old module": self.save("old-module.pth", self.network, _use_new_zipfile_serialization=False),
                 "beside": self.save("beside.pth", {"args": argparse.Namespace(lr=1), "ema": [self.state]}),
                 "averaged": self.save("averaged.pth", torch.optim.swa_utils.AveragedModel(self.network).state_dict())}
        files["script"] = self.path("script.pt")
        torch.jit.script(self.network).save(files["script"])
        for name, path in files.items():
            with self.subTest(name):
                self.check(path, self.network)

    def test_of_several_networks_the_key_says_which(self):
        other = small(1)
        path = self.save("two.pth", {"teacher": self.state, "student": {"net": other.state_dict()}})
        self.refused(1, "two.pth: it holds several networks' weights.*--key, one of 'teacher', 'student.net'",
                     *self.arguments(path))
        self.check(path, self.network, "--key", "teacher")
        self.check(path, other, "--key", "student")
        preferred = self.check(self.save("ema.pth", {"ema": other.state_dict(), "model": self.state}), self.network)
        self.assertIn("those in 'model' are taken; --key names others: ema", preferred.stderr)
        critic = collections.OrderedDict(w=torch.ones(3))
        self.check(self.save("gan.pth", {"model": critic, "generator": self.state}), self.network)

    def test_what_is_not_read_is_named_on_demand(self):
        path = self.save("beside.pth", {"args": argparse.Namespace(lr=1), "dtype": torch.float16, "model": self.state})
        result = self.check(path, self.network, "--verbose")
        self.assertIn("Not read: 'args' (argparse.Namespace)", result.stderr)
        self.assertIn("Not read: 'dtype' (torch.float16)", result.stderr)
        self.assertNotIn("Not read", self.check(path, self.network).stderr)

    def test_of_very_many_tensors_that_do_not_belong_only_some_are_named(self):
        path = self.save("many.pth", {"t%d" % i: torch.ones(2) for i in range(1000)})
        refusal = self.refused(1, "not those of the recipe's network", *self.arguments(path))
        self.assertEqual(len(refusal.stderr.splitlines()), 42)
        self.assertRegex(refusal.stderr, r"and \d+ more$")
        mixed = self.save("mixed.pth", {**self.state, **{"t%d" % i: [1.0] for i in range(1000)}})
        exported = run("export", "--checkpoint", mixed, "--out", self.path("mixed.safetensors"))
        self.assertEqual(exported.returncode, 0, exported.stderr)
        self.assertEqual(len(exported.stderr.splitlines()), 13)

    def test_a_weight_that_cannot_be_read_is_missing_from_an_export_with_a_word(self):
        name = next(iter(self.state))
        path = self.save("sparse.pth", {**self.state, name: self.state[name].to_sparse()})
        result = run("export", "--checkpoint", path, "--out", self.path("sparse.safetensors"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"Left out is what is no tensor that can be read: '{name}' (torch._utils._rebuild_sparse_tensor); "
                      ".to_dense() in Python", result.stderr)
        self.assertNotIn(name, safetensors(self.path("sparse.safetensors")))

    def test_weights_are_exported_as_safetensors_and_for_pytorch_and_read_back(self):
        half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in self.state.items()}
        for form, state in (("single", self.state), ("half", half)):
            path = self.save(form + ".pth", {"model": state})
            exported = self.export(path, form + ".safetensors")
            again = self.export(exported, form + "-again.pth")
            for given in (safetensors(exported), torch.load(again)):
                self.assertEqual(set(given), set(state))
                for name, tensor in state.items():
                    self.assertEqual(given[name].dtype, tensor.dtype)
                    self.assertTrue(torch.equal(given[name], tensor), name)
        self.check(self.path("single.safetensors"), self.network)
        self.check(self.path("single-again.pth"), self.network)
        self.network.load_state_dict(torch.load(self.path("single-again.pth")), strict=True)

    def test_a_run_is_exported(self):
        result = run("train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--out", self.path("run"))
        self.assertEqual(result.returncode, 0, result.stderr)
        saved = torch.load(self.path("run", "last.pt"))["model"]
        given = safetensors(self.export(self.path("run", "last.pt"), "run.safetensors"))
        self.assertEqual(set(given), set(saved))
        for name, tensor in saved.items():
            self.assertTrue(torch.equal(given[name], tensor), name)

    def test_a_name_that_says_no_format_is_refused(self):
        self.refused(1, r"x\.onnx: weights are written as \.safetensors", "export", "--checkpoint",
                     self.save("plain.pth", self.state), "--out", self.path("x.onnx"))

    def test_tensors_sorted_by_name_are_never_taken_by_their_order(self):
        renamed = collections.OrderedDict((name.replace("conv1", "a").replace("norm1", "b"), tensor)
                                          for name, tensor in self.state.items())
        path = self.save("renamed.pth", renamed)
        self.check(path, self.network)
        self.refused(1, "'conv1.weight' .* is missing", *self.arguments(self.export(path, "renamed.safetensors")))

    def test_weights_that_are_no_numbers_are_named_and_not_used(self):
        for value in (float("nan"), float("inf")):
            self.state["norm1.bias"][1] = value
            path = self.save("broken.pth", self.state)
            said = r"broken\.pth: of the 3 values of 'norm1\.bias' 1 is not-a-number or infinite"
            self.refused(1, said, *self.arguments(path))
            self.refused(1, said, "predict", "--checkpoint", path, "--recipe", self.recipe, "picture.png")
        self.state["norm1.bias"][1] = 0.0
        self.state["norm1.weight"].fill_(3e38)
        self.state["fc.weight"].fill_(3e38)
        self.refused(1, "output is not-a-number", *self.arguments(self.save("huge.pth", self.state)))

    def test_what_is_no_file_of_weights_is_named_for_what_it_is(self):
        for name, content, said in (("page.pth", b"<!doctype html><html></html>", "a web page"),
                                    ("pointer.pth", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
                                    ("empty.pth", b"", "it is empty"), ("keras.pth", b"\x89HDF\r\n\x1a\n0", "HDF5"),
                                    ("cut.safetensors", struct.pack("<Q", 900) + b'{"a":', "ends within its heading")):
            with self.subTest(name):
                self.refused(1, name + ".*" + said, *self.arguments(write(self.path(name), content)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
