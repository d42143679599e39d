"""Runs `convscope train` as a user would and judges what it prints and writes; numbers are judged by Python's own torch.

usage: headless_test.py PROGRAM [UNITTEST ARGUMENTS]    (without the real MNIST drawn digits are used)
"""

import json
import os
import re
import subprocess
import tempfile
import tomllib
import unittest

from program import MNIST, Refusals, command, environment, idx, read, run, torch, write

SMALL_RECIPE = """
name = "every-kind"
description = "one layer of each kind"
[input]
channels = 1
height = 28
width = 28
classes = 10
mean = 0.1307
deviation = 0.3081
[[layer]]
name = "conv1"
kind = "conv2d"
channels = 6
kernel_size = 5
padding = 2
[[layer]]
name = "relu1"
kind = "relu"
[[layer]]
name = "pool1"
kind = "max_pool2d"
kernel_size = 2
[[layer]]
name = "conv2"
kind = "conv2d"
channels = 8
kernel_size = 3
stride = 2
bias = false
[[layer]]
name = "tanh"
kind = "tanh"
[[layer]]
name = "pool2"
kind = "avg_pool2d"
kernel_size = 2
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "dropout"
kind = "dropout"
probability = 0.3
[[layer]]
name = "fc"
kind = "linear"
features = 10
[[layer]]
name = "log_softmax"
kind = "log_softmax"
[training]
loss = "nll"
batch_size = 64
epochs = 1
[optimizer]
kind = "sgd"
learning_rate = 0.05
momentum = 0.9
"""


def events(result):
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def data_option():
    return ["--data", MNIST] if MNIST else ["--data", "drawn"]


class Numbers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_json_lines_are_start_epochs_and_end(self):
        lines = events(run("train", "--recipe", "mlp", *data_option(), "--epochs", "2", "--threads", "1", "--seed", "3",
                           "--json"))
        self.assertEqual([line["event"] for line in lines], ["start", "epoch", "epoch", "end"])
        start, first, second, end = lines
        self.assertEqual(start["recipe"], "mlp")
        self.assertEqual((start["seed"], start["threads"], start["device"]), (3, 1, "cpu"))
        self.assertTrue(start["machine"])
        self.assertEqual(start["parameters"], 784 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10)
        self.assertEqual((first["epoch"], second["epoch"]), (1, 2))
        self.assertEqual(second["iteration"], 2 * first["iteration"])
        self.assertGreater(second["test_accuracy"], 0.8)
        self.assertLess(second["train_loss"], first["train_loss"])
        self.assertEqual(sum(map(sum, end["confusion"])), 10000)
        self.assertAlmostEqual(sum(end["confusion"][i][i] for i in range(10)) / 10000, end["test_accuracy"], places=9)
        for key in ("epoch", "iteration", "train_loss", "train_accuracy", "test_loss", "test_accuracy"):
            self.assertEqual(end[key], second[key])

    def test_the_same_seed_data_and_threads_repeat_a_run_bit_for_bit(self):
        def once(seed):
            lines = events(run("train", "--recipe", "two-block-cnn", *data_option(), "--iterations", "40", "--threads", "2",
                               "--seed", str(seed), "--json"))
            return {key: value for key, value in lines[-1].items() if "second" not in key}
        first = once(5)
        self.assertEqual(first, once(5))
        self.assertNotEqual(first["train_loss"], once(6)["train_loss"])

    def test_iterations_stops_there_and_is_evaluated(self):
        lines = events(run("train", "--recipe", "mlp", *data_option(), "--iterations", "30", "--json", "--threads", "1"))
        self.assertEqual([line["event"] for line in lines], ["start", "end"])
        self.assertEqual(lines[-1]["iteration"], 30)
        self.assertEqual(sum(map(sum, lines[-1]["confusion"])), 10000)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_dumped_activations_are_what_python_computes_from_the_dumped_input_and_weights(self):
        recipe = self.path("every-kind.toml")
        with open(recipe, "w") as file:
            file.write(SMALL_RECIPE)
        dump = self.path("dump.pt")
        result = run("train", "--recipe", recipe, *data_option(), "--iterations", "25", "--dump", dump, "--threads", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        tensors = torch.load(dump)
        self.assertEqual(tuple(tensors["input"].shape), (1, 1, 28, 28))
        functional = torch.nn.functional
        weight = lambda name: tensors["weight/" + name]
        bias = lambda name: tensors.get("bias/" + name)
        layers = [("conv1", lambda x: functional.conv2d(x, weight("conv1"), bias("conv1"), padding=2)),
                  ("relu1", torch.relu),
                  ("pool1", lambda x: functional.max_pool2d(x, 2)),
                  ("conv2", lambda x: functional.conv2d(x, weight("conv2"), None, stride=2)),
                  ("tanh", torch.tanh),
                  ("pool2", lambda x: functional.avg_pool2d(x, 2)),
                  ("flatten", lambda x: x.flatten(1)),
                  ("dropout", lambda x: x),
                  ("fc", lambda x: functional.linear(x, weight("fc"), bias("fc"))),
                  ("log_softmax", lambda x: functional.log_softmax(x, 1))]
        self.assertNotIn("bias/conv2", tensors)
        x = tensors["input"].double()
        tensors = {name: tensor.double() for name, tensor in tensors.items()}
        for name, function in layers:
            x = function(x)
            captured = tensors["activation/" + name]
            self.assertEqual(tuple(captured.shape), tuple(x.shape[1:]), name)
            # Relative to the layer's largest value: a sum that cancels to nearly 0 has no relative accuracy of its own.
            error = ((captured - x[0]).abs().max() / x.abs().max()).item()
            self.assertLess(error, 1e-5, name)
        self.assertLess((tensors["logits"] - x[0]).abs().max().item(), 1e-5)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_network_with_batch_norm_is_recomputed_from_its_dump_alone(self):
        dump = self.path("dump.pt")
        result = run("train", "--recipe", "modern-cnn", *data_option(), "--iterations", "8", "--dump", dump, "--threads",
                     "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        tensors = {name: tensor.double() for name, tensor in torch.load(dump).items()}
        functional = torch.nn.functional

        def convolved(name):
            padding = 1 if name in ("conv5", "conv6") else 0
            return lambda x: functional.conv2d(x, tensors["weight/" + name], padding=padding)

        def normed(name):
            return lambda x: functional.batch_norm(
                x, *(tensors[kind + "/" + name] for kind in ("running_mean", "running_var", "weight", "bias")),
                training=False, eps=tensors["epsilon/" + name].item())
        layers = []
        for i in range(1, 7):
            layers += [("conv%d" % i, convolved("conv%d" % i)), ("norm%d" % i, normed("norm%d" % i)),
                       ("relu%d" % i, torch.relu)]
            layers += {2: [("pool1", lambda x: functional.max_pool2d(x, 2))], 3: [("dropout3", lambda x: x)],
                       5: [("pool2", lambda x: functional.max_pool2d(x, 2))]}.get(i, [])
        layers += [("average", lambda x: functional.adaptive_avg_pool2d(x, 1)), ("flatten", lambda x: x.flatten(1)),
                   ("fc", lambda x: functional.linear(x, tensors["weight/fc"], tensors["bias/fc"]))]
        self.assertEqual({name for name, _ in layers},
                         {name.split("/")[1] for name in tensors if name.startswith("activation/")})
        x = tensors["input"]
        for name, function in layers:
            x = function(x)
            error = ((tensors["activation/" + name] - x[0]).abs().max() / x.abs().max()).item()
            self.assertLess(error, 1e-5, name)
        self.assertLess((tensors["logits"] - x[0]).abs().max().item(), 1e-5 * x.abs().max().item())


class BadInput(Refusals, unittest.TestCase):
    """Each is answered by a sentence that names what is wrong, with exit code 2 for the command line and 1 else."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, content):
        return write(os.path.join(self.folder.name, name), content)

    def test_a_wrong_command_line_exits_with_2(self):
        self.refused(2, "--lr", "train", "--lr", "nan")
        self.refused(2, "--lr", "train", "--lr", "inf")
        self.refused(2, "--lr", "train", "--lr", "-0.1")
        self.refused(2, "--epochs", "train", "--epochs", "0")
        self.refused(2, "--device", "train", "--device", "abacus")
        self.refused(2, "--nonsense", "train", "--nonsense")
        self.refused(2, "--set.*--show", "recipes", "--set", "training.epochs=3")
        self.refused(2, "--size", "--size", "huge")
        self.refused(2, "--at-iteration", "--at-iteration", "3")
        self.refused(2, "after the word train", "--seed", "3", "train")

    def test_an_unknown_recipe_or_folder_names_the_remedy(self):
        self.refused(1, "wide-cnn", "train", "--recipe", "no-such-recipe")
        self.refused(1, "/no/such/folder", "train", "--data", "/no/such/folder")
        self.refused(1, "/no/such/folder", "train", CONVSCOPE_DATA="/no/such/folder")

    def test_a_recipe_that_cannot_work_names_layer_and_line(self):
        unknown = self.write("unknown.toml", SMALL_RECIPE.replace('"tanh"\nkind = "tanh"', '"tanh"\nkind = "tahn"'))
        line = SMALL_RECIPE.split("\n").index('kind = "tanh"') + 1
        result = self.refused(1, "tahn", "train", "--recipe", unknown)
        number = int(re.search(r"unknown\.toml:(\d+)", result.stderr).group(1))
        self.assertLessEqual(abs(number - line), 3)
        impossible = self.write("impossible.toml", SMALL_RECIPE.replace("kernel_size = 3", "kernel_size = 77"))
        self.refused(1, r"impossible\.toml:\d+.*conv2", "train", "--recipe", impossible)

    def test_a_minibatch_of_one_picture_for_a_batch_norm_of_vectors_is_refused_at_once(self):
        normed = SMALL_RECIPE.replace('name = "dropout"\nkind = "dropout"\nprobability = 0.3',
                                      'name = "norm"\nkind = "batch_norm"')
        recipe = self.write("normed.toml", normed)
        said = r"batches of 59999, and one is left over.*'norm'.*--batch-size"
        self.refused(1, said, "train", "--recipe", recipe, "--data", "drawn", "--batch-size", "59999")
        self.refused(1, "batches of 1, .*--batch-size", "train", "--recipe", recipe, "--data", "drawn", "--batch-size", "1")

    def test_a_full_disk_leaves_no_half_file(self):
        # A limit on file sizes stands in for the full disk: the write fails in the middle all the same.
        dump = os.path.join(self.folder.name, "dump.pt")
        script = 'trap "" XFSZ; ulimit -f 100; exec "$@"'
        result = subprocess.run(["bash", "-c", script, "bash", *command("train", "--data", "drawn", "--iterations", "1",
                                                                        "--threads", "1", "--dump", dump)],
                                env=environment(), capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(dump, result.stderr)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_dump_into_a_missing_folder_names_it(self):
        self.refused(1, "/no/such/folder/x.pt", "train", "--data", "drawn", "--iterations", "1", "--threads", "1", "--dump",
                     "/no/such/folder/x.pt")

    def test_data_files_that_are_cut_or_swapped_are_named(self):
        names = {"train-images-idx3-ubyte": idx((20, 28, 28), bytes(20 * 784)),
                 "train-labels-idx1-ubyte": idx((20,), bytes(20)),
                 "t10k-images-idx3-ubyte": idx((10, 28, 28), bytes(10 * 784)),
                 "t10k-labels-idx1-ubyte": idx((10,), bytes(10))}
        for name, content in names.items():
            self.write(name, content)
        self.write("train-images-idx3-ubyte", names["train-images-idx3-ubyte"][:-5])
        self.refused(1, "train-images-idx3-ubyte", "train", "--data", self.folder.name)
        self.write("train-images-idx3-ubyte", names["train-labels-idx1-ubyte"])
        self.refused(1, "train-images-idx3-ubyte", "train", "--data", self.folder.name)

    def test_a_breakpoint_for_what_there_is_not_is_refused_before_anything_is_trained(self):
        self.refused(1, r"--break-when: .*'gradient_norm\(nowhere\) > 1'.*those with weights are fc1, fc2, fc3", "train",
                     "--recipe", "mlp", "--data", "drawn", "--break-when", "gradient_norm(nowhere) > 1")
        self.refused(1, "a class that the data do not have", "train", "--recipe", "mlp", "--data", "drawn", "--break-when",
                     "first prediction of 12")

    def test_a_loss_that_becomes_nan_says_so(self):
        result = run("train", "--recipe", "mlp", "--data", "drawn", "--iterations", "50", "--lr", "1e30", "--threads", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not a finite number", result.stderr)
        self.assertNotRegex(result.stdout, r"\bnan\b")


class Interface(unittest.TestCase):
    def test_recipes_version_and_help(self):
        self.assertIn("wide-cnn", run("recipes").stdout)
        self.assertRegex(run("--version").stdout, r"^convscope \d+\.\d+")
        for arguments in (["--help"], ["train", "--help"]):
            result = run(*arguments)
            self.assertEqual(result.returncode, 0)
            for option in ("--recipe", "--data", "--seed", "--threads", "--device", "--epochs", "--batch-size", "--lr"):
                self.assertIn(option, result.stdout)

    def test_a_recipe_is_printed_with_its_comments_or_with_other_settings(self):
        file = os.path.join(os.path.dirname(__file__), "..", "..", "assets", "recipes", "mlp.toml")
        self.assertEqual(run("recipes", "--show", "mlp").stdout, read(file).decode())
        changed = tomllib.loads(run("recipes", "--show", file, "--set", "training.epochs=3").stdout)
        self.assertEqual((changed["training"]["epochs"], changed["training"]["batch_size"]), (3, 64))
        result = run("recipes", "--show", "no-such-recipe")
        self.assertEqual(result.returncode, 1)
        self.assertIn("wide-cnn", result.stderr)

    def test_a_run_says_what_it_is_made_of(self):
        arguments = ["train", "--recipe", "mlp", *data_option(), "--iterations", "7", "--threads", "1", "--lr", "0.02",
                     "--print-every", "3"]
        result = run(*arguments)
        self.assertEqual(result.stderr, "Nothing of this run is kept: --out DIR keeps it\n")
        text = result.stdout
        for line in (r"layer +kind +output +parameters", r"fc1 +linear +64 +50240", r"relu1 +relu +64", r"all +52650",
                     r"\[training\] loss = \"cross_entropy\", .*batch_size = 64", r"\[optimizer\] .*learning_rate = 0.02",
                     r"iteration 6, epoch 1: loss \d+\.\d+"):
            self.assertRegex(text, "(?m)^ *" + line)
        self.assertEqual(len(re.findall("(?m)^iteration", text)), 2)
        start, third, *_ = events(run(*arguments, "--json"))
        self.assertEqual(start["layers"][1], {"name": "fc1", "kind": "linear", "output": "64", "parameters": 50240})
        self.assertEqual(tomllib.loads(start["recipe_toml"])["optimizer"]["learning_rate"], 0.02)
        self.assertEqual((third["event"], third["iteration"], third["epoch"]), ("iteration", 3, 1))

    def test_plain_lines_when_not_on_a_terminal(self):
        result = run("train", "--recipe", "mlp", *data_option(), "--epochs", "1", "--threads", "1")
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("\r", result.stdout)
        self.assertRegex(result.stdout, r"epoch 1: training loss [0-9.]+")


class Hostile(Refusals, unittest.TestCase):
    """Small files that ask for what no machine has."""

    HEAD = """name = "x"
[input]
channels = 1
height = 8
width = 8
classes = 4
[[layer]]
name = "first"
"""
    TAIL = """[[layer]]
name = "last"
kind = "linear"
features = 4
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
batch_size = 1000
"""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name, count in (("train", 1000), ("t10k", 4)):
            self.write(name + "-images-idx3-ubyte", idx((count, 8, 8), bytes(64 * count)))
            self.write(name + "-labels-idx1-ubyte", idx((count,), bytes(i % 4 for i in range(count))))

    def write(self, name, content):
        return write(os.path.join(self.folder.name, name), content)

    def train(self, said, recipe):
        return self.refused(1, said, "train", "--recipe", self.write("x.toml", recipe), "--data", self.folder.name,
                            "--iterations", "1")

    def test_a_layer_that_there_is_no_memory_for_is_named_with_its_size(self):
        free = r"training and saving the whole network would take \d+ GB of memory, and [0-9.]+ .B are free; make the layer"
        self.train(r"layer 'wide' \(weights of 30000000x64, 1000 outputs of 30000000\) takes 279 GB, and " + free,
                   self.HEAD + 'kind = "flatten"\n[[layer]]\nname = "wide"\nkind = "linear"\nfeatures = 30000000\n' +
                   self.TAIL)
        self.train(r"layer 'first' \(weights of 1x1x3x3, 1000 outputs of 1x40006x40006\) takes 19.2 TB, and " +
                   free.replace(r"\d+ GB", "19.2 TB"),
                   self.HEAD + 'kind = "conv2d"\nchannels = 1\nkernel_size = 3\npadding = 20000\n[[layer]]\n'
                   'name = "pool"\nkind = "adaptive_avg_pool2d"\nsize = 1\n[[layer]]\nname = "flat"\n'
                   'kind = "flatten"\n' + self.TAIL)

    def test_toml_that_nests_without_end_is_refused_wherever_it_stands(self):
        deep = "a" + ".a" * 230_000 + " = 1\n"
        self.train(r"x.toml:1: sections and lists lie more than 64 deep", deep)
        self.refused(1, "lie more than 64 deep", "recipes", "--show", "mlp", "--set", "training.epochs=" + "[" * 60_000)
        self.refused(1, "there is no setting", "recipes", "--show", "mlp", "--set", deep[:60_000] + "=1")
        if torch:
            path = os.path.join(self.folder.name, "deep.pt")
            for recipe, said in ((deep, r"\(recipe\):1: sections and lists lie more than 64 deep"),
                                 (deep * 13, r"\(recipe\): larger than the 1048576 bytes")):
                torch.save({"convscope_checkpoint": 1, "recipe": recipe, "model": {}}, path)
                self.refused(1, said, "train", "--resume", path)
                self.refused(1, said, "evaluate", "--checkpoint", path)

    def test_what_does_not_exist_is_no_such_file(self):
        missing = os.path.join(self.folder.name, "nosuch.pth")
        said = re.escape(missing) + ": there is no such file"
        self.refused(1, said, "evaluate", "--checkpoint", missing)
        self.refused(1, said, "predict", "--checkpoint", missing, "a.png")
        self.refused(1, said, "train", "--resume", missing)
        self.refused(1, "nosuch.toml: there is no such file", "train", "--recipe", missing.replace("pth", "toml"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
