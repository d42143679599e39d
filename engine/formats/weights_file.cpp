#include "engine/formats/weights_file.h"

#include "engine/core/whole_file.h"
#include "engine/formats/foreign_file.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/torch_file.h"

#include <algorithm>
#include <string>
#include <system_error>

namespace convscope {

Result<WeightsFile> parse_weights_file(std::string_view bytes, std::string_view name) {
    const bool sorted = is_safetensors(bytes);
    Result<PickleValue> content = sorted ? parse_safetensors(bytes, name) : parse_torch_file(bytes, name);
    if (!content.ok()) return content.error();
    return WeightsFile{std::move(content).value(), !sorted};
}

namespace {

// A file of weights in a folder, by its name; empty where there is none. Of a run's it is the last one.
std::string weights_in(const std::filesystem::path& folder) {
    std::string found;
    std::error_code unread;
    for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder, unread))
        for (const char* ending : {".pt", ".pth", ".safetensors"})
            if (entry.path().extension() == ending) found = std::max(found, entry.path().string());
    return found;
}

}  // namespace

Result<WeightsFile> read_weights_file(const std::filesystem::path& path) {
    std::error_code unknown;
    if (std::filesystem::is_directory(path, unknown)) {
        const std::string file = weights_in(path);
        return Error{ErrorCode::InvalidArgument, path.string() + ": is a folder; name the file" +
                                                     (file.empty() ? " of weights itself" : " in it, " + file)};
    }
    constexpr std::size_t kLargestFile = std::size_t{8} << 30;
    constexpr std::size_t kTelling = 4096;  // bytes; what is something else is not read any further
    const auto beginning = read_beginning(path, kTelling);
    if (!beginning) return beginning.error();
    if (!is_safetensors(beginning.value()) && !is_torch_file(beginning.value()))
        return foreign_file(beginning.value(), path.string());
    const auto bytes = read_whole_file(path, kLargestFile);
    if (!bytes) return bytes.error();
    return parse_weights_file(bytes.value(), path.string());
}

}  // namespace convscope
