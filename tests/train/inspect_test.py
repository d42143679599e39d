"""Why a saved network answers as it does, as Python's torch works it out with the same weights.

usage: inspect_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import csv
import os
import unittest

from files_test import SIDE, Base
from program import read, run, torch, write
from python_test import DEVIATION, MEAN, module, png

if torch:
    import numpy
    from torch import nn

METHODS = ("saliency", "smoothgrad", "integrated-gradients", "guided-backprop", "grad-cam", "occlusion")
AS_IT_IS = ("--set", "input.invert=no", "--set", "input.centre=no")


class Inspecting(Base):
    def setUp(self):
        self.picture = png(self.path("one.png"), SIDE, SIDE, 1, self.pictures[0])

    def inspect(self, method, *more, out="why.pt"):
        out = self.path(out)
        result = run("inspect", "--checkpoint", self.checkpoint, *AS_IT_IS, "--image", self.picture, "--method", method,
                     "--out", out, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return out, result.stdout

    def about_unit(self, method, out, *more):
        out = self.path(out)
        result = run("inspect", "--checkpoint", self.checkpoint, "--method", method, "--out", out, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return out, result.stdout


class Files(Inspecting):
    def test_what_cannot_be_asked_is_a_sentence(self):
        ask = ["inspect", "--checkpoint", self.checkpoint, "--image", self.picture, "--out", self.path("no.npz"),
               "--method"]
        self.refused(1, r"no method 'lime'; write one of saliency, smoothgrad", *ask, "lime")
        self.refused(1, r"no class 10: the network tells classes 0 to 9", *ask, "saliency", "--class", "10")
        self.refused(1, r"'fc1' has no maps.*'conv1' say", *ask, "grad-cam", "--layer", "fc1")
        self.refused(1, r"no layer 'conv9'; these have maps: conv1, norm1, relu1, pool1", *ask, "grad-cam", "--layer",
                     "conv9")
        self.refused(1, r"--layer: only grad-cam", *ask, "occlusion", "--layer", "conv1")
        self.refused(1, r"--patch: only occlusion", *ask, "saliency", "--patch", "3")
        ask[6] = self.path("no.gif")
        self.refused(1, r"written as \.pt, \.npz or \.png", *ask, "saliency")
        ask[6], ask[4] = self.path("no.npz"), write(self.path("text.png"), "no picture")
        self.refused(1, r"text\.png", *ask, "saliency")
        self.assertFalse(os.path.exists(self.path("no.npz")))

    def test_each_method_says_the_class_and_what_it_shows_and_where_it_misleads(self):
        for method in METHODS:
            out, said = self.inspect(method, out="why.png")
            self.assertRegex(said, r"one\.png: class \d \(\d+\.\d %\), score -?\d")
            self.assertEqual(len(said.splitlines()), 4 if method == "integrated-gradients" else 3, said)
            self.assertTrue(read(out).startswith(b"\x89PNG"))

    def test_a_channel_s_patches_and_the_input_that_excites_it_are_written(self):
        out, said = self.about_unit("top-patches", "patches.csv", "--data", self.data, "--layer", "conv1")
        self.assertIn("test pictures", said)
        rows = read(out).decode().splitlines()
        self.assertEqual(rows[0], "layer,channel,which,rank,picture,row,column,value")
        self.assertEqual(len(rows), 1 + 6 * 2 * 9)
        out, _ = self.about_unit("top-patches", "patches.png", "--data", self.data, "--layer", "conv1", "--channel", "2")
        self.assertTrue(read(out).startswith(b"\x89PNG"))
        out, said = self.about_unit("maximise", "input.png", "--layer", "conv1", "--channel", "2")
        self.assertRegex(said, r"conv1, channel 2: its mean is -?\d.* of the noise")
        self.assertTrue(read(out).startswith(b"\x89PNG"))

    def test_what_cannot_be_asked_of_a_channel_is_a_sentence(self):
        def refuse(says, method, out, *more):
            self.refused(1, says, "inspect", "--checkpoint", self.checkpoint, "--method", method, "--out",
                         self.path(out), *more)
        refuse(r"--channel: say which", "maximise", "no.png", "--layer", "conv1")
        refuse(r"layer 'conv1' has no channel 6; its channels are 0 to 5", "maximise", "no.png", "--layer", "conv1",
               "--channel", "6")
        refuse(r"no layer 'conv9'; the network has conv1, norm1", "maximise", "no.png", "--layer", "conv9", "--channel",
               "0")
        refuse(r"--image: no picture of yours", "maximise", "no.png", "--channel", "0", "--image", self.picture)
        refuse(r"--data: only top-patches", "maximise", "no.png", "--channel", "0", "--data", self.data)
        refuse(r"written as \.png or \.csv", "top-patches", "no.npz", "--data", self.data)
        refuse(r"written as \.pt, \.npz or \.png", "maximise", "no.csv", "--channel", "0")
        refuse(r"--channel: only top-patches", "saliency", "no.png", "--image", self.picture, "--channel", "0")
        refuse(r"--image is missing: name the picture", "saliency", "no.png")
        self.assertFalse(os.path.exists(self.path("no.png")))


class Projections(Base):
    def project(self, *more, out="lay.csv"):
        out = self.path(out)
        result = run("inspect", "--checkpoint", self.checkpoint, "--data", self.data, "--method", "projection",
                     "--out", out, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(out, newline="") as file:
            return list(csv.DictReader(file)), result.stdout

    def test_a_line_a_picture_with_what_it_is_and_is_taken_for(self):
        for layout, dimensions in (("pca", "2"), ("tsne", "3"), ("umap", "2")):
            lines, said = self.project("--layout", layout, "--dimensions", dimensions, "--count", "40")
            self.assertEqual(len(lines), 40)
            self.assertEqual(list(lines[0]), ["picture", "label", "predicted", *"xyz"[:int(dimensions)]])
            for line in lines:
                self.assertEqual(int(line["label"]), self.labels[int(line["picture"])])
            square = sum(float(line[axis]) ** 2 for line in lines for axis in "xyz"[:int(dimensions)])
            self.assertAlmostEqual(square / 40, 1.0, places=3)
            self.assertRegex(said, r"40 pictures, \d+ values each")
        self.assertEqual(self.project("--layout", "tsne", "--count", "40")[0],
                         self.project("--layout", "tsne", "--count", "40")[0])

    def test_what_cannot_be_projected_is_a_sentence(self):
        ask = ["inspect", "--checkpoint", self.checkpoint, "--data", self.data, "--method", "projection", "--out",
               self.path("no.csv")]
        self.refused(1, r"no layout 'lda'; write one of pca, tsne, umap", *ask, "--layout", "lda")
        self.refused(1, r"no layer 'conv9'; write one of input, conv1", *ask, "--layer", "conv9")
        self.refused(1, r"--image, --class and --patch are about one picture", *ask, "--class", "3")
        self.refused(1, r"--layout, --dimensions and --count are of --method projection", "inspect",
                     "--checkpoint", self.checkpoint, "--image", "a.png", "--method", "saliency", "--out",
                     self.path("no.png"), "--count", "9")
        self.refused(1, r"--image is missing", "inspect", "--checkpoint", self.checkpoint, "--method", "saliency",
                     "--out", self.path("no.png"))
        ask[-1] = self.path("no.png")
        self.refused(1, r"written as \.csv", *ask)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_principal_components_are_pythons(self):
        lines, _ = self.project()  # of what goes into the softmax
        pictures = torch.tensor([list(self.pictures[int(line["picture"])]) for line in lines], dtype=torch.float32)
        network = module()
        network.load_state_dict(torch.load(self.checkpoint)["model"])
        with torch.no_grad():
            scores = network.eval()[:-1](((pictures / 255 - MEAN) / DEVIATION).view(-1, 1, SIDE, SIDE)).double()
        self.assertEqual([int(line["predicted"]) for line in lines], scores.argmax(1).tolist())
        centred = scores - scores.mean(0)
        values, vectors = torch.linalg.eigh(centred.T @ centred)  # all of them, ascending
        places = centred @ vectors.flip(1)[:, :2]
        places /= places.square().sum(1).mean().sqrt()
        for column, axis in enumerate("xy"):
            found = torch.tensor([float(line[axis]) for line in lines], dtype=torch.float64)
            expected = places[:, column]
            self.assertLess((found - expected * torch.sign(found @ expected)).abs().max().item(), 2e-3)


@unittest.skipUnless(torch, "python3-torch is not installed")
class Python(Inspecting):
    def trained(self):
        network = module()
        network.load_state_dict(torch.load(self.checkpoint)["model"])
        return network.eval()

    def setUp(self):
        super().setUp()
        pixels = torch.tensor(list(self.pictures[0]), dtype=torch.float32)
        self.input = ((pixels / 255 - MEAN) / DEVIATION).view(1, 1, SIDE, SIDE)
        self.black = torch.full_like(self.input, -MEAN / DEVIATION)
        self.network = self.trained()
        self.scores = self.network[:-1]  # before the softmax

    def gradient(self, pictures, of):
        pictures = pictures.clone().requires_grad_(True)
        return torch.autograd.grad(self.scores(pictures)[:, of].sum(), pictures)[0]

    def ours(self, method, *more):
        return torch.load(self.inspect(method, *more)[0])

    def near(self, ours, wanted, within=2e-4):
        largest = wanted.abs().max().item()
        self.assertGreater(largest, 0)
        self.assertLess((ours - wanted).abs().max().item(), within * largest)

    def test_the_score_the_class_and_the_picture_are_python_s(self):
        answer = self.ours("saliency")
        scores = self.scores(self.input)[0].detach()
        self.assertEqual(answer["class"], scores.argmax().item())
        self.assertAlmostEqual(answer["score"], scores.max().item(), places=4)
        self.assertAlmostEqual(answer["probability"], scores.softmax(0).max().item(), places=5)
        self.assertEqual(answer["method"], "saliency")
        self.near(answer["picture"], self.input[0])

    def test_saliency_and_integrated_gradients(self):
        for of in (2, 7):
            self.near(self.ours("saliency", "--class", of)["map"], self.gradient(self.input, of)[0, 0].abs())
            answer = self.ours("integrated-gradients", "--class", of)
            rise = answer["score"] - self.scores(self.black)[0, of].item()
            for steps in (64, 128, 256, 512):
                at = (torch.arange(steps) + 0.5).view(-1, 1, 1, 1) / steps
                along = self.gradient(self.black + at * (self.input - self.black), of).mean(0, keepdim=True)
                wanted = (along * (self.input - self.black))[0, 0]
                if abs(wanted.sum().item() - rise) <= 0.005 * abs(rise):
                    break
            self.near(answer["map"], wanted, within=2e-3)  # a step may lie on a bend
            self.assertLess(abs(answer["map"].sum().item() - rise), 0.01 * max(0.1, abs(rise)))

    def test_guided_backprop(self):
        guided = self.trained()
        for layer in guided:
            if isinstance(layer, nn.ReLU):
                layer.register_full_backward_hook(lambda _, gradients, __: (gradients[0].clamp(min=0),))
        picture = self.input.clone().requires_grad_(True)
        guided[:-1](picture)[0, 7].backward()
        self.near(self.ours("guided-backprop", "--class", 7)["map"], picture.grad[0].sum(0))

    def test_grad_cam_of_each_layer_with_maps(self):
        for index, name in enumerate(("conv1", "norm1", "relu1", "pool1")):
            maps = self.network[:index + 1](self.input).detach().requires_grad_(True)
            self.network[index + 1:-1](maps)[0, 7].backward()
            cam = (maps.grad.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
            wanted = nn.functional.interpolate(cam, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0, 0]
            ours = self.ours("grad-cam", "--class", 7, "--layer", name)["map"]
            self.assertLess((ours - wanted).abs().max().item(), 2e-4 * max(1e-3, wanted.max().item()), name)

    def test_occlusion(self):
        total, count = torch.zeros(SIDE, SIDE), torch.zeros(SIDE, SIDE)
        places = sorted({*range(0, SIDE - 8, 4), SIDE - 8})
        with torch.no_grad():
            before = self.scores(self.input)[0, 7].item()
            for row in places:
                for column in places:
                    covered = self.input.clone()
                    covered[0, 0, row:row + 8, column:column + 8] = -MEAN / DEVIATION
                    total[row:row + 8, column:column + 8] += before - self.scores(covered)[0, 7].item()
                    count[row:row + 8, column:column + 8] += 1
        self.near(self.ours("occlusion", "--class", 7, "--patch", 8)["map"], total / count)

    def test_top_patches(self):
        out, _ = self.about_unit("top-patches", "top.csv", "--data", self.data, "--layer", "conv1")
        found = [row.split(",") for row in read(out).decode().splitlines()[1:]]
        pixels = torch.tensor([list(one) for one in self.pictures], dtype=torch.float32)
        with torch.no_grad():
            maps = self.network[:1](((pixels / 255 - MEAN) / DEVIATION).view(-1, 1, SIDE, SIDE))
        for channel in range(6):
            for which, sign in (("most", 1), ("least", -1)):
                rows = [row for row in found if row[1] == str(channel) and row[2] == which]
                wanted = (sign * maps[:, channel]).flatten(1).max(1).values.sort(descending=True).values[:9] * sign
                for row, value in zip(rows, wanted):
                    self.assertAlmostEqual(float(row[7]), value.item(), places=4)
                    self.assertAlmostEqual(maps[int(row[4]), channel, int(row[5]), int(row[6])].item(), value.item(),
                                           places=4)

    def test_a_maximised_input_is_worth_what_it_says(self):
        answer = torch.load(self.about_unit("maximise", "best.pt", "--layer", "conv1", "--channel", "2")[0])
        with torch.no_grad():
            mean = self.network[:1](answer["picture"].unsqueeze(0))[0, 2].mean().item()
        self.assertAlmostEqual(answer["reached"], mean, places=4)
        self.assertGreater(answer["reached"], answer["begins"])
        self.assertEqual((answer["layer"], answer["channel"]), ("conv1", 2))

    def test_numpy_reads_what_torch_reads(self):
        ours = self.ours("smoothgrad", "--class", 3)
        with numpy.load(self.inspect("smoothgrad", "--class", 3, out="why.npz")[0]) as arrays:
            self.assertEqual(set(arrays), {"map", "picture", "class", "score", "probability"})
            numpy.testing.assert_array_equal(arrays["map"], ours["map"].numpy())
            numpy.testing.assert_array_equal(arrays["picture"], ours["picture"].numpy())
            self.assertEqual(arrays["map"].shape, (SIDE, SIDE))
            self.assertEqual(arrays["class"].item(), 3)


if __name__ == "__main__":
    unittest.main()
