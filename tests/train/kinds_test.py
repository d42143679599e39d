"""Networks as people write them, with branches, maps that grow and layers that stand in two places: begun with Python's
weights, trained here and there, judged by Python's torch.

usage: kinds_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import collections
import json
import os
import random
import shutil
import tempfile
import unittest

from program import Refusals, idx, run, torch, write

SIDE, TRAIN, TEST, CLASSES, BATCH, ITERATIONS = 16, 160, 40, 4, 16, 12
MEAN, DEVIATION = 0.4, 0.3

HEAD = """name = "%s"
[input]
channels = 1
height = 16
width = 16
classes = 4
mean = 0.4
deviation = 0.3
"""
TAIL = """
[training]
batch_size = 16
shuffle = false
[optimizer]
kind = "sgd"
learning_rate = 0.05
momentum = 0.9
"""


def layers(*all_of_them):
    """Of (name, kind, settings as TOML)."""
    return "".join('[[layer]]\nname = "%s"\nkind = "%s"\n%s\n' % one for one in all_of_them)


def conv(name, channels, size, more=""):
    return name, "conv2d", "channels = %d\nkernel_size = %d\npadding = %d\n%s" % (channels, size, size // 2, more)


END = (("mean", "adaptive_avg_pool2d", "size = 2"), ("flatten", "flatten", ""), ("fc", "linear", "features = 4"))

RECIPES = {
    "inception": layers(
        conv("stem", 6, 3, "stride = 2"), ("relu", "relu", ""),
        conv("a.branch1x1", 3, 1),
        conv("a.branch3x3_1", 2, 1, 'input = "relu"'), conv("a.branch3x3_2", 4, 3),
        conv("a.double_1", 2, 1, 'input = "relu"'), conv("a.double_2", 3, 3), conv("a.double_3", 3, 5),
        ("a.pool", "avg_pool2d", 'input = "relu"\nkernel_size = 3\nstride = 1\npadding = 1'), conv("a.branch_pool", 2, 1),
        ("a", "concatenate", 'input = ["a.branch1x1", "a.branch3x3_2", "a.double_3", "a.branch_pool"]'),
        ("a.relu", "relu", ""), *END),
    "unet": layers(
        conv("down1", 4, 3), ("relu1", "relu", ""), ("pool1", "max_pool2d", "kernel_size = 2"),
        conv("down2", 6, 3), ("relu2", "relu", ""), ("pool2", "max_pool2d", "kernel_size = 2"),
        conv("bottom", 8, 3), ("relu3", "relu", ""),
        ("up2", "conv_transpose2d", "channels = 6\nkernel_size = 2\nstride = 2"),
        ("join2", "concatenate", 'input = ["relu2", "up2"]'), conv("decode2", 6, 3), ("relu4", "relu", ""),
        ("up1", "upsample", "bilinear = true"), conv("narrow1", 4, 1), ("join1", "concatenate", 'input = ["narrow1", "relu1"]'),
        conv("decode1", 4, 3), ("relu5", "relu", ""), *END),
    "resnet-a": layers(
        conv("conv1", 4, 3, "bias = false"), ("bn1", "batch_norm", ""), ("relu1", "relu", ""),
        ("layer2", "residual", "")) + "".join(
            '[[layer.body]]\nname = "%s"\nkind = "%s"\n%s\n' % one for one in (
                conv("conv1", 8, 3, "stride = 2\nbias = false"), ("bn1", "batch_norm", ""), ("relu", "relu", ""),
                conv("conv2", 8, 3, "bias = false"), ("bn2", "batch_norm", ""))) + """
[[layer.shortcut]]
name = "shortcut"
kind = "pad_channels"
channels = 8
stride = 2
""" + layers(("relu2", "relu", ""), *END),
    "shared": layers(
        conv("first", 6, 3), ("relu1", "relu", ""), conv("step", 6, 3), ("relu2", "relu", ""),
        conv("again", 6, 3, 'weights_of = "step"'), ("sum", "add", 'input = ["relu2", "again"]'), *END),
}

if torch:
    from torch import nn
    from torch.nn import functional as F

    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.branch1x1 = nn.Conv2d(6, 3, 1)
            self.branch3x3_1, self.branch3x3_2 = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 4, 3, padding=1)
            self.double_1, self.double_2 = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 3, 3, padding=1)
            self.double_3, self.branch_pool = nn.Conv2d(3, 3, 5, padding=2), nn.Conv2d(6, 2, 1)

        def forward(self, x):
            pooled = F.avg_pool2d(x, 3, stride=1, padding=1)
            return torch.cat([self.branch1x1(x), self.branch3x3_2(self.branch3x3_1(x)),
                              self.double_3(self.double_2(self.double_1(x))), self.branch_pool(pooled)], 1)

    class Inception(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.a, self.fc = nn.Conv2d(1, 6, 3, 2, 1), Branches(), nn.Linear(48, CLASSES)

        def forward(self, x):
            return self.fc(F.adaptive_avg_pool2d(F.relu(self.a(F.relu(self.stem(x)))), 2).flatten(1))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down1, self.down2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
            self.bottom, self.up2 = nn.Conv2d(6, 8, 3, padding=1), nn.ConvTranspose2d(8, 6, 2, 2)
            self.decode2, self.narrow1 = nn.Conv2d(12, 6, 3, padding=1), nn.Conv2d(6, 4, 1)
            self.decode1, self.fc = nn.Conv2d(8, 4, 3, padding=1), nn.Linear(16, CLASSES)
            self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)

        def forward(self, x):
            first = F.relu(self.down1(x))
            second = F.relu(self.down2(F.max_pool2d(first, 2)))
            x = self.up2(F.relu(self.bottom(F.max_pool2d(second, 2))))
            x = F.relu(self.decode2(torch.cat([second, x], 1)))
            x = F.relu(self.decode1(torch.cat([self.narrow1(self.up1(x)), first], 1)))
            return self.fc(F.adaptive_avg_pool2d(x, 2).flatten(1))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(4, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
            self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)

        def forward(self, x):
            shortcut = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2))
            return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
            self.layer2, self.fc = Block(), nn.Linear(32, CLASSES)

        def forward(self, x):
            return self.fc(F.adaptive_avg_pool2d(self.layer2(F.relu(self.bn1(self.conv1(x)))), 2).flatten(1))

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.step = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
            self.again, self.fc = self.step, nn.Linear(24, CLASSES)

        def forward(self, x):
            x = F.relu(self.step(F.relu(self.first(x))))
            return self.fc(F.adaptive_avg_pool2d(x + self.again(x), 2).flatten(1))

    MODULES = {"inception": Inception, "unet": UNet, "resnet-a": ResNet, "shared": Shared}


@unittest.skipUnless(torch, "python3-torch is not installed")
class Kinds(unittest.TestCase, Refusals):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="convscope-kinds-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data = cls.path("data")
        os.mkdir(cls.data)
        source = random.Random(3)
        cls.pixels, cls.labels = {}, {}
        for name, count in (("train", TRAIN), ("t10k", TEST)):
            labels = [i % CLASSES for i in range(count)]
            # A brighter quarter, amid noise.
            pictures = [bytes(min(255, source.randrange(120) + (120 if (y // 8) * 2 + x // 8 == label else 0))
                              for y in range(SIDE) for x in range(SIDE)) for label in labels]
            write(os.path.join(cls.data, name + "-images-idx3-ubyte"), idx((count, SIDE, SIDE), b"".join(pictures)))
            write(os.path.join(cls.data, name + "-labels-idx1-ubyte"), idx((count,), bytes(labels)))
            cls.pixels[name] = torch.tensor([list(one) for one in pictures]).float().view(-1, 1, SIDE, SIDE)
            cls.labels[name] = torch.tensor(labels)
        for name, text in RECIPES.items():
            write(cls.path(name + ".toml"), HEAD % name + text + TAIL)

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder, *names)

    def inputs(self, name):
        return (self.pixels[name] / 255 - MEAN) / DEVIATION

    def begun(self, name):
        """A module whose weights are in the file that is returned beside it."""
        torch.manual_seed(5)
        module = MODULES[name]()
        file = self.path(name + ".pth")
        torch.save(module.state_dict(), file)
        return module, file

    def learn(self, module):
        module.train()
        optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
        inputs, labels = self.inputs("train"), self.labels["train"]
        for i in range(ITERATIONS):
            first = i * BATCH % TRAIN
            optimizer.zero_grad()
            loss = F.cross_entropy(module(inputs[first:first + BATCH]), labels[first:first + BATCH])
            loss.backward()
            optimizer.step()
        return module

    def program(self, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def train(self, name, *arguments):
        out = self.path("run-" + name)
        self.program("train", "--recipe", self.path(name + ".toml"), "--data", self.data, "--threads", 1, "--iterations",
                     ITERATIONS, "--out", out, "--overwrite", *arguments)
        return os.path.join(out, "last.pt")

    def test_a_few_iterations_from_python_s_weights_end_at_python_s_numbers(self):
        for name in RECIPES:
            with self.subTest(name):
                module, file = self.begun(name)
                before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
                saved = torch.load(self.train(name, "--checkpoint", file))["model"]
                learned = self.learn(module).state_dict()
                for key, tensor in saved.items():
                    self.assertTrue(torch.allclose(tensor, learned[key], rtol=1e-4, atol=2e-5), key)
                moved = [key for key, tensor in saved.items() if not torch.equal(tensor, before[key])]
                self.assertGreater(len(moved), 0.7 * len(saved))  # a branch may be dead
                self.assertEqual(set(learned) - set(saved),
                                 {"again.weight", "again.bias"} if name == "shared" else set())
                # And what it then answers.
                result = json.loads(self.program("evaluate", "--checkpoint", self.path("run-" + name, "last.pt"), "--data",
                                                 self.data, "--json").stdout)
                module.eval()
                with torch.no_grad():
                    wanted = F.cross_entropy(module(self.inputs("t10k")), self.labels["t10k"]).item()
                self.assertAlmostEqual(result["loss"], wanted, places=3)

    def test_parameters_are_counted_as_python_counts_them(self):
        for name in RECIPES:
            result = self.program("train", "--recipe", self.path(name + ".toml"), "--data", self.data, "--threads", 1,
                                  "--iterations", 1, "--json")
            begun = json.loads(result.stdout.splitlines()[0])
            self.assertEqual(begun["parameters"], sum(one.numel() for one in MODULES[name]().parameters()), name)

    def test_first_weights_are_python_s_to_the_bit_where_modules_are_made_in_the_recipe_s_order(self):
        for name in RECIPES:
            with self.subTest(name):
                last = self.train(name, "--seed", 9, "--lr", "1e-30")  # which moves a bias of 0, and nothing else
                torch.manual_seed(9)
                first = MODULES[name]().state_dict()
                for key, tensor in torch.load(last)["model"].items():
                    if "running" not in key and "batches" not in key:
                        self.assertLess((tensor - first[key]).abs().max().item(), 1e-25, key)

    def test_a_run_is_lived_again_from_its_journal(self):
        for name in RECIPES:
            self.train(name)
            self.program("replay", self.path("run-" + name), "--data", self.data)

    def test_weights_that_stand_in_two_places_are_read_under_either_name_or_both_and_by_their_order(self):
        module, file = self.begun("shared")
        module.eval()
        with torch.no_grad():
            wanted = F.cross_entropy(module(self.inputs("t10k")), self.labels["t10k"]).item()
        state = module.state_dict()
        self.assertIn("again.weight", state)
        once = collections.OrderedDict((key, one) for key, one in state.items() if not key.startswith("again"))
        other = collections.OrderedDict((key, one) for key, one in state.items() if not key.startswith("step"))
        renamed = collections.OrderedDict(("m%d.%s" % (["first", "step", "again", "fc"].index(key.split(".")[0]),
                                                        key.split(".")[1]), one) for key, one in state.items())
        forms = {"both": state, "once": once, "other": other, "renamed": renamed, "whole": module}
        for form, content in forms.items():
            with self.subTest(form):
                path = self.path(form + ".pth")
                torch.save(content, path)
                result = self.program("evaluate", "--checkpoint", path, "--recipe", self.path("shared.toml"), "--data",
                                      self.data, "--json")
                self.assertAlmostEqual(json.loads(result.stdout)["loss"], wanted, places=5)
                self.assertNotIn("no layers for", result.stderr)
        state["again.weight"] = state["again.weight"] + 1
        torch.save(state, self.path("differ.pth"))
        self.refused(1, "'step.weight' and 'again.weight' differ, but the recipe's layers share them", "evaluate",
                     "--checkpoint", self.path("differ.pth"), "--recipe", self.path("shared.toml"), "--data", self.data)

    def test_what_is_exported_is_loaded_by_python(self):
        for name in RECIPES:
            last = self.train(name)
            out = self.path(name + "-exported.pth")
            self.program("export", "--checkpoint", last, "--out", out)
            missing, unexpected = MODULES[name]().load_state_dict(torch.load(out), strict=False)
            self.assertEqual((missing, unexpected),
                             (["again.weight", "again.bias"] if name == "shared" else [], []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
