#include "engine/data/open_dataset.h"

#include "engine/data/drawn_digits.h"
#include "engine/data/idx_dataset.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace convscope {

namespace {

namespace fs = std::filesystem;

// An environment variable's value; an empty one counts as not set, as the XDG specification asks for.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// Nothing when not even the home folder is known.
std::optional<fs::path> user_mnist_folder() {
    // "All paths set in these environment variables must be absolute. If [...] a relative path is encountered, it
    // should be considered invalid and ignored" (XDG Base Directory Specification 0.8).
    if (const fs::path data_home = environment("XDG_DATA_HOME"); data_home.is_absolute())
        return data_home / "convscope" / "mnist";
    if (const std::string home = environment("HOME"); !home.empty())
        return fs::path(home) / ".local" / "share" / "convscope" / "mnist";
    return std::nullopt;
}

// Anything but "".
Result<std::shared_ptr<const Dataset>> open_named(std::string_view name, std::uint64_t seed) {
    if (name == "drawn" || name == "digits") return make_drawn_digits(seed);
    if (name == "mnist") {
        const std::optional<fs::path> folder = user_mnist_folder();
        if (!folder)
            return Error{ErrorCode::NotFound,
                         "--data mnist needs a home folder, but neither $XDG_DATA_HOME nor $HOME is set; name the "
                         "folder itself"};
        return open_idx_dataset(*folder);
    }
    return open_idx_dataset(fs::path(name));
}

}  // namespace

Result<std::shared_ptr<const Dataset>> open_dataset(std::string_view option, std::uint64_t seed) {
    if (!option.empty()) return open_named(option, seed);
    if (const std::string named = environment("CONVSCOPE_DATA"); !named.empty()) {
        Result<std::shared_ptr<const Dataset>> opened = open_named(named, seed);
        if (opened) return opened;
        return Error{opened.error().code, "$CONVSCOPE_DATA: " + opened.error().message};
    }
    const std::optional<fs::path> folder = user_mnist_folder();
    std::error_code ignored;
    if (folder && fs::is_directory(*folder, ignored)) return open_idx_dataset(*folder);
    return make_drawn_digits(seed);
}

}  // namespace convscope
