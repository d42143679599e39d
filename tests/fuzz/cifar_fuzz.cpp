// Arbitrary bytes given as a CIFAR-10 batch and as its list of class names: an error that names the file, or views that
// lie within the bytes and labels that are classes.
#include "engine/data/cifar_dataset.h"

#include <cstdlib>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint64_t sum = 0;  // every promised byte is read, so that AddressSanitizer sees a promise that is too large
    const auto batch = convscope::parse_cifar_batch({data, size}, "batch");
    if (batch) {
        check(batch.value().count > 0);
        for (std::int64_t i = 0; i < batch.value().count; ++i) {
            check(batch.value().label(i) >= 0 && batch.value().label(i) < 10);
            const auto image = batch.value().image(i);
            check(image.size() == std::size_t{convscope::kCifarPixels});
            for (const std::uint8_t pixel : image) sum += pixel;
        }
    } else {
        check(batch.error().message.find("'batch'") != std::string::npos);
    }
    check(sum <= 255 * std::uint64_t{size});

    const auto names =
        convscope::parse_cifar_class_names({reinterpret_cast<const char*>(data), size}, "batches.meta.txt");
    if (names) {
        check(names.value().size() == 10);
        for (const std::string& name : names.value()) check(!name.empty() && name.find('\n') == std::string::npos);
    } else {
        check(names.error().message.find("'batches.meta.txt'") != std::string::npos);
    }
    return 0;
}
