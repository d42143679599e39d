"""Tells runs to end in every ordinary way, and resumes them: nothing is lost, and they end where they were to.

usage: ending_test.py PROGRAM [UNITTEST ARGUMENTS]
"""

import csv
import json
import re
import shlex
import signal
import subprocess
import tomllib
import unittest

import program
from files_test import RECIPE, TIMES, Base
from program import command, environment, read, run, torch, write

EPOCH = 13  # iterations
EPOCHS = 60  # enough for a signal to come before the last


def as_a_shell_starts_it():
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXCPU):
        signal.signal(one, signal.SIG_DFL)


class Runs(Base):
    def begin(self, *arguments, prepare=as_a_shell_starts_it):
        return subprocess.Popen(
            command("train", "--data", self.data, "--threads", "1", "--print-every", "1", *arguments),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
            preexec_fn=prepare)

    def new_run(self, out, *arguments, recipe=None, **options):
        return self.begin("--recipe", recipe or self.recipe, "--seed", "11", "--out", self.path(out), *arguments,
                          **options)

    def follow(self, process, iteration):
        """Until that iteration is printed."""
        for line in process.stdout:
            if re.match(r"iteration %d\b.*loss" % iteration, line):
                return
        self.fail("the run ended before: " + process.stderr.read())

    def finish(self, process):
        output, errors = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def rows(self, out):
        with open(self.path(out, "metrics.csv")) as file:
            return [row for row in csv.DictReader(file) if row["loss"]]

    def assert_kept(self, out, at_least):
        """The log has each iteration once, and the checkpoint is of the last one; that."""
        logged = [int(row["iteration"]) for row in self.rows(out)]
        self.assertEqual(logged, list(range(1, len(logged) + 1)))
        self.assertGreaterEqual(len(logged), at_least)
        result = run("train", "--resume", self.path(out, "last.pt"), "--threads", "1", "--iterations", "1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout.splitlines()[0])["resumed_at"], len(logged))
        return len(logged)


class ToldToEnd(Runs):
    def test_each_signal_that_tells_to_end_saves_the_iteration_that_was_done_last(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
            with self.subTest(number.name):
                process = self.new_run(number.name, "--epochs", "100000")
                self.follow(process, 20)
                process.send_signal(number)
                result = self.finish(process)
                self.assertEqual(result.returncode, 128 + number, result.stderr)
                last = self.assert_kept(number.name, 20)
                self.assertIn("interrupted after iteration %d " % last, result.stdout)
                self.assertIn("go on with: %s train --resume " % shlex.quote(program.PROGRAM), result.stdout)

    def test_a_reader_who_goes_away_ends_the_run_with_all_that_it_has_done(self):
        process = self.new_run("pipe", "--epochs", "100000")
        self.follow(process, 20)
        process.stdout.close()
        self.assertEqual(process.wait(300), 128 + signal.SIGPIPE, process.stderr.read())
        process.stderr.close()
        self.assert_kept("pipe", 20)

    def test_a_logout_sends_several_signals_and_the_run_is_saved(self):
        process = self.new_run("logout", "--epochs", "100000")
        self.follow(process, 20)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
        result = self.finish(process)
        self.assertIn(result.returncode, (128 + signal.SIGTERM, 128 + signal.SIGHUP), result.stderr)
        self.assert_kept("logout", 20)

    def test_what_is_ignored_stays_so_as_with_nohup(self):
        def nohup():
            as_a_shell_starts_it()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        process = self.new_run("nohup", "--epochs", "100000", prepare=nohup)
        self.follow(process, 20)
        process.send_signal(signal.SIGHUP)
        self.follow(process, 40)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process).returncode, 128 + signal.SIGTERM)

    @staticmethod
    def catches(process, number):
        with open("/proc/%d/status" % process.pid) as file:
            mask = re.search(r"SigCgt:\s*(\w+)", file.read())[1]
        return int(mask, 16) >> (number - 1) & 1

    def test_one_that_comes_before_anything_is_trained_is_obeyed(self):
        for attempt in range(5):
            process = self.new_run("early-%d" % attempt, "--epochs", "100000")
            while process.poll() is None and not self.catches(process, signal.SIGINT):
                pass  # until its session is made
            process.send_signal(signal.SIGINT)
            result = self.finish(process)
            self.assertEqual(result.returncode, 128 + signal.SIGINT, result.stdout + result.stderr)
            self.assertIn("interrupted ", result.stdout)

    def test_an_exception_of_the_trainer_costs_the_iteration_under_way(self):
        # 400 pictures in batches of 19 leave one over, from which the batch norm of vectors cannot learn.
        self.train("broken", "--epochs", "2")
        result = run("train", "--resume", self.path("broken", "last.pt"), "--threads", "1", "--batch-size", "19",
                     "--out", self.path("broken"))
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertEqual(result.stderr.count("cannot learn"), 1, result.stderr)
        logged = [int(row["iteration"]) for row in self.rows("broken")]
        self.assertEqual(logged, list(range(1, 2 * EPOCH + 400 // 19 + 1)))
        if torch:
            self.assertEqual(torch.load(self.path("broken", "last.pt"))["iteration"], logged[-1])


class GoingOn(Runs):
    def interrupted(self, out, *arguments, **options):
        """A run that gets Ctrl-C within its first epochs: the line that it prints, and how far it came."""
        process = self.new_run(out, *arguments, **options)
        self.follow(process, 20)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.returncode, 130, result.stderr)
        return re.search(r"go on with: %s (.*)\n" % re.escape(shlex.quote(program.PROGRAM)), result.stdout)[1], int(
            re.search(r"interrupted after iteration (\d+)", result.stdout)[1])

    def go_on(self, line, *arguments):
        result = run(*shlex.split(line), *arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def test_the_line_that_is_printed_trains_to_the_planned_end_and_no_further(self):
        # The learning rate of one cycle depends on the whole plan.
        recipe = write(self.path("cycle.toml"), RECIPE + '[schedule]\nkind = "one_cycle"\n')
        line, stopped = self.interrupted("parts", "--epochs", str(EPOCHS), recipe=recipe)
        result = self.go_on(line)
        self.assertLess(stopped, EPOCHS * EPOCH)
        self.assertIn("end: iteration %d," % (EPOCHS * EPOCH), result.stdout)
        whole = self.train("whole", "--recipe", recipe, "--epochs", str(EPOCHS))
        if torch:
            self.assert_same(torch.load(self.path("parts", "last.pt")), torch.load(whole), but=TIMES)
        self.assertEqual([(row["iteration"], row["loss"], row["learning_rate"]) for row in self.rows("parts")],
                         [(row["iteration"], row["loss"], row["learning_rate"]) for row in self.rows("whole")])

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_schedule_that_stretches_over_the_run_follows_the_plan_that_there_is_then(self):
        recipe = write(self.path("cycle-of-two.toml"), RECIPE + '[schedule]\nkind = "one_cycle"\n')
        first = self.train("two", "--recipe", recipe)
        self.train("two", "--resume", first, "--epochs", "4")

        def rates(epochs):
            optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.0003, epochs * EPOCH, cycle_momentum=False)
            for _ in range(epochs * EPOCH):
                yield schedule.get_last_lr()[0]
                optimizer.step()
                if schedule.last_epoch + 1 < epochs * EPOCH:
                    schedule.step()
        wanted = list(rates(2)) + list(rates(4))[2 * EPOCH:]
        for row, rate in zip(self.rows("two"), wanted, strict=True):
            self.assertAlmostEqual(float(row["learning_rate"]), rate, delta=1e-6 * 0.0003)

    def test_a_number_of_iterations_is_counted_over_the_interruption(self):
        line, stopped = self.interrupted("steps", "--iterations", "700")
        self.assertIn("--iterations %d" % (700 - stopped), line)
        self.assertIn("end: iteration 700,", self.go_on(line).stdout)
        self.assertEqual(self.assert_kept("steps", 700), 700)

    def test_it_has_all_that_the_run_was_begun_with(self):
        line, _ = self.interrupted("options", "--epochs", "100000", "--keep-every-epochs", "3", "--autosave-seconds",
                                   "7.5", "--device", "cpu", "--dump", self.path("a dump.pt"))
        for words in ("--resume " + self.path("options", "last.pt"), "--data " + self.data, "--threads 1",
                      "--out " + self.path("options"), "--keep-every-epochs 3", "--autosave-seconds 7.5",
                      "--device cpu", "--print-every 1", "--dump '%s'" % self.path("a dump.pt")):
            self.assertIn(words, line)


class Changed(Runs):
    def test_settings_are_changed_as_by_hand_and_marked(self):
        self.train("changed")
        result = run("train", "--resume", self.path("changed", "last.pt"), "--threads", "1", "--epochs", "3", "--lr",
                     "0.001", "--batch-size", "16", "--set", "optimizer.weight_decay=0.1", "--out",
                     self.path("changed"))
        self.assertEqual(result.returncode, 0, result.stderr)
        words = ["learning rate 0.0003 -> 0.001", "batch size 32 -> 16", "weight decay 0 -> 0.1", "epochs 2 -> 3"]
        with open(self.path("changed", "metrics.jsonl")) as file:
            marked = [event for event in map(json.loads, file) if event["event"] not in ("iteration", "evaluation")]
        self.assertLessEqual(set(words), {text for event in marked for text in event.values()}, marked)
        self.assertEqual({event["iteration"] for event in marked if set(words) & set(event.values())}, {2 * EPOCH})
        for text in words:
            self.assertIn("iteration %d: %s\n" % (2 * EPOCH, text), result.stdout)
        rates = [float(row["learning_rate"]) for row in self.rows("changed")]
        self.assertEqual(len(rates), 2 * EPOCH + 400 // 16)
        for i, rate in enumerate(rates):
            self.assertAlmostEqual(rate, 0.0003 if i < 2 * EPOCH else 0.001, places=8)
        if torch:
            saved = torch.load(self.path("changed", "last.pt"))
            self.assertEqual((saved["learning_rate"], saved["batch_size"]), (0.001, 16))
            recipe = tomllib.loads(saved["recipe"])
            self.assertEqual(recipe["optimizer"]["weight_decay"], 0.1)
            self.assertEqual(recipe["optimizer"]["learning_rate"], 0.0003)  # as by hand: the recipe is what it was

    def test_what_the_value_was_already_is_no_change(self):
        checkpoint = self.train("same")
        result = run("train", "--resume", checkpoint, "--threads", "1", "--iterations", "1", "--lr", "0.0003", "--set",
                     "training.loss=nll")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("->", result.stdout)

    def test_what_a_run_is_made_of_cannot_be_changed_and_is_named_with_the_remedy(self):
        for option in (["--recipe", "mlp"], ["--seed", "3"]):
            self.refused(2, option[0] + ".*leave it out.*without --resume", "train", "--resume", self.checkpoint,
                         *option)
        for setting in ("layer.conv1.channels=8", "training.loss=cross_entropy", "optimizer.kind=sgd",
                        "input.deviation=0.5", "augmentation.shift=1.0", "training.shuffle=false"):
            self.refused(1, r"^--set %s: a resumed run keeps .*leave it out" % re.escape(setting), "train", "--resume",
                         self.checkpoint, "--set", "training.patience=3", "--set", setting)
        self.refused(1, "--batch-size.*400", "train", "--resume", self.checkpoint, "--batch-size", "401")
        self.refused(1, "--set.*no-such", "train", "--resume", self.checkpoint, "--set", "optimizer.no-such=1")


class Said(Runs):
    def test_options_that_would_do_nothing_are_refused(self):
        for option in ("--autosave-seconds", "--keep-every-epochs", "--log-every"):
            self.refused(2, option + ".*--out", "train", option, "5")
            self.refused(2, option + ".*--out", "--screenshot", "x.png", option, "5")

    def test_what_goes_wrong_at_the_start_is_said_once(self):
        result = self.refused(1, "wants pictures of", "train", "--recipe", "cifar-cnn", "--data", "drawn")
        self.assertEqual(result.stderr.count("wants pictures of"), 1, result.stderr)
        before = read(self.checkpoint)
        result = self.refused(1, "cut", "train", "--resume", write(self.path("cut.pt"), before[:3000]))
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
