#include "engine/core/json_line.h"

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostDepth = 4;
constexpr int kMostMembers = 100;

// Of text that need not be JSON.
bool may_be_a_runs(std::string_view line) {
    int depth = 0, members = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') ++i;  // whatever it escapes
        if (in_string) continue;
        if (c == '{') ++depth;
        if (c == '}') --depth;
        if (c == ':') ++members;
        if (c == '[' || depth > kMostDepth || members > kMostMembers) return false;
    }
    return true;
}

}  // namespace

std::optional<Json> parse_json_line(std::string_view line) {
    if (!may_be_a_runs(line)) return std::nullopt;
    Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    return object.is_object() ? std::optional(std::move(object)) : std::nullopt;
}

}  // namespace convscope
