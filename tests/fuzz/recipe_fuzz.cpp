// Arbitrary text as a recipe.
#include "tests/fuzz/recipes.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    convscope::fuzz::look_at(
        convscope::parse_recipe(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.toml"));
    return 0;
}
