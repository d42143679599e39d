#include "viz/gfx/shader_library.h"

#include "tests/support/catch.h"
#include "tests/support/egl_context.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// A folder of its own that goes away with the test.
class ShaderFolder {
public:
    ShaderFolder() : path_(fs::temp_directory_path() / ("convscope-shaders-" + std::to_string(getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~ShaderFolder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }
    // Every write is newer than the one before, whatever the file system's resolution.
    void write(const std::string& name, const std::string& text) {
        std::ofstream(path_ / name) << text;
        time_ += std::chrono::seconds(2);
        fs::last_write_time(path_ / name, time_);
    }

private:
    fs::path path_;
    fs::file_time_type time_ = fs::file_time_type::clock::now() - std::chrono::hours(1);
};

const std::string kVertex = "#version 330 core\nvoid main() { gl_Position = vec4(0.0); }\n";

std::string fragment(const std::string& expression) {
    return "#version 330 core\n#include \"shared.glsl\"\nuniform float u_a;\nout vec4 o;\nvoid main() { o = vec4(" +
           expression + "); }\n";
}

}  // namespace

TEST_CASE("every shader of this program compiles, embedded and from the folder it came from") {
    const test::EglContext context;
    for (const bool embedded : {true, false}) {
        gfx::ShaderLibrary library = embedded ? gfx::ShaderLibrary(gfx::embedded_shaders())
                                              : gfx::ShaderLibrary(fs::path(CONVSCOPE_SOURCE_DIR) / "shaders");
        const auto names = library.names();
        CHECK(std::find(names.begin(), names.end(), "tiles") != names.end());
        for (const std::string& name : names) {
            const auto program = library.program(name);
            INFO((program ? "" : program.error().message));
            CHECK(program.ok());
        }
    }
    CHECK(glGetError() == GL_NO_ERROR);
}

TEST_CASE("no shader is left out of a program") {
    std::size_t stages = 0;
    for (const auto& file : fs::directory_iterator(fs::path(CONVSCOPE_SOURCE_DIR) / "shaders"))
        stages += file.path().extension() == ".vert" || file.path().extension() == ".frag";
    CHECK(stages == 2 * gfx::ShaderLibrary(gfx::embedded_shaders()).names().size());
}

TEST_CASE("a shader that is not there is refused with its name") {
    const test::EglContext context;
    for (const bool embedded : {true, false}) {
        gfx::ShaderLibrary library =
            embedded ? gfx::ShaderLibrary(gfx::embedded_shaders()) : gfx::ShaderLibrary(fs::path("/nowhere"));
        const auto program = library.program("sparkles");
        REQUIRE_FALSE(program.ok());
        CHECK(program.error().code == ErrorCode::NotFound);
        CHECK(program.error().message.find("sparkles.vert") != std::string::npos);
    }
}

TEST_CASE("an error in a shader names the file it is in, included files too, and the line") {
    const test::EglContext context;
    ShaderFolder folder;
    folder.write("a.vert", kVertex);
    folder.write("a.frag", fragment("nonsense"));
    folder.write("shared.glsl", "float one() { return 1.0; }\n");
    auto program = gfx::ShaderLibrary(folder.path()).program("a");
    REQUIRE_FALSE(program.ok());
    CHECK(program.error().message.find("a.frag:5") != std::string::npos);

    folder.write("a.frag", fragment("one()"));
    folder.write("shared.glsl", "float zero() { return 0.0; }\nfloat one() { return nonsense; }\n");
    program = gfx::ShaderLibrary(folder.path()).program("a");
    REQUIRE_FALSE(program.ok());
    CHECK(program.error().message.find("shared.glsl:2") != std::string::npos);

    folder.write("shared.glsl", "float two() { return 2.0; }\n");
    folder.write("a.vert", "#version 330 core\nout vec4 v;\nvoid main() { v = vec4(0.0); }\n");
    folder.write("a.frag", "#version 330 core\nin vec2 v;\nout vec4 o;\nvoid main() { o = vec4(v, v); }\n");
    program = gfx::ShaderLibrary(folder.path()).program("a");
    REQUIRE_FALSE(program.ok());  // the stages do not fit together
    CHECK(program.error().message.find("a.vert") != std::string::npos);
}

TEST_CASE("a changed shader is taken over, and a broken change leaves the last good one") {
    const test::EglContext context;
    ShaderFolder folder;
    folder.write("a.vert", kVertex);
    folder.write("a.frag", fragment("one()"));
    folder.write("shared.glsl", "float one() { return 1.0; }\n");
    gfx::ShaderLibrary library(folder.path());
    const gfx::Program* program = library.program("a").value();
    CHECK(program->uniform("u_a") == -1);

    CHECK(library.reload_changed_now().ok());
    folder.write("a.frag", fragment("one() * u_a"));
    CHECK(library.reload_changed_now().ok());
    CHECK(library.program("a").value() == program);  // the same object, with new content
    CHECK(program->uniform("u_a") != -1);

    const GLuint good = program->id();
    folder.write("shared.glsl", "float one() { broken }\n");
    const auto broken = library.reload_changed_now();
    REQUIRE_FALSE(broken.ok());
    CHECK(broken.error().message.find("shared.glsl:1") != std::string::npos);
    CHECK(program->id() == good);
    CHECK(library.reload_changed_now().ok());  // said once

    folder.write("shared.glsl", "float one() { return 2.0; }\n");
    CHECK(library.reload_changed_now().ok());
    CHECK(program->id() != 0);
    CHECK(glGetError() == GL_NO_ERROR);
}
