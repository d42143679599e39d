// Arbitrary bytes given as an IDX file: an error, or views that lie within the bytes and have the sizes they declare.
#include "engine/data/idx_file.h"

#include <cstdlib>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    std::uint64_t sum = 0;  // every promised byte is read, so that AddressSanitizer sees a promise that is too large

    const auto images = convscope::parse_idx_images(bytes, "images");
    if (images) {
        const convscope::IdxImages& found = images.value();
        check(found.count > 0 && found.height > 0 && found.width > 0);
        check(found.pixels.size() == static_cast<std::uint64_t>(found.count * found.height * found.width));
        for (const std::uint8_t pixel : found.pixels) sum += pixel;
    } else {
        check(images.error().message.find("'images'") != std::string::npos);
    }

    const auto labels = convscope::parse_idx_labels(bytes, "labels");
    if (labels) {
        check(labels.value().count > 0 &&
              labels.value().labels.size() == static_cast<std::uint64_t>(labels.value().count));
        for (const std::uint8_t label : labels.value().labels) sum += label;
    } else {
        check(labels.error().message.find("'labels'") != std::string::npos);
    }
    check(!(images && labels));  // a file cannot be both
    check(sum <= 255 * std::uint64_t{size});
    return 0;
}
