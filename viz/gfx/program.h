// A linked shader program. GL thread only.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/handle.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope::gfx {

// One stage's text after includes were put in. Line directives in it (`#line 12 1`) count source files; files[n] is the
// name of number n, so that an error can name its file.
struct ShaderSource {
    std::string text;
    std::vector<std::string> files;
};

class Program {
public:
    Program() = default;  // empty: id() is 0

    // Failed, with every complaint of the compiler as "file:line: text", one per line.
    static Result<Program> link(const ShaderSource& vertex, const ShaderSource& fragment);

    GLuint id() const { return handle_.id(); }
    // -1, which OpenGL ignores, when the program has no such uniform in use. OpenGL is asked once for each name.
    GLint uniform(const char* name) const;

private:
    struct Uniform {
        std::string name;
        GLint location = -1;
    };

    ProgramHandle handle_;
    mutable std::vector<Uniform> uniforms_;  // those asked for so far, sorted by name
};

// Rewrites the places in a compiler's log ("1:12(5): error", "1(12) : error", "ERROR: 1:12: error") to "file:12:";
// pure.
std::string name_files_in_log(std::string_view log, std::span<const std::string> files);

}  // namespace convscope::gfx
