// Pictures as people have them: PNG, JPEG, WebP, GIF, TIFF and BMP files, each decoded by a library.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace convscope {

// What was done to a picture on its way from the file to the network.
enum class PictureStep : std::uint8_t {
    Upright,   // turned or mirrored as its EXIF orientation asks for
    OnWhite,   // its transparent parts show white
    OnBlack,   // or black, as its strokes would not show on white
    Grey,      // colours were made grey
    Sheet,     // the paper was cut out of what it lies on
    Unruled,   // lines that the paper is printed with were divided out
    Inverted,  // dark became light and light dark
    Evened,    // the paper was estimated and divided out
    Boxed,     // the strokes were cut out and centred
    Resized    // brought to another size, in whole or in part
};
std::string_view to_string(PictureStep step);

// 8-bit, 1 (grey) or 3 (red, green, blue) channels, laid out as in a Dataset.
struct Image {
    std::int64_t channels = 0;
    std::int64_t height = 0;  // pixels
    std::int64_t width = 0;
    std::vector<std::uint8_t> pixels;    // channels x height x width
    std::vector<PictureStep> done = {};  // in order
    bool blank = false;                  // nothing is drawn on it, as far as was looked: set by prepare_picture()

    bool has_been(PictureStep step) const;
};

// For messages.
inline constexpr const char* kImageKinds = "PNG, JPEG, WebP, GIF, TIFF or BMP";

// The picture in a file's bytes, upright; the first one of an animation or of several pages. Transparent parts show
// white, as on paper, or black where what is opaque is itself nearly white. A picture whose colours are all greys has
// one channel; 16 bits become 8. What the header declares is checked before anything is decoded: never more than 256
// MiB are taken. `name` is what an error calls the file.
Result<Image> decode_image(std::span<const std::uint8_t> bytes, std::string_view name);

Result<Image> read_image(const std::filesystem::path& path);

// Whether a file's name ends as those of the kinds that can be read do, in small or capital letters.
bool has_image_name(const std::filesystem::path& path);

// Stretched or shrunk to that size, smoothly. height and width at least 1.
Image resized(Image image, std::int64_t height, std::int64_t width);

// The same picture with three channels.
Image in_colour(Image image);

// With one: Rec. 601 luma, rounded as Pillow's convert("L") rounds it.
Image in_grey(Image image);

}  // namespace convscope
