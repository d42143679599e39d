"""What the tests that run the program share: the program itself, the files it reads, Python's torch where it is installed.

Importing this takes the first argument of the command line: PROGRAM. The real MNIST is in $CONVSCOPE_MNIST or in the
user's own folder of it, or it is not here.
"""

import os
import struct
import subprocess
import sys

PROGRAM = sys.argv.pop(1)
DATA_HOME = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
MNIST = os.environ.get("CONVSCOPE_MNIST") or os.path.join(DATA_HOME, "convscope", "mnist")
if not os.path.isdir(MNIST):
    MNIST = None

try:
    import torch
    torch.set_num_threads(1)
except ImportError:
    torch = None


def command(*arguments):
    return [PROGRAM, *map(str, arguments)]


def environment(**changes):
    """One in which nothing of the user's is read."""
    result = {**os.environ, "XDG_DATA_HOME": "/nonexistent"}
    result.pop("CONVSCOPE_DATA", None)
    return {**result, **changes}


def run(*arguments, **changes):
    """The program to its end: the completed process. `changes` are environment variables."""
    return subprocess.run(command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="surrogateescape", env=environment(**changes), timeout=500)


def idx(shape, content):
    """An IDX file of bytes."""
    return struct.pack(">I", 0x800 | len(shape)) + struct.pack(">%dI" % len(shape), *shape) + content


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Refusals:
    """For a TestCase: what the program says when it refuses."""

    def refused(self, code, expected, *arguments, **changes):
        result = run(*arguments, **changes)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, expected)
        self.assertNotRegex(result.stderr, r"terminate called|Traceback|c10::Error")
        return result
