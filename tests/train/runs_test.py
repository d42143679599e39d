"""Nothing of a run is lost: it is killed at random moments, others want its folder, disks are full, names are taken.

usage: runs_test.py PROGRAM [UNITTEST ARGUMENTS]    $CONVSCOPE_KILLS: how many moments (6)
"""

import csv
import glob
import json
import os
import random
import re
import resource
import shutil
import signal
import stat
import subprocess
import time
import unittest

from files_test import Base
from program import command, environment, read, run, torch, write

KILLS = int(os.environ.get("CONVSCOPE_KILLS", "6"))
KILLS_PER_RUN = 10


def table(folder):
    """The rows of a run's table that were written whole."""
    lines = read(os.path.join(folder, "metrics.csv")).decode()
    return list(csv.DictReader(lines[:lines.rfind("\n") + 1].splitlines()))


def objects(folder):
    lines = read(os.path.join(folder, "metrics.jsonl")).decode()
    return [json.loads(line) for line in lines[:lines.rfind("\n") + 1].splitlines()]


def tree(folder):
    return {path: read(path) for path in glob.glob(os.path.join(folder, "**"), recursive=True) if os.path.isfile(path)}


class Killed(Base):
    def start(self, folder, *arguments):
        process = subprocess.Popen(
            command("train", "--data", self.data, "--threads", "1", "--epochs", "1000000", "--autosave-seconds", "0.2",
                    "--out", folder, *arguments),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(process.kill)
        return process

    def saved_at(self, last):
        return os.stat(last).st_mtime_ns if os.path.exists(last) else 0

    def check(self, folder):
        """The iteration of the checkpoint, that both logs have up to there and beyond, each iteration once."""
        saved = torch.load(os.path.join(folder, "last.pt"))
        rows = [row for row in table(folder) if row["loss"]]
        lines = [line for line in objects(folder) if line["event"] == "iteration"]
        for logged in ([int(row["iteration"]) for row in rows], [line["iteration"] for line in lines]):
            self.assertEqual(logged, list(range(1, len(logged) + 1)))
            self.assertGreaterEqual(len(logged), saved["iteration"])
        curves = saved["progress"]["curves"]
        exact = curves["loss"][-int(curves["levels"][0]):].tolist()  # of the newest iterations
        first = saved["iteration"] - len(exact)
        for row, line, loss in zip(rows[first:], lines[first:], exact):
            self.assertEqual(line["loss"], float(row["loss"]))
            self.assertAlmostEqual(line["loss"], loss, places=5)
        measured = [line["iteration"] for line in objects(folder) if line["event"] == "evaluation"]
        self.assertEqual(measured, sorted(set(measured)))
        self.assertFalse([line for line in objects(folder) if line["event"] == "missing"])
        return saved["iteration"]

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_that_is_killed_at_any_moment_goes_on_and_its_log_has_all_that_its_checkpoint_knows(self):
        source = random.Random(int(os.environ.get("CONVSCOPE_KILL_SEED", "9")))
        ahead = 0
        for kill in range(KILLS):
            folder = self.path("killed-%d" % (kill // KILLS_PER_RUN))
            last = os.path.join(folder, "last.pt")
            begun = os.path.exists(last)
            before = self.saved_at(last)
            process = self.start(folder, *(("--resume", last) if begun else ("--recipe", self.recipe)))
            # Half of them at a moment after a saving, half of them at any, the first saving of all excepted.
            if not begun or source.random() < 0.5:
                while self.saved_at(last) == before and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(0.4 * source.random())
            else:
                time.sleep(4.0 * source.random())
            self.assertIsNone(process.poll(), process.poll() is not None and process.stderr.read())
            process.kill()
            process.communicate()
            saved = self.check(folder)
            ahead += len([row for row in table(folder) if row["loss"]]) > saved
            if kill % KILLS_PER_RUN == KILLS_PER_RUN - 1 or kill == KILLS - 1:
                self.train(folder, "--resume", last, "--iterations", "3")
                self.assertEqual(self.check(folder), saved + 3)
                self.assertEqual(len([row for row in table(folder) if row["loss"]]), saved + 3)
                self.assertEqual(glob.glob(os.path.join(folder, "*.tmp.*")), [])
        # From its first iteration on, through all that were killed, without what they had behind their last saving.
        again = run("replay", folder, "--json")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        end = json.loads(again.stdout.splitlines()[-1])
        self.assertEqual((end["same"], end["iteration"]), (True, self.check(folder)))
        self.assertGreater(end["compared"], KILLS // KILLS_PER_RUN)
        print("%d killed, the log ahead of the checkpoint in %d" % (KILLS, ahead))

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_whose_files_are_taken_away_while_it_trains_leaves_all_of_it(self):
        folder = self.path("disturbed")
        process = self.start(folder, "--recipe", self.recipe)

        def wait_for(*names):
            while not all(os.path.exists(os.path.join(folder, name)) for name in names) and process.poll() is None:
                time.sleep(0.01)

        wait_for("last.pt")
        os.remove(os.path.join(folder, "metrics.csv"))
        wait_for("metrics.csv")
        write(os.path.join(folder, "edited"), read(os.path.join(folder, "metrics.jsonl"))[:5000])
        os.rename(os.path.join(folder, "edited"), os.path.join(folder, "metrics.jsonl"))
        process.send_signal(signal.SIGSTOP)
        os.remove(os.path.join(folder, "last.pt"))
        process.send_signal(signal.SIGCONT)
        wait_for("last.pt")
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
        self.assertEqual((process.returncode, errors), (128 + signal.SIGTERM, ""))
        self.assertEqual(self.check(folder), int(table(folder)[-1]["iteration"]))

    def begun(self, folder):
        """A run that has saved, standing still."""
        process = self.start(folder, "--recipe", self.recipe)
        while not os.path.exists(os.path.join(folder, "last.pt")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)
        return process

    def ended(self, process, last):
        """What it said, told to end once it has saved there."""
        process.send_signal(signal.SIGCONT)
        while not os.path.exists(last) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        return process.communicate(timeout=300)[1]

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_whose_folder_is_moved_or_removed_has_all_of_it_where_it_belongs(self):
        for how in ("moved", "removed"):
            with self.subTest(how):
                folder = self.path("was-" + how)
                process = self.begun(folder)
                os.rename(folder, folder + "-away")
                away = tree(folder + "-away")
                if how == "removed":
                    shutil.rmtree(folder + "-away")
                errors = self.ended(process, os.path.join(folder, "last.pt"))
                self.assertRegex(errors, r"was moved or removed while the run goes on; it is made again")
                self.assertEqual(process.returncode, 128 + signal.SIGTERM, errors)
                self.assertEqual(self.check(folder), int(table(folder)[-1]["iteration"]))
                self.assertFalse(os.path.exists(folder + "-2"))
                if how == "moved":
                    self.assertEqual(tree(folder + "-away"), away)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_run_whose_place_another_run_takes_goes_on_beside_it_and_touches_none_of_it(self):
        for how in ("renamed", "copied", "linked"):
            with self.subTest(how):
                folder, other = self.path("place-" + how), self.path("other-" + how)
                shutil.copytree(self.path("run"), other)
                before = [read(path) for path in sorted(tree(other))]
                process = self.begun(folder)
                os.rename(folder, folder + "-away")
                {"renamed": os.rename, "copied": shutil.copytree, "linked": os.symlink}[how](other, folder)
                errors = self.ended(process, os.path.join(folder + "-2", "last.pt"))
                what = "a link to another folder" if how == "linked" else "another folder"
                self.assertIn("%s: %s lies there now, which is left as it is; the run goes on in %s-2"
                              % (folder, what, folder), errors)
                self.assertEqual(process.returncode, 1, errors)
                self.assertEqual([read(path) for path in sorted(tree(folder))], before)
                self.assertEqual(self.check(folder + "-2"), int(table(folder + "-2")[-1]["iteration"]))

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_a_log_s_file_that_cannot_be_written_holds_up_no_other_and_is_said_once(self):
        folder = self.path("log-refused")
        process = self.begun(folder)
        csv_file = os.path.join(folder, "metrics.csv")
        # What has another name too must become a file of its own, for which there is no room.
        os.link(csv_file, self.path("other.csv"))
        write(csv_file, read(csv_file).decode() + "\n")
        other = read(csv_file)
        os.mkdir("%s.tmp.%d" % (csv_file, process.pid))
        os.remove(os.path.join(folder, "last.pt"))
        errors = self.ended(process, os.path.join(folder, "last.pt"))
        self.assertEqual(errors.count("metrics.csv: cannot write"), 1, errors)
        self.assertRegex(errors, r"the log lacks iterations \d+ to \d+ in metrics.csv")
        self.assertEqual(process.returncode, 1)
        self.assertEqual(read(csv_file), other)
        lines = [line["iteration"] for line in objects(folder) if line["event"] == "iteration"]
        self.assertEqual(lines, list(range(1, len(lines) + 1)))
        self.assertEqual(torch.load(os.path.join(folder, "last.pt"))["iteration"], lines[-1])
        self.train(folder, "--resume", os.path.join(folder, "last.pt"), "--iterations", "1")
        self.assertEqual(self.check(folder), lines[-1] + 1)
        self.assertEqual(read(self.path("other.csv")), other)

    @unittest.skipUnless(torch, "python3-torch is not installed")
    def test_what_takes_the_place_of_a_run_s_file_is_set_aside_and_the_run_is_whole(self):
        note = write(self.path("note"), "mine\n")
        plant = {"a link": lambda path: os.symlink("/dev/full", path), "a pipe": os.mkfifo,
                 "a folder": os.mkdir, "a link ": lambda path: os.symlink(note, path)}
        for name, kind in (("last.pt", "a link"), ("last.pt", "a pipe"), ("last.pt", "a folder"), ("last.pt", "a link "),
                           ("metrics.csv", "a link"), ("metrics.jsonl", "a link "), ("tensorboard", "a link "),
                           ("tensorboard", "a pipe")):
            with self.subTest(name=name, kind=kind):
                folder = self.path("aside-%s-%s" % (name, kind.replace(" ", "-")))
                process = self.begun(folder)
                planted, last = os.path.join(folder, name), os.path.join(folder, "last.pt")
                os.rename(planted, planted + "-away")
                if name != "last.pt":
                    os.remove(last)
                plant[kind](planted)
                process.send_signal(signal.SIGCONT)
                while not (os.path.isfile(last) and not os.path.islink(last) and os.path.lexists(planted + ".old")):
                    self.assertIsNone(process.poll())
                    time.sleep(0.01)
                process.send_signal(signal.SIGTERM)
                errors = process.communicate(timeout=300)[1]
                said = "%s: %s had taken its place, and is %s.old now" % (planted, kind.strip(), planted)
                self.assertEqual(errors.count(said), 1, errors)
                self.assertEqual(process.returncode, 128 + signal.SIGTERM, errors)
                self.assertEqual(self.check(folder), int(table(folder)[-1]["iteration"]))
                self.assertEqual(read(note), b"mine\n")
                self.assertTrue(os.path.isdir(os.path.join(folder, "tensorboard")))

    def test_lines_that_others_wrote_into_a_log_stay_and_are_said_once(self):
        folder = self.path("noted")
        self.train("noted", "--iterations", "20")
        notes = {"metrics.csv": "# it looked odd here\n", "metrics.jsonl": '{"iteration": 30, "mine": true}\n'}
        for name, text in notes.items():
            lines = read(os.path.join(folder, name)).decode().splitlines(keepends=True)
            write(os.path.join(folder, name), "".join(lines[:10]) + text + "".join(lines[10:]) + text)
        result = run("train", "--resume", os.path.join(folder, "last.pt"), "--data", self.data, "--threads", "1",
                     "--iterations", "5")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name, text in notes.items():
            said = "%s: 2 lines were not written by a run, the first of them line 11; they stay"
            self.assertEqual(result.stderr.count(said % os.path.join(folder, name)), 1, result.stderr)
            self.assertEqual(read(os.path.join(folder, name)).decode().count(text), 2)
        rows = [int(row["iteration"]) for row in table(folder) if row["loss"]]
        self.assertEqual(rows, list(range(1, 26)))

    def test_two_processes_do_not_share_a_folder(self):
        folder = self.path("shared")
        process = self.start(folder, "--recipe", self.recipe)
        while not os.path.exists(os.path.join(folder, "last.pt")) and process.poll() is None:
            time.sleep(0.01)
        last = os.path.join(folder, "last.pt")
        self.refused(1, "shared: process %d writes to it.*shared-2" % process.pid, "train", "--resume", last, "--data",
                     self.data, "--threads", "1", "--out", folder)
        process.kill()
        process.communicate()
        self.train(folder, "--resume", last, "--iterations", "1")  # nothing stale is in the way


class Folders(Base):
    def test_a_run_does_not_touch_another_run(self):
        before = tree(self.path("run"))
        os.mkdir(self.path("run-2"))
        new = ["train", "--recipe", "mlp", "--data", "drawn", "--threads", "1", "--iterations", "1"]
        said = "run/?: holds a run already.*--resume %s .*--out %s .*--overwrite" % (self.checkpoint, self.path("run-3"))
        self.refused(1, said, *new, "--out", self.path("run"))
        self.refused(1, said, *new, "--out", self.path("run") + "/")
        other = self.train("other", "--epochs", "1")
        self.refused(1, said, "train", "--resume", other, "--data", self.data, "--out", self.path("run"))
        self.assertEqual(tree(self.path("run")), before)
        self.refused(2, "--out", "train", "--overwrite")

    def test_a_run_that_is_overwritten_is_moved_aside_whole(self):
        self.train("over", "--epochs", "1")
        before = {os.path.relpath(path, self.path("over")): data for path, data in tree(self.path("over")).items()}
        result = run("train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--iterations", "2", "--out",
                     self.path("over"), "--overwrite")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(self.path("over", "old-1"), result.stderr)
        old = self.path("over", "old-1")
        self.assertEqual({os.path.relpath(path, old): data for path, data in tree(old).items()}, before)
        self.assertEqual([row["iteration"] for row in table(self.path("over")) if row["loss"]], ["1", "2"])

    def test_latest_passes_over_a_broken_file(self):
        state = self.path("state")
        older, newer = (os.path.join(state, "convscope", "runs", name) for name in ("a", "b"))
        self.train(older, "--iterations", "3")
        os.makedirs(newer)
        write(os.path.join(newer, "last.pt"), read(self.checkpoint)[:3000])
        os.utime(os.path.join(older, "last.pt"), (1e9, 1e9))
        arguments = ["train", "--resume", "latest", "--data", self.data, "--threads", "1", "--iterations", "1", "--json"]
        result = run(*arguments, XDG_STATE_HOME=state)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "latest passes over.*" + newer)
        self.assertEqual(json.loads(result.stdout.splitlines()[-1])["iteration"], 4)
        shutil.rmtree(older)
        self.refused(1, "no saved run can be read.*" + newer, *arguments, XDG_STATE_HOME=state)

    def test_rows_that_a_log_lacks_are_said_to_be_missing_once(self):
        folder = self.path("gap")
        last = self.train("gap", "--epochs", "1")
        whole = table(folder)
        # What one has the other gets.
        for name, lines, torn in (("metrics.csv", 4, b"4,1,2."), ("metrics.jsonl", 6, b'{"event":"itera')):
            path = os.path.join(folder, name)
            write(path, b"".join(read(path).splitlines(keepends=True)[:lines]) + torn)
        resumed = ["train", "--resume", last, "--data", self.data, "--threads", "1", "--out", folder, "--epochs"]
        result = run(*resumed, "2")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(folder + ": the log lacks iterations 7 to 13", result.stderr)
        rows = table(folder)
        self.assertEqual(rows[:6], whole[:6])
        self.assertEqual([int(row["iteration"]) for row in rows if row["loss"]], [*range(1, 7), *range(14, 27)])
        missing = [line for line in objects(folder) if line["event"] == "missing"]
        self.assertEqual([line["iteration"] for line in missing], [13])
        self.assertEqual(run(*resumed, "3").returncode, 0)

    def test_what_is_in_the_way_of_a_log_is_set_aside_and_the_log_is_whole(self):
        folder = self.path("in-the-way")
        last = self.train("in-the-way", "--epochs", "1")
        table_file = os.path.join(folder, "metrics.csv")
        os.remove(table_file)
        os.mkdir(table_file)
        write(os.path.join(table_file, "mine"), "precious")
        result = run("train", "--resume", last, "--data", self.data, "--threads", "1", "--epochs", "2", "--out", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("metrics.csv: a folder had taken its place, and is"), 1, result.stderr)
        self.assertEqual(read(os.path.join(table_file + ".old", "mine")), b"precious")
        self.assertEqual([int(row["iteration"]) for row in table(folder) if row["loss"]], [*range(1, 27)])


class Outside(Base):
    """Nothing that is no plain file is replaced, waited for or written through."""

    def train_once(self, *arguments):
        return ["train", "--recipe", self.recipe, "--data", self.data, "--threads", "1", "--iterations", "1", *arguments]

    def test_a_dump_is_tried_before_training(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        for place, said in ((pipe, "a pipe"), ("/dev/null", "a device"), (self.folder, "a folder"),
                            ("/no/such/folder/x.pt", "the folder does not exist")):
            result = self.refused(1, place + ".*" + said, *self.train_once("--dump", place))
            self.assertEqual(result.stdout, "")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        for render in (("render", "--out", "/dev/null"), ("--screenshot", "/dev/null")):
            self.refused(1, "/dev/null.*a device", *render)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        for target, said in (("/dev/null", "a device"), (self.folder, "a folder"), (pipe, "a pipe")):
            link = self.path("link-to-" + said[2:])
            os.symlink(target, link)
            self.refused(1, link + ".*" + said, *self.train_once("--dump", link))
            self.assertTrue(os.path.islink(link))

    def test_a_folder_that_cannot_be_written_to_is_refused_before_training(self):
        result = self.refused(1, "/proc/self/task/last.pt: cannot write.*choose another folder with --out",
                              *self.train_once("--out", "/proc/self/task"))
        self.assertEqual(result.stdout, "")

    def test_weights_that_are_no_numbers_do_not_take_the_place_of_those_that_were(self):
        last = self.train("diverged", "--epochs", "1")
        before = read(last)
        result = run("train", "--resume", last, "--data", self.data, "--threads", "1", "--out", self.path("diverged"),
                     "--epochs", "2", "--lr", "1e30")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("resume %s, which stays at iteration 13" % last, result.stderr)
        self.assertEqual(read(last), before)

    def test_no_command_writes_over_a_runs_files_or_to_an_empty_name(self):
        before = tree(self.path("run"))
        self.refused(1, "last.pt: is a file of the run in", *self.train_once("--dump", self.checkpoint))
        for folder in ("new", os.path.join("new", "..", "new")):  # of the run that the command itself would begin
            self.refused(1, "last.pt: is a file of the run in", *self.train_once(
                "--out", self.path("new"), "--dump", self.path(folder, "last.pt")))
        self.refused(1, "last.pt: is read by this command", "export", "--checkpoint", self.checkpoint, "--out",
                     self.checkpoint)
        self.assertEqual(tree(self.path("run")), before)
        for option in ("--out", "--dump"):
            self.refused(2, option + ": the name is empty", *self.train_once(option, ""))

    def test_a_limit_on_file_sizes_is_a_failed_saving_and_not_the_end(self):
        folder = self.path("limited")
        limited = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        result = subprocess.run(command(*self.train_once("--out", folder)), stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, env=environment(), preexec_fn=limited)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("last.pt: cannot write (File too large)", result.stderr)
        self.assertEqual(glob.glob(os.path.join(folder, "*.tmp.*")), [])

    def test_links_are_replaced_and_not_followed(self):
        victim = write(self.path("victim"), "precious")
        dump = self.path("dump.pt")
        os.symlink(victim, dump)
        result = run(*self.train_once("--dump", dump))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(read(victim), b"precious")
        self.assertFalse(os.path.islink(dump))
        folder = self.path("planted")
        os.mkdir(folder)
        os.symlink(victim, os.path.join(folder, "metrics.csv"))
        self.refused(1, "holds a run already", *self.train_once("--out", folder))
        self.assertEqual(read(victim), b"precious")

    def test_a_pipe_is_read_by_nobody(self):
        pipe = self.path("no-file")
        os.mkfifo(pipe)
        for arguments in (["evaluate", "--checkpoint", pipe], ["predict", "--checkpoint", self.checkpoint, pipe],
                          ["train", "--resume", pipe], ["train", "--recipe", pipe]):
            self.refused(1, "no-file: is no plain file but a pipe", *arguments)


if __name__ == "__main__":
    unittest.main(verbosity=2)
