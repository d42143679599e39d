"""`convscope replay`: runs lived again from their journals, and what is said where that cannot be.

usage: replay_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import hashlib
import json
import os
import shutil
import unittest

from files_test import Base
from program import read, run, torch, write


def digest(weights):
    """As the journal names weights: of PyTorch's state dict."""
    result = hashlib.sha256()
    for name, tensor in weights.items():
        kind = str(tensor.dtype).replace("torch.", "")
        result.update(("%s\n%s%s\n" % (name, kind, "".join(" %d" % size for size in tensor.shape))).encode())
        result.update(tensor.contiguous().numpy().tobytes())
    return result.hexdigest()


class Replay(Base):
    def lived(self, *arguments, code=0):
        result = run("replay", *arguments, "--json")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_its_second_life_and_its_third_in_another_folder_are_lived_again_to_the_same_bits(self):
        first = self.train("again")
        lines = self.lived(self.path("again"))
        self.assertEqual([line["event"] for line in lines], ["begun"] + ["weights"] * 4 + ["end"])
        self.assertEqual([line["iteration"] for line in lines[1:-1]], [0, 13, 26, 26])
        self.assertTrue(all(line["same"] for line in lines[1:]))
        self.assertEqual(lines[-1]["weights"], digest(torch.load(first)["model"]))

        self.train("again", "--resume", first, "--epochs", "4", "--lr", "0.003", "--batch-size", "17",
                   "--set", "optimizer.weight_decay=0.01")
        lines = self.lived(self.path("again"))
        self.assertEqual(lines[-1]["weights"], digest(torch.load(first)["model"]))
        self.assertEqual(lines[-1]["iteration"], torch.load(first)["iteration"])
        self.assertEqual(self.lived(self.path("again"), "--until", "26")[-1]["iteration"], 26)

        third = self.train("elsewhere", "--resume", first)
        lines = self.lived(self.path("elsewhere", "journal.jsonl"))
        self.assertEqual(lines[-1]["weights"], digest(torch.load(third)["model"]))
        shutil.copy(third, first)  # what it was resumed from is something else by now
        self.refused(1, r"again/last\.pt: holds other weights than those that the run began with", "replay",
                     self.path("elsewhere"))

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_that_began_with_one_of_a_files_networks_is_lived_again_with_that_one(self):
        weights = torch.load(self.checkpoint)["model"]
        several = self.path("several.pth")
        torch.save({"teacher": weights, "student": {name: 0.5 * value for name, value in weights.items()}}, several)
        last = self.train("keyed", "--checkpoint", several, "--key", "student", "--recipe", self.recipe)
        self.assertEqual(self.lived(self.path("keyed"))[-1]["weights"], digest(torch.load(last)["model"]))

    def test_a_run_that_a_breakpoint_stops_is_saved_goes_on_and_is_lived_again(self):
        line = ["--data", self.data, "--threads", "1"]
        result = run("train", *line, "--recipe", self.recipe, "--out", self.path("broken"), "--break-when", "iteration = 7",
                     "--break-when", "gradient_norm > 1e9")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, "Breakpoint at iteration 7: iteration = 7\n")
        self.assertRegex(result.stdout, r"\nend: iteration 7, ")
        self.assertRegex(result.stdout, r"\ngo on with: .* --resume .*last\.pt .*--break-when 'iteration = 7' --break-when "
                                        r"'gradient_norm > 1e\+09'\n$")
        result = run("train", *line, "--resume", self.path("broken", "last.pt"), "--json", "--break-when", "iteration = 7",
                     "--break-when", "iteration = 12")
        self.assertEqual(result.returncode, 0)
        last = json.loads(result.stdout.splitlines()[-1])
        self.assertEqual((last["event"], last["breakpoint"], last["iteration"]), ("breakpoint", "iteration = 12", 12))
        self.assertEqual(self.lived(self.path("broken"))[-1]["iteration"], 12)

    def test_what_is_not_as_it_was_is_found_or_said(self):
        self.train("told")
        journal = read(self.path("told", "journal.jsonl")).decode()
        other = self.path("other.jsonl")
        write(other, journal.replace('"seed":11', '"seed":12'))
        result = run("replay", other)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"iteration 0 +weights \w{12}  not \w{12}, as then\nFrom here on it is another run")
        write(other, journal.replace('"learning_rate":', '"learning_rate":1'))
        self.assertEqual(self.lived(other, code=0)[-1]["same"], True)  # of a fresh run the recipe says it
        write(other, journal.replace('"machine":"', '"machine":"an older '))
        self.assertRegex(run("replay", other).stdout,
                         r"\nwritten on an older .+; this is .+, where the last bits may differ\n")
        self.assertNotIn("written on", run("replay", self.path("told")).stdout)
        self.refused(1, r"other\.jsonl:1: lacks 'threads'", "replay", write(other, journal.replace('"threads"', '"th"', 1)))
        self.refused(1, r"nosuch: there is no such file|nosuch.*no such", "replay", self.path("nosuch"))
        self.refused(1, r"learned from other pictures", "replay", self.path("told"), "--data", "drawn")
        self.refused(1, r"recipe\.toml: is no run's journal", "replay", self.path("told", "recipe.toml"))
        self.refused(2, r"journal is required", "replay")


if __name__ == "__main__":
    unittest.main()
