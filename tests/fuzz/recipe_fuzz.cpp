// Arbitrary text as a recipe: it is refused with a sentence, or it is a recipe that can be written and read again.
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto recipe = convscope::parse_recipe(text, "fuzz.toml");
    if (!recipe) {
        if (recipe.error().message.empty()) std::abort();
        return 0;
    }
    convscope::Recipe read = recipe.value();
    if (!convscope::plan_network(read)) std::abort();
    const auto again = convscope::parse_recipe(convscope::to_toml(read), "written.toml");
    if (!again) std::abort();
    convscope::Recipe reread = again.value();
    for (auto* one : {&read, &reread})
        for (convscope::LayerSpec& layer : one->layers) layer.line = 0;
    if (!(read == reread)) std::abort();
    return 0;
}
