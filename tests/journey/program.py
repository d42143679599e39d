"""The program in its window, followed through the lines of its --report file."""

import json
import os
import subprocess
import time

from display import DEADLINE, wait_for

PROGRAM = os.environ["CONVSCOPE_PROGRAM"]


def environment(folder, display=None):
    """One in which nothing of the user's is read or written."""
    values = {"XDG_DATA_HOME": os.path.join(folder, "data"), **os.environ, "XDG_CONFIG_HOME": os.path.join(folder, "config"),
              "XDG_STATE_HOME": os.path.join(folder, "state"), "LIBGL_ALWAYS_SOFTWARE": "1"}
    values.pop("WAYLAND_DISPLAY", None)
    values.pop("DISPLAY", None)
    if display:
        values["DISPLAY"] = display.name
    return values


def run(arguments, folder, display=None):
    """The program to its end: the completed process."""
    return subprocess.run([PROGRAM, *arguments], env=environment(folder, display), cwd=folder, capture_output=True,
                          text=True, timeout=4 * DEADLINE)


class Program:
    def __init__(self, display, folder, *arguments):
        self.display = display
        self.folder = folder
        self.report = os.path.join(folder, "report.jsonl")
        if os.path.exists(self.report):
            os.remove(self.report)
        self.errors = open(os.path.join(folder, "errors.txt"), "w+")
        self.process = subprocess.Popen([PROGRAM, "--report", self.report, *arguments],
                                        env=environment(folder, display), cwd=folder, stderr=self.errors)
        self.window = display.find_window(self.process)
        self.until("a network is there", lambda s: s["state"] != "starting" and s["layer"])
        wait_for(self.take_focus, "the window has the keyboard")

    def take_focus(self):
        """Without it keys go to the window under the pointer, if any; refused while the window is not on screen yet."""
        self.display.xdotool("windowfocus", self.window)
        return self.display.xdotool("getwindowfocus", "-f") == self.window

    def lines(self):
        try:
            with open(self.report) as stream:
                return [json.loads(line) for line in stream if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def now(self):
        return self.lines()[-1]

    def until(self, what, condition):
        """The first state from the latest on for which condition holds."""
        seen = max(0, len(self.lines()) - 1)

        def found():
            if self.process.poll() is not None:
                self.errors.seek(0)
                raise AssertionError(f"the program ended with {self.process.returncode} while waiting until {what}: "
                                     + self.errors.read())
            return next((state for state in self.lines()[seen:] if condition(state)), None)

        return wait_for(found, lambda: f"{what}; the last state was {(self.lines() or [None])[-1]}")

    def key(self, *names):
        self.display.xdotool("key", "--clearmodifiers", *names)

    def hold(self, name):
        """For a field that looks at which keys are down while it draws: longer than a frame."""
        self.display.xdotool("keydown", name, "sleep", "0.2", "keyup", name)

    def key_until(self, name, what, condition):
        """For a key right after something that the X server does on its own, during which it may drop a key: pressed
        again every few seconds."""
        pressed = 0.0

        def press_and_look():
            nonlocal pressed
            if time.monotonic() - pressed > 5.0:
                self.key(name)
                pressed = time.monotonic()
            return condition(self.now())

        wait_for(press_and_look, what)

    def place_of(self, anchor, across=0.5):
        """The pixel in the middle of what is called so (viz/view/anchors.h), or at a share of its width, once it is
        drawn."""

        def place():
            return next((line["anchors"] for line in reversed(self.lines()) if "anchors" in line), {}).get(anchor)

        left, top, right, bottom = wait_for(place, f"{anchor} is on the screen")
        return round(left + across * (right - left)), round((top + bottom) / 2)

    def shows(self, anchor):
        return anchor in next((line["anchors"] for line in reversed(self.lines()) if "anchors" in line), {})

    def click_on(self, anchor, across=0.5):
        self.click(*self.place_of(anchor, across))

    def click(self, x, y):
        self.display.xdotool("mousemove", "--window", self.window, str(x), str(y), "click", "1")

    def drag(self, x, y, to_x, to_y):
        self.display.xdotool("mousemove", "--window", self.window, str(x), str(y), "mousedown", "1",
                             "sleep", "0.1", "mousemove", "--window", self.window, str((x + to_x) // 2), str(to_y),
                             "sleep", "0.1", "mousemove", "--window", self.window, str(to_x), str(to_y),
                             "sleep", "0.1", "mouseup", "1")

    def wheel(self, notches, x, y):
        """Towards the scene for a positive number."""
        self.display.xdotool("mousemove", "--window", self.window, str(x), str(y),
                             "click", "--repeat", str(abs(notches)), "--delay", "40", "4" if notches > 0 else "5")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.errors.close()
