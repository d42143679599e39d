#!/usr/bin/env python3
"""Journeys: the real window, real keys and clicks, and what changes. $CONVSCOPE_PROGRAM is the program to try."""

import gzip
import os
import stat
import struct
import subprocess
import sys
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from display import DEADLINE, Display, wait_for  # noqa: E402
from journey import HEIGHT, IS_CONVSCOPE, WIDTH, Journey  # noqa: E402
from program import Program, run  # noqa: E402


def png_size(path):
    with open(path, "rb") as stream:
        head = stream.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n", f"{path} is no PNG"
    return struct.unpack(">II", head[16:24])


class Training(Journey):
    def test_space_runs_and_pauses(self):
        p = self.open("--paused")
        self.assertEqual(p.now()["state"], "paused")
        p.key("space")
        p.until("it runs", lambda s: s["state"] == "running" and s["iteration"] >= 3)
        p.key("space")
        paused = p.until("it is paused", lambda s: s["state"] == "paused")
        self.assertGreaterEqual(paused["iteration"], 3)

    def test_right_arrow_trains_exactly_one_iteration(self):
        p = self.open("--paused")
        before = p.now()["iteration"]
        for step in range(1, 4):
            p.key("Right")
            p.until(f"{step} iterations are trained and it is paused",
                    lambda s, n=step: s["iteration"] == before + n and s["state"] == "paused")

    def test_right_arrow_stops_a_running_session(self):
        p = self.open()
        p.until("it runs", lambda s: s["state"] == "running" and s["iteration"] >= 2)
        p.key("Right")
        p.until("it is paused", lambda s: s["state"] == "paused")

    def test_a_panel_opened_while_paused_is_filled(self):
        p = self.open("--paused", "--workspace", "training")
        p.key("Right")
        p.until("one iteration is trained", lambda s: s["iteration"] == 1 and s["state"] == "paused")
        p.key("F3")
        shown = p.until("the features are there with all they show",
                        lambda s: s["workspace"] == "features" and s["fully_captured"])
        self.assertEqual(shown["iteration"], 1)

    def test_r_starts_over(self):
        p = self.open("--paused")
        p.key("Right")
        p.until("one iteration is trained", lambda s: s["iteration"] == 1)
        p.key("r")
        p.until("it is at fresh weights, paused as before", lambda s: s["iteration"] == 0 and s["state"] == "paused")

    def test_minus_and_plus_change_the_speed(self):
        p = self.open("--paused")
        self.assertEqual(p.now()["speed"], 0.0)
        p.key("minus")
        p.until("100 iterations per second", lambda s: s["speed"] == 100.0)
        p.key("minus", "minus")
        p.until("20 iterations per second", lambda s: s["speed"] == 20.0)
        p.key("plus", "equal", "KP_Add")
        p.until("flat out again", lambda s: s["speed"] == 0.0)

    def test_slow_motion_is_slow_and_answers_at_once(self):
        p = self.open("--paused")
        p.key(*["minus"] * 8)
        p.until("one iteration in two seconds", lambda s: s["speed"] == 0.5)
        p.key("space")
        first = p.until("it has begun", lambda s: s["state"] == "running" and s["iteration"] >= 1)
        third = p.until("two more are trained", lambda s: s["iteration"] >= first["iteration"] + 2)
        self.assertGreater(third["time"] - first["time"], 3.0)
        p.key("space")
        pressed = p.now()["time"]
        paused = p.until("it is paused", lambda s: s["state"] == "paused")
        self.assertLess(paused["iteration"] - third["iteration"], 2, f"pressed at {pressed}")

    def test_the_frames_keep_coming_while_it_trains(self):
        p = self.open("--workspace", "all")
        first = p.until("it runs", lambda s: s["state"] == "running" and s["iteration"] >= 1)
        p.until("forty frames later it still trains", lambda s: s["frame"] >= first["frame"] + 40 and
                s["iteration"] > first["iteration"])


class Looking(Journey):
    def test_page_up_and_down_browse_the_pictures(self):
        p = self.open("--paused")
        start = p.now()["probe_index"]
        p.key("Next", "Next")
        p.until("two pictures on", lambda s: s["probe_index"] == start + 2)
        p.key("Prior")
        p.until("one picture back", lambda s: s["probe_index"] == start + 1)

    def test_m_goes_to_a_mistake(self):
        p = self.open("--paused")
        start = p.now()["probe_index"]
        p.key("m")
        p.until("another picture is shown", lambda s: s["probe_index"] != start)

    def test_brackets_walk_through_the_layers(self):
        p = self.open("--paused")
        first = p.now()["layer"]
        p.key("bracketright")
        second = p.until("the next layer", lambda s: s["layer"] != first)["layer"]
        p.key("bracketright")
        p.until("the third layer", lambda s: s["layer"] not in (first, second))
        p.key("bracketleft", "bracketleft", "bracketleft")
        p.until("the first layer again", lambda s: s["layer"] == first)

    def test_tab_walks_through_the_layers(self):
        p = self.open("--paused")
        first = p.now()["layer"]
        p.key("Tab")
        second = p.until("the next layer", lambda s: s["layer"] != first)["layer"]
        p.key("Tab")
        p.until("the third layer", lambda s: s["layer"] not in (first, second))
        p.key("shift+Tab", "shift+Tab")
        p.until("the first layer again", lambda s: s["layer"] == first)

    def test_a_click_on_a_layer_selects_it(self):
        p = self.open("--paused", "--workspace", "features")
        first = p.now()["layer"]
        p.until("the network is drawn", lambda s: s["fully_captured"])
        p.click_on("network.layer/3")
        p.until("another layer is selected", lambda s: s["layer"] != first)


class Keyboards(Journey):
    """Keys by their codes, as a real keyboard sends them; what they mean is the layout's."""
    R, T, COMMA, FULL_STOP = "27", "28", "59", "60"

    def layout(self, name):
        subprocess.run(["setxkbmap", "-display", self.display.name, name], check=True)
        self.addCleanup(subprocess.run, ["setxkbmap", "-display", self.display.name, "us"])

    def test_letters_are_in_their_places_on_a_russian_keyboard(self):
        self.layout("ru")
        p = self.open("--paused")
        p.key(self.T)
        p.until("T makes it light", lambda s: s["theme"] == "light")
        p.key("Right")
        p.until("one iteration is trained", lambda s: s["iteration"] == 1)
        p.key(self.R)
        p.until("R starts over", lambda s: s["iteration"] == 0)
        p.key("ctrl+52")
        p.until("Ctrl Z brings the run back", lambda s: s["iteration"] == 1)

    def test_a_full_stop_goes_forward_on_a_french_keyboard(self):
        self.layout("fr")
        p = self.open("--paused")
        p.key("Tab")
        p.key("shift+" + self.COMMA)
        p.until("the first map is selected", lambda s: s["channel"] == 0)
        p.key("shift+" + self.COMMA)
        p.until("and the next", lambda s: s["channel"] == 1)
        p.key(self.COMMA, self.FULL_STOP)  # a semicolon and a colon
        p.key("58")  # M's place: a comma
        p.until("a comma goes back, and nothing else has moved it", lambda s: s["channel"] == 0)


class Scene(Journey):
    def enter(self, *arguments):
        p = self.open("--paused", *arguments)
        p.key("F9")
        p.until("F9 shows the scene with all its values", lambda s: s["workspace"] == "scene" and s["fully_captured"])
        return p

    PART = f"{WIDTH}x{HEIGHT - 104}+0+44"  # without the bars above and below, which count frames and iterations

    def picture(self, p):
        """What the window shows when nothing moves any more."""
        last = None

        def rests():
            nonlocal last
            before, last = last, self.display.picture(p.window, self.PART)
            return last if last == before else None

        return wait_for(rests, "the picture rests", pause=0.4)

    def changes(self, p, before, what):
        wait_for(lambda: self.display.picture(p.window, self.PART) != before, what)
        return self.picture(p)

    def test_drag_wheel_home_and_a_kept_view(self):
        p = self.enter()
        home = self.picture(p)
        p.drag(640, 420, 820, 470)
        turned = self.changes(p, home, "a drag turns the scene")
        p.key("Home")
        self.changes(p, turned, "Home flies back")
        p.wheel(4, 640, 420)
        near = self.changes(p, home, "the wheel comes nearer")
        p.key("ctrl+1")
        p.until("the view is kept", lambda s: "kept as 1" in s["notice"])
        p.key("Home")
        away = self.changes(p, near, "Home flies back")
        p.key("1")
        self.changes(p, away, "1 flies to the kept view")
        p.key("2")
        p.until("no view was kept as 2", lambda s: "No view is kept as 2" in s["notice"])

    def test_keys_choose_a_layer_and_a_map_and_fly_there(self):
        p = self.enter()
        first = p.now()["layer"]
        p.key("Tab")
        second = p.until("Tab selects the next layer", lambda s: s["layer"] != first)
        self.assertEqual(second["channel"], -1)
        p.key("period")
        p.until("a full stop selects its first map", lambda s: s["channel"] == 0)
        p.key("comma")
        p.until("a comma goes round to its last", lambda s: s["channel"] > 0)
        before = self.picture(p)
        p.key("f")
        self.changes(p, before, "F flies there")
        p.key("Escape")
        p.until("Escape selects the layer again", lambda s: s["channel"] == -1)
        self.assertEqual(p.now()["layer"], second["layer"])

    def test_a_click_selects_a_map_another_its_value_and_f_flies_there(self):
        p = self.enter()
        p.key("f")
        self.picture(p)
        where = (WIDTH // 2, HEIGHT // 2)
        for dx in (0, 12, 24, 36):  # between maps there are gaps
            where = (WIDTH // 2 + dx, HEIGHT // 2 + dx // 2)
            p.click(*where)
            self.picture(p)
            if p.now()["channel"] >= 0:
                break
        state = p.now()
        self.assertGreaterEqual(state["channel"], 0)
        if state["row"] < 0:
            p.click(*where)
        value = p.until("a second click selects the value", lambda s: s["row"] >= 0 and s["column"] >= 0)
        self.assertEqual((value["layer"], value["channel"]), (state["layer"], state["channel"]))
        before = self.picture(p)
        p.key("f")
        self.changes(p, before, "F flies there")
        p.key("Escape")
        p.until("Escape selects the map again", lambda s: s["row"] == -1 and s["channel"] >= 0)

    def test_a_double_click_flies_to_what_is_under_the_mouse(self):
        p = self.enter()
        where = (389, 455)  # on a map of the first convolution
        self.display.xdotool("mousemove", "--window", p.window, *map(str, where))
        before = self.picture(p)

        def double_click_and_look():  # again where frames take so long that the two clicks are far apart
            self.display.xdotool("click", "--repeat", "2", "--delay", "60", "1")
            p.until("the map is selected", lambda s: s["channel"] >= 0)
            return self.moved(before, self.picture(p))

        wait_for(double_click_and_look, "the camera has flown there", pause=1.0)

    @staticmethod
    def moved(before, after):
        """More than lines and outlines have changed."""
        return sum(a != b for a, b in zip(before[::7], after[::7])) > len(before) / 7 / 4

    def test_h_hides_the_panels_and_shows_them_again(self):
        p = self.enter()
        before = self.picture(p)
        p.key("h")
        p.until("all but the scene is hidden", lambda s: s["panels_hidden"])
        hidden = self.changes(p, before, "the picture is the scene alone")
        p.key("h")
        p.until("the panels are back", lambda s: not s["panels_hidden"])
        self.changes(p, hidden, "they are seen")
        p.key("h")
        p.until("hidden again", lambda s: s["panels_hidden"])
        p.key("F2")
        p.until("another workspace shows its panels", lambda s: s["workspace"] == "overview" and
                not s["panels_hidden"])

    def test_right_arrow_trains_one_iteration_before_the_eyes(self):
        p = self.enter()
        before = self.picture(p)
        for step in (1, 2):
            p.key("Right")
            p.until(f"{step} iterations are trained, and all of it is shown",
                    lambda s, n=step: s["iteration"] == n and s["state"] == "paused" and s["fully_captured"])
            before = self.changes(p, before, "the values have changed")

    def test_the_scene_lives_while_it_trains_and_the_camera_flies(self):
        p = self.enter()
        p.key("minus", "minus", "minus")  # flat out, the start of the next run would be over before a frame shows it
        p.until("20 iterations per second", lambda s: s["speed"] == 20.0)
        p.key("space")
        before = p.until("it runs", lambda s: s["state"] == "running" and s["iteration"] >= 60)
        p.drag(640, 420, 300, 400)
        p.key("f")
        p.key("r")
        anew = p.until("it starts over", lambda s: s["iteration"] < before["iteration"])
        p.until("and goes on", lambda s: s["state"] == "running" and s["iteration"] > anew["iteration"])


class Windows(Journey):
    def test_function_keys_choose_the_workspace(self):
        p = self.open("--paused", "--workspace", "overview")
        for key, name in (("F3", "features"), ("F4", "training"), ("F5", "all"), ("F6", "data"), ("F2", "overview")):
            p.key(key)
            p.until(f"{key} shows {name}", lambda s, n=name: s["workspace"] == n and s["fully_captured"])

    def test_help_opens_and_closes(self):
        p = self.open("--paused")
        p.key("F1")
        p.until("the keys are shown", lambda s: s["help"])
        p.key("Escape")
        p.until("they are gone", lambda s: not s["help"])
        p.click_on("top.help")
        p.until("a click on F1 shows them", lambda s: s["help"])
        p.click(20, HEIGHT // 2)
        p.until("a click beside the page closes it", lambda s: not s["help"])

    def test_theme_and_type_size(self):
        p = self.open("--paused")
        self.assertEqual(p.now()["theme"], "dark")
        p.key("t")
        p.until("it is light", lambda s: s["theme"] == "light")
        p.click_on("top.theme")
        p.until("a click makes it dark", lambda s: s["theme"] == "dark")
        p.key("ctrl+plus")
        p.until("larger type", lambda s: s["font_scale"] > 1.0)
        p.key("ctrl+0")
        p.until("normal type", lambda s: s["font_scale"] == 1.0)
        p.key("ctrl+minus")
        p.until("smaller type", lambda s: s["font_scale"] < 1.0)

    def test_full_screen_and_back(self):
        p = self.open("--paused")
        p.key("F11")
        p.until("full screen", lambda s: s["full_screen"])
        self.display.xdotool("windowfocus", p.window)
        p.key("F11")
        p.until("a window again", lambda s: not s["full_screen"])

    def test_choices_outlive_the_program(self):
        p = self.open("--paused", "--workspace", "overview")
        p.key("t", "F4", "ctrl+plus")
        p.until("all three took", lambda s: s["theme"] == "light" and s["workspace"] == "training" and s["font_scale"] > 1.0)
        self.display.ask_to_close(p.window)
        self.assertEqual(p.process.wait(DEADLINE), 0)
        again = self.open("--paused").now()
        self.assertEqual((again["theme"], again["workspace"]), ("light", "training"))
        self.assertGreater(again["font_scale"], 1.0)

    def test_on_a_monitor_of_twice_the_scale_the_window_is_as_large_to_the_eye(self):
        def size_on(width, height):
            display = Display(width, height)
            self.addCleanup(display.close)
            subprocess.run(["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", "Xft.dpi:\t192"],
                           env={**os.environ, "DISPLAY": display.name}, check=True)
            p = Program(display, self.folder, "--paused")
            self.addCleanup(p.kill)
            size = display.xdotool("getwindowgeometry", "--shell", p.window)
            display.ask_to_close(p.window)
            self.assertEqual(p.process.wait(DEADLINE), 0)
            return {line.split("=")[0]: int(line.split("=")[1]) for line in size.split("\n")}

        large = size_on(3000, 2000)
        self.assertEqual((large["WIDTH"], large["HEIGHT"]), (2880, 1800))
        again = size_on(3000, 2000)  # as it was left
        self.assertEqual((again["WIDTH"], again["HEIGHT"]), (2880, 1800))
        narrow = size_on(1600, 1000)  # as far as there is room
        self.assertEqual((narrow["WIDTH"], narrow["HEIGHT"]), (1600, 1000))

    def test_choices_are_written_while_the_program_runs(self):
        p = self.open("--paused")
        p.key("t")
        path = os.path.join(self.folder, "config", "convscope", "settings.toml")

        def kept():
            try:
                with open(path) as stream:
                    return 'theme = "light"' in stream.read()
            except FileNotFoundError:
                return False

        wait_for(kept, f"{path} says light")

    def test_bad_settings_are_named_and_harmless(self):
        folder = os.path.join(self.folder, "config", "convscope")
        os.makedirs(folder)
        with open(os.path.join(folder, "settings.toml"), "w") as stream:
            stream.write('theme = "purple"\nworkspace = "training"\n')
        p = self.open("--paused")
        self.assertIn("theme must be one of dark, light", p.now()["notice"])
        self.assertEqual(p.now()["workspace"], "training")

    def test_an_unwritable_settings_folder_is_a_notice(self):
        with open(os.path.join(self.folder, "config"), "w") as stream:
            stream.write("a file where the folder should be")
        p = self.open("--paused")
        p.key("t")
        p.until("the notice says that settings are not kept", lambda s: "settings are not kept" in s["notice"])
        p.key("space")
        p.until("training goes on", lambda s: s["state"] == "running")

    def test_closing_the_window_ends_a_running_program(self):
        p = self.open()
        p.until("it runs", lambda s: s["state"] == "running")
        self.display.ask_to_close(p.window)
        self.assertEqual(p.process.wait(DEADLINE), 0)

    def test_a_resized_window_is_drawn_anew(self):
        p = self.open("--paused")
        for width, height in ((700, 420), (1500, 900)):
            self.display.xdotool("windowsize", p.window, str(width), str(height))
            before = p.now()["frame"]
            p.key_until("t", "it still answers", lambda s: s["frame"] > before)


@unittest.skipUnless(IS_CONVSCOPE, "the scripted session writes no files")
class Runs(Journey):
    TRAIN = ("--recipe", "mlp", "--data", "drawn", "--threads", "1", "--paused")

    def train(self, p, iterations):
        for iteration in range(1, iterations + 1):
            p.key("Right")
            p.until(f"iteration {iteration} is trained", lambda s, n=iteration: s["iteration"] == n)

    def close(self, p):
        self.display.ask_to_close(p.window)
        self.assertEqual(p.process.wait(DEADLINE), 0)

    def assert_run(self, folder, iterations):
        files = {"recipe.toml", "metrics.csv", "metrics.jsonl", "journal.jsonl", "tensorboard", "last.pt", "states"}
        self.assertEqual({name for name in os.listdir(folder) if not name.startswith("run-")}, files)
        with open(os.path.join(folder, "metrics.csv")) as stream:
            self.assertEqual([row.split(",")[0] for row in stream][1:], [str(n) for n in iterations])
        self.assertEqual(len(os.listdir(os.path.join(folder, "tensorboard"))), 1)

    def test_each_run_of_a_window_has_its_folder(self):
        out = os.path.join(self.folder, "out")
        p = self.open(*self.TRAIN, "--out", out)
        self.train(p, 3)
        p.key("ctrl+s")
        p.until("it is saved", lambda s: "Saved last.pt at iteration 3" in s["notice"])
        p.key("r")
        p.until("it starts over", lambda s: s["iteration"] == 0)
        self.train(p, 2)
        self.close(p)
        self.assert_run(out, range(1, 4))
        self.assert_run(os.path.join(out, "run-2"), range(1, 3))

    def test_every_nth_iteration_is_logged_where_the_program_keeps_its_runs(self):
        p = self.open(*self.TRAIN, "--log-every", "2")
        runs = os.path.join(self.folder, "state", "convscope", "runs")
        self.assertEqual([files for _, _, files in os.walk(runs) if files], [])
        self.train(p, 5)
        self.close(p)
        (run,) = os.listdir(runs)
        self.assertTrue(run.startswith("mlp-"), run)
        self.assert_run(os.path.join(runs, run), (2, 4))

    def test_a_window_that_does_not_train_leaves_no_folder(self):
        p = self.open(*self.TRAIN)
        p.key("r")
        p.until("the window answers", lambda s: s["iteration"] == 0)
        self.close(p)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "state")))

    def test_a_public_set_that_is_there_is_learned_from_at_a_click(self):
        folder = os.path.join(self.folder, "data", "convscope", "mnist")
        os.makedirs(folder)
        for name, count in (("train", 100), ("t10k", 20)):
            pictures = bytes(i * 37 % 256 for i in range(count * 28 * 28))
            for kind, content in (("images-idx3", struct.pack(">IIII", 0x803, count, 28, 28) + pictures),
                                  ("labels-idx1", struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(count)))):
                with gzip.open(os.path.join(folder, f"{name}-{kind}-ubyte.gz"), "wb") as stream:
                    stream.write(content)
        with unittest.mock.patch.dict(os.environ, XDG_DATA_HOME=os.path.join(self.folder, "data")):
            p = self.open(*self.TRAIN, "--workspace", "data")
        self.train(p, 3)
        p.until("all is drawn", lambda s: s["fully_captured"])
        p.click_on("data.download.learn")
        p.until("it starts over", lambda s: s["iteration"] == 0)
        self.train(p, 3)  # minibatches of 64 of 100 pictures: the third is of the second epoch
        p.until("its epochs are short", lambda s: s["iteration"] == 3 and s["epoch"] == 2)


    def test_a_network_of_python_s_is_opened_paused_looked_at_and_trained_on(self):
        try:
            import torch
        except ImportError:
            self.skipTest("python3-torch is not installed")
        weights, out = os.path.join(self.folder, "python.pth"), os.path.join(self.folder, "out")
        model = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32),
                                    torch.nn.ReLU(), torch.nn.Linear(32, 10))
        torch.save(model.state_dict(), weights)
        p = self.open("--checkpoint", weights, *self.TRAIN[:-1], "--workspace", "scene", "--out", out)
        opened = p.until("everything is shown", lambda s: s["fully_captured"])
        self.assertEqual((opened["state"], opened["iteration"]), ("paused", 0))
        p.key("ctrl+s")
        p.until("it is saved", lambda s: "Saved last.pt at iteration 0" in s["notice"])
        saved = torch.load(os.path.join(out, "last.pt"))["model"]
        for (name, tensor), wanted in zip(saved.items(), model.state_dict().values()):
            self.assertTrue(torch.equal(tensor, wanted), name)
        p.key("space")
        p.until("it learns", lambda s: s["iteration"] > 0 and s["state"] == "running")
        p.key("space")
        p.until("it is paused", lambda s: s["state"] == "paused")
        p.key("r")
        p.until("it is back at the beginning", lambda s: s["iteration"] == 0)
        p.key("ctrl+s")
        again = os.path.join(out, "run-2", "last.pt")
        wait_for(lambda: os.path.exists(again), "that is saved too")
        again = torch.load(again)["model"]
        self.assertTrue(all(torch.equal(again[name], tensor) for name, tensor in saved.items()))
        self.close(p)

    def test_a_saved_run_is_shown_whole_before_it_is_trained_on(self):
        out = os.path.join(self.folder, "out")
        p = self.open(*self.TRAIN, "--out", out)
        self.train(p, 2)
        self.close(p)
        saved, picture = os.path.join(out, "last.pt"), os.path.join(self.folder, "picture.png")
        for workspace in ("features", "scene"):
            for opened in (("--resume", saved, "--paused"), ("--checkpoint", saved)):
                done = run([*opened, "--screenshot", picture, "--workspace", workspace], self.folder, self.display)
                self.assertEqual((done.returncode, done.stderr), (0, ""))  # nor that something has not arrived
                os.remove(picture)


class Pictures(Journey):
    def test_f12_writes_a_picture_and_says_where(self):
        p = self.open("--paused")
        p.until("everything is shown", lambda s: s["fully_captured"])
        p.key("F12")
        notice = p.until("the notice names the file", lambda s: "Screenshot" in s["notice"])["notice"]
        path = notice.split("Screenshot ", 1)[1]
        self.assertEqual(os.path.dirname(path), os.path.realpath(self.folder))
        self.assertEqual(png_size(path), (WIDTH, HEIGHT))

    def test_f12_in_an_unwritable_folder_is_a_notice(self):
        if os.geteuid() == 0:
            self.skipTest("root may write anywhere")
        p = self.open("--paused")
        os.chmod(self.folder, stat.S_IRUSR | stat.S_IXUSR)
        self.addCleanup(os.chmod, self.folder, stat.S_IRWXU)
        p.key("F12")
        p.until("the notice says what was refused", lambda s: "cannot write" in s["notice"])

    def test_a_screenshot_from_the_command_line(self):
        path = os.path.join(self.folder, "picture.png")
        done = run(["--screenshot", path, "--at-iteration", "3", "--size", "1440x900", "--workspace", "features"],
                   self.folder, self.display)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(png_size(path), (1440, 900))

    def test_a_screenshot_shows_the_iteration_asked_for(self):
        path = os.path.join(self.folder, "picture.png")
        report = os.path.join(self.folder, "report.jsonl")
        done = run(["--screenshot", path, "--at-iteration", "5", "--report", report], self.folder, self.display)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(report) as stream:
            last = stream.readlines()[-1]
        self.assertIn('"fully_captured":true', last)
        self.assertGreaterEqual(int(last.split('"iteration":')[1].split(",")[0]), 5)

    def test_an_unwritable_screenshot_is_an_error(self):
        done = run(["--screenshot", "/nonexistent/picture.png", "--at-iteration", "1"], self.folder, self.display)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/picture.png", done.stderr)

    def test_a_screenshot_of_a_run_that_never_gets_there_is_an_error(self):
        path = os.path.join(self.folder, "picture.png")
        done = run(["--paused", "--screenshot", path, "--at-iteration", "5"], self.folder, self.display)
        self.assertEqual(done.returncode, 1)
        self.assertIn("before --at-iteration 5", done.stderr)
        self.assertFalse(os.path.exists(path))


class Refusals(Journey):
    def test_without_a_display_the_headless_mode_is_offered(self):
        done = run([], self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("convscope train", done.stderr)

    def test_an_unwritable_report_is_an_error(self):
        done = run(["--report", "/nonexistent/report.jsonl"], self.folder, self.display)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/report.jsonl", done.stderr)

    def test_an_opengl_that_is_too_old_is_named_with_what_is_needed(self):
        with unittest.mock.patch.dict(os.environ, MESA_GL_VERSION_OVERRIDE="3.1"):
            done = run([], self.folder, self.display)
        self.assertEqual(done.returncode, 1)
        self.assertIn("3.3", done.stderr)

    @unittest.skipUnless(IS_CONVSCOPE, "the scripted session has no loss to lose")
    def test_a_loss_that_is_not_a_number_pauses_the_session_and_the_window_lives_on(self):
        p = self.open("--data", "drawn", "--recipe", "mlp", "--threads", "1", "--lr", "1e30")
        p.until("it says so", lambda s: s["state"] == "paused" and "finite" in s["notice"])
        p.key("F4")
        p.until("the window answers", lambda s: s["workspace"] == "training")
        p.key("r")
        p.until("it starts over", lambda s: s["iteration"] == 0)

    def test_an_unknown_workspace_is_answered_with_those_there_are(self):
        done = run(["--workspace", "attic"], self.folder, self.display)
        self.assertIn(done.returncode, (1, 2))
        self.assertIn("overview, features, training, all", done.stderr)


if __name__ == "__main__":
    unittest.main()
