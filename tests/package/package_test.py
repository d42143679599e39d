"""What is installed beside the program: package_test.py PROGRAM SOURCE BUILD."""
import configparser
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM, SOURCE, BUILD = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
PACKAGE = SOURCE / "assets" / "package"


def said(*arguments):
    return subprocess.run(arguments, check=True, text=True, capture_output=True).stdout


def commands():
    return re.findall(r"^  ([a-z]+) ", said(PROGRAM, "--help").split("ubcommands:")[1], re.MULTILINE)


def completed(*words):
    script = (
        f'source "{PACKAGE}/completion.bash"; program=$1; shift; COMP_WORDS=("$program" "$@"); COMP_CWORD=$#; '
        '_convscope "$program"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return said("bash", "-c", script, "bash", PROGRAM, *words).split()


class Manual(unittest.TestCase):
    def test_it_has_every_option_of_every_command(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "convscope.1"
            said("cmake", f"-DPROGRAM={PROGRAM}", f"-DHEAD={PACKAGE}/manual.head", "-DVERSION=1.2.3", f"-DOUT={page}",
                 "-P", PACKAGE / "manual.cmake")
            text = page.read_text().replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")
        self.assertIn("convscope 1.2.3", text)
        self.assertGreater(len(commands()), 5)
        for command in [[], *([name] for name in commands())]:
            for line in said(PROGRAM, *command, "--help").splitlines():
                self.assertIn(line, text)


class Completion(unittest.TestCase):
    def test_commands_options_recipes_and_files(self):
        self.assertEqual(completed("tra"), ["train"])
        self.assertEqual(sorted(completed("")), sorted(commands()))
        self.assertEqual(completed("--works"), ["--workspace"])
        self.assertEqual(completed("train", "--epo"), ["--epochs"])
        self.assertEqual(completed("train", "--recipe", "linear"), ["linear-alexnet"])
        self.assertEqual(completed("predict", f"{SOURCE}/READ"), [f"{SOURCE}/README.md"])
        self.assertEqual(completed("train", "--no-such"), [])


class Installed(unittest.TestCase):
    def test_the_program_starts_from_where_it_was_put_and_its_files_are_where_desktops_look(self):
        with tempfile.TemporaryDirectory() as folder:
            said("cmake", "--install", BUILD, "--prefix", folder)
            root = pathlib.Path(folder)
            self.assertRegex(said(root / "bin" / "convscope", "--version"), r"^convscope \d")
            entry = configparser.ConfigParser(interpolation=None)
            entry.optionxform = str
            entry.read(root / "share" / "applications" / "convscope.desktop")
            self.assertEqual(entry["Desktop Entry"]["Exec"], "convscope")
            icon = root / "share" / "icons" / "hicolor" / "scalable" / "apps" / (entry["Desktop Entry"]["Icon"] + ".svg")
            self.assertTrue(xml.etree.ElementTree.parse(icon).getroot().tag.endswith("svg"))
            self.assertTrue((root / "share" / "bash-completion" / "completions" / "convscope").is_file())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
