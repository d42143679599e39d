#!/usr/bin/env python3
"""The real window, told to end in every ordinary way: what was trained is saved. $CONVSCOPE_PROGRAM is the program."""

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from display import DEADLINE, Display, wait_for  # noqa: E402
from program import PROGRAM, Program, environment, run  # noqa: E402

IS_CONVSCOPE = os.path.basename(os.environ["CONVSCOPE_PROGRAM"]) == "convscope"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending(unittest.TestCase):
    def setUp(self):
        self.display = Display()
        self.addCleanup(self.display.close)
        self.folder = tempfile.mkdtemp(prefix="convscope-ending-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for number in ENDING:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
            signal.signal(number, signal.SIG_DFL)  # the program gets what a shell would give it

    def open(self, *arguments):
        program = Program(self.display, self.folder, "--size", "1000x700", *arguments)
        self.addCleanup(program.kill)
        return program

    def training(self, out, *arguments):
        p = self.open("--recipe", "mlp", "--data", "drawn", "--threads", "1", "--out", out, *arguments)
        p.until("it trains", lambda s: s["iteration"] >= 50)
        return p

    def said(self, p):
        p.errors.seek(0)
        return p.errors.read()

    def assert_kept(self, out):
        """The log has each iteration once, and the checkpoint is of the last one; that."""
        with open(os.path.join(out, "metrics.csv")) as file:
            logged = [int(row["iteration"]) for row in csv.DictReader(file) if row["loss"]]
        self.assertEqual(logged, list(range(1, len(logged) + 1)))
        self.assertGreaterEqual(len(logged), 50)
        done = run(["train", "--resume", os.path.join(out, "last.pt"), "--threads", "1", "--iterations", "1", "--json"],
                   self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[0])["resumed_at"], len(logged))


@unittest.skipUnless(IS_CONVSCOPE, "the scripted session writes no files")
class Kept(Ending):
    def test_each_signal_that_tells_to_end_closes_the_window_and_saves(self):
        for number in ENDING:
            with self.subTest(number.name):
                out = os.path.join(self.folder, number.name)
                p = self.training(out)
                p.process.send_signal(number)
                self.assertEqual(p.process.wait(DEADLINE), 128 + number, self.said(p))
                self.assertRegex(self.said(p), r"Ended by %s\nThe run is in .*%s/last.pt; go on with: \S*convscope --res"
                                 % (number.name, number.name))
                self.assert_kept(out)

    def test_a_logout_sends_several_signals_and_the_run_is_saved(self):
        out = os.path.join(self.folder, "logout")
        p = self.training(out)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
            p.process.send_signal(number)
        self.assertIn(p.process.wait(DEADLINE), (128 + signal.SIGTERM, 128 + signal.SIGHUP), self.said(p))
        self.assert_kept(out)

    def test_a_window_that_rests_ends_too(self):
        p = self.open("--recipe", "mlp", "--data", "drawn", "--threads", "1", "--paused")
        p.process.send_signal(signal.SIGTERM)
        self.assertEqual(p.process.wait(DEADLINE), 128 + signal.SIGTERM)
        self.assertEqual(self.said(p), "Ended by SIGTERM\n")

    def test_an_x_server_that_goes_away_costs_nothing_that_was_trained(self):
        for attempt in range(5):
            display, self.display = self.display, Display()
            self.addCleanup(display.close)
            self.addCleanup(self.display.close)
            out = os.path.join(self.folder, f"gone-{attempt}")
            p = self.training(out, "--workspace", ("overview", "scene")[attempt % 2])
            (self.display.server.kill if attempt < 3 else self.display.server.terminate)()
            self.assertEqual(p.process.wait(DEADLINE), 1, self.said(p))
            self.assertIn(f"The display has gone away\nThe run is in {out}/last.pt; go on with: "
                          f"{shlex.quote(PROGRAM)} --resume", self.said(p))
            self.assert_kept(out)

    def test_an_x_server_that_goes_away_while_the_window_opens_ends_the_program_with_a_sentence(self):
        for attempt in range(3):
            with self.subTest(attempt):
                display = Display()
                self.addCleanup(display.close)
                out, errors = os.path.join(self.folder, f"early-{attempt}"), os.path.join(self.folder, "early.txt")
                with open(errors, "w") as stream:
                    process = subprocess.Popen([PROGRAM, "--recipe", "mlp", "--data", "drawn", "--out", out],
                                               env=environment(self.folder, display), cwd=self.folder, stderr=stream)
                self.addCleanup(process.kill)
                wait_for(display.has_clients, "the program speaks with the X server")
                display.server.kill()
                with open(errors) as stream:
                    self.assertEqual(process.wait(DEADLINE), 1, stream.read())
                    stream.seek(0)
                    self.assertRegex(stream.read(), "The display has gone away|no display|no OpenGL window")

    def test_the_line_that_is_printed_ends_where_the_run_was_to_end(self):
        out = os.path.join(self.folder, "out")
        p = self.training(out, "--epochs", "2", "--set", "training.batch_size=256")
        p.process.send_signal(signal.SIGINT)
        self.assertEqual(p.process.wait(DEADLINE), 130)
        line = shlex.split(self.said(p).split("go on with: ")[1])
        self.assertEqual(line.pop(0), PROGRAM)
        self.assertEqual(line, ["--resume", os.path.join(out, "last.pt"), "--data", "drawn:0", "--threads", "1",
                                "--out", out])
        again = self.open(*line)
        end = again.until("it is over", lambda s: s["state"] == "finished")
        self.assertEqual(end["iteration"], 2 * 235)  # minibatches of 256 of 60,000 pictures
        again.process.send_signal(signal.SIGTERM)
        again.process.wait(DEADLINE)


@unittest.skipIf(IS_CONVSCOPE, "only the scripted session has a page that is broken")
class Broken(Ending):
    def test_an_exception_beside_the_panels_ends_the_window_with_a_sentence(self):
        p = self.open("--state", "broken-page")
        p.key("F7")
        self.assertEqual(p.process.wait(DEADLINE), 1)
        self.assertIn("the page is broken", self.said(p))

    def test_keys_of_the_training_rest_while_a_page_is_open(self):
        p = self.open("--paused")
        p.key("F1")
        before = p.until("the page is open", lambda s: s["help"])
        p.key("Right", "space", "r", "F1")
        after = p.until("it is closed", lambda s: not s["help"])
        self.assertEqual((after["iteration"], after["state"]), (before["iteration"], "paused"))


if __name__ == "__main__":
    unittest.main()
