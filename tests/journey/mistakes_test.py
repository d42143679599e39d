#!/usr/bin/env python3
"""Journeys to the digits behind a cell of the confusion matrix, and to all that are got wrong.
$CONVSCOPE_PROGRAM is the program to try."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from journey import Journey  # noqa: E402


class Mistakes(Journey):
    def pictures(self, p):
        """Those on the screen, by their indices."""
        anchors = next((line["anchors"] for line in reversed(p.lines()) if "anchors" in line), {})
        return {int(name.rsplit("/", 1)[1]): place for name, place in anchors.items()
                if name.startswith("mistakes.picture/")}

    def click_first(self, p):
        """On the one at the upper left: the surest."""
        p.place_of("mistakes.pictures")
        p.until("there are pictures", lambda s: self.pictures(p))
        index = min(self.pictures(p).items(), key=lambda item: (item[1][1], item[1][0]))[0]
        p.click_on(f"mistakes.picture/{index}")
        p.until("it is the probe", lambda s: s["probe_index"] == index)

    def test_a_double_click_on_a_cell_opens_the_digits_in_it(self):
        p = self.open("--paused")
        x, y = p.place_of("confusion.cells", across=0.45)
        p.click(x, y)
        p.place_of("confusion.cell")
        p.key("t")  # what follows is no second click of this one
        p.until("a frame has been drawn since", lambda s: s["theme"] == "light")
        p.key("F2")
        p.display.xdotool("mousemove", "--window", p.window, str(x), str(y), "click", "--repeat", "2", "--delay", "80",
                          "1")
        p.until("its pictures are there", lambda s: s["workspace"] == "mistakes")
        p.click_on("mistakes.scope/0", across=0.2)
        p.until("and when it is let go of, all that are got wrong", lambda s: not p.shows("mistakes.scope/1"))
        self.click_first(p)

    def test_shift_m_opens_the_mistakes_while_it_trains_and_in_the_past(self):
        p = self.open("--workspace", "overview")
        p.until("it trains", lambda s: s["iteration"] > 30)
        p.key("shift+m")
        p.until("the mistakes are there", lambda s: s["workspace"] == "mistakes")
        p.place_of("mistakes.caption")
        p.place_of("quality.caption")
        p.key("space")
        p.until("it rests", lambda s: s["state"] == "paused")
        newest = p.now()["iteration"]
        p.key("shift+Left")
        p.until("it is in the past", lambda s: s["iteration"] == newest - 10)
        self.click_first(p)
        p.click_on("mistakes.part/2")
        p.click_on("quality.view/3")
        p.place_of("quality.plot")


if __name__ == "__main__":
    unittest.main()
