#!/usr/bin/env python3
"""Checks what a compiler does not: who includes whom, file sizes, READMEs, the top level.

    tests/lint/house_rules.py [ROOT]      prints one line per offence, "file:line: what; remedy"; exit code 1 if any
"""

import os
import re
import subprocess
import sys

# Who may include whom, apart from itself: engine/README.md and viz/README.md say why. What is not listed here has no
# rule yet, which is an offence too.
MAY_INCLUDE = {
    "engine/core": [],
    "engine/api": ["engine/core"],
    "engine/layout": [],
    "engine/state": ["engine/api"],
    "engine/data": ["engine/api"],
    "engine/fetch": ["engine/api"],
    "engine/recipe": ["engine/api"],
    "engine/formats": ["engine/api", "engine/recipe", "engine/state"],
    "engine/journal": ["engine/api", "engine/recipe", "engine/state"],
    "engine/session": ["engine/api", "engine/recipe", "engine/state", "engine/journal"],
    "engine/inspect": ["engine/api"],
    "engine/train": ["engine/api", "engine/state", "engine/data", "engine/recipe", "engine/formats", "engine/session",
                     "engine/inspect", "engine/layout"],
    "engine/host": ["engine/api", "engine/data", "engine/fetch", "engine/recipe", "engine/formats", "engine/session",
                   "engine/state", "engine/journal", "engine/inspect", "engine/train"],
    "engine/cli": ["engine/api", "engine/data", "engine/fetch", "engine/recipe", "engine/formats", "engine/session",
                   "engine/state", "engine/journal", "engine/inspect", "engine/train",
                   "engine/host", "engine/layout"],
    "viz/gfx": [],
    "viz/view": ["engine/api", "engine/layout"],
    "viz/scene": ["engine/api", "viz/view"],
    "viz/render": ["engine/api", "viz/gfx", "viz/scene", "viz/view"],
    "viz/widgets": ["engine/api", "viz/render", "viz/view"],
    "viz/panels": ["engine/api", "engine/layout", "viz/render", "viz/scene", "viz/view", "viz/widgets"],
    "viz/app": ["engine/api", "viz/gfx", "viz/render", "viz/scene", "viz/view", "viz/widgets", "viz/panels"],
    "viz": ["engine/api", "engine/host", "engine/cli", "viz/app"],  # main.cpp
}
EVERYBODY_MAY_INCLUDE = ["engine/core"]

# Libraries, by how their headers begin, and the only folders that may include them.
LIBRARIES = {
    "LibTorch": (r"(torch|ATen|c10|caffe2)/", ["engine/train", "engine/inspect"]),
    "libcurl or libarchive": (r"(curl/|archive(_entry)?\.h)", ["engine/fetch"]),
    "OpenSSL": (r"openssl/", ["engine/fetch", "engine/journal"]),
    "toml++": (r"toml\+\+", ["engine/core"]),
    "a decoder of pictures": (r"(stb_image\.h|png\.h|turbojpeg\.h|webp/|gif_lib\.h|tiffio\.h|libexif/)", ["engine/data"]),
    "OpenGL": (r"(glad|GL|GLES\d?|EGL|KHR)/", ["viz/gfx"]),
    "GLFW": (r"GLFW/", ["viz/app"]),
    "Dear ImGui": (r"(imgui\w*\.h|imgui/|backends/imgui)", ["viz/render", "viz/widgets", "viz/panels", "viz/app"]),
}

# What may be called in few places only (files, or folders), and how others get the same.
CALLS = {
    r"\btoml::parse(_file)?\b": (["engine/core/toml_text.cpp"], "call parse_toml(), which looks at what it is given first"),
    # What all runs and workers of a process would share.
    r"\b(manual_seed|globalContext|getDefault\w*Generator|defaultGenerator)\b":
        (["tests/"], "hand over the run's own generator, and leave LibTorch's switches as they are"),
    r"\b\w*set_num_(interop_)?threads\b":
        (["engine/train/thread_settings.", "tests/"], "call apply() on the thread that computes"),
}

TOP_LEVEL = {"CMakeLists.txt", "viz", "engine", "shaders", "assets", "tests", "README.md",
             ".ci", ".clang-format", ".clang-tidy", ".gitignore", "CMakePresets.json", "LICENSE"}
CODE_FOLDERS = ["engine", "viz", "tests", "shaders", "assets"]
DATA_FOLDERS = ("tests/fuzz/corpus/",)  # inputs, not code: no rules
CPP = (".h", ".cpp")
CODE = CPP + (".py", ".cmake", ".glsl", ".vert", ".frag", ".toml", ".txt")
MAX_LINES = 800

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def tracked(root):
    """The names git knows at the top level; all but the build folder where this is no git checkout."""
    listing = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True) \
        if os.path.exists(os.path.join(root, ".git")) else None
    if listing is not None and listing.returncode == 0:
        return {name.split("/")[0] for name in listing.stdout.splitlines()}
    return set(os.listdir(root)) - {".git", "build"}


def files(root):
    """Every file below the code folders, as a path from the root."""
    for top in CODE_FOLDERS:
        for folder, subfolders, names in os.walk(os.path.join(root, top)):
            subfolders[:] = sorted(set(subfolders) - {"__pycache__"})
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if not path.startswith(DATA_FOLDERS):
                    yield path


def check_top_level(root):
    for name in sorted(tracked(root) - TOP_LEVEL):
        yield f"{name}:1: does not belong at the top level; move it into a folder (fixed names: {sorted(TOP_LEVEL)})"


def check_includes(root, path, lines):
    folder = os.path.dirname(path)
    if not path.startswith(("engine/", "viz/")):
        return
    if folder not in MAY_INCLUDE:
        yield f"{path}:1: there is no rule for what {folder} may include; add one to tests/lint/house_rules.py"
        return
    allowed = MAY_INCLUDE[folder] + EVERYBODY_MAY_INCLUDE + [folder]
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, target = match.groups()
        if quote == '"' and os.path.dirname(target) not in allowed:
            if not os.path.exists(os.path.join(root, target)):
                yield f'{path}:{number}: "{target}" is not a file; write includes of ours from the top folder'
            else:
                yield f"{path}:{number}: {folder} may not include {os.path.dirname(target)}, only {', '.join(allowed)}"
        for library, (headers, users) in LIBRARIES.items():
            if re.match(headers, target) and folder not in users:
                yield f"{path}:{number}: {folder} may not include {library}, only {', '.join(users)} may"


def check_text(path, lines):
    if len(lines) > MAX_LINES:
        yield f"{path}:{len(lines)}: more than {MAX_LINES} lines; split it"
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield f"{path}:{number}: a tab; indent with spaces"
            break
    if path.endswith(".h"):
        code = [line for line in lines if line.strip() and not line.startswith("//")]
        if not code or code[0].strip() != "#pragma once":
            yield f"{path}:1: #pragma once is missing; put it below the opening comment"


def check_calls(path, lines):
    for number, line in enumerate(lines, 1):
        for call, (homes, instead) in CALLS.items():
            match = re.search(call, line)
            if match and not path.startswith(tuple(homes)):
                yield f"{path}:{number}: {match.group()} is for {' and '.join(homes)} alone; {instead}"


def check_test_names(path, lines):
    """CTest gets a test case's name as a list and as an argument."""
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*TEST_CASE\("(.*)', line)
        if match and (";" in match.group(1).split('"')[0] or match.group(1).startswith("-")):
            yield f"{path}:{number}: CTest cannot run a test of this name; take out the ';', or the '-' in front"


TYPE = re.compile(r"(?:template\b.*> )?(?:class|struct|union|enum(?: class)?) (\w+)(?: final)?(?: :.*?)?(?: \{.*|$)")


def types_of(lines):
    """(name with its namespaces, line number) of every type that is defined for the whole program to see."""
    spaces = []
    for number, line in enumerate(lines, 1):
        opened = re.match(r"namespace ?([\w:]*) ?\{", line)
        if opened and "}" not in line:
            spaces.append(opened.group(1))
        elif line.startswith("}  // namespace") and spaces:
            spaces.pop()
        match = TYPE.match(line)
        if match and ("{" in line or not line.rstrip().endswith(";")) and "" not in spaces:
            yield "::".join([*spaces, match.group(1)]), number


def check_one_definition(root, paths):
    """Two types of one name are one to the linker, whichever it takes: what runs then is anybody's guess."""
    seen = {}
    for path in paths:
        if not path.endswith(CPP) or not path.startswith(("engine/", "viz/", "tests/support/")):
            continue
        for name, number in types_of(lines_of(os.path.join(root, path))):
            if name in seen:
                yield f"{path}:{number}: {name} is defined in {seen[name]} too; give one of them another name"
            seen.setdefault(name, f"{path}:{number}")


def check_readmes(root, paths):
    """A folder with files has a README of its own or is named in that of the folder above."""
    for folder in sorted({os.path.dirname(path) for path in paths}):
        if os.path.exists(os.path.join(root, folder, "README.md")):
            continue
        above, name = os.path.split(folder)
        readme = os.path.join(root, above, "README.md")
        if not above or not os.path.exists(readme) or f"{name}/" not in "\n".join(lines_of(readme)):
            yield f"{folder}:1: has no README.md and is not named (as {name}/) in that of the folder above; describe it"


def offences(root):
    yield from check_top_level(root)
    paths = list(files(root))
    for path in paths:
        if path.endswith(CODE):
            lines = lines_of(os.path.join(root, path))
            yield from check_text(path, lines)
            if path.endswith(CPP):
                yield from check_includes(root, path, lines)
                yield from check_calls(path, lines)
                yield from check_test_names(path, lines)
    yield from check_one_definition(root, paths)
    yield from check_readmes(root, paths)


def main():
    default = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = list(offences(sys.argv[1] if len(sys.argv) > 1 else default))
    print("\n".join(found) if found else "the house rules are kept")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
