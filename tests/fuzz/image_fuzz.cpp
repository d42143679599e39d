// Arbitrary bytes given as a PNG, JPEG or BMP: an error that names the file, or a picture that is as large as it says,
// not absurdly larger than the file, and can be resized.
#include "engine/data/image_file.h"

#include <cstdlib>
#include <string>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

void check_size(const convscope::Image& image) {
    check(image.channels == 1 || image.channels == 3);
    check(image.height > 0 && image.width > 0);
    check(image.pixels.size() == static_cast<std::uint64_t>(image.channels * image.height * image.width));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto decoded = convscope::decode_image({data, size}, "picture");
    if (!decoded) {
        check(decoded.error().message.find("'picture'") != std::string::npos);
        return 0;
    }
    check_size(decoded.value());
    check(decoded.value().pixels.size() <= 1100 * size);
    if (decoded.value().pixels.size() > 1 << 18) return 0;  // resizing large ones teaches nothing more, slowly
    const convscope::Image small = resized(std::move(decoded).value(), 28, 20);
    check_size(small);
    check(small.height == 28 && small.width == 20);
    check_size(in_colour(small));
    return 0;
}
