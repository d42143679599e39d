// A picture of somebody's own on its way to the network: what the window does with one, without knowing how.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

// Of any size, as it was drawn.
struct DrawnPicture {
    std::int64_t height = 0;  // pixels
    std::int64_t width = 0;
    std::vector<std::uint8_t> pixels = {};  // grey: height x width
};

// As a recipe's network takes it.
struct PreparedPicture {
    std::shared_ptr<const std::vector<std::uint8_t>> pixels = {};  // laid out as in a Dataset; null: none
    std::string done = {};  // what it took: "cut out and centred, resized"; empty: nothing
    bool blank = false;     // nothing is drawn on it
};

// Each by the recipe's picture convention, the very one that `convscope predict` uses: where the recipe leaves it open,
// it is answered as there. Errors are sentences. Any thread; empty ones are done without.
struct PictureTools {
    std::function<Result<PreparedPicture>(const DrawnPicture&, const Recipe&)> prepare = {};
    // Of a picture's file; takes as long as decoding does.
    std::function<Result<PreparedPicture>(const std::filesystem::path&, const Recipe&)> read = {};
};

}  // namespace convscope
