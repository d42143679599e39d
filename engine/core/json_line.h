// Text as one JSON object a line: the one way to it for what a run's folder holds.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace convscope {

// The object that a line is. Nothing where it is none, or such as no run writes: with a list, nested more than four
// deep, or of more than a hundred members. Those could take sixty times their length of memory, or hours; this is found
// out before any of it is read.
std::optional<nlohmann::ordered_json> parse_json_line(std::string_view line);

}  // namespace convscope
