#!/usr/bin/env python3
"""Journeys through time: back and on, into branches, changed by hand, paused by breakpoints. $CONVSCOPE_PROGRAM is the
program to try."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from display import DEADLINE, wait_for  # noqa: E402
from journey import IS_CONVSCOPE, Journey  # noqa: E402
from program import run  # noqa: E402


def until_at(p, iteration, newest, what):
    return p.until(what, lambda s: (s["iteration"], s["furthest"], s["travelling_to"], s["state"]) ==
                   (iteration, newest, -1, "paused"))


class Time(Journey):
    def learned(self, iterations=40):
        """Paused, with so many iterations at least behind it, and the number of them."""
        p = self.open("--workspace", "training")
        p.until("it has learned something", lambda s: s["iteration"] >= iterations)
        p.key("space")
        newest = p.until("it is paused", lambda s: s["state"] == "paused" and s["travelling_to"] < 0)["iteration"]
        return p, newest

    def until_at(self, p, iteration, newest, what):
        return until_at(p, iteration, newest, what)

    def test_arrows_go_back_and_on_and_what_is_known_stays_known(self):
        p, newest = self.learned()
        p.key("Left")
        self.until_at(p, newest - 1, newest, "Left is one iteration back")
        p.key("shift+Left")
        self.until_at(p, newest - 11, newest, "with Shift it is ten")
        p.key("Left", "Left", "Left")
        self.until_at(p, newest - 14, newest, "three at once are three")
        p.key("Right")
        self.until_at(p, newest - 13, newest, "Right is one on")
        p.key("shift+Right")
        self.until_at(p, newest - 3, newest, "with Shift it is ten")
        p.key("shift+Right")
        self.until_at(p, newest, newest, "but not further than is known")
        p.key("Right")
        self.until_at(p, newest + 1, newest + 1, "beyond that Right trains")
        p.key("ctrl+Left")
        self.until_at(p, 0, newest + 1, "with Control Left goes to the start")
        p.key("ctrl+Right")
        self.until_at(p, newest + 1, newest + 1, "and Right to the newest")

    def test_space_follows_what_is_known_and_trains_on_from_its_end(self):
        p, newest = self.learned()
        p.key("shift+Left")
        self.until_at(p, newest - 10, newest, "it is in the past")
        p.key("space")
        p.until("it has gone through what is known, and on", lambda s: s["furthest"] > newest)
        p.key("space")
        paused = p.until("it is paused", lambda s: s["state"] == "paused")
        self.assertEqual(paused["iteration"], paused["furthest"])

    def test_an_iteration_is_held_at_its_phases_and_let_go(self):
        p, newest = self.learned()
        p.key("o")
        p.until("it is held at its backward pass", lambda s: s["phase"] == "Backward" and s["iteration"] == newest)
        p.key("v")
        p.until("V goes a phase on", lambda s: s["phase"] == "Update")
        p.key("y")
        p.until("Y is its batch", lambda s: s["phase"] == "Batch")
        p.key("c")
        p.until("before that is the update of the one before",
                lambda s: s["phase"] == "Update" and s["iteration"] == newest - 1)
        p.key("Escape")
        p.until("Esc lets go", lambda s: s["phase"] == "" and s["state"] == "paused")
        p.key("space")
        p.until("it trains on", lambda s: s["furthest"] > newest)
        p.key("u")
        p.until("a key that holds pauses it", lambda s: s["phase"] == "Forward" and s["state"] == "paused")
        p.key("space")
        p.until("Space lets go, and trains on", lambda s: s["phase"] == "" and s["state"] == "running")

    def test_a_running_session_goes_back_and_pauses(self):
        p = self.open()
        p.until("it runs", lambda s: s["iteration"] >= 20)
        p.key("shift+Left")
        there = p.until("it is in the past, paused", lambda s: s["state"] == "paused" and s["travelling_to"] < 0)
        self.assertLess(there["iteration"], there["furthest"])

    def test_the_strip_is_clicked_and_dragged_along(self):
        p, newest = self.learned()
        p.click_on("timeline.strip", 0.5)
        middle = p.until("a click goes to what is there", lambda s: 0.3 * newest < s["iteration"] < 0.7 * newest and
                         s["travelling_to"] < 0)
        self.assertEqual((middle["furthest"], middle["state"]), (newest, "paused"))
        (x, y), (to_x, to_y) = p.place_of("timeline.strip", 0.5), p.place_of("timeline.strip", 0.0)
        p.drag(x, y, to_x - 40, to_y - 60)
        self.until_at(p, 0, newest, "dragging beyond the left end is the start")
        p.drag(to_x + 10, y, p.place_of("timeline.strip", 1.0)[0] + 5, y)
        self.until_at(p, newest, newest, "and beyond the right end the newest iteration")
        p.key("t")  # the frame that obeys it has seen the mouse let go: a click before it might go on dragging
        p.until("the mouse has let go", lambda s: s["theme"] == "light")
        p.click_on("timeline.back")
        self.until_at(p, newest - 1, newest, "a button goes back")
        p.click_on("timeline.newest")
        self.until_at(p, newest, newest, "another one to the end")

    def test_a_change_in_the_past_begins_a_branch(self):
        p, newest = self.learned()
        p.key("shift+Left")
        self.until_at(p, newest - 10, newest, "it is in the past")
        p.click_on("control.batch size twice")
        p.until("the line ends there", lambda s: s["furthest"] == newest - 10)
        p.key("Right")
        self.until_at(p, newest - 9, newest - 9, "and goes on another way")

    def test_lanes_are_listed_named_returned_to_and_deleted(self):
        p, newest = self.learned()
        p.key("shift+Left")
        self.until_at(p, newest - 10, newest, "it is in the past")
        p.click_on("control.learning rate")
        p.display.xdotool("type", "0.1")
        p.hold("Return")
        p.until("another rate begins a branch", lambda s: s["lanes"] == 2)
        p.key("Right")
        self.until_at(p, newest - 9, newest - 9, "which goes on another way")
        p.key("l")
        p.until("L opens the list", lambda s: s["lane_list"])
        p.key("t")  # a frame later the list stands where it stays
        p.until("the list has been drawn", lambda s: s["theme"] == "light" and s["lane_list"])
        p.click_on("lanes.name/0")
        p.display.xdotool("type", "as it was")
        p.hold("Return")
        p.click_on("lanes.return/0")
        self.until_at(p, newest, newest, "one returns to the end of the lane that was left")
        p.until("which has the name that it was given", lambda s: s["lane"] == "as it was")
        p.click_on("lanes.delete/1")
        p.click_on("lanes.delete for good/1")
        p.until("the branch is deleted, and one is told where its files stay",
                lambda s: s["lanes"] == 1 and "is deleted" in s["notice"])
        p.click_on("timeline.lanes")
        p.until("the timeline's button closes the list", lambda s: not s["lane_list"])
        p.key("Right")
        self.until_at(p, newest + 1, newest + 1, "and the run goes on")


class Race(Journey):
    def test_a_twin_is_begun_looked_at_beside_the_run_stepped_with_it_and_ended(self):
        p = self.open("--workspace", "features")
        p.until("it has learned something", lambda s: s["iteration"] >= 20)
        p.key("space")
        newest = p.until("it is paused", lambda s: s["state"] == "paused")["iteration"]
        self.assertEqual(p.now()["twin"], -1)
        p.key("g")
        p.click_on("twin.rate-up")
        p.until("one with ten times the rate is beside it", lambda s: s["twin"] == newest and
                s["twin_difference"] == "learning rate 0.001 -> 0.01" and s["twin_view"] == "beside")
        run, twin = p.place_of("feature-maps.maps"), p.place_of("feature-maps.twin.maps")
        self.assertNotEqual(run, twin)
        p.key("Right")
        p.until("a step is a step of both", lambda s: (s["iteration"], s["twin"]) == (newest + 1, newest + 1))
        p.key("g")
        p.until("G shows the twin alone", lambda s: s["twin_view"] == "twin")
        p.key("g")
        p.until("and then what it has less what the run has", lambda s: s["twin_view"] == "difference")
        p.place_of("feature-maps.difference.maps")
        p.key("Left", "Left")
        p.until("behind its beginning it waits there", lambda s: (s["iteration"], s["twin"]) == (newest - 1, newest))
        p.key("Right", "Right", "Right")
        p.until("and goes on with the run", lambda s: (s["iteration"], s["twin"]) == (newest + 2, newest + 2))
        p.key("shift+g")
        p.click_on("twin.end")
        p.until("it has ended", lambda s: s["twin"] == -1 and s["iteration"] == newest + 2)
        p.key("Right")
        p.until("and the run goes on alone", lambda s: s["iteration"] == newest + 3)


class ByHand(Journey):
    def test_a_channel_is_silenced_a_kernel_painted_something_broken_and_all_of_it_taken_back(self):
        p = self.open("--workspace", "by-hand")
        p.until("it has learned something", lambda s: s["iteration"] >= 20)
        p.key("space")
        newest = p.until("it is paused", lambda s: s["state"] == "paused")["iteration"]
        p.key("period", "x")
        p.until("X silences the selected channel", lambda s: s["held"] == 1 and s["undo"] == "conv1 channel 0 silenced")
        p.key("k")
        p.until("K freezes what computes it", lambda s: s["held"] == 2)
        (x, y), (to_x, _) = p.place_of("by-hand.kernel", 0.1), p.place_of("by-hand.kernel", 0.9)
        p.drag(x, y, to_x, y)
        p.until("a stroke over the kernel sets its weights", lambda s: s["undo"] == "conv1 filter 0: 25 weights set")
        p.click_on("by-hand.rate x100")
        p.until("it is broken", lambda s: s["undo"].startswith("learning rate"))
        p.key("Right", "Right")
        p.until("and trained on", lambda s: s["iteration"] == newest + 2 and s["state"] == "paused")
        for undone in ("conv1 filter 0: 25 weights set", "conv1 filter 0 frozen", "conv1 channel 0 silenced", ""):
            p.key("ctrl+z")
            p.until("Ctrl Z takes back the latest", lambda s: s["undo"] == undone)
        self.assertEqual(p.now()["held"], 0)

    def test_what_is_done_in_the_past_begins_a_branch(self):
        p = self.open("--workspace", "by-hand")
        p.until("it has learned something", lambda s: s["iteration"] >= 20)
        p.key("space")
        newest = p.until("it is paused", lambda s: s["state"] == "paused")["iteration"]
        p.key("shift+Left")
        p.until("it is in the past", lambda s: s["iteration"] == newest - 10 and s["travelling_to"] < 0)
        p.key("period", "x")
        p.until("the line ends there", lambda s: s["furthest"] == newest - 10 and s["held"] == 1)


@unittest.skipUnless(IS_CONVSCOPE, "the scripted session learns nothing")
class Broken(Journey):
    """Broken, found by the diagnosis, healed by what it offers; or taken back."""

    def learning(self):
        p = self.open("--workspace", "by-hand", "--recipe", "mlp", "--data", "drawn", "--threads", "1")
        p.until("it has learned something", lambda s: s["iteration"] >= 200)
        return p

    def take_remedy(self, p, check):
        """Presses the button of what was found, which may lie below other findings."""
        remedy, panel = f"diagnosis.{check}.remedy", p.place_of("diagnosis")

        def shown():
            if not p.shows(remedy):
                p.wheel(-1, *panel)
            return p.shows(remedy)

        wait_for(shown, f"{check} is found", pause=0.3)
        p.click_on(remedy)

    def test_weights_at_zero_are_found_and_get_values_again(self):
        p = self.learning()
        p.key("space")
        newest = p.until("it is paused", lambda s: s["state"] == "paused")["iteration"]
        p.click_on("by-hand.all zeros")
        p.until("it is broken", lambda s: s["undo"] == "all weights: zeros")
        self.take_remedy(p, "units-alike")
        p.until("the remedy gives them others", lambda s: s["undo"] == "all weights: first values again")
        p.key("space")
        p.until("it learns again", lambda s: s["iteration"] >= newest + 500)
        wait_for(lambda: not any(p.shows(f"diagnosis.{check}.what") for check in ("units-alike", "dead-units")),
                 "and is healed")

    def test_wrong_labels_are_found_and_given_back(self):
        p = self.learning()
        p.click_on("by-hand.wrong labels")
        p.until("half of the labels are wrong", lambda s: s["held"] == 1 and "labels" in s["undo"])
        self.take_remedy(p, "wrong-labels")
        p.until("the remedy gives them back", lambda s: s["held"] == 0)
        wait_for(lambda: not p.shows("diagnosis.wrong-labels.what"), "it is found no more")
        p.key("ctrl+z")
        p.until("Ctrl Z takes back the remedy", lambda s: s["held"] == 1)
        p.key("ctrl+z")
        p.until("and what was broken", lambda s: (s["held"], s["undo"]) == (0, ""))


class Breakpoints(Journey):
    def test_one_that_is_added_pauses_the_run_there_is_come_past_and_is_kept(self):
        p = self.open("--paused", *(["--data", "drawn", "--recipe", "mlp"] if IS_CONVSCOPE else []))
        p.key("b")
        p.click_on("breakpoints.kind.iteration")
        p.click_on("breakpoints.add")
        p.place_of("breakpoints.on/1")
        p.key("Escape", "space")
        p.until("it has paused there, and says why", lambda s: s["state"] == "paused" and s["iteration"] == 500
                and s["notice"] == "Breakpoint at iteration 500: iteration = 500")
        p.key("space")
        p.until("it goes on", lambda s: s["iteration"] > 510)
        self.display.ask_to_close(p.window)
        p.process.wait(DEADLINE)
        with open(os.path.join(self.folder, "config", "convscope", "settings.toml")) as stream:
            self.assertIn('breakpoints = ["loss is no number", "iteration = 500"]', stream.read())


@unittest.skipUnless(IS_CONVSCOPE, "the scripted session writes no files")
class Killed(Journey):
    TRAIN = ("--recipe", "mlp", "--data", "drawn", "--threads", "1", "--paused")

    def train(self, p, iterations):
        for iteration in range(1, iterations + 1):
            p.key("Right")
            p.until(f"iteration {iteration} is trained", lambda s, n=iteration: s["iteration"] == n)

    def branch_and_save(self, p):
        """Six iterations, and a branch of the fourth that is saved at its seventh."""
        self.train(p, 6)
        p.key("Left", "Left")
        p.until("it is in the past", lambda s: s["iteration"] == 4 and s["travelling_to"] < 0)
        p.key("period", "x")
        p.until("a channel that is silenced there begins a branch", lambda s: s["lanes"] == 2 and s["held"] == 1)
        p.key("Right", "Right", "Right")
        p.until("which goes its own way", lambda s: s["iteration"] == 7)
        p.key("ctrl+s")
        p.until("and is saved", lambda s: "Saved last.pt at iteration 7" in s["notice"])

    def test_a_window_that_is_killed_while_branching_loses_no_branch_that_was_saved(self):
        out = os.path.join(self.folder, "out")
        p = self.open(*self.TRAIN, "--out", out)
        self.branch_and_save(p)
        p.key("Left")
        p.until("it is in the past again", lambda s: s["iteration"] == 6 and s["travelling_to"] < 0)
        p.key("k")  # begins another branch, of which nothing may have come to the disk yet
        p.process.kill()
        p.process.wait(DEADLINE)
        for folder, iterations in ((out, 6), (os.path.join(out, "run-2"), 7)):
            replayed = run(["replay", folder], self.folder)
            self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
            self.assertEqual(self.logged(folder)[-1], iterations)
            on = run(["train", "--resume", os.path.join(folder, "last.pt"), "--epochs", "1"], self.folder)
            self.assertEqual(on.returncode, 0, on.stdout + on.stderr)
            rows = self.logged(folder)
            self.assertGreater(rows[-1], iterations)
            self.assertEqual(list(dict.fromkeys(rows)), list(range(rows[0], rows[-1] + 1)))  # measured ones twice

    def test_the_lanes_of_a_window_that_was_killed_are_there_again_in_the_next_one(self):
        out = os.path.join(self.folder, "out")
        p = self.open(*self.TRAIN, "--out", out)
        self.branch_and_save(p)
        p.process.kill()
        p.process.wait(DEADLINE)

        p = self.open("--resume", os.path.join(out, "run-2", "last.pt"), "--paused")
        p.until("both lanes are there", lambda s: (s["lanes"], s["iteration"], s["held"]) == (2, 7, 1))
        p.key("ctrl+Left")
        until_at(p, 0, 7, "its past is there too, that of the lane which it left as well")
        p.key("ctrl+Right")
        until_at(p, 7, 7, "and all that is known")
        p.key("l", "t")
        p.until("the list has been drawn", lambda s: s["theme"] == "light" and s["lane_list"])
        p.click_on("lanes.name/0")
        p.display.xdotool("type", "as it was")
        p.hold("Return")
        p.click_on("lanes.return/0")
        p.until("the first one is returned to, from its file",
                lambda s: (s["lane"], s["iteration"], s["held"]) == ("as it was", 6, 0))
        p.key("Right")
        p.until("and goes on", lambda s: s["iteration"] == 7)
        p.display.ask_to_close(p.window)
        p.process.wait(DEADLINE)
        for folder in (out, os.path.join(out, "run-2")):
            replayed = run(["replay", folder], self.folder)
            self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)

        p = self.open("--resume", os.path.join(out, "last.pt"), "--paused")
        p.until("the name is kept too", lambda s: (s["lanes"], s["lane"], s["iteration"]) == (2, "as it was", 7))

    def logged(self, folder):
        with open(os.path.join(folder, "metrics.csv")) as stream:
            return [int(row.split(",")[0]) for row in list(stream)[1:]]


if __name__ == "__main__":
    unittest.main()
