#!/usr/bin/env python3
"""Small trees that break one rule each: house_rules.py must say so, and must not complain about a good one."""

import os
import tempfile
import unittest

import house_rules

GOOD = {
    "CMakeLists.txt": "",
    "engine/README.md": "core/ and api/, train/",
    "engine/core/a.h": "// What it is.\n#pragma once\n#include <vector>\n",
    "engine/api/b.h": '#pragma once\n\n#include "engine/core/a.h"\n',
    "engine/train/c.cpp": '#include <torch/torch.h>\n#include "engine/api/b.h"\n',
    "viz/README.md": "gfx/ panels/",
    "viz/gfx/d.h": '#pragma once\n#include <glad/gl.h>\n#include "engine/core/a.h"\n',
    "viz/panels/e.cpp": '#include "engine/api/b.h"\n#include <imgui.h>\n',
}


class HouseRules(unittest.TestCase):
    def offences(self, **changes):
        """Of the good tree with files replaced or added; None removes one."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **changes.pop("files", {})}.items():
                if text is None:
                    continue
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return list(house_rules.offences(root))

    def assert_offence(self, path, part, files):
        found = self.offences(files=files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path + ":"), found)
        self.assertIn(part, found[0])

    def test_a_good_tree_has_no_offence(self):
        self.assertEqual(self.offences(), [])

    def test_a_lower_folder_may_not_include_a_higher_one(self):
        self.assert_offence("engine/core/bad.h:2", "engine/core may not include engine/api",
                            {"engine/core/bad.h": '#pragma once\n#include "engine/api/b.h"\n'})

    def test_panels_may_not_include_the_trainer(self):
        self.assert_offence("viz/panels/bad.cpp:1", "may not include engine/train",
                            {"viz/panels/bad.cpp": '#include "engine/train/c.cpp"\n'})

    def test_the_screen_may_not_include_torch(self):
        self.assert_offence("viz/panels/bad.cpp:1", "may not include LibTorch", {"viz/panels/bad.cpp": "#include <ATen/ATen.h>\n"})

    def test_the_torch_free_engine_may_not_include_torch(self):
        self.assert_offence("engine/api/bad.h:2", "may not include LibTorch",
                            {"engine/api/bad.h": "#pragma once\n  #  include <c10/util/Half.h>\n"})

    def test_the_engine_may_not_include_opengl_nor_imgui_nor_glfw(self):
        for header in ("GL/gl.h", "glad/gl.h", "EGL/egl.h", "GLFW/glfw3.h", "imgui.h", "imgui_internal.h",
                       "backends/imgui_impl_glfw.h"):
            self.assert_offence("engine/train/bad.cpp:1", "may not include", {"engine/train/bad.cpp": f"#include <{header}>\n"})

    def test_toml_is_parsed_in_one_place(self):
        self.assert_offence("viz/gfx/bad.cpp:1", "may not include toml++", {"viz/gfx/bad.cpp": "#include <toml++/toml.h>\n"})
        self.assert_offence("engine/core/bad.cpp:2", "parse_toml()",
                            {"engine/core/bad.cpp": "\nconst auto table = toml::parse(text);\n"})

    def test_nobody_touches_what_all_runs_of_a_process_would_share(self):
        for call in ("torch::manual_seed(1);", "at::detail::getDefaultCPUGenerator();",
                     "at::globalContext().setUserEnabledMkldnn(false);"):
            self.assert_offence("engine/train/bad.cpp:1", "is for tests/ alone", {"engine/train/bad.cpp": call + "\n"})
        for call in ("torch::set_num_threads(2);", "omp_set_num_threads(2);", "at::set_num_interop_threads(2);"):
            self.assert_offence("engine/train/bad.cpp:1", "call apply()", {"engine/train/bad.cpp": call + "\n"})
        self.assertEqual(self.offences(files={"engine/train/thread_settings.cpp": "torch::set_num_threads(2);\n"}), [])

    def test_includes_are_written_from_the_top_folder(self):
        self.assert_offence("engine/core/bad.cpp:1", "is not a file", {"engine/core/bad.cpp": '#include "a.h"\n'})

    def test_a_new_folder_needs_a_rule(self):
        self.assert_offence("engine/new/f.cpp:1", "no rule", {"engine/new/f.cpp": "", "engine/new/README.md": "new"})

    def test_long_files_are_split(self):
        self.assert_offence("tests/core/long.cpp:801", "split",
                            {"tests/core/long.cpp": "//\n" * 801, "tests/core/README.md": "x"})

    def test_headers_begin_with_pragma_once(self):
        self.assert_offence("engine/core/bad.h:1", "#pragma once", {"engine/core/bad.h": "#include <vector>\n#pragma once\n"})
        self.assert_offence("engine/core/bad.h:1", "#pragma once", {"engine/core/bad.h": ""})

    def test_test_cases_have_names_that_ctest_can_run(self):
        for name in ("one; two", "--set sets"):
            self.assert_offence("tests/core/t.cpp:1", "CTest",
                                {"tests/core/t.cpp": f'TEST_CASE("{name}") {{}}\n', "tests/core/README.md": "x"})

    def test_no_two_types_of_the_program_have_one_name(self):
        first = "#pragma once\nnamespace convscope {\nstruct Twice {\n    int a;\n};\n}  // namespace convscope\n"
        for second in ("class Twice final : public Base {};", "enum class Twice : int { A };", "struct Twice {"):
            self.assert_offence("viz/gfx/second.cpp:2", "engine/core/first.h:3",
                                {"engine/core/first.h": first,
                                 "viz/gfx/second.cpp": f"namespace convscope {{\n{second}\n}}  // namespace convscope\n"})
        for other in ("namespace convscope {\nnamespace {\nstruct Twice {};\n}  // namespace\n}  // namespace convscope\n",
                      "namespace convscope {\nstruct Twice;\n}  // namespace convscope\n",
                      "namespace convscope::gfx {\nstruct Twice {};\n}  // namespace convscope::gfx\n"):
            self.assertEqual(self.offences(files={"engine/core/first.h": first, "viz/gfx/second.cpp": other}), [])

    def test_tabs_are_noticed(self):
        self.assert_offence("engine/core/a.h:3", "tab", {"engine/core/a.h": "#pragma once\n\n\tint a;\n"})

    def test_every_folder_is_described_somewhere(self):
        self.assert_offence("assets/new:1", "README.md", {"assets/new/f.txt": "", "assets/README.md": "of old things"})
        self.assert_offence("engine/core:1", "README.md", {"engine/README.md": "api/, train/"})

    def test_the_top_level_holds_only_its_fixed_names(self):
        self.assert_offence("notes.txt:1", "top level", {"notes.txt": "x"})


if __name__ == "__main__":
    unittest.main()
