"""Saves and resumes as a user would, and has Python's torch judge the files.

usage: files_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import csv
import glob
import json
import os
import pickletools
import random
import re
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import zipfile

from program import PROGRAM, Refusals, command, environment, idx, read, run, torch, write

SIDE, TRAIN, TEST = 28, 400, 120

# Everything that a run can have besides its weights.
RECIPE = """
name = "stateful"
description = "batch norm of maps and of vectors, dropout, augmentation"
[input]
channels = 1
height = 28
width = 28
classes = 10
mean = 0.2
deviation = 0.25
[augmentation]
shift = 2.0
rotate = 10.0
scale = 0.1
noise = 0.05
[[layer]]
name = "conv1"
kind = "conv2d"
channels = 6
kernel_size = 5
[[layer]]
name = "norm1"
kind = "batch_norm"
[[layer]]
name = "relu1"
kind = "relu"
[[layer]]
name = "pool1"
kind = "max_pool2d"
kernel_size = 2
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "dropout"
kind = "dropout"
probability = 0.3
[[layer]]
name = "fc1"
kind = "linear"
features = 30
[[layer]]
name = "norm2"
kind = "batch_norm"
[[layer]]
name = "relu2"
kind = "relu"
[[layer]]
name = "fc2"
kind = "linear"
features = 10
[[layer]]
name = "log_softmax"
kind = "log_softmax"
[training]
loss = "nll"
batch_size = 32
epochs = 2
[optimizer]
kind = "adam"
learning_rate = 0.0003
"""


def digits(count, seed):
    """Pictures whose class is the place of a square, one in five of them at another class's place."""
    source = random.Random(seed)
    labels = [source.randrange(10) for _ in range(count)]
    pictures = []
    for label in labels:
        picture = bytearray(value // 4 for value in source.randbytes(SIDE * SIDE))
        place = source.randrange(10) if source.random() < 0.2 else label
        for row in range(7):
            begin = (place // 4 * 7 + row) * SIDE + place % 4 * 7
            picture[begin:begin + 7] = bytes([230] * 7)
        pictures.append(bytes(picture))
    return pictures, labels


class Base(Refusals, unittest.TestCase):
    """A folder with data, a recipe, and a run of two epochs in `run/`, made once."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = cls.temporary.name
        cls.data = cls.path("data")
        os.mkdir(cls.data)
        cls.recipe = write(cls.path("stateful.toml"), RECIPE)
        for name, count, seed in (("train", TRAIN, 1), ("t10k", TEST, 2)):
            pictures, labels = digits(count, seed)
            write(os.path.join(cls.data, name + "-images-idx3-ubyte"), idx((count, SIDE, SIDE), b"".join(pictures)))
            write(os.path.join(cls.data, name + "-labels-idx1-ubyte"), idx((count,), bytes(labels)))
            cls.pictures, cls.labels = pictures, labels
        cls.checkpoint = cls.train("run")

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder, *names)

    @classmethod
    def train(cls, out, *arguments):
        """A new run, or a resumed one; the path of its checkpoint."""
        begin = [] if "--resume" in arguments else ["--seed", "11"]
        if not {"--resume", "--recipe"} & set(arguments):
            begin += ["--recipe", cls.recipe]
        result = run("train", *begin, "--data", cls.data, "--threads", "1", "--out", cls.path(out), *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return cls.path(out, "last.pt")

    def copied(self):
        """The run that was made once, in a file of another name: who resumes it changes nothing there."""
        return write(self.path("copied.pt"), read(self.checkpoint))

    def evaluate(self, checkpoint, *arguments):
        result = run("evaluate", "--checkpoint", checkpoint, "--data", self.data, "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def assert_same(self, a, b, where="", but=()):
        """Equal to the last bit, all the way down."""
        self.assertIs(type(a), type(b), where)
        if isinstance(a, dict):
            self.assertEqual(list(a), list(b), where)
            for key in a:
                if key not in but:
                    self.assert_same(a[key], b[key], where + "/" + str(key), but)
        elif isinstance(a, torch.Tensor):
            self.assertEqual(a.dtype, b.dtype, where)
            self.assertTrue(torch.equal(a, b), where)
        else:
            self.assertEqual(a, b, where)


TIMES = ("seconds", "samples_per_second", "epoch_seconds")


class Resuming(Base):
    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_two_epochs_and_two_more_are_four_bit_for_bit(self):
        resumed = torch.load(self.train("two-more", "--resume", self.checkpoint, "--epochs", "4"))
        whole = torch.load(self.train("four", "--epochs", "4"))
        self.assertEqual(whole["iteration"], 4 * 13)
        self.assert_same(resumed, whole, but=TIMES)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_file_of_version_1_with_the_scalars_of_every_iteration_goes_on_bit_for_bit(self):
        saved = torch.load(self.checkpoint)
        progress = saved["progress"]
        curves, latest = progress.pop("curves"), progress.pop("latest")
        count = saved["iteration"]
        progress["iterations"] = {"iteration": torch.arange(1, count + 1).double(),
                                  "epoch": torch.arange(count).div(13, rounding_mode="floor").add(1).double(),
                                  "loss": curves["loss"].double(), "accuracy": curves["accuracy"].double(),
                                  "learning_rate": torch.full((count,), latest["learning_rate"]).double()}
        del progress["evaluations"]["levels"]
        saved["convscope_checkpoint"] = 1
        torch.save(saved, self.path("version-1.pt"))
        resumed = torch.load(self.train("version-1", "--resume", self.path("version-1.pt"), "--epochs", "4"))
        self.assert_same(resumed, torch.load(self.train("as-ever", "--epochs", "4")), but=TIMES)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_file_that_python_has_saved_again_goes_on_bit_for_bit(self):
        torch.save(torch.load(self.checkpoint), self.path("saved-again.pt"))
        resumed = torch.load(self.train("saved-again", "--resume", self.path("saved-again.pt"), "--epochs", "4"))
        self.assert_same(resumed, torch.load(self.train("not-saved-again", "--epochs", "4")), but=TIMES)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_that_holds_a_channel_answers_as_one_whose_weights_python_has_zeroed(self):
        saved = torch.load(self.checkpoint)
        held = {"channels": [{"layer": "norm1", "channel": 2, "value": 0.0}],
                "frozen": [{"layer": "conv1", "filter": -1}, {"layer": "norm1", "filter": 1}]}
        torch.save({**saved, "convscope_checkpoint": 3, "restraints": held}, self.path("held.pt"))
        zeroed = torch.load(self.checkpoint)
        for kind in ("weight", "bias"):
            zeroed["model"]["norm1." + kind][2] = 0.0
        torch.save(zeroed, self.path("zeroed.pt"))
        said = [run("evaluate", "--checkpoint", self.path(name), "--data", self.data)
                for name in ("held.pt", "zeroed.pt")]
        self.assertRegex(said[0].stderr, "held by hand: norm1 2 at 0\n")
        self.assertEqual(said[0].stdout, said[1].stdout)
        self.assertEqual(said[1].stderr, "")

        # It is trained on held as it is, and the file that it leaves says so.
        on = torch.load(self.train("held-on", "--resume", self.path("held.pt"), "--epochs", "3"))
        self.assertEqual(on["restraints"], held)
        self.assertTrue(torch.equal(on["model"]["conv1.weight"], saved["model"]["conv1.weight"]))
        norm, before = on["model"]["norm1.weight"], saved["model"]["norm1.weight"]
        self.assertEqual(norm[1], before[1])
        self.assertNotEqual(norm[0], before[0])

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_checkpoint_is_plain_data_in_an_archive_that_can_be_mapped(self):
        plain = torch.load(self.checkpoint)
        if int(torch.__version__.split(".")[0]) >= 2:  # before, it knew no numbers but whole ones
            self.assert_same(torch.load(self.checkpoint, weights_only=True), plain)
        self.assertEqual(plain["progress"]["curves"]["loss"].numel(), plain["iteration"])  # what the log is made of
        with zipfile.ZipFile(self.checkpoint) as archive, open(self.checkpoint, "rb") as file:
            self.assertIsNone(archive.testzip())
            # What torch/_weights_only_unpickler.py knows, since PyTorch 2.0.
            instructions = list(pickletools.genops(archive.read("archive/data.pkl")))
            self.assertLessEqual({code.name for code, _, _ in instructions}, {
                "PROTO", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "LONG1", "BINFLOAT", "BINUNICODE",
                "EMPTY_LIST", "APPENDS", "EMPTY_DICT", "SETITEMS", "EMPTY_TUPLE", "TUPLE", "GLOBAL", "REDUCE", "BINPERSID"})
            self.assertEqual({name for code, name, _ in instructions if code.name == "GLOBAL"}, {
                "torch._utils _rebuild_tensor_v2", "collections OrderedDict",
                *("torch %sStorage" % kind for kind in ("Float", "Double", "Long", "Int", "Byte"))})
            for entry in archive.infolist():
                self.assertEqual(entry.compress_type, zipfile.ZIP_STORED)
                file.seek(entry.header_offset + 26)
                name, extra = struct.unpack("<HH", file.read(4))
                self.assertEqual((entry.header_offset + 30 + name + extra) % 64, 0, entry.filename)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_that_ended_within_an_epoch_goes_on_bit_for_bit(self):
        part = self.train("part", "--iterations", "17")
        self.assertEqual(torch.load(part)["iteration"], 17)
        resumed = torch.load(self.train("part-and-rest", "--resume", part, "--epochs", "4"))
        whole = torch.load(self.train("whole", "--epochs", "4"))
        # It was measured when it ended, as the other one was not.
        del resumed["progress"]["evaluations"], whole["progress"]["evaluations"]
        self.assert_same(resumed, whole, but=TIMES + ("planned_epochs",))

    def test_a_resumed_run_in_the_same_folder_continues_its_log_without_repeating_it(self):
        checkpoint = self.train("log")
        self.train("log", "--resume", checkpoint, "--epochs", "4")
        self.train("unbroken", "--epochs", "4")
        self.assertEqual(self.rows("log"), self.rows("unbroken"))

    def rows(self, name):
        with open(self.path(name, "metrics.csv")) as file:
            return [{key: value for key, value in row.items() if key not in TIMES} for row in csv.DictReader(file)]

    def test_what_was_logged_after_the_checkpoint_is_logged_once_when_it_is_trained_again(self):
        early = self.train("again", "--iterations", "17")
        saved = read(early)
        self.train("again", "--resume", early, "--epochs", "4")  # 35 further iterations ...
        write(early, saved)  # ... that the checkpoint knows nothing of
        self.train("again", "--resume", early, "--epochs", "4")
        rows = self.rows("again")
        iterations = [int(row["iteration"]) for row in rows if row["loss"]]
        self.assertEqual(iterations, list(range(1, 53)))
        # It was measured when it ended, too.
        self.assertEqual([row["iteration"] for row in rows if row["test_loss"]], ["13", "17", "26", "39", "52"])
        with open(self.path("again", "metrics.jsonl")) as file:
            logged = [json.loads(line) for line in file]
        self.assertEqual([line["iteration"] for line in logged if line["event"] == "iteration"], iterations)
        self.assertEqual(len(os.listdir(self.path("again", "tensorboard"))), 3)

    def test_a_resumed_run_does_not_print_the_epochs_that_were_over(self):
        result = run("train", "--resume", self.copied(), "--data", self.data, "--threads", "1", "--epochs", "4",
                     "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([(line["event"], line.get("epoch")) for line in lines],
                         [("start", None), ("epoch", 3), ("epoch", 4), ("end", 4)])
        self.assertEqual(lines[0]["resumed_at"], 26)

    def test_a_finished_run_resumed_for_no_more_epochs_is_measured_and_ends(self):
        for epochs in (1, 2):
            result = run("train", "--resume", self.copied(), "--data", self.data, "--threads", "1", "--epochs",
                         epochs, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            end = json.loads(result.stdout.splitlines()[-1])
            self.assertEqual((end["event"], end["iteration"]), ("end", 26))
            self.assertEqual(end["test_accuracy"], self.evaluate(self.checkpoint)["accuracy"])

    def test_a_finished_run_resumed_without_a_number_of_epochs_goes_on_for_as_many_again(self):
        result = run("train", "--resume", self.copied(), "--data", self.data, "--threads", "1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout.splitlines()[-1])["epoch"], 4)

    def test_epochs_are_kept_and_resumed_from(self):
        whole = self.train("kept", "--epochs", "2", "--keep-every-epochs", "1")
        self.assertEqual(sorted(name for name in os.listdir(self.path("kept")) if name.endswith(".pt")),
                         ["epoch-0001.pt", "epoch-0002.pt", "last.pt"])
        self.assert_same(torch.load(self.path("kept", "epoch-0002.pt")), torch.load(whole), but=TIMES)
        again = self.train("kept-again", "--resume", self.path("kept", "epoch-0001.pt"), "--epochs", "2")
        self.assert_same(torch.load(again)["model"], torch.load(whole)["model"])

    def test_a_run_is_resumed_on_its_own_data_unless_others_are_named(self):
        result = run("train", "--resume", self.copied(), "--threads", "1", "--epochs", "3", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout.splitlines()[0])["data"]["source"], self.data)
        self.refused(1, r"was trained on other pictures \(.*\) than these \(.*--data drawn:11\); name the same data",
                     "train", "--resume", self.checkpoint, "--data", "drawn", "--threads", "1")
        moved = self.path("moved-data")
        shutil.copytree(self.data, moved)
        result = run("train", "--resume", self.copied(), "--data", moved, "--threads", "1", "--epochs", "3", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_run_is_resumed_in_its_own_folder_and_a_file_of_another_name_is_not_kept(self):
        checkpoint = self.train("own", "--iterations", "17")
        result = run("train", "--resume", checkpoint, "--threads", "1", "--epochs", "2")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([int(row["iteration"]) for row in self.rows("own") if row["loss"]], list(range(1, 27)))
        before = read(self.copied())
        result = run("train", "--resume", self.copied(), "--threads", "1", "--iterations", "1")
        self.assertEqual((result.returncode, result.stderr), (0, "Nothing of this run is kept: --out DIR keeps it\n"))
        self.assertEqual(read(self.path("copied.pt")), before)

    def test_latest_is_the_run_that_was_saved_last(self):
        state = self.path("state")
        self.refused(1, "--resume latest: there is no saved run in '" + state, "train", "--resume", "latest",
                     XDG_STATE_HOME=state)
        older, newer = (os.path.join(state, "convscope", "runs", name) for name in ("b", "a"))
        self.train(older, "--iterations", "3")
        self.train(newer, "--iterations", "5")
        os.utime(os.path.join(older, "last.pt"), (1e9, 1e9))
        result = run("train", "--resume", "latest", "--data", self.data, "--threads", "1", "--iterations", "1",
                     "--json", XDG_STATE_HOME=state)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout.splitlines()[-1])["iteration"], 6)

    def test_what_cannot_be_resumed_is_named(self):
        train = ["train", "--data", self.data, "--threads", "1", "--resume"]
        self.refused(1, "/no/such.pt", *train, "/no/such.pt")
        self.refused(1, "stateful.toml", *train, self.recipe)
        self.refused(1, "cut.pt", *train, write(self.path("cut.pt"), read(self.checkpoint)[:5000]))
        other = self.path("other-data")
        os.mkdir(other)
        for name, count in (("train", 50), ("t10k", 20)):
            images, labels = bytes(count * SIDE * SIDE), bytes(i % 10 for i in range(count))
            write(os.path.join(other, name + "-images-idx3-ubyte"), idx((count, SIDE, SIDE), images))
            write(os.path.join(other, name + "-labels-idx1-ubyte"), idx((count,), labels))
        self.refused(1, r"was trained on other pictures \(.*, 400, --data .*\) than these \(.*, 50, --data .*\); name the "
                     "same data with --data", "train", "--data", other, "--threads", "1", "--resume", self.checkpoint)


class Killed(Base):
    def test_a_run_that_is_killed_at_any_moment_leaves_a_whole_checkpoint_or_none(self):
        source = random.Random(4)
        found = 0
        for attempt in range(10):
            folder = self.path("killed-%d" % attempt)
            last = os.path.join(folder, "last.pt")
            process = subprocess.Popen(
                command("train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--epochs", "100000",
                        "--autosave-seconds", "0.05", "--out", folder),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            if attempt > 0:  # the first one before anything is saved, as likely as not
                deadline = time.monotonic() + 120
                while not os.path.exists(last) and time.monotonic() < deadline:
                    time.sleep(0.001)
            time.sleep(source.random() * 0.4)
            process.send_signal(signal.SIGKILL)
            self.assertEqual(process.wait(), -signal.SIGKILL)
            left = os.listdir(folder) if os.path.isdir(folder) else []
            self.assertLessEqual(sum(".tmp." in name for name in left), 1, left)
            self.assertLessEqual({name for name in left if ".tmp." not in name},
                                 {"last.pt", "metrics.csv", "metrics.jsonl", "journal.jsonl", "recipe.toml",
                                  "tensorboard"})
            if attempt > 0:
                self.assertIn("last.pt", left)
            if "last.pt" not in left:
                continue
            found += 1
            if torch:
                saved = torch.load(last)
                self.assertEqual(len(saved["progress"]["curves"]["loss"]), saved["iteration"])
            self.evaluate(last)
        self.assertGreaterEqual(found, 9)
        resumed = self.train("killed-9", "--resume", last, "--iterations", "3")
        if torch:
            self.assertEqual(torch.load(resumed)["iteration"], saved["iteration"] + 3)

    def test_a_full_disk_keeps_the_old_checkpoint_and_is_named(self):
        # A limit on file sizes stands in for the full disk: the write fails in the middle all the same.
        checkpoint = self.train("full")
        before = read(checkpoint)
        kilobytes = len(before) // 2048
        script = 'trap "" XFSZ; ulimit -f %d; exec "$@"' % kilobytes
        result = subprocess.run(
            ["bash", "-c", script, "bash",
             *command("train", "--resume", checkpoint, "--epochs", "3", "--data", self.data, "--threads", "1", "--out",
                      self.path("full"))],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment(), timeout=300)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(checkpoint, result.stderr)
        self.assertEqual(read(checkpoint), before)
        self.assertEqual(glob.glob(self.path("full", "*.tmp*")), [])


class Interrupted(Base):
    def interrupted(self, *arguments):
        """A long run that gets Ctrl-C while it trains, and then may end by itself: the completed process."""
        process = subprocess.Popen(
            command("train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--epochs", "100000",
                    "--print-every", "5", *arguments),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(process.kill)
        before = []
        for line in process.stdout:
            before.append(line)
            if "iteration" in line and "loss" in line:
                break
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 130, errors)
        return subprocess.CompletedProcess(process.args, 130, "".join(before) + output, errors)

    def test_ctrl_c_saves_the_run_and_says_how_to_go_on(self):
        out = self.path("run with a 'name'")
        result = self.interrupted("--out", out)
        said = re.search(r"interrupted after iteration (\d+) of epoch (\d+); saved to (.*)\ngo on with: (.*)\n",
                         result.stdout)
        self.assertEqual(said[3], os.path.join(out, "last.pt"))
        last = int(said[1])
        with open(os.path.join(out, "metrics.csv")) as file:
            logged = [int(row["iteration"]) for row in csv.DictReader(file) if row["loss"]]
        self.assertEqual(logged, list(range(1, last + 1)))
        program, *words = shlex.split(said[4])
        self.assertEqual(program, PROGRAM)
        resumed = run(*words, "--iterations", "1", "--json")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(json.loads(resumed.stdout.splitlines()[-1])["iteration"], last + 1)

    def test_ctrl_c_in_a_run_without_a_folder_says_that_nothing_is_saved(self):
        self.assertRegex(self.interrupted().stdout, r"interrupted after iteration \d+ .*--out DIR")
        lines = [json.loads(line) for line in self.interrupted("--json").stdout.splitlines()]
        self.assertEqual((lines[-1]["event"], lines[-1]["checkpoint"], lines[-1]["resume"]), ("interrupted", "", ""))
        self.assertEqual([line["iteration"] for line in lines if line["event"] == "iteration"],
                         list(range(5, lines[-1]["iteration"] + 1, 5)))


class Log(Base):
    def test_the_folder_of_a_run_holds_its_recipe_its_metrics_and_events(self):
        with open(self.path("run", "metrics.csv")) as file:
            rows = list(csv.DictReader(file))
        lines = [json.loads(line) for line in read(self.path("run", "metrics.jsonl")).splitlines()]
        self.assertEqual([int(row["iteration"]) for row in rows if row["loss"]], list(range(1, 27)))
        self.assertEqual([int(row["epoch"]) for row in rows if row["test_loss"]], [1, 2])
        iterations = [line for line in lines if line["event"] == "iteration"]
        self.assertEqual([line["iteration"] for line in iterations], list(range(1, 27)))
        for row, line in zip((row for row in rows if row["loss"]), iterations):
            self.assertEqual(float(row["loss"]), line["loss"])
        self.assertAlmostEqual([line for line in lines if line["event"] == "evaluation"][-1]["test_accuracy"],
                               self.evaluate(self.checkpoint)["accuracy"], places=12)
        events = glob.glob(self.path("run", "tensorboard", "events.out.tfevents.*"))
        self.assertEqual(len(events), 1)
        self.assertGreater(os.path.getsize(events[0]), 1000)

    def test_every_nth_iteration_is_logged_when_asked_for(self):
        self.train("sparse", "--log-every", "10")
        with open(self.path("sparse", "metrics.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(row["iteration"]) for row in rows if row["loss"]], [10, 20])
        self.assertEqual([int(row["epoch"]) for row in rows if row["test_loss"]], [1, 2])

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_the_recipe_of_a_run_makes_the_same_run(self):
        again = self.train("again", "--recipe", self.path("run", "recipe.toml"))
        self.assert_same(torch.load(again), torch.load(self.checkpoint), but=TIMES)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_settings_from_the_command_line_are_in_the_recipe_that_is_saved(self):
        checkpoint = self.train("set", "--set", "optimizer.learning_rate=0.02", "--set", "layer.conv1.channels=3",
                                "--set", "training.epochs=1")
        saved = torch.load(checkpoint)
        self.assertEqual(tuple(saved["model"]["conv1.weight"].shape), (3, 1, 5, 5))
        self.assertEqual((saved["learning_rate"], saved["iteration"]), (0.02, 13))
        self.assertIn("learning_rate = 0.02", read(self.path("set", "recipe.toml")).decode())

    def test_settings_that_do_not_exist_or_do_not_fit_are_refused_with_what_would(self):
        for setting, said in (("training.nonsense=3", "no setting 'nonsense'.*known are.*batch_size"),
                              ("layer.conv1.channels=many", "channels.*whole number"),
                              ("layer.conv9.channels=3", "conv9"),
                              ("nonsense", "SECTION.KEY=VALUE"),
                              ("optimizer.kind=magic", "magic.*adam"),
                              ("training.batch_size=0", "batch_size"),
                              ("layer.conv1.kernel_size=99", "conv1")):
            with self.subTest(setting):
                self.refused(1, "(?s)" + said, "train", "--recipe", self.recipe, "--data", self.data, "--set", setting)
                self.refused(1, "(?s)" + said, "evaluate", "--checkpoint", self.checkpoint, "--data", self.data,
                             "--set", setting)


if __name__ == "__main__":
    unittest.main(verbosity=2)
