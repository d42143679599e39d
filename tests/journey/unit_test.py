#!/usr/bin/env python3
"""Journeys to one unit: what excites it, worked out while one looks, a click on it, stopped and gone on with.
$CONVSCOPE_PROGRAM is the program to try."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from journey import Journey  # noqa: E402


class Unit(Journey):
    def test_a_patch_that_excites_a_unit_becomes_the_probe_and_its_value_is_chosen(self):
        p = self.open("--paused")
        p.key("shift+i")
        p.until("the unit is there", lambda s: s["workspace"] == "features")
        p.click_on("unit.next")
        p.until("another channel is selected", lambda s: s["channel"] == 1 and s["row"] == -1)
        p.click_on("unit.patch/4")
        seen = p.until("its picture is the probe, and its value is chosen", lambda s: s["row"] >= 0
                       and s["fully_captured"])
        self.assertEqual(seen["channel"], 1)
        self.assertGreaterEqual(seen["column"], 0)

    def test_stopped_the_unit_asks_for_nothing_and_its_patches_stay(self):
        p = self.open("--workspace", "features")
        p.place_of("unit.patch/0")
        p.click_on("unit.stop")
        seen = p.now()["iteration"]
        p.until("training goes on", lambda s: s["iteration"] > seen + 10)
        self.assertTrue(p.shows("unit.patch/0"))
        p.click_on("unit.stop")
        p.until("and it is complete again", lambda s: s["fully_captured"])


if __name__ == "__main__":
    unittest.main()
