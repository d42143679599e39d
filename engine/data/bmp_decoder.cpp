#include "engine/data/image_decoders.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

// stb takes memory for as much as a part of a file says that it has, before reading it; here it gets no more than a
// file of that length can need.
namespace convscope {
namespace {

thread_local std::size_t largest_block = 0;  // bytes

void* take_memory(std::size_t bytes) { return bytes <= largest_block ? std::malloc(bytes) : nullptr; }
}  // namespace
}  // namespace convscope

// The only file that holds stb's decoders: that of BMP, and none of its reading of files.
#define STBI_MALLOC(bytes) convscope::take_memory(bytes)
#define STBI_REALLOC(memory, bytes) nullptr  // no part that is used asks for it
#define STBI_FREE(memory) std::free(memory)
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb_image.h>

namespace convscope {
namespace {

constexpr std::size_t kOffsetPlace = 10;  // of the four bytes that say where the pixels begin

// Files may leave a gap before their pixels, which stb takes for damage: it is cut out. An error when the pixels end
// too early, where stb would see black.
Result<std::vector<std::uint8_t>> without_gap(FileBytes bytes, std::string_view name) {
    stbi__context context;
    stbi__start_mem(&context, bytes.data(), static_cast<int>(bytes.size()));
    stbi__bmp_data header{};
    if (stbi__bmp_parse_header(&context, &header) == nullptr) return undecodable(name, stbi_failure_reason());
    auto begin = static_cast<std::size_t>(context.img_buffer - context.img_buffer_original);
    if (header.bpp < 16) begin += (header.hsz == 12 ? 3U : 4U) << std::clamp(header.bpp, 0, 8);  // the palette
    const auto pixels = static_cast<std::size_t>(std::max(header.offset, 0));
    const std::size_t row_bytes = (std::size_t{context.img_x} * static_cast<std::size_t>(header.bpp) + 31) / 32 * 4;
    const auto rows = static_cast<std::size_t>(std::abs(std::int64_t{static_cast<int>(context.img_y)}));
    if (pixels > bytes.size() || rows > (bytes.size() - pixels) / std::max<std::size_t>(row_bytes, 1))
        return undecodable(name, "it ends too early");
    std::vector<std::uint8_t> whole(bytes.begin(), bytes.end());
    if (pixels <= begin) return whole;
    whole.erase(whole.begin() + static_cast<std::ptrdiff_t>(begin),
                whole.begin() + static_cast<std::ptrdiff_t>(pixels));
    for (std::size_t i = 0; i < 4; ++i) whole[kOffsetPlace + i] = static_cast<std::uint8_t>(begin >> (8 * i));
    return whole;
}

}  // namespace

Result<DecodedImage> decode_bmp(FileBytes file, std::string_view name) {
    constexpr std::size_t kTables = 1 << 16;  // bytes; more than it needs besides a picture's
    const Result<std::vector<std::uint8_t>> cut = without_gap(file, name);
    if (!cut) return cut.error();
    const std::vector<std::uint8_t>& bytes = cut.value();
    const auto size = static_cast<int>(bytes.size());
    largest_block = kTables + std::min<std::size_t>(kMaxImageBytes, kMaxUnpacking * bytes.size());
    int width = 0, height = 0, channels = 0;
    if (!stbi_info_from_memory(bytes.data(), size, &width, &height, &channels))
        return undecodable(name, stbi_failure_reason());
    DecodedImage decoded;
    decoded.width = width;
    decoded.height = std::abs(std::int64_t{height});  // below 0: its first row is the top one
    decoded.channels = channels;
    if (const Result<void> room = make_room(decoded, bytes.size(), name); !room) return room.error();
    const std::unique_ptr<stbi_uc, void (*)(void*)> samples(
        stbi_load_from_memory(bytes.data(), size, &width, &height, nullptr, channels), &stbi_image_free);
    if (!samples) return undecodable(name, stbi_failure_reason());
    decoded.samples.assign(samples.get(), samples.get() + decoded.samples.size());
    return decoded;
}

}  // namespace convscope
