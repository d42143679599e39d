"""Evaluates and predicts with saved runs and with what Python saves, and has Python's torch judge the numbers.

usage: python_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import collections
import json
import struct
import subprocess
import unittest
import zlib

from files_test import RECIPE, SIDE, Base
from program import command, environment, run, torch, write

if torch:
    from torch import nn

MEAN, DEVIATION = 0.2, 0.25  # of RECIPE


def png(path, width, height, channels, pixels):
    """The simplest there is: 8 bits, no filter. Pixel by pixel, channels together."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = b"".join(b"\0" + pixels[y * width * channels:(y + 1) * width * channels] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    return write(path, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) +
                 chunk(b"IEND", b""))


def module(names=("conv1", "norm1", "fc1", "norm2", "fc2")):
    conv1, norm1, fc1, norm2, fc2 = names
    return nn.Sequential(collections.OrderedDict([
        (conv1, nn.Conv2d(1, 6, 5)), (norm1, nn.BatchNorm2d(6)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()), ("dropout", nn.Dropout(0.3)), (fc1, nn.Linear(864, 30)),
        (norm2, nn.BatchNorm1d(30)), ("relu2", nn.ReLU()), (fc2, nn.Linear(30, 10)),
        ("log_softmax", nn.LogSoftmax(1))]))


class Normalised(Base):
    """By the training pictures, which a file of weights knows nothing of."""

    def setUp(self):
        measured = RECIPE.replace("mean = 0.2\ndeviation = 0.25\n", "normalise_from_data = true\n")
        self.unmeasured = write(self.path("unmeasured.toml"), measured)
        self.normalised = self.train("normalised", "--recipe", self.unmeasured, "--overwrite")

    def test_evaluate_measures_the_training_pictures_where_the_recipe_does_not_know_them(self):
        known = self.evaluate(self.normalised)
        self.assertEqual(known, self.evaluate(self.normalised, "--recipe", self.unmeasured))
        self.assertEqual(known, self.evaluate(self.normalised, "--recipe", self.path("normalised", "recipe.toml")))
        raw = self.evaluate(self.normalised, "--set", "input.mean=0", "--set", "input.deviation=1", "--set",
                            "input.normalise_from_data=false")
        self.assertNotEqual(known["loss"], raw["loss"])

    def test_predict_refuses_what_it_cannot_measure_and_names_the_remedy(self):
        picture = png(self.path("one.png"), SIDE, SIDE, 1, self.pictures[0])
        predict = ["predict", "--checkpoint", self.normalised]
        wanted = run(*predict, "--json", picture).stdout
        self.refused(1, r"recipe\.toml.*--set input\.mean", *predict, "--recipe", self.unmeasured, picture)
        self.assertEqual(run(*predict, "--json", "--recipe", self.path("normalised", "recipe.toml"), picture).stdout,
                         wanted)


@unittest.skipUnless(torch, "python3-torch is not installed")
class Python(Base):
    """What Python computes with the same weights on the same pictures."""

    def inputs(self):
        pixels = torch.tensor([list(picture) for picture in self.pictures], dtype=torch.float32)
        return (pixels / 255 - MEAN) / DEVIATION

    def outputs(self, network):
        network.eval()
        with torch.no_grad():
            return network(self.inputs().view(-1, 1, SIDE, SIDE))

    def trained(self, names=("conv1", "norm1", "fc1", "norm2", "fc2")):
        ours = torch.load(self.checkpoint)["model"]
        network = module(names)
        network.load_state_dict(collections.OrderedDict(zip(network.state_dict(), module_order(ours))))
        return network

    def mistakes(self, network):
        predicted = self.outputs(network).argmax(1).tolist()
        return [i for i, label in enumerate(self.labels) if predicted[i] != label]

    def test_a_checkpoint_s_weights_are_a_state_dict_of_the_same_module(self):
        network = module()
        missing, unexpected = network.load_state_dict(torch.load(self.checkpoint)["model"], strict=True)
        self.assertEqual((missing, unexpected), ([], []))
        outputs = self.outputs(network)
        labels = torch.tensor(self.labels)
        result = self.evaluate(self.checkpoint)
        self.assertEqual(result["mistakes"], self.mistakes(network))
        self.assertAlmostEqual(result["accuracy"], (outputs.argmax(1) == labels).double().mean().item(), places=12)
        self.assertAlmostEqual(result["loss"], nn.functional.nll_loss(outputs, labels).item(), places=5)
        self.assertTrue(0.1 < result["accuracy"] < 0.95, "too easy or too hard to tell anything")

        confusion = [[0] * 10 for _ in range(10)]
        for truth, predicted in zip(self.labels, outputs.argmax(1).tolist()):
            confusion[truth][predicted] += 1
        self.assertEqual(result["confusion"], confusion)
        for c, one in enumerate(result["per_class"]):
            hits, named, there = confusion[c][c], sum(row[c] for row in confusion), sum(confusion[c])
            self.assertEqual(one["class"], str(c))
            self.assertAlmostEqual(one["recall"], hits / there)
            if named == 0:
                self.assertIsNone(one["precision"])  # of nothing
            else:
                self.assertAlmostEqual(one["precision"], hits / named)
            self.assertAlmostEqual(one["f1"], 2 * hits / (named + there))

    def test_what_python_saves_is_evaluated_however_it_is_wrapped(self):
        network = self.trained()
        state = network.state_dict()
        half = collections.OrderedDict(
            (name, tensor.half() if tensor.is_floating_point() else tensor) for name, tensor in state.items())
        rounded = module()
        rounded.load_state_dict({name: tensor.float() for name, tensor in half.items()})
        forms = {"plain": (state, network), "state_dict": ({"epoch": 3, "state_dict": state}, network),
                 "model": ({"model": state, "args": [1, "x"]}, network),
                 "module": (collections.OrderedDict(("module." + name, t) for name, t in state.items()), network),
                 "half": (half, rounded)}
        for form, (content, judge) in forms.items():
            with self.subTest(form):
                path = self.path(form + ".pth")
                torch.save(content, path)
                result = self.evaluate(path, "--recipe", self.recipe)
                self.assertEqual(result["mistakes"], self.mistakes(judge))
        self.refused(1, r"plain\.pth: holds weights, but no run of ConvScope; .* name its network with --recipe",
                     "evaluate", "--checkpoint", self.path("plain.pth"), "--data", self.data)

    def test_other_names_in_the_same_order_are_taken_and_the_mapping_is_printed(self):
        network = self.trained(("features", "bn", "hidden", "bn_hidden", "classifier"))
        path = self.path("renamed.pth")
        torch.save(network.state_dict(), path)
        result = run("evaluate", "--checkpoint", path, "--recipe", self.recipe, "--data", self.data, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["mistakes"], self.mistakes(network))
        for ours, theirs in (("conv1.weight", "features.weight"), ("norm1.running_mean", "bn.running_mean"),
                             ("fc2.bias", "classifier.bias")):
            self.assertRegex(result.stderr, r"%s\s+%s\b" % (ours, theirs))

    def test_weights_of_another_network_are_refused_tensor_by_tensor(self):
        state = self.trained().state_dict()
        state["fc2.weight"] = torch.zeros(10, 31)
        del state["norm1.bias"]
        state["extra.weight"] = torch.zeros(2, 2)
        path = self.path("other.pth")
        torch.save(state, path)
        result = self.refused(1, "other.pth", "evaluate", "--checkpoint", path, "--recipe", self.recipe, "--data",
                              self.data)
        for said in ("'fc2.weight' has the shape", "'norm1.bias'", "'extra.weight'", "--recipe"):
            self.assertIn(said, result.stderr)
        self.refused(1, "conv1.weight", "predict", "--checkpoint", self.checkpoint, "--recipe", "two-block-cnn",
                     self.recipe)

    def test_pictures_are_predicted_as_python_predicts_them(self):
        network = self.trained()
        wanted = self.outputs(network).exp()
        files = [png(self.path("grey-%d.png" % i), SIDE, SIDE, 1, self.pictures[i]) for i in range(20)]
        for i, one in enumerate(self.predictions(files)):
            self.assertEqual(set(one), {"file", "class", "name", "probabilities", "inverted", "blank", "done"})
            self.assertEqual(one["file"], files[i])
            self.assertFalse(one["inverted"])
            self.assertEqual(one["class"], wanted[i].argmax().item())
            for given, expected in zip(one["probabilities"], wanted[i].tolist()):
                self.assertAlmostEqual(given, expected, places=5)

    def test_large_colour_pictures_are_predicted_as_the_small_grey_ones(self):
        wanted = self.outputs(self.trained()).exp()
        files = []
        for i in range(10):
            rows = [self.pictures[i][y * SIDE:(y + 1) * SIDE] for y in range(SIDE)]
            large = b"".join(b"".join(bytes([value] * 3) * 10 for value in row) * 10 for row in rows)
            files.append(png(self.path("large-%d.png" % i), 280, 280, 3, large))
        for i, one in enumerate(self.predictions(files)):
            self.assertEqual(one["class"], wanted[i].argmax().item())
            for given, expected in zip(one["probabilities"], wanted[i].tolist()):
                self.assertAlmostEqual(given, expected, delta=0.02)

    def test_black_on_white_is_inverted_and_said_so(self):
        wanted = self.outputs(self.trained()).exp()
        # Those with the square within: ink on the border would make it no paper.
        inside = [i for i, picture in enumerate(self.pictures)
                  if 230 in (picture[8 * SIDE + 8], picture[8 * SIDE + 15])]
        self.assertGreater(len(inside), 5)
        files = [png(self.path("ink-%d.png" % i), SIDE, SIDE, 1, bytes(255 - value for value in self.pictures[i]))
                 for i in inside]
        for i, one in zip(inside, self.predictions(files)):
            self.assertTrue(one["inverted"])
            self.assertEqual(one["class"], wanted[i].argmax().item())
            self.assertAlmostEqual(max(one["probabilities"]), wanted[i].max().item(), places=5)
        text = run("predict", "--checkpoint", self.checkpoint, files[0]).stdout
        guess = r" \d \(\d+\.\d %\)"
        self.assertRegex(text, r"ink-\d+\.png:%s,%s,%s; inverted" % (guess, guess, guess))
        grey = png(self.path("grey.png"), SIDE, SIDE, 1, self.pictures[0])
        self.assertNotIn("inverted", run("predict", "--checkpoint", self.checkpoint, grey).stdout)

    def test_a_page_that_nothing_is_drawn_on_is_said_to_be_one(self):
        for side in (SIDE, 300):
            page = png(self.path("page.png"), side, side, 1, bytes([240]) * (side * side))
            self.assertTrue(self.predictions([page])[0]["blank"])
            said = run("predict", "--checkpoint", self.checkpoint, page).stdout
            self.assertRegex(said, "nothing is drawn on it, so that this answer means nothing\n$")
        self.assertFalse(self.predictions([png(self.path("one.png"), SIDE, SIDE, 1, self.pictures[0])])[0]["blank"])

    def test_output_that_nobody_can_keep_is_said_and_is_no_success(self):
        page = png(self.path("one.png"), SIDE, SIDE, 1, self.pictures[0])
        for arguments in (["evaluate", "--checkpoint", self.checkpoint, "--data", self.data],
                          ["evaluate", "--checkpoint", self.checkpoint, "--data", self.data, "--json"],
                          ["predict", "--checkpoint", self.checkpoint, page], ["recipes"], ["--help"],
                          ["train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--iterations", "1"]):
            with self.subTest(arguments[0]), open("/dev/full", "w") as full:
                result = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True,
                                        env=environment(), timeout=500)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, "What was to be printed could not all be written")

    def test_what_lies_beside_the_weights_is_left_out_and_named(self):
        network = self.trained()
        beside = collections.OrderedDict([("aux.weight", torch.ones(5, 4)), *network.state_dict().items(),
                                          ("head.bias", torch.zeros(7)), ("best", torch.tensor(0.5))])
        file = self.path("beside.pth")
        torch.save(beside, file)
        result = run("evaluate", "--checkpoint", file, "--recipe", self.recipe, "--data", self.data, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["mistakes"], self.mistakes(network))
        self.assertIn("no layers for: 'aux.weight' and 2 more (--verbose names them)", result.stderr)
        beside["fc2.bias"] = torch.zeros(11)
        torch.save(beside, file)
        self.refused(1, "(?s)'fc2.bias' has the shape 11.*'aux.weight' .* is extra", "evaluate", "--checkpoint", file,
                     "--recipe", self.recipe, "--data", self.data)

    def test_a_file_that_is_no_picture_is_named_and_the_others_are_answered(self):
        good = png(self.path("good.png"), SIDE, SIDE, 1, self.pictures[0])
        result = run("predict", "--checkpoint", self.checkpoint, self.recipe, good, "--json")
        self.assertEqual(result.returncode, 1)
        self.assertIn("stateful.toml", result.stderr)
        self.assertEqual(json.loads(result.stdout)["file"], good)

    def predictions(self, files):
        result = run("predict", "--checkpoint", self.checkpoint, "--json", *files)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), len(files))
        return [json.loads(line) for line in lines]


def module_order(state):
    """A checkpoint's tensors as PyTorch orders a state dict: layer by layer, running values beside the weights."""
    layers = list(dict.fromkeys(name.rsplit(".", 1)[0] for name in state))
    layers.sort(key=["conv1", "norm1", "fc1", "norm2", "fc2"].index)
    return [tensor for layer in layers for name, tensor in state.items() if name.rsplit(".", 1)[0] == layer]


if __name__ == "__main__":
    unittest.main(verbosity=2)
