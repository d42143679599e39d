// Arbitrary texts, with zeros between them, as what follows --set. The recipe that they change is small, as it is
// written and read anew for each input.
#include "tests/fuzz/recipes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kRecipe = R"(name = "small"
[[layer]]
name = "block"
kind = "residual"
[[layer.body]]
name = "conv"
kind = "conv2d"
channels = 1
kernel_size = 3
padding = 1
[[layer]]
name = "flat"
kind = "flatten"
[[layer]]
name = "fc"
kind = "linear"
features = 10
[optimizer]
kind = "sgd"
learning_rate = 0.1
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    static const Recipe recipe = parse_recipe(kRecipe, "small.toml").value();
    std::vector<std::string> assignments;
    for (std::string_view rest(reinterpret_cast<const char*>(data), size); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\0'), rest.size());
        assignments.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    fuzz::look_at(override_recipe(recipe, assignments));
    return 0;
}
