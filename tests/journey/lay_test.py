#!/usr/bin/env python3
"""Journeys through the lay of the data: a point under the mouse, a click that makes it the probe, a layout that is given
up. $CONVSCOPE_PROGRAM is the program to try."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from journey import Journey  # noqa: E402


class Lay(Journey):
    def opened(self):
        p = self.open("--paused")
        p.key("shift+l")
        p.until("the lay is there", lambda s: s["workspace"] == "lay")
        p.place_of("lay.probe")
        return p

    def test_the_mouse_shows_a_point_s_picture_and_a_click_makes_it_the_probe(self):
        p = self.opened()
        first = p.now()["probe_index"]
        x, y = p.place_of("lay.probe")
        p.display.xdotool("mousemove", "--window", p.window, str(x), str(y))
        p.place_of("lay.hovered")
        p.key("Next")
        p.until("the next picture is the probe", lambda s: s["probe_index"] != first)
        p.display.xdotool("click", "1")
        p.until("the one under the mouse is the probe", lambda s: s["probe_index"] == first)

    def test_a_lasso_shows_what_it_encloses(self):
        p = self.opened()
        left, top, right, bottom = next(line["anchors"] for line in reversed(p.lines()) if "anchors" in line)["lay.plot"]
        corners = [(0.05, 0.05), (0.05, 0.95), (0.95, 0.95), (0.95, 0.05), (0.06, 0.05)]
        places = [(str(round(left + x * (right - left))), str(round(top + y * (bottom - top)))) for x, y in corners]
        move = ["mousemove", "--window", p.window]
        actions = [*move, *places[0], "sleep", "0.1", "mousedown", "1"]
        for place in places[1:]:
            actions += ["sleep", "0.1", *move, *place]
        p.display.xdotool(*actions, "sleep", "0.1", "mouseup", "1")
        p.click_on("lay.picture/1")
        p.until("a click makes one of them the probe", lambda s: s["probe_index"] > 0)
        p.click_on("lay.clear")

    def test_a_layout_is_given_up(self):
        p = self.opened()
        p.click_on("lay.method/1")
        p.click_on("lay.cancel")
        p.place_of("lay.anew")
        p.click_on("lay.method/0")
        p.place_of("lay.probe")


if __name__ == "__main__":
    unittest.main()
