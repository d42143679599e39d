// Every shader program by name: `tiles` is shaders/tiles.vert with shaders/tiles.frag, both of which may say
// #include "other.glsl". Release builds carry the files inside; Debug builds read them from disk and follow changes
// while the program runs. GL thread only.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/embedded_file.h"
#include "viz/gfx/program.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope::gfx {

class ShaderLibrary {
public:
    // What this build is meant to use: embedded, or in a Debug build the shaders/ folder it was built from.
    static ShaderLibrary for_this_build();
    explicit ShaderLibrary(std::span<const EmbeddedFile> files) : files_(files) {}
    explicit ShaderLibrary(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Compiled at the first call. The object lives as long as the library and is the same for the same name; its
    // content changes when a changed file has compiled. NotFound when a file is missing, Failed with file and line when
    // it does not compile.
    Result<const Program*> program(std::string_view name);

    // Every program there is, sorted: stems that have both a .vert and a .frag.
    std::vector<std::string> names() const;

    // Compiles again what changed on disk since it was last read; for embedded files this does nothing. A program that
    // does not compile keeps its last good version, and the error is returned (once per change). Call it once a frame:
    // it looks at the disk at most four times a second.
    Result<void> reload_changed();
    // The same, at once.
    Result<void> reload_changed_now();

private:
    struct Entry;
    struct Deleter {
        void operator()(Entry* entry) const;
    };

    Result<std::string> read(std::string_view file) const;
    Result<ShaderSource> assemble(const std::string& file, Entry& entry) const;
    Result<Program> build(Entry& entry) const;

    std::span<const EmbeddedFile> files_;
    std::filesystem::path folder_;  // empty: embedded
    std::vector<std::unique_ptr<Entry, Deleter>> entries_;
    double next_look_seconds_ = 0.0;
};

}  // namespace convscope::gfx
