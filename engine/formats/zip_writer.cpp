#include "engine/formats/zip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr std::uint64_t kIn32Bits = 0xffffffff;  // and more: the field says this, and the extra field has the number
constexpr std::uint64_t kIn16Bits = 0xffff;
constexpr std::size_t kAlignment = 64;
constexpr std::uint64_t kZip64 = 45;  // the version that reads it
constexpr std::uint64_t kPlain = 20;

// Least significant byte first.
void put(std::string& out, std::uint64_t value, int bytes) {
    for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value & 0xff);
}

void put_or_all_ones(std::string& out, std::uint64_t value) { put(out, std::min(value, kIn32Bits), 4); }

// What both headers of an entry have (4.3.7, 4.3.12), from the version to the length of the name.
std::string common_part(std::string_view name, std::string_view bytes, bool zip64) {
    constexpr std::uint64_t kFirstDay = 0x21;  // 1 January 1980
    std::string part;
    put(part, zip64 ? kZip64 : kPlain, 2);
    put(part, 0, 2 + 2 + 2);  // flags, stored as it is, time
    put(part, kFirstDay, 2);
    put(part, crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()), 4);
    put_or_all_ones(part, bytes.size());
    put_or_all_ones(part, bytes.size());
    put(part, name.size(), 2);
    return part;
}

// Numbers that their fields are too small for (4.5.3).
std::string zip64_field(std::initializer_list<std::uint64_t> numbers) {
    std::string field;
    put(field, 1, 2);
    put(field, 8 * numbers.size(), 2);
    for (const std::uint64_t number : numbers) put(field, number, 8);
    return field;
}

}  // namespace

void ZipWriter::add(std::string_view name, std::string_view bytes) {
    constexpr std::size_t kHeader = 30;
    constexpr std::uint64_t kPadding = 'F' | 'B' << 8;  // the extra field that PyTorch pads with
    const std::uint64_t place = archive_.size();
    const bool large = bytes.size() >= kIn32Bits;
    const bool far = place >= kIn32Bits;
    const std::string common = common_part(name, bytes, large || far);
    std::string extra = large ? zip64_field({bytes.size(), bytes.size()}) : std::string();
    const std::size_t unpadded = place + kHeader + name.size() + extra.size() + 4;
    const std::size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
    put(extra, kPadding, 2);
    put(extra, padding, 2);
    extra.append(padding, 'Z');

    put(archive_, 0x04034b50, 4);
    archive_ += common;
    put(archive_, extra.size(), 2);
    archive_ += name;
    archive_ += extra;
    archive_ += bytes;

    const std::string numbers = large && far ? zip64_field({bytes.size(), bytes.size(), place})
                                : large      ? zip64_field({bytes.size(), bytes.size()})
                                : far        ? zip64_field({place})
                                             : std::string();
    put(directory_, 0x02014b50, 4);
    put(directory_, large || far ? kZip64 : kPlain, 2);
    directory_ += common;
    put(directory_, numbers.size(), 2);
    put(directory_, 0, 2 + 2 + 2 + 4);  // no comment, the first disk, no attributes
    put_or_all_ones(directory_, place);
    directory_ += name;
    directory_ += numbers;
    ++entries_;
}

std::string ZipWriter::finish() && {
    const std::uint64_t place = archive_.size();
    archive_ += directory_;
    if (place >= kIn32Bits || directory_.size() >= kIn32Bits || entries_ >= kIn16Bits) {
        const std::uint64_t end = archive_.size();
        put(archive_, 0x06064b50, 4);  // 4.3.14
        put(archive_, 44, 8);          // what follows of it
        put(archive_, kZip64, 2);
        put(archive_, kZip64, 2);
        put(archive_, 0, 4 + 4);  // the first disk, there is no other
        put(archive_, entries_, 8);
        put(archive_, entries_, 8);
        put(archive_, directory_.size(), 8);
        put(archive_, place, 8);
        put(archive_, 0x07064b50, 4);  // 4.3.15
        put(archive_, 0, 4);
        put(archive_, end, 8);
        put(archive_, 1, 4);
    }
    put(archive_, 0x06054b50, 4);  // 4.3.16
    put(archive_, 0, 2 + 2);
    put(archive_, std::min(entries_, kIn16Bits), 2);
    put(archive_, std::min(entries_, kIn16Bits), 2);
    put_or_all_ones(archive_, directory_.size());
    put_or_all_ones(archive_, place);
    put(archive_, 0, 2);
    return std::move(archive_);
}

}  // namespace convscope
