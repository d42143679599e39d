"""What the journeys share: a display and a folder of their own, and the program in its window."""

import os
import shutil
import tempfile
import unittest

from display import Display
from program import Program

WIDTH, HEIGHT = 1280, 800
IS_CONVSCOPE = os.path.basename(os.environ["CONVSCOPE_PROGRAM"]) == "convscope"


class Journey(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.display = Display()

    @classmethod
    def tearDownClass(cls):
        cls.display.close()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="convscope-journey-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def open(self, *arguments):
        program = Program(self.display, self.folder, "--size", f"{WIDTH}x{HEIGHT}", *arguments)
        self.addCleanup(program.kill)
        return program
