#include "engine/data/fingerprint.h"

#include <zlib.h>

#include <algorithm>
#include <span>
#include <vector>

namespace convscope {

namespace {

class Checksum {
public:
    // Least significant byte first, whatever the machine.
    void add(std::int64_t number) {
        std::uint8_t bytes[4];
        for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xFF);
        add(std::span<const std::uint8_t>(bytes));
    }
    void add(std::span<const std::uint8_t> bytes) { value_ = crc32_z(value_, bytes.data(), bytes.size()); }
    std::uint32_t value() const { return static_cast<std::uint32_t>(value_); }

private:
    uLong value_ = crc32_z(0, nullptr, 0);
};

void add_labels(Checksum& sum, const Dataset& data, Split split) {
    for (std::int64_t i = 0; i < data.size(split); ++i) sum.add(data.label(split, i));
}

void add_sample(Checksum& sum, const Dataset& data, Split split) {
    const std::int64_t count = data.size(split);
    const std::int64_t taken = std::min(count, kFingerprintPictures);
    for (std::int64_t i = 0; i < taken; ++i) sum.add(data.image(split, taken == 1 ? 0 : i * (count - 1) / (taken - 1)));
}

}  // namespace

std::uint32_t fingerprint(const Dataset& data, FingerprintKind kind) {
    const DatasetInfo& info = data.info();
    Checksum sum;
    for (const std::int64_t size : {info.train_count, info.test_count, info.channels, info.height, info.width})
        sum.add(size);
    add_labels(sum, data, Split::Train);
    if (kind == FingerprintKind::FirstPicture) {
        if (info.train_count > 0) sum.add(data.image(Split::Train, 0));
        return sum.value();
    }
    add_labels(sum, data, Split::Test);
    for (const Split split : {Split::Train, Split::Test}) add_sample(sum, data, split);
    return sum.value();
}

}  // namespace convscope
