// `convscope inspect` about one channel of a layer, and no picture of the user's.
#pragma once

#include "engine/cli/command_line.h"
#include "engine/core/result.h"

#include <string_view>

namespace convscope {

// top-patches and maximise.
bool is_about_a_unit(std::string_view method);
Result<void> inspect_unit(const InspectOptions& options);

}  // namespace convscope
