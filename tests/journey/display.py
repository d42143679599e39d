"""A display of our own (Xvfb), and hands on it (xdotool)."""

import ctypes
import os
import shutil
import subprocess
import time

DEADLINE = float(os.environ.get("CONVSCOPE_JOURNEY_SECONDS", "60"))  # for anything to happen; the machine may be busy


def wait_for(condition, what, seconds=DEADLINE, pause=0.02):
    """Polls until condition() is true-ish and returns that; otherwise fails with what() or what."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)


class Display:
    def __init__(self, width=1600, height=1000):
        for tool in ("Xvfb", "xdotool", "import"):
            if not shutil.which(tool):
                raise RuntimeError(f"{tool} is needed: apt-get install xvfb xdotool imagemagick")
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as stream:
            number = stream.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.name = ":" + number

    def close(self):
        self.server.terminate()
        self.server.wait()

    def has_clients(self):
        """Whether somebody has connected to the server, by what the kernel says of its sockets."""
        with open("/proc/net/unix") as sockets:  # one line a socket: the sixth word is its state, 03 is connected
            return any(line.split()[5] == "03" for line in sockets
                       if line.rstrip().endswith("/tmp/.X11-unix/X" + self.name[1:]))

    def xdotool(self, *arguments):
        done = subprocess.run(["xdotool", *arguments], env={**os.environ, "DISPLAY": self.name}, capture_output=True,
                              text=True, timeout=DEADLINE)
        return done.stdout.strip() if done.returncode == 0 else ""

    def picture(self, window, part):
        """What a part of a window (WIDTHxHEIGHT+X+Y) shows, to be compared."""
        done = subprocess.run(["import", "-silent", "-window", window, "-crop", part, "rgb:-"],
                              env={**os.environ, "DISPLAY": self.name}, capture_output=True, timeout=DEADLINE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def find_window(self, process):
        return wait_for(lambda: self.xdotool("search", "--onlyvisible", "--name", "^ConvScope$").split("\n")[0]
                        or self._died(process), "a window named ConvScope appears")

    @staticmethod
    def _died(process):
        if process.poll() is not None:
            raise AssertionError(f"the program ended with {process.returncode} before its window appeared")
        return None

    def ask_to_close(self, window):
        """What a click on the window's close button sends: WM_DELETE_WINDOW."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        x11.XFlush.argtypes = [ctypes.c_void_p]

        class ClientMessage(ctypes.Structure):
            _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
                        ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("pad", ctypes.c_long * 24)]

        client_message = 33
        connection = x11.XOpenDisplay(self.name.encode())
        event = ClientMessage(type=client_message, window=int(window), format=32,
                              message_type=x11.XInternAtom(connection, b"WM_PROTOCOLS", 0))
        event.data[0] = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(connection, int(window), 0, 0, ctypes.byref(event))
        x11.XFlush(connection)
        x11.XCloseDisplay(connection)
