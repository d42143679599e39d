"""Trains, evaluates and predicts on folders and files as people have them, and has Python say what is right.

usage: own_data_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import json
import os
import random
import shutil
import struct
import tempfile
import unittest
import zlib

from program import Refusals, idx, read, run, torch, write

SIDE = 12
NAMES = ["ноль", "один", "二", "さん", "four five", "fünf", "έξι", "sieben mit einem sehr langen Namen", "huit",
         "neuf", "10", "11"]

# Reads the toy pictures below in a few iterations.
RECIPE = """
name = "small"
[input]
height = 12
width = 12
classes = %d
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "out"
kind = "linear"
features = %d
[training]
batch_size = 16
epochs = 6
[optimizer]
kind = "adam"
learning_rate = 0.02
"""


def picture(label, source):
    """A bright block of 3 x 4 pixels at the class's place in a grid of four rows and three columns, on noise."""
    pixels = bytearray(value // 4 for value in source.randbytes(SIDE * SIDE))
    for row in range(3):
        begin = (label // 3 * 3 + row) * SIDE + label % 3 * 4
        pixels[begin:begin + 4] = bytes([230] * 4)
    return bytes(pixels)


def transposed(pixels):
    return bytes(pixels[x * SIDE + y] for y in range(SIDE) for x in range(SIDE))


def save(pixels, *path, side=SIDE):
    """As a grey PNG, and the folders on the way to it."""
    path = os.path.join(*path)
    os.makedirs(os.path.dirname(path), exist_ok=True)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = b"".join(b"\0" + pixels[y * side:(y + 1) * side] for y in range(side))
    return write(path, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
                 chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def image_folder(root, extensions=(".png",)):
    """What torchvision's ImageFolder makes of a folder: the classes, and (path, class) of every picture."""
    classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    found = []
    for label, name in enumerate(classes):
        for folder, _, files in sorted(os.walk(os.path.join(root, name), followlinks=True)):
            found += [(os.path.join(folder, file), label) for file in sorted(files) if file.endswith(extensions)]
    return classes, found


class Base(Refusals, unittest.TestCase):
    """A temporary folder with `twelve/`, pictures of twelve classes in folders 0 to 11, and `run/`, trained on them."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.recipe = write(cls.path("twelve.toml"), RECIPE % (12, 12))
        cls.ten = write(cls.path("ten.toml"), RECIPE % (10, 10))
        cls.folders("twelve", map(str, range(12)))
        cls.checkpoint = cls.train("run", cls.path("twelve"))

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.temporary.name, *names)

    @staticmethod
    def pictures(seed, classes=12, parts=(("train", 20), ("test", 5))):
        """Class by class, by part."""
        source = random.Random(seed)
        made = {part: [] for part, _ in parts}
        for label in range(classes):
            for part, count in parts:
                made[part] += [picture(label, source) for _ in range(count)]
        return made

    @classmethod
    def folders(cls, root, names, parts=(("train", 20), ("test", 5)), seed=3, deeper=lambda i: ()):
        """A picture's class is its folder's place in `names`."""
        names = list(names)
        made = cls.pictures(seed, len(names), parts)
        for part, count in parts:
            for i, pixels in enumerate(made[part]):
                save(pixels, cls.path(root), part, names[i // count], *deeper(i % count), "%03d.png" % (i % count))
        return cls.path(root)

    @classmethod
    def train(cls, out, data, *arguments):
        begin = [] if "--recipe" in arguments else ["--recipe", cls.recipe]
        result = run("train", *begin, "--data", data, "--threads", "1", "--out", cls.path(out), *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return cls.path(out, "last.pt")

    def evaluated(self, checkpoint, data, *arguments):
        """What is measured, and what is said."""
        result = run("evaluate", "--checkpoint", checkpoint, "--data", data, "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout), result.stderr

    def predicted(self, checkpoint, *pictures):
        result = run("predict", "--checkpoint", checkpoint, "--json", *pictures)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]


class ClassNames(Base):
    def test_predict_names_the_folder_and_numbers_it_as_ImageFolder_does(self):
        classes, pictures = image_folder(self.path("twelve", "test"))
        self.assertEqual(classes[2], "10")
        said = self.predicted(self.checkpoint, *(path for path, _ in pictures))
        for (path, label), one in zip(pictures, said):
            self.assertEqual((one["class"], one["name"]), (label, os.path.basename(os.path.dirname(path))))
        picture_of_2 = self.path("twelve", "test", "2", "000.png")
        self.assertRegex(run("predict", "--checkpoint", self.checkpoint, picture_of_2).stdout, r"000\.png: 2 \(")

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_the_names_are_plain_text_in_the_checkpoint(self):
        self.assertEqual(torch.load(self.checkpoint)["class_names"], sorted(map(str, range(12))))

    def test_names_in_every_script_survive_training_evaluation_and_prediction(self):
        data = self.folders("named", NAMES)
        checkpoint = self.train("named-run", data)
        with open(self.path("named-run", "metrics.jsonl"), encoding="utf-8") as log:
            log.read()
        measured, said = self.evaluated(checkpoint, data)
        self.assertEqual(said, "")
        self.assertEqual([row["class"] for row in measured["per_class"]], sorted(NAMES))
        self.assertGreater(measured["accuracy"], 0.95)
        for name in NAMES:
            self.assertEqual(self.predicted(checkpoint, os.path.join(data, "test", name, "000.png"))[0]["name"], name)
        text = run("evaluate", "--checkpoint", checkpoint, "--data", data).stdout
        rows = [line for line in text.splitlines() if line.count("%") == 3 and not line.startswith("says ")]
        columns = {line.rindex("%") for line in rows}
        self.assertEqual(len(columns), 1, text)
        start = json.loads(run("train", "--recipe", self.recipe, "--data", data, "--iterations", "1", "--threads", "1",
                               "--json").stdout.splitlines()[0])
        self.assertEqual(start["data"]["classes"], sorted(NAMES))

    def test_names_that_are_no_text_stop_nothing(self):
        data = self.folders("bytes", map(str, range(11)))
        for part in ("train", "test"):
            folder = os.path.join(os.fsencode(data), part.encode(), b"caf\xe9")
            os.rename(os.path.join(os.fsencode(self.folders("spare-" + part, ["x"])), b"train", b"x"), folder)
        shutil.move(os.fsencode(data), os.fsencode(self.path("r")) + b"\xff")
        data = os.fsdecode(os.fsencode(self.path("r")) + b"\xff")
        checkpoint = self.train("bytes-run", data)
        self.assertEqual(self.evaluated(checkpoint, data)[0]["per_class"][-1]["class"], "caf\\xe9")
        if torch:
            self.assertIn("caf\\xe9", torch.load(checkpoint)["class_names"])
        resumed = run("train", "--resume", checkpoint, "--data", data, "--threads", "1", "--epochs", "7")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)

    def test_labels_go_by_the_names_where_the_data_have_them_in_another_order(self):
        wanted = self.evaluated(self.checkpoint, self.path("twelve"))[0]
        # The same test pictures, drawn again, as IDX files, whose classes are numbered.
        data = self.path("idx", "mine")
        os.makedirs(data)
        content = b"".join(self.pictures(3)["test"])
        labels = [label for label in range(12) for _ in range(5)]
        write(os.path.join(data, "t10k-images-idx3-ubyte"), idx((60, SIDE, SIDE), content))
        write(os.path.join(data, "t10k-labels-idx1-ubyte"), idx((60,), bytes(labels)))
        measured, said = self.evaluated(self.checkpoint, data)
        self.assertEqual(said, "")
        self.assertEqual(measured["accuracy"], wanted["accuracy"])
        self.assertEqual(measured["confusion"], wanted["confusion"])

    def test_other_names_are_said_and_classes_that_cannot_be_told_are_refused(self):
        others = self.folders("others", [chr(ord("a") + i) for i in range(12)], parts=(("test", 3),))
        self.assertRegex(self.evaluated(self.checkpoint, others)[1], r"are called otherwise .* taken in this order")
        mixed = self.folders("mixed", ["0", "1", "zebra"], parts=(("test", 3),))
        self.refused(1, "a class that the network was not trained on: 'zebra'", "evaluate", "--checkpoint",
                     self.checkpoint, "--data", mixed)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_without_names_falls_back_to_the_datas_and_to_numbers(self):
        old = torch.load(self.checkpoint)
        del old["class_names"]
        torch.save(old, self.path("old.pt"))
        picture_of_2 = self.path("twelve", "test", "2", "000.png")
        self.assertEqual([(one["class"], one["name"]) for one in self.predicted(self.path("old.pt"), picture_of_2)],
                         [(4, None)])
        self.assertRegex(run("predict", "--checkpoint", self.path("old.pt"), picture_of_2).stdout, r"000\.png: 4 \(")
        self.assertEqual(self.evaluated(self.path("old.pt"), self.path("twelve")),
                         self.evaluated(self.checkpoint, self.path("twelve")))


class OwnPictures(Base):
    def test_a_folder_with_nothing_but_test_is_evaluated_and_not_trained_on(self):
        data = self.folders("own", map(str, range(12)), parts=(("test", 4),), seed=8)
        measured, said = self.evaluated(self.checkpoint, data)
        self.assertEqual(said, "")
        self.assertEqual(sum(map(sum, measured["confusion"])), 48)
        self.assertGreater(measured["accuracy"], 0.9)
        self.refused(1, r"own has no pictures to train on, only 48 to test with: add them", "train", "--recipe",
                     self.recipe, "--data", data)

    def test_one_picture_per_class_and_some_of_the_classes_are_enough(self):
        data = self.path("single")
        source = random.Random(5)
        for label in range(12):
            save(picture(label, source), data, str(label), "mine.png")
        self.assertEqual(sum(map(sum, self.evaluated(self.checkpoint, data)[0]["confusion"])), 12)
        for label in range(11):
            shutil.rmtree(os.path.join(data, str(label)))
        measured, _ = self.evaluated(self.checkpoint, data)
        self.assertEqual((measured["accuracy"], measured["confusion"][3][3]), (1.0, 1))  # '11' comes fourth
        self.refused(1, "has only one class, '11'", "train", "--recipe", self.recipe, "--data", data)

    def test_of_a_folder_that_is_split_by_chance_it_is_said_how_to_evaluate_all(self):
        data = self.path("flat")
        shutil.copytree(self.path("twelve", "train"), data)
        measured, said = self.evaluated(self.checkpoint, data)
        tested = sum(map(sum, measured["confusion"]))
        self.assertIn("The %d pictures of flat to test with were taken by chance" % tested, said)
        self.assertIn("'test'", said)
        os.makedirs(self.path("all"))
        shutil.move(data, self.path("all", "test"))
        measured, said = self.evaluated(self.checkpoint, self.path("all"))
        self.assertEqual((sum(map(sum, measured["confusion"])), said), (240, ""))

    def test_the_files_for_testing_alone_are_evaluated_and_not_trained_on(self):
        data = self.path("t10k")
        os.makedirs(data)
        source = random.Random(6)
        write(os.path.join(data, "t10k-images-idx3-ubyte"),
              idx((24, SIDE, SIDE), b"".join(picture(i % 10, source) for i in range(24))))
        write(os.path.join(data, "t10k-labels-idx1-ubyte"), idx((24,), bytes(i % 10 for i in range(24))))
        checkpoint = self.train("ten", self.folders("ten-classes", map(str, range(10))), "--recipe", self.ten)
        self.assertGreater(self.evaluated(checkpoint, data)[0]["accuracy"], 0.9)
        # A recipe that holds pictures out needs none to be evaluated.
        self.assertGreater(self.evaluated(checkpoint, data, "--set", "training.validation=30")[0]["accuracy"], 0.9)
        self.refused(1, "t10k has no pictures to train on, only 24 to test with|MNIST has no pictures", "train",
                     "--recipe", self.ten, "--data", data)

    def test_pictures_in_folders_below_are_seen_as_ImageFolder_sees_them(self):
        data = self.folders("nested", map(str, range(12)), deeper=lambda i: () if i < 2 else ("b", "c")[:i % 3],)
        result = run("train", "--recipe", self.recipe, "--data", data, "--threads", "1", "--json", "--out",
                     self.path("nested-run"))
        start = json.loads(result.stdout.splitlines()[0])
        self.assertEqual((start["data"]["train"], start["data"]["test"]), (240, 60))
        # The indices of the mistakes are ImageFolder's.
        _, pictures = image_folder(os.path.join(data, "test"))
        weak = self.train("weak", data, "--iterations", "6")
        measured, _ = self.evaluated(weak, data)
        said = self.predicted(weak, *(path for path, _ in pictures))
        self.assertGreater(len(measured["mistakes"]), 0)
        self.assertEqual(measured["mistakes"],
                         [i for i, ((_, label), one) in enumerate(zip(pictures, said)) if one["class"] != label])

    def test_what_cannot_be_read_is_counted_and_named_once(self):
        data = self.folders("messy", map(str, range(12)))
        for path, content in (("train/3/photo.heic", b"x"), ("train/3/notes.txt", b"x"),
                              ("test/4/cut.png", b"\x89PNG")):
            write(os.path.join(data, path), content)
        for path in ("__MACOSX/3/a.png", "train/__MACOSX/a.png", "train/3/._000.png", "train/3/Thumbs.db"):
            os.makedirs(os.path.dirname(os.path.join(data, path)), exist_ok=True)
            write(os.path.join(data, path), b"x")
        trained = run("train", "--recipe", self.recipe, "--data", data, "--threads", "1", "--iterations", "2")
        self.assertEqual(trained.returncode, 0, trained.stderr)
        for said in (trained.stderr, self.evaluated(self.checkpoint, data)[1]):
            self.assertEqual(said.count("3 of 303 files of"), 1, said)
            self.assertRegex(said, r"2 of other kinds .*notes\.txt.*, 1 unreadable \(first: .*cut\.png")

    def test_another_number_of_classes_is_refused_with_the_settings_that_help(self):
        refusal = self.refused(1, "or give --set", "train", "--recipe", self.ten, "--data", self.path("twelve"))
        settings = refusal.stderr.split("or give ")[1].splitlines()[0].split()
        trained = run("train", "--recipe", self.ten, "--data", self.path("twelve"), "--threads", "1", "--iterations",
                      "1", *settings)
        self.assertEqual(trained.returncode, 0, trained.stderr)

    def test_a_run_whose_data_were_moved_asks_for_them_and_goes_on_with_them(self):
        data = self.folders("moving", map(str, range(12)))
        checkpoint = self.train("moving-run", data)
        os.rename(data, self.path("moved"))
        self.refused(1, "last.pt: learned from moving in .*/moving, where there is no data set any more; say where the "
                        "same data are now with --data$", "train", "--resume", checkpoint)
        gone_on = run("train", "--resume", checkpoint, "--data", self.path("moved"), "--epochs", "2")
        self.assertEqual(gone_on.returncode, 0, gone_on.stderr)

    def test_more_classes_than_can_be_learned_are_refused_with_how_many_can(self):
        pixels = picture(0, random.Random(1))
        for i in range(1001):
            for name in ("a.png", "b.png"):
                save(pixels, self.path("many"), "%04d" % i, name)
        refusal = self.refused(1, "has 1001: at most 1000 can be learned; take classes out", "train", "--recipe",
                               self.ten, "--data", self.path("many"))
        self.assertNotIn("--set", refusal.stderr)


class OtherSizes(Base):
    def test_IDX_files_of_another_size_are_learnt_and_evaluated_as_predict_sees_their_pictures(self):
        source = random.Random(6)
        larger = 2 * SIDE
        for part, count in (("train", 200), ("t10k", 50)):
            labels = [source.randrange(10) for _ in range(count)]
            made = []
            for label in labels:
                pixels = picture(label, source)
                made.append(bytes(pixels[y // 2 * SIDE + x // 2] for y in range(larger) for x in range(larger)))
            os.makedirs(self.path("larger"), exist_ok=True)
            write(self.path("larger", part + "-images-idx3-ubyte"), idx((count, larger, larger), b"".join(made)))
            write(self.path("larger", part + "-labels-idx1-ubyte"), idx((count,), bytes(labels)))
        saved = [save(pixels, self.path("larger-pictures", "%02d.png" % i), side=larger)
                 for i, pixels in enumerate(made)]
        for name, settings in (("learnt", ()), ("inverted", ("--set", "input.invert=yes"))):
            checkpoint = self.train(name, self.path("larger"), "--recipe", self.ten, *settings)
            measured, said = self.evaluated(checkpoint, self.path("larger"))
            self.assertIn("50 of 50 pictures: ", said)  # those that are measured
            self.assertGreater(measured["accuracy"], 0.9)
            wrong = [i for i, one in enumerate(self.predicted(checkpoint, *saved)) if one["class"] != labels[i]]
            self.assertEqual(measured["mistakes"], wrong)
            resumed = run("train", "--resume", checkpoint, "--epochs", "7", "--threads", "1")
            self.assertEqual(resumed.returncode, 0, resumed.stderr)


class Transposed(Base):
    def setUp(self):
        source = random.Random(9)
        self.data = self.path("emnist-digits")
        if os.path.isdir(self.data):
            return
        os.makedirs(self.data)
        for part, count in (("train", 300), ("test", 150)):
            labels = [source.randrange(10) for _ in range(count)]
            # The files hold columns as rows, as EMNIST's do.
            content = b"".join(transposed(picture(label, source)) for label in labels)
            write(os.path.join(self.data, "emnist-digits-%s-images-idx3-ubyte" % part),
                  idx((count, SIDE, SIDE), content))
            write(os.path.join(self.data, "emnist-digits-%s-labels-idx1-ubyte" % part), idx((count,), bytes(labels)))

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_weights_from_Python_that_saw_EMNIST_transposed_are_recognised_and_read_it(self):
        def split(part):
            """As torchvision's EMNIST gives it: the files' own bytes."""
            with open(os.path.join(self.data, "emnist-digits-%s-images-idx3-ubyte" % part), "rb") as file:
                images = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8)
            with open(os.path.join(self.data, "emnist-digits-%s-labels-idx1-ubyte" % part), "rb") as file:
                labels = torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8).long()
            return images.view(-1, 1, SIDE, SIDE).float() / 255, labels
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(SIDE * SIDE, 10))
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        images, labels = split("train")
        for _ in range(60):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        torch.save(model.state_dict(), self.path("python.pth"))
        images, labels = split("test")
        right = int((model(images).argmax(1) == labels).sum())
        self.assertGreater(right, 140)

        weights = ["--recipe", self.ten]
        upright, said = self.evaluated(self.path("python.pth"), self.data, *weights)
        self.assertLess(upright["accuracy"], 0.5)
        advice = said.split("exchanged, as torchvision gives EMNIST's: add ")[1].split()
        measured, said = self.evaluated(self.path("python.pth"), self.data, *weights, *advice)
        self.assertEqual(round(measured["accuracy"] * 150), right)
        self.assertNotIn("exchanged", said)

    def test_a_run_remembers_that_its_pictures_are_transposed_and_upright_is_the_default(self):
        upright = self.train("upright", self.data, "--recipe", self.ten)
        turned = self.train("turned", self.data, "--recipe", self.ten, "--set", "input.transpose=true")
        source = random.Random(12)
        drawn = [save(picture(label, source), self.path("drawn-%d.png" % label)) for label in range(10)]
        for checkpoint in (upright, turned):
            measured, said = self.evaluated(checkpoint, self.data)
            self.assertGreater(measured["accuracy"], 0.9)
            self.assertNotIn("exchanged", said)
            # What somebody draws is upright for either.
            self.assertEqual([one["class"] for one in self.predicted(checkpoint, *drawn)], list(range(10)))
        self.assertLess(self.evaluated(turned, self.data, "--set", "input.transpose=false")[0]["accuracy"], 0.5)


class Fingerprints(Base):
    def resumed(self, checkpoint, data):
        copy = write(self.path("copied.pt"), read(checkpoint))  # a run is resumed in its own folder
        return run("train", "--resume", copy, "--data", data, "--threads", "1", "--epochs", "7")

    def test_another_picture_anywhere_is_other_data(self):
        for part in ("train", "test"):
            data = self.path("edited-" + part)
            shutil.copytree(self.path("twelve"), data)
            self.assertEqual(self.resumed(self.checkpoint, data).returncode, 0)
            save(picture(5, random.Random(77)), data, part, "5", "003.png")
            self.refused(1, "was trained on other pictures", "train", "--resume", self.checkpoint, "--data", data)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_checkpoint_of_the_first_versions_goes_on_with_the_same_data(self):
        # Sizes, training labels and the first training picture were all that they knew.
        labels = [place for place in range(12) for _ in range(20)]
        first = self.pictures(3)["train"][0]
        saved = torch.load(self.checkpoint)
        saved["data"]["fingerprint"] = zlib.crc32(struct.pack("<5i", 240, 60, 1, SIDE, SIDE) +
                                                  struct.pack("<240i", *labels) + first)
        del saved["data"]["fingerprint_kind"], saved["class_names"]
        torch.save(saved, self.path("first-version.pt"))
        result = self.resumed(self.path("first-version.pt"), self.path("twelve"))
        self.assertEqual(result.returncode, 0, result.stderr)
        edited = self.path("edited-first")
        shutil.copytree(self.path("twelve"), edited)
        save(picture(5, random.Random(77)), edited, "train", "0", "000.png")
        self.refused(1, "was trained on other pictures", "train", "--resume", self.path("first-version.pt"), "--data",
                     edited)


if __name__ == "__main__":
    unittest.main()
