#!/usr/bin/env python3
"""Journeys with a digit of one's own: drawn with the mouse, on the pad and in the scene, named by its path, kept.
$CONVSCOPE_PROGRAM is the program to try."""

import os
import struct
import sys
import time
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from journey import IS_CONVSCOPE, Journey  # noqa: E402

ONE = [(0.52, 0.12), (0.50, 0.50), (0.48, 0.88)]  # a digit in shares of what it is drawn on


def draw(p, anchor, points=ONE, rest="0.05"):
    """With the left button, along points in shares of what is called so; when the button was pressed."""
    p.place_of(anchor)  # it is on the screen
    left, top, right, bottom = next(line["anchors"] for line in reversed(p.lines()) if "anchors" in line)[anchor]
    places = [(str(round(left + x * (right - left))), str(round(top + y * (bottom - top)))) for x, y in points]
    move = ["mousemove", "--window", p.window]
    p.display.xdotool(*move, *places[0], "sleep", rest)
    pressed = time.monotonic()
    actions = ["mousedown", "1"]
    for place in places:
        actions += ["sleep", rest, *move, *place]
    p.display.xdotool(*actions, "sleep", rest, "mouseup", "1")
    # A frame has seen that it was let go of: a click in the same one would go on with the stroke.
    theme = p.now()["theme"]
    p.key("t")
    p.until("a frame has been drawn since", lambda s: s["theme"] != theme)
    return pressed


def write_png(path, rows):
    """Of grey pixels from 0 to 255."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as stream:
        stream.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows)))
                     + chunk(b"IEND", b""))


class Pad(Journey):
    def test_a_digit_is_classified_while_it_is_drawn(self):
        p = self.open("--paused")
        p.key("j")
        p.until("the pad is there", lambda s: s["workspace"] == "draw")
        self.assertFalse(p.now()["own_probe"])
        pressed = draw(p, "pad.paper")
        seen = p.until("the network has answered", lambda s: s["own_probe"] and s["answer"] >= 0)
        self.assertGreater(seen["time"], pressed)
        p.place_of("pad.answer")  # and says so
        p.key("Right")
        p.until("it is looked at on in the next iteration", lambda s: s["iteration"] == 1 and s["own_probe"]
                and s["answer"] >= 0 and s["fully_captured"])
        p.key("Next")
        p.until("until another picture is chosen", lambda s: not s["own_probe"])
        p.click_on("pad.look")
        p.until("and again when it is asked for", lambda s: s["own_probe"])

    def test_a_digit_that_is_drawn_while_it_trains_stays_the_probe_over_a_reset(self):
        p = self.open("--workspace", "draw")
        draw(p, "pad.paper")
        seen = p.until("it is the probe", lambda s: s["own_probe"] and s["answer"] >= 0)
        p.until("and stays that as training goes on", lambda s: s["iteration"] >= seen["iteration"] + 20
                and s["own_probe"] and s["answer"] >= 0)
        p.key("r")
        p.until("in the next run too", lambda s: s["iteration"] < seen["iteration"] + 20 and s["own_probe"])

    def test_a_picture_is_named_by_its_path(self):
        p = self.open("--paused", "--workspace", "draw")
        p.click_on("pad.file")
        p.display.xdotool("type", "gone.png")
        p.hold("Return")
        p.until("what is wrong with it is said", lambda s: "gone.png" in s["notice"])
        write_png(os.path.join(self.folder, "one.png"),
                  [[255 if 11 <= x <= 13 and 4 <= y <= 20 else 0 for x in range(24)] for y in range(24)])
        p.click_on("pad.file")
        p.display.xdotool("type", "one.png")
        p.hold("Return")
        p.until("it is the probe", lambda s: s["own_probe"])
        p.place_of("pad.kept/0")

    def test_what_is_kept_is_there_again_when_the_run_is_resumed(self):
        if not IS_CONVSCOPE:
            self.skipTest("the scripted session saves no files")
        out = os.path.join(self.folder, "out")
        p = self.open("--paused", "--workspace", "draw", "--out", out)
        p.key("Right")
        p.until("one iteration is trained", lambda s: s["iteration"] == 1)
        draw(p, "pad.paper")
        p.until("it is the probe", lambda s: s["own_probe"] and s["answer"] >= 0)
        p.click_on("pad.keep")
        p.place_of("pad.kept/0")
        p.display.ask_to_close(p.window)
        self.assertEqual(p.process.wait(timeout=60), 0)
        self.assertTrue(os.path.exists(os.path.join(out, "probes.jsonl")))

        p = self.open("--resume", os.path.join(out, "last.pt"), "--paused", "--workspace", "draw")
        p.click_on("pad.kept/0")
        p.until("what was drawn before is the probe", lambda s: s["own_probe"] and s["answer"] >= 0)

    def test_j_opens_the_pad_over_the_scene_where_one_draws_on_the_wall(self):
        p = self.open("--paused", "--workspace", "scene")
        p.key("j")
        p.until("one is at the picture's wall", lambda s: s["layer"] == "input" and s["fully_captured"])
        draw(p, "scene", [(0.45, 0.45), (0.45, 0.60)])
        p.until("the wall's picture is the probe", lambda s: s["own_probe"])
        draw(p, "pad.paper")
        p.until("drawn on from the pad", lambda s: s["own_probe"] and s["answer"] >= 0)


if __name__ == "__main__":
    unittest.main()
