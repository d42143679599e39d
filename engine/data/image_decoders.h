// One function per kind of file; image_file.cpp chooses among them.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace convscope {

using FileBytes = std::span<const std::uint8_t>;

struct DecodedImage {
    std::int64_t width = 0;  // pixels
    std::int64_t height = 0;
    std::int64_t channels = 0;          // 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; alpha not multiplied
    std::int64_t declared_width = 0;    // the file's own size, where it is decoded at a part of it; 0: that above
    std::int64_t declared_height = 0;
    int orientation = 1;                // as EXIF has it: 1 to 8, 1 is upright
    std::vector<std::uint8_t> samples;  // row by row, channels innermost
};

// Of a picture's samples, before they are laid out in planes and after, together.
inline constexpr std::int64_t kMaxImageBytes = std::int64_t{256} << 20;
// Deflate packs at most 1032 bytes into one, and no picture in JPEG comes near that.
inline constexpr std::int64_t kMaxUnpacking = 1100;

Result<DecodedImage> decode_png(FileBytes bytes, std::string_view name);
Result<DecodedImage> decode_jpeg(FileBytes bytes, std::string_view name);
Result<DecodedImage> decode_webp(FileBytes bytes, std::string_view name);
Result<DecodedImage> decode_gif(FileBytes bytes, std::string_view name);
Result<DecodedImage> decode_tiff(FileBytes bytes, std::string_view name);
Result<DecodedImage> decode_bmp(FileBytes bytes, std::string_view name);

// What they share. `reason` is the library's own word; null: none.
Error undecodable(std::string_view name, const char* reason);
// Whether a picture of that size takes no more than kMaxImageBytes.
bool fits_memory(std::int64_t width, std::int64_t height, std::int64_t channels);
// Takes memory for width x height x channels samples, all 0. An error when that is too much, or, for kinds that pack by
// at most kMaxUnpacking, more than a file of `packed` bytes can hold (times what a byte unfolds to once unpacked); 0: it does not bound
// it.
Result<void> make_room(DecodedImage& image, std::size_t packed, std::string_view name);
// The orientation in EXIF data, with or without its "Exif" in front, or in that of a whole JPEG file; 1 when there is
// none.
int exif_orientation(FileBytes exif);

}  // namespace convscope
