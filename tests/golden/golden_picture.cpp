#include "tests/golden/golden_picture.h"

#include <stb_image.h>
#include <stb_image_write.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>

namespace convscope::test {

namespace {

namespace fs = std::filesystem;

std::optional<gfx::Image> read_png(const fs::path& path) {
    int width = 0;
    int height = 0;
    int channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(stbi_load(path.c_str(), &width, &height, &channels, 4),
                                                           stbi_image_free);
    if (!pixels) return std::nullopt;
    const auto bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
    return gfx::Image{.width = width, .height = height, .pixels = {pixels.get(), pixels.get() + bytes}};
}

struct Difference {
    int largest = 0;
    double mean = 0.0;
    gfx::Image picture;
};

Difference difference(const gfx::Image& a, const gfx::Image& b) {
    Difference result{.largest = 0, .mean = 0.0, .picture = a};
    double sum = 0.0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        const int d = std::abs(a.pixels[i] - b.pixels[i]);
        result.largest = std::max(result.largest, d);
        sum += d;
        result.picture.pixels[i] = i % 4 == 3 ? 255 : static_cast<std::uint8_t>(std::min(255, 10 * d));
    }
    result.mean = sum / static_cast<double>(std::max<std::size_t>(1, a.pixels.size()));
    return result;
}

}  // namespace

void write_png(const gfx::Image& image, const std::string& path) {
    if (!stbi_write_png(path.c_str(), image.width, image.height, 4, image.pixels.data(), image.width * 4))
        throw std::runtime_error("cannot write " + path);
}

std::string compare_with_golden(const gfx::Image& actual, const std::string& name, const GoldenLimits& limits) {
    const fs::path golden = fs::path(CONVSCOPE_GOLDEN_DIR) / (name + ".png");
    const char* update = std::getenv("CONVSCOPE_UPDATE_GOLDENS");
    if (update && std::string(update) == "1") {
        write_png(actual, golden.string());
        return {};
    }
    const fs::path failures = CONVSCOPE_GOLDEN_FAILURE_DIR;
    fs::create_directories(failures);
    const auto write_failure = [&](const gfx::Image& image, const std::string& what) {
        write_png(image, (failures / (name + "-" + what + ".png")).string());
    };
    const auto expected = read_png(golden);
    if (!expected || expected->width != actual.width || expected->height != actual.height) {
        write_failure(actual, "actual");
        return golden.string() + (expected ? " has another size" : " is missing") + "; " + name + "-actual.png is in " +
               failures.string();
    }
    const Difference found = difference(actual, *expected);
    if (found.largest <= limits.largest_difference && found.mean <= limits.mean_difference) return {};
    write_failure(actual, "actual");
    write_failure(*expected, "expected");
    write_failure(found.picture, "difference");
    return name + " differs from its golden picture by " + std::to_string(found.largest) + " at most and " +
           std::to_string(found.mean) + " on average; see " + failures.string();
}

}  // namespace convscope::test
