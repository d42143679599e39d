#include "viz/gfx/shader_library.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace convscope::gfx {

namespace fs = std::filesystem;

struct ShaderLibrary::Entry {
    struct WatchedFile {
        std::string name;
        fs::file_time_type time;
    };
    std::string name;
    Program program;
    std::vector<WatchedFile> watched;  // as they were when last read; empty for embedded files
};

void ShaderLibrary::Deleter::operator()(Entry* entry) const { delete entry; }

namespace {

// `#include "name"` in a line of its own; empty when it is something else.
std::string_view included_name(std::string_view line) {
    constexpr std::string_view kStart = "#include \"";
    if (!line.starts_with(kStart)) return {};
    line.remove_prefix(kStart.size());
    return line.substr(0, line.find('"'));
}

std::optional<fs::file_time_type> time_of(const fs::path& path) {
    std::error_code failed;
    const auto time = fs::last_write_time(path, failed);
    if (failed) return std::nullopt;
    return time;
}

}  // namespace

ShaderLibrary ShaderLibrary::for_this_build() {
#ifdef CONVSCOPE_SHADER_FOLDER
    if (fs::is_directory(CONVSCOPE_SHADER_FOLDER)) return ShaderLibrary(fs::path(CONVSCOPE_SHADER_FOLDER));
#endif
    return ShaderLibrary(embedded_shaders());
}

Result<const Program*> ShaderLibrary::program(std::string_view name) {
    for (const auto& entry : entries_)
        if (entry->name == name) return &entry->program;
    std::unique_ptr<Entry, Deleter> entry(new Entry{.name = std::string(name), .program = {}, .watched = {}});
    auto program = build(*entry);
    if (!program) return program.error();
    entry->program = std::move(program).value();
    entries_.push_back(std::move(entry));
    return &entries_.back()->program;
}

std::vector<std::string> ShaderLibrary::names() const {
    std::vector<std::string> files;
    if (folder_.empty()) {
        for (const EmbeddedFile& file : files_) files.emplace_back(file.name);
    } else {
        std::error_code failed;
        for (const auto& file : fs::directory_iterator(folder_, failed))
            files.push_back(file.path().filename().string());
    }
    std::vector<std::string> names;
    for (const std::string& file : files) {
        if (!file.ends_with(".vert")) continue;
        std::string stem = file.substr(0, file.size() - 5);
        if (std::find(files.begin(), files.end(), stem + ".frag") != files.end()) names.push_back(std::move(stem));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> ShaderLibrary::reload_changed() {
    if (folder_.empty()) return {};
    const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (now < next_look_seconds_) return {};
    next_look_seconds_ = now + 0.25;
    return reload_changed_now();
}

Result<void> ShaderLibrary::reload_changed_now() {
    Result<void> outcome;
    for (const auto& entry : entries_) {
        const bool changed =
            std::any_of(entry->watched.begin(), entry->watched.end(), [&](const Entry::WatchedFile& file) {
                const auto time = time_of(folder_ / file.name);
                return time && *time != file.time;  // an editor that saves may have removed the file for a moment
            });
        if (!changed) continue;
        auto program = build(*entry);
        if (program)
            entry->program = std::move(program).value();
        else
            outcome = program.error();
    }
    return outcome;
}

Result<std::string> ShaderLibrary::read(std::string_view file) const {
    if (folder_.empty()) {
        for (const EmbeddedFile& embedded : files_)
            if (embedded.name == file) return std::string(embedded.text);
        return Error{ErrorCode::NotFound, "the shader " + std::string(file) + " is not part of this program"};
    }
    std::ifstream stream(folder_ / file, std::ios::binary);
    if (!stream)
        return Error{ErrorCode::NotFound, "the shader " + (folder_ / file).string() + " cannot be read: is it there?"};
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<ShaderSource> ShaderLibrary::assemble(const std::string& file, Entry& entry) const {
    ShaderSource source;
    Result<void> outcome;
    // Puts a file where it is included, the first time only, so that shared files may include one another.
    const auto append = [&](const auto& self, const std::string& name) -> void {
        if (!outcome || std::find(source.files.begin(), source.files.end(), name) != source.files.end()) return;
        const std::size_t number = source.files.size();
        source.files.push_back(name);
        if (!folder_.empty())
            if (const auto time = time_of(folder_ / name)) entry.watched.push_back({name, *time});
        auto text = read(name);
        if (!text) {
            outcome = text.error();
            return;
        }
        if (number > 0) source.text += "#line 1 " + std::to_string(number) + "\n";
        std::istringstream lines(text.value());
        int line_number = 0;
        for (std::string line; std::getline(lines, line);) {
            ++line_number;
            const std::string_view included = included_name(line);
            if (included.empty()) {
                source.text += line + "\n";
                continue;
            }
            self(self, std::string(included));
            source.text += "#line " + std::to_string(line_number + 1) + " " + std::to_string(number) + "\n";
        }
    };
    append(append, file);
    if (!outcome) return outcome.error();
    return source;
}

Result<Program> ShaderLibrary::build(Entry& entry) const {
    entry.watched.clear();
    auto vertex = assemble(entry.name + ".vert", entry);
    auto fragment = assemble(entry.name + ".frag", entry);  // both, so that both are watched when one fails
    if (!vertex) return vertex.error();
    if (!fragment) return fragment.error();
    return Program::link(vertex.value(), fragment.value());
}

}  // namespace convscope::gfx
