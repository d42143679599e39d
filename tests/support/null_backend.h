// What ImGui draws with where nothing is drawn: its callbacks are called in their place, so that what draws by itself
// is heard by the null device, and all that ImGui would draw is summed up in a number.
#pragma once

#include "viz/app/imgui_layer.h"

#include <cstdint>
#include <memory>

namespace convscope::test {

std::unique_ptr<ImGuiBackend> make_null_backend();

// Of ImGui's last frame: two that are drawn alike have the same, two that are not have others; of nothing it is 0.
std::uint64_t fingerprint_of_last_frame();

}  // namespace convscope::test
