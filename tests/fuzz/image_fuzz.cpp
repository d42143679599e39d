// Arbitrary bytes given as a picture: an error that names the file, or a picture that is as large as it says, takes no
// more memory than is promised, and can be brought to what a network takes.
#include "engine/data/picture_convention.h"

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
    check(decoded.value().pixels.size() <= 256U << 20);
    // Preparing large ones teaches nothing more, and is slow here, where every comparison is traced.
    if (decoded.value().pixels.size() > 1 << 12) return 0;
    const auto prepare = [&](std::int64_t channels, convscope::ResizeKind resize, convscope::CentreKind centre) {
        const convscope::Image small = prepare_picture(
            decoded.value(), {channels, 28, 28, {convscope::InvertKind::ToLight, resize, centre, false}});
        check_size(small);
        check(small.channels == channels && small.height == 28 && small.width == 28);
    };
    prepare(1, convscope::ResizeKind::Stretch, convscope::CentreKind::Yes);
    prepare(1, convscope::ResizeKind::Fit, convscope::CentreKind::No);
    prepare(3, convscope::ResizeKind::Crop, convscope::CentreKind::No);
    return 0;
}
