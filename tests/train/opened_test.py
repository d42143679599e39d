"""Opens saved runs and files of Python's with `render` and `train`, and has Python's torch judge what they begin with.

usage: opened_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import json
import os
import shutil
import tempfile
import unittest

from program import Refusals, idx, read, run, torch, write

SIDE = 28


def make_data(folder):
    """Few small pictures in MNIST's format: what they show is of no importance here."""
    os.makedirs(folder)
    for name, count in (("train", 300), ("t10k", 60)):
        pixels = bytes((i * i // 7 + i // SIDE * 31) % 256 for i in range(count * SIDE * SIDE))
        write(os.path.join(folder, name + "-images-idx3-ubyte"), idx((count, SIDE, SIDE), pixels))
        write(os.path.join(folder, name + "-labels-idx1-ubyte"), idx((count,), bytes(i % 10 for i in range(count))))
    return folder


class Opened(unittest.TestCase, Refusals):
    """Of `mlp` and `wide-cnn`: a saved run that has learned a little, and its weights as Python would have saved them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="convscope-opened-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data = make_data(os.path.join(cls.folder, "data"))
        for recipe in ("mlp", "wide-cnn"):
            trained = run("train", "--recipe", recipe, "--data", cls.data, "--iterations", 7, "--threads", 1, "--out",
                          cls.file(recipe))
            assert trained.returncode == 0, trained.stderr
            if torch:
                torch.save(torch.load(cls.file(recipe, "last.pt"))["model"], cls.file(recipe, "weights.pth"))

    @classmethod
    def file(cls, *names):
        return os.path.join(cls.folder, *names)

    def render(self, *arguments):
        picture = self.file("picture.png")
        result = run("render", "--data", self.data, "--size", "480x300", "--threads", 1, "--out", picture, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        content = read(picture)
        os.remove(picture)
        return content

    def test_a_saved_run_is_drawn_as_it_was_saved_and_further_on(self):
        for recipe in ("mlp", "wide-cnn"):
            with self.subTest(recipe):
                saved = self.render("--checkpoint", self.file(recipe, "last.pt"))
                self.assertEqual(saved, self.render("--checkpoint", self.file(recipe, "last.pt"), "--at-iteration", 7))
                self.assertNotEqual(saved, self.render("--recipe", recipe))
                self.assertNotEqual(
                    saved, self.render("--checkpoint", self.file(recipe, "last.pt"), "--at-iteration", 8))

    def test_what_a_saved_run_has_its_own_of_is_refused_by_name(self):
        def refuse(says, *options):
            self.refused(1, says, "render", "--checkpoint", self.file("mlp", "last.pt"), "--out",
                         self.file("never.png"), *options)

        for option, value in (("--recipe", "mlp"), ("--seed", "0"), ("--key", "model")):
            with self.subTest(option):
                refuse(r"last\.pt: is a saved run, .*leave out " + option + "$", option, value)
        refuse("--set", "--set", "layer.fc1.features=3")
        self.assertFalse(os.path.exists(self.file("never.png")))
        self.refused(2, "--resume", "train", "--checkpoint", self.file("mlp", "last.pt"), "--resume",
                     self.file("mlp", "last.pt"))

    def test_a_saved_run_that_is_opened_for_training_goes_on(self):
        result = run("train", "--checkpoint", self.file("mlp", "last.pt"), "--data", self.data, "--iterations", 2,
                     "--threads", 1, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(lines[0]["resumed_at"], 7)
        self.assertEqual(lines[-1]["iteration"], 9)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_weights_of_python_s_are_drawn_with_their_recipe(self):
        for recipe in ("mlp", "wide-cnn"):
            with self.subTest(recipe):
                # The run's own recipe holds what its pictures were normalised by.
                own = self.file(recipe, "recipe.toml")
                drawn = self.render("--checkpoint", self.file(recipe, "weights.pth"), "--recipe", own)
                self.assertEqual(drawn, self.render("--checkpoint", self.file(recipe, "last.pt")))
                zeros = {name: torch.zeros_like(tensor)
                         for name, tensor in torch.load(self.file(recipe, "weights.pth")).items()}
                torch.save(zeros, self.file("zeros.pth"))
                self.assertNotEqual(drawn, self.render("--checkpoint", self.file("zeros.pth"), "--recipe", own))

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_weights_without_their_recipe_or_with_another_are_refused(self):
        weights = self.file("mlp", "weights.pth")
        for command in (("render", "--out", self.file("never.png")), ("train",)):
            self.refused(1, r"weights\.pth: holds weights, but no run of ConvScope; open it with --checkpoint and name "
                            r"its network with --recipe", *command, "--checkpoint", weights, "--seed", 1)
            self.refused(1, r"weights\.pth: (.|\n)*conv1\.weight(.|\n)*missing", *command, "--checkpoint", weights,
                         "--recipe", "wide-cnn")
            self.refused(1, "--recipe", *command, "--resume" if command == ("train",) else "--checkpoint", weights)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_training_begins_with_python_s_weights_and_computes_what_pytorch_computes(self):
        torch.manual_seed(5)
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 64), torch.nn.ReLU(),
                                    torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
        weights, out, dump = self.file("sequential.pth"), self.file("continued"), self.file("dump.pt")
        torch.save(model.state_dict(), weights)  # other names, the same shapes in the same order
        # At this learning rate one iteration moves no weight by as much as its last bit.
        result = run("train", "--checkpoint", weights, "--recipe", "mlp", "--data", self.data, "--threads", 1, "--lr",
                     1e-30, "--iterations", 1, "--dump", dump, "--out", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"fc1\.weight\s+1\.weight")
        start = json.loads(result.stdout.splitlines()[0])
        self.assertEqual(start["weights_from"], weights)
        with open(os.path.join(out, "metrics.jsonl")) as log:
            changes = [line for line in map(json.loads, log) if line["event"] == "change"]
        self.assertEqual([(line["iteration"], line["what"]) for line in changes], [(0, "weights from sequential.pth")])
        tensors = torch.load(dump)
        for ours, theirs in zip(("fc1", "fc2", "fc3"), (model[1], model[3], model[5])):
            self.assertTrue(torch.equal(tensors["weight/" + ours], theirs.weight), ours)
            self.assertTrue(torch.equal(tensors["bias/" + ours], theirs.bias), ours)
        with torch.no_grad():
            wanted = model(tensors["input"])
        self.assertTrue(torch.allclose(tensors["logits"].reshape(-1), wanted.reshape(-1), rtol=1e-5, atol=1e-6))
        saved = torch.load(os.path.join(out, "last.pt"))["model"]
        for (name, tensor), wanted in zip(saved.items(), model.state_dict().values()):
            self.assertTrue(torch.equal(tensor, wanted), name)


if __name__ == "__main__":
    unittest.main()
