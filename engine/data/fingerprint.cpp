#include "engine/data/fingerprint.h"

#include <zlib.h>

#include <span>
#include <vector>

namespace convscope {

std::uint32_t fingerprint(const Dataset& data) {
    const DatasetInfo& info = data.info();
    std::vector<std::uint8_t> bytes;
    // Least significant byte first, whatever the machine.
    const auto put = [&bytes](std::int64_t number) {
        for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i) & 0xFF));
    };
    for (const std::int64_t size : {info.train_count, info.test_count, info.channels, info.height, info.width})
        put(size);
    for (std::int64_t i = 0; i < info.train_count; ++i) put(data.label(Split::Train, i));
    if (info.train_count > 0) {
        const std::span<const std::uint8_t> picture = data.image(Split::Train, 0);
        bytes.insert(bytes.end(), picture.begin(), picture.end());
    }
    return static_cast<std::uint32_t>(crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace convscope
