// Arbitrary text as the settings file: refused with a sentence that names the file, or settings that come back as they
// are written.
#include "viz/app/settings_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    const auto read = parse_settings(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.toml");
    if (!read) {
        check(read.error().message.starts_with("fuzz.toml:"));
        return 0;
    }
    for (const std::string& complaint : read.value().complaints) check(complaint.starts_with("fuzz.toml: "));
    const auto again = parse_settings(print_settings(read.value().settings), "written.toml");
    check(again.ok() && again.value().complaints.empty() && again.value().settings == read.value().settings);
    return 0;
}
