"""Pictures of every kind, as people have them: read as Pillow reads them, and seen alike by evaluate and by predict.

usage: pictures_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import gzip
import json
import os
import struct
import tempfile
import unittest

from program import MNIST, run, torch  # noqa: F401 (it takes the arguments)

try:
    import numpy
    from PIL import Image, ImageOps
except ImportError:
    numpy = None

AS_IT_IS = ["--set", "input.invert=no", "--set", "input.centre=no"]
COLOUR = """
name = "colour"
[input]
channels = 3
height = 28
width = 28
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "fc"
kind = "linear"
features = 10
[optimizer]
kind = "sgd"
learning_rate = 0.01
"""


def real(name):
    """One of MNIST's files as an array."""
    for ending, opened in (("", open), (".gz", gzip.open)):
        path = os.path.join(MNIST, name + ending)
        if os.path.exists(path):
            with opened(path, "rb") as file:
                data = file.read()
            shape = struct.unpack(">" + "I" * data[3], data[4:4 + 4 * data[3]])
            return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(shape)
    raise FileNotFoundError(name)


def squares(count, seed):
    """Light squares on dark, one of ten places each: their classes, and 28x28 pixels."""
    random = numpy.random.default_rng(seed)
    labels = random.integers(0, 10, count)
    pictures = random.integers(0, 40, (count, 28, 28)).astype(numpy.uint8)
    for picture, label in zip(pictures, labels):
        y, x = 3 + label // 4 * 8, 2 + label % 4 * 6
        picture[y:y + 6, x:x + 5] = 230
    return labels, pictures


@unittest.skipIf(numpy is None, "needs python3-pil and python3-numpy")
class Pictures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, *parts):
        path = os.path.join(self.folder.name, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def ran(self, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def train(self, data, *more):
        out = self.path("run-" + str(len(os.listdir(self.folder.name))))
        self.ran("train", "--data", data, "--out", out, "--threads", 1, "--seed", 1, *more)
        return os.path.join(out, "last.pt")

    def predictions(self, checkpoint, files, *more):
        result = self.ran("predict", "--checkpoint", checkpoint, "--json", *more, *files)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def seen(self, checkpoint, files, *more):
        """What the network saw: the tiles of --show, in order."""
        shown = self.path("shown.png")
        self.ran("predict", "--checkpoint", checkpoint, "--show", shown, *more, *files)
        grid = numpy.asarray(Image.open(shown))
        columns = int(numpy.ceil(numpy.sqrt(len(files))))
        return [grid[i // columns * 29:, i % columns * 29:][:28, :28] for i in range(len(files))]

    # ---- decoders ---------------------------------------------------------------------------------------------------

    def test_every_kind_of_file_is_read_as_pillow_reads_it(self):
        recipe = self.path("colour.toml")
        with open(recipe, "w", encoding="utf-8") as file:
            file.write(COLOUR)
        source = self.path("source", "a", "1.png")
        y, x = numpy.mgrid[0:28, 0:28]
        colours = Image.fromarray(numpy.stack([x * 9, y * 9, x * y % 256], -1).astype(numpy.uint8))
        colours.save(source)
        colours.save(self.path("source", "a", "2.png"))
        colours.save(self.path("source", "b", "1.png"))
        colours.save(self.path("source", "b", "2.png"))
        checkpoint = self.train(os.path.dirname(os.path.dirname(source)), "--recipe", recipe, "--iterations", 1,
                                "--set", "input.classes=2", "--set", "layer.fc.features=2")
        turned = Image.Exif()
        turned[0x112] = 6
        written = []
        for name, image, options in (
                ("a.png", colours, {}), ("turned.png", colours, {"exif": turned}), ("p.png", colours.quantize(32), {}),
                ("a.jpg", colours, {"quality": 90}), ("turned.jpg", colours, {"quality": 90, "exif": turned}),
                ("progressive.jpg", colours, {"progressive": True}), ("cmyk.jpg", colours.convert("CMYK"), {}),
                ("grey.jpg", colours.convert("L"), {}), ("a.webp", colours, {"lossless": True}),
                ("lossy.webp", colours, {}), ("turned.webp", colours, {"lossless": True, "exif": turned}),
                ("a.gif", colours.quantize(64), {}), ("raw.tif", colours, {}),
                ("lzw.tif", colours, {"compression": "tiff_lzw"}),
                ("cmyk.tif", colours.convert("CMYK"), {}), ("a.bmp", colours, {}), ("p.bmp", colours.quantize(16), {})):
            path = self.path("kinds", name)
            image.save(path, **options)
            written.append(path)
        for path, tile in zip(written, self.seen(checkpoint, written)):
            wanted = numpy.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB")).astype(int)
            # Libraries round what JPEG and WebP lose differently, and draw colours that are stored coarser otherwise.
            off = numpy.abs(wanted - tile)
            lossy = "lossy" in path or path.endswith(".jpg")
            self.assertLessEqual(off.mean(), 4 if lossy else 1, path)
            self.assertLessEqual(off.max(), 90 if lossy else 1, path)

    # ---- evaluate and predict ---------------------------------------------------------------------------------------

    def agreed(self, checkpoint, data, files, labels):
        """evaluate's mistakes on a data set, which must be predict's on its test pictures, in the same order."""
        mistakes = json.loads(self.ran("evaluate", "--checkpoint", checkpoint, "--data", data, "--json").stdout)["mistakes"]
        predicted = self.predictions(checkpoint, files)
        self.assertEqual([i for i, one in enumerate(predicted) if one["class"] != labels[i]], mistakes)
        return len(mistakes)

    def filled(self, name, labels, pictures, part, change=Image.fromarray, ending=".png"):
        """Pictures in one folder per class: their names and classes in the order of a data set."""
        files = []
        for i, (label, picture) in enumerate(zip(labels, pictures)):
            path = self.path(name, part, str(label), "%04d%s" % (i, ending))
            change(picture).save(path)
            files.append((path, int(label)))
        files.sort()
        return [path for path, _ in files], [label for _, label in files]

    def test_evaluate_and_predict_agree_on_folders_of_every_kind(self):
        def coloured(picture):
            return Image.fromarray(numpy.stack([picture, picture // 2, 255 - picture], -1))

        kinds = {"light-on-dark": Image.fromarray, "dark-on-light": lambda a: Image.fromarray(255 - a),
                 "colour": coloured, "large": lambda a: Image.fromarray(255 - a).resize((90, 70)),
                 "photos": lambda a: Image.fromarray((200 - a * 0.6).astype(numpy.uint8)).resize((280, 280))}
        for name, change in kinds.items():
            for centre in ("auto", "yes") if name in ("large", "photos") else ("auto",):
                with self.subTest(kind=name, centre=centre):
                    self.filled(name, *squares(300, 1), "train", change)
                    files, labels = self.filled(name, *squares(100, 2), "test", change)
                    checkpoint = self.train(self.path(name), "--recipe", "mlp", "--epochs", 3,
                                            "--set", "input.centre=" + centre)
                    self.agreed(checkpoint, self.path(name), files, labels)

    def test_another_folder_than_the_run_learned_from_is_brought_to_what_it_knows(self):
        self.filled("light", *squares(600, 1), "train")
        self.filled("light", *squares(100, 2), "test")
        self.filled("dark", *squares(100, 3), "train", lambda a: Image.fromarray(255 - a))
        files, labels = self.filled("dark", *squares(100, 2), "test", lambda a: Image.fromarray(255 - a))
        checkpoint = self.train(self.path("light"), "--recipe", "mlp", "--epochs", 5)
        evaluated = self.ran("evaluate", "--checkpoint", checkpoint, "--data", self.path("dark"))
        self.assertRegex(evaluated.stderr, r"dark: \d+ of 100 pictures: inverted")
        self.assertLess(self.agreed(checkpoint, self.path("dark"), files, labels), 20)
        self.assertTrue(all(one["inverted"] for one in self.predictions(checkpoint, files)))

    def test_a_run_goes_on_with_the_folder_that_it_began_with(self):
        self.filled("dark", *squares(300, 1), "train", lambda a: Image.fromarray(255 - a))
        self.filled("dark", *squares(100, 2), "test", lambda a: Image.fromarray(255 - a))
        checkpoint = self.train(self.path("dark"), "--recipe", "mlp", "--epochs", 1)
        with open(os.path.join(os.path.dirname(checkpoint), "recipe.toml"), encoding="utf-8") as file:
            self.assertIn('invert = "to_dark"', file.read())
        self.ran("train", "--resume", checkpoint, "--epochs", 2, "--out", self.path("more"))

    def test_weights_from_elsewhere_are_taken_for_mnists_and_that_is_said(self):
        self.filled("light", *squares(100, 1), "train")
        files, labels = self.filled("light", *squares(100, 2), "test")
        checkpoint = self.train(self.path("light"), "--recipe", "mlp", "--iterations", 2)
        result = self.ran("predict", "--checkpoint", checkpoint, "--recipe", "mlp", files[0])
        self.assertIn('input.invert = "to_light"', result.stderr)
        self.assertEqual(self.ran("predict", "--checkpoint", checkpoint, files[0]).stderr, "")

    def test_a_scan_in_black_and_white_is_read_however_few_bytes_it_takes(self):
        self.filled("light", *squares(100, 1), "train")
        checkpoint = self.train(self.path("light"), "--recipe", "mlp", "--iterations", 2)
        page = Image.new("1", (4960, 7016), 1)
        page.paste(0, (2000, 3000, 2900, 4100))
        for name, kind in (("bits.png", page), ("palette.png", page.convert("L").quantize(2))):
            kind.save(self.path(name))
            self.assertLess(os.path.getsize(self.path(name)), 40_000)
            self.assertEqual(len(self.predictions(checkpoint, [self.path(name)])), 1)

    # ---- photographs of real digits ---------------------------------------------------------------------------------

    @unittest.skipIf(MNIST is None or torch is None, "needs MNIST ($CONVSCOPE_MNIST) and python3-torch")
    def test_photographs_of_digits_are_read(self):
        checkpoint = self.train(MNIST, "--recipe", "wide-cnn", "--epochs", 3)
        pictures, labels = real("t10k-images-idx3-ubyte"), real("t10k-labels-idx1-ubyte")
        chosen = [int(k) for c in range(10) for k in numpy.flatnonzero(labels == c)[10:20]]
        noise = numpy.random.default_rng(3)
        down, across = numpy.mgrid[0:280, 0:280] / 280.0

        def ink(k, size=280):
            return numpy.asarray(Image.fromarray(pictures[k]).resize((size, size), Image.BICUBIC), float) / 255

        def page(k, height, width, y, x, size):
            whole = numpy.zeros((height, width))
            whole[y:y + size, x:x + size] = ink(k, size)
            return whole

        def clear(k, value):
            bands = [Image.new("L", (280, 280), value)] * 3 + [Image.fromarray((ink(k) * 255).astype(numpy.uint8))]
            return Image.merge("RGBA", bands)

        def framed(k):
            one = pictures[k].copy()
            one[0, :] = one[-1, :] = one[:, 0] = one[:, -1] = 255
            return one

        def desk(k):
            whole = numpy.full((400, 380), 50.0)
            whole[70:350, 45:325] = 215 - 170 * ink(k)
            return whole

        def tight(k):
            one = ink(k)
            rows, columns = numpy.flatnonzero((one > 0.2).any(1)), numpy.flatnonzero((one > 0.2).any(0))
            return one[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]

        sets = {
            "desk": desk, "sign": lambda k: 255 - desk(k), "tight": lambda k: 215 - 170 * tight(k),
            "tight-board": lambda k: 50 + 160 * tight(k),
            "grey": lambda k: 150 - 110 * ink(k),
            "shadow": lambda k: (230 - 120 * across) * (1 - 0.8 * ink(k)),
            "corners": lambda k: 220 * (1 - 1.2 * ((across - 0.5) ** 2 + (down - 0.5) ** 2)) * (1 - 0.7 * ink(k)),
            "hard-shadow": lambda k: numpy.where(across + down < 0.9, 120, 210) * (1 - 0.75 * ink(k)),
            "third": lambda k: 230 - 180 * page(k, 840, 840, 280, 280, 280),
            "portrait": lambda k: 255 - 255 * page(k, 560, 420, 300, 60, 140),
            "faint": lambda k: 160 - 45 * ink(k, 120), "board": lambda k: 60 + 140 * ink(k),
            "white-on-clear": lambda k: clear(k, 255), "black-on-clear": lambda k: clear(k, 0), "framed": framed,
        }
        for name, make in sets.items():
            files = []
            for k in chosen:
                made = make(k)
                if not isinstance(made, Image.Image):
                    spoilt = made if name == "framed" else made + noise.normal(0, 2, made.shape)
                    made = Image.fromarray(numpy.clip(spoilt, 0, 255).astype(numpy.uint8))
                files.append(self.path(name, "%d_%d.png" % (labels[k], k)))
                made.save(files[-1])
            right = sum(one["class"] == labels[k] for k, one in zip(chosen, self.predictions(checkpoint, files)))
            with self.subTest(photographs=name):
                self.assertGreaterEqual(right, 93)

        # Clean digits as pictures: what evaluate says of them, every one.
        files = []
        for k in range(1000):
            files.append(self.path("clean", "%04d.png" % k))
            Image.fromarray(pictures[k]).save(files[-1])
        mistakes = json.loads(self.ran("evaluate", "--checkpoint", checkpoint, "--data", MNIST, "--json").stdout)["mistakes"]
        predicted = self.predictions(checkpoint, files)
        self.assertEqual([k for k, one in enumerate(predicted) if one["class"] != labels[k]],
                         [k for k in mistakes if k < 1000])
        self.assertFalse(any(one["done"] for one in predicted))


if __name__ == "__main__":
    unittest.main(verbosity=2)
