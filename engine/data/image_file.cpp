#include "engine/data/image_file.h"

#include "engine/core/whole_file.h"
#include "engine/data/image_decoders.h"
#include "engine/data/wording.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <memory>
#include <new>
#include <string>

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#if __has_include(<stb_image_resize2.h>)
#include <stb_image_resize2.h>
#else
#include <stb_image_resize.h>  // Debian 12's; goes with it
#endif

namespace convscope {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 20;
// Mean lightness of opaque parts from which on they would hardly show on white.
constexpr double kNearlyWhite = 0.75 * 255.0;

bool begins(FileBytes bytes, std::string_view with, std::size_t at = 0) {
    return bytes.size() >= at + with.size() &&
           std::equal(with.begin(), with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

Error too_large(std::string_view name) {
    return {ErrorCode::Corrupt, in_quotes(name) + " is larger than the " + std::to_string(kMaxFileBytes >> 20) +
                                    " MiB that an image file can have; scale it down, or save it as PNG or JPEG"};
}

// What a file that is no picture of the kinds that are read is known to be.
const char* other_kind(FileBytes bytes) {
    using namespace std::string_view_literals;
    struct Kind {
        std::size_t at;
        std::string_view begin;
        const char* what;
    };
    static constexpr Kind kKinds[] = {{4, "ftyphei"sv, "it is a HEIC picture, as phones save them; save it as JPEG"},
                                      {4, "ftypmif1"sv, "it is a HEIC picture, as phones save them; save it as JPEG"},
                                      {4, "ftypavif"sv, "it is an AVIF picture; save it as PNG or JPEG"},
                                      {4, "JXL "sv, "it is a JPEG XL picture; save it as PNG or JPEG"},
                                      {0, "\xff\x0a"sv, "it is a JPEG XL picture; save it as PNG or JPEG"},
                                      {4, "jP  "sv, "it is a JPEG 2000 picture; save it as PNG or JPEG"},
                                      {0, "8BPS"sv, "it is a Photoshop document; export it as PNG"},
                                      {0, "%PDF"sv, "it is a PDF; save its page as PNG"},
                                      {0, "<svg"sv, "it is an SVG drawing; export it as PNG"},
                                      {0, "<?xml"sv, "it is XML, as SVG drawings are; export it as PNG"},
                                      {0, "<!DOCTYPE"sv, "it is a web page, not the picture itself; download that"},
                                      {0, "<html"sv, "it is a web page, not the picture itself; download that"}};
    if (bytes.empty()) return "it is empty";
    for (const Kind& kind : kKinds)
        if (begins(bytes, kind.begin, kind.at)) return kind.what;
    return "it is of no known kind";
}

Result<DecodedImage> decode(FileBytes bytes, std::string_view name) {
    using namespace std::string_view_literals;
    if (bytes.size() > kMaxFileBytes) return too_large(name);
    if (begins(bytes, "\x89PNG")) return decode_png(bytes, name);
    if (begins(bytes, "\xff\xd8")) return decode_jpeg(bytes, name);
    if (begins(bytes, "RIFF") && begins(bytes, "WEBP", 8)) return decode_webp(bytes, name);
    if (begins(bytes, "GIF8")) return decode_gif(bytes, name);
    if (begins(bytes, "II\x2a\0"sv) || begins(bytes, "MM\0\x2a"sv)) return decode_tiff(bytes, name);
    if (begins(bytes, "BM")) return decode_bmp(bytes, name);
    return undecodable(name, other_kind(bytes));
}

int luma(int red, int green, int blue) { return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16; }

// Whether the opaque parts, each as much as it is opaque, are so light that they show on black only.
bool needs_black(const DecodedImage& decoded) {
    double light = 0.0, weight = 0.0;
    const auto channels = static_cast<std::size_t>(decoded.channels);
    for (std::size_t i = 0; i < decoded.samples.size(); i += channels) {
        const std::uint8_t* pixel = &decoded.samples[i];
        const double alpha = pixel[channels - 1];
        light += alpha * (channels == 2 ? pixel[0] : luma(pixel[0], pixel[1], pixel[2]));
        weight += alpha;
    }
    return light > kNearlyWhite * weight;
}

// One plane's pixel at (row, column) of the upright picture lies, in the stored one, at
// first + row * per_row + column * per_column.
struct Turn {
    std::int64_t first, per_row, per_column;
};

// For EXIF's orientations 1 to 8: where the stored picture's first row and first column are seen.
Turn turn_of(int orientation, std::int64_t height, std::int64_t width) {
    const std::int64_t right = width - 1, bottom = (height - 1) * width;
    switch (orientation) {
        case 2:
            return {right, width, -1};
        case 3:
            return {bottom + right, -width, -1};
        case 4:
            return {bottom, -width, 1};
        case 5:
            return {0, 1, width};
        case 6:
            return {bottom, 1, -width};
        case 7:
            return {bottom + right, -1, -width};
        case 8:
            return {right, -1, width};
        default:
            return {0, width, 1};
    }
}

// The planes of what was decoded, upright, over white or black.
Image laid_out(const DecodedImage& decoded) {
    const bool has_alpha = decoded.channels % 2 == 0, turned = decoded.orientation != 1;
    const bool clear = has_alpha && [&] {
        for (auto i = static_cast<std::size_t>(decoded.channels) - 1; i < decoded.samples.size();
             i += static_cast<std::size_t>(decoded.channels))
            if (decoded.samples[i] != 255) return true;
        return false;
    }();
    const int ground = clear && needs_black(decoded) ? 0 : 255;
    Image image;
    image.channels = has_alpha ? decoded.channels - 1 : decoded.channels;
    image.height = decoded.orientation >= 5 ? decoded.width : decoded.height;
    image.width = decoded.orientation >= 5 ? decoded.height : decoded.width;
    if (turned) image.done.push_back(PictureStep::Upright);
    if (clear) image.done.push_back(ground == 0 ? PictureStep::OnBlack : PictureStep::OnWhite);
    const auto plane = static_cast<std::size_t>(image.height * image.width);
    const auto channels = static_cast<std::size_t>(image.channels);
    image.pixels.resize(channels * plane);
    const Turn turn = turn_of(decoded.orientation, decoded.height, decoded.width);
    std::size_t i = 0;
    for (std::int64_t row = 0; row < image.height; ++row)
        for (std::int64_t column = 0; column < image.width; ++column, ++i) {
            const std::uint8_t* pixel = decoded.samples.data() +
                                        (turn.first + row * turn.per_row + column * turn.per_column) * decoded.channels;
            const int alpha = has_alpha ? pixel[channels] : 255;
            for (std::size_t c = 0; c < channels; ++c)
                image.pixels[c * plane + i] =
                    static_cast<std::uint8_t>((pixel[c] * alpha + ground * (255 - alpha) + 127) / 255);
        }
    return image;
}

// One channel where all three are alike.
void drop_equal_channels(Image& image) {
    if (image.channels == 1) return;
    const auto plane = static_cast<std::ptrdiff_t>(image.height * image.width);
    const auto red = image.pixels.begin();
    if (!std::equal(red, red + plane, red + plane) || !std::equal(red, red + plane, red + 2 * plane)) return;
    image.channels = 1;
    image.pixels.resize(static_cast<std::size_t>(plane));
    image.pixels.shrink_to_fit();
}

}  // namespace

std::string_view to_string(PictureStep step) {
    switch (step) {
        case PictureStep::Upright:
            return "turned upright";
        case PictureStep::OnWhite:
            return "transparency made white";
        case PictureStep::OnBlack:
            return "transparency made black";
        case PictureStep::Grey:
            return "made grey";
        case PictureStep::Sheet:
            return "paper cut out";
        case PictureStep::Unruled:
            return "ruling taken out";
        case PictureStep::Inverted:
            return "inverted";
        case PictureStep::Evened:
            return "paper evened out";
        case PictureStep::Boxed:
            return "strokes cut out and centred";
        case PictureStep::Resized:
            return "resized";
    }
    return "unknown";
}

bool Image::has_been(PictureStep step) const { return std::find(done.begin(), done.end(), step) != done.end(); }

Error undecodable(std::string_view name, const char* reason) {
    return {ErrorCode::Corrupt, in_quotes(name) + " cannot be decoded (" + (reason ? reason : "unknown reason") +
                                    "); " + kImageKinds + " files can be read"};
}

bool fits_memory(std::int64_t width, std::int64_t height, std::int64_t channels) {
    const std::int64_t bytes_per_pixel = channels + (channels > 2 ? 3 : 1);
    return width <= kMaxImageBytes / bytes_per_pixel / height;
}

Result<void> make_room(DecodedImage& image, std::size_t packed, std::string_view name) {
    const bool scaled = image.declared_width > 0;
    const std::string says = in_quotes(name) + " declares " +
                             std::to_string(scaled ? image.declared_width : image.width) + "x" +
                             std::to_string(scaled ? image.declared_height : image.height) + " pixels, ";
    if (image.width < 1 || image.height < 1 || !fits_memory(image.width, image.height, image.channels))
        return Error{ErrorCode::Corrupt, says + "but a picture must have some and take at most " +
                                             std::to_string(kMaxImageBytes >> 20) + " MiB; scale it down"};
    const std::int64_t samples = image.width * image.height * image.channels;
    if (packed > 0 && samples > kMaxUnpacking * static_cast<std::int64_t>(packed))
        return Error{ErrorCode::Corrupt,
                     says + "more than its " + std::to_string(packed) + " bytes can hold; copy the file again"};
    image.samples.resize(static_cast<std::size_t>(samples));
    return {};
}

int exif_orientation(FileBytes exif) {
    using namespace std::string_view_literals;
    constexpr std::string_view kHeader = "Exif\0\0"sv;
    std::vector<std::uint8_t> headed;
    if (!begins(exif, kHeader) && !begins(exif, "\xff\xd8")) {
        headed.assign(kHeader.begin(), kHeader.end());
        headed.insert(headed.end(), exif.begin(), exif.end());
        exif = headed;
    }
    const std::unique_ptr<ExifData, void (*)(ExifData*)> data(
        exif_data_new_from_data(exif.data(), static_cast<unsigned>(exif.size())), &exif_data_unref);
    if (!data) return 1;
    const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->components < 1 || entry->size < 2) return 1;
    const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

Result<Image> decode_image(std::span<const std::uint8_t> bytes, std::string_view name) {
    try {
        const Result<DecodedImage> decoded = decode(bytes, name);
        if (!decoded) return decoded.error();
        Image image = laid_out(decoded.value());
        drop_equal_channels(image);
        return image;
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::Failed, in_quotes(name) + " needs more memory than there is; scale it down"};
    }
}

Result<Image> read_image(const std::filesystem::path& path) {
    std::error_code unknown;
    if (const std::uintmax_t size = std::filesystem::file_size(path, unknown); !unknown && size > kMaxFileBytes)
        return too_large(path.string());
    const Result<std::string> bytes = read_whole_file(path, kMaxFileBytes);
    if (!bytes) return bytes.error();
    return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.value().data()), bytes.value().size()},
                        path.string());
}

bool has_image_name(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::string_view kEndings[] = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp"};
    return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

Image resized(Image image, std::int64_t height, std::int64_t width) {
    if (image.height == height && image.width == width) return image;
    Image result{image.channels, height, width, {}, std::move(image.done)};
    result.pixels.resize(static_cast<std::size_t>(image.channels * height * width));
    for (std::int64_t c = 0; c < image.channels; ++c) {
        const std::uint8_t* from = image.pixels.data() + c * image.height * image.width;
        std::uint8_t* to = result.pixels.data() + c * height * width;
        const auto [old_width, old_height] = std::pair(static_cast<int>(image.width), static_cast<int>(image.height));
        const auto [new_width, new_height] = std::pair(static_cast<int>(width), static_cast<int>(height));
#if __has_include(<stb_image_resize2.h>)
        const bool done = stbir_resize_uint8_linear(from, old_width, old_height, 0, to, new_width, new_height, 0,
                                                    STBIR_1CHANNEL) != nullptr;
#else
        const bool done = stbir_resize_uint8(from, old_width, old_height, 0, to, new_width, new_height, 0, 1) != 0;
#endif
        if (!done) throw std::bad_alloc();  // the only way in which it can fail
    }
    return result;
}

Image in_colour(Image image) {
    if (image.channels == 3) return image;
    const std::size_t plane = image.pixels.size();
    image.channels = 3;
    image.pixels.resize(3 * plane);
    std::copy_n(image.pixels.begin(), plane, image.pixels.begin() + static_cast<std::ptrdiff_t>(plane));
    std::copy_n(image.pixels.begin(), plane, image.pixels.begin() + static_cast<std::ptrdiff_t>(2 * plane));
    return image;
}

Image in_grey(Image image) {
    if (image.channels == 1) return image;
    const std::size_t plane = image.pixels.size() / 3;
    for (std::size_t i = 0; i < plane; ++i)
        image.pixels[i] =
            static_cast<std::uint8_t>(luma(image.pixels[i], image.pixels[plane + i], image.pixels[2 * plane + i]));
    image.channels = 1;
    image.pixels.resize(plane);
    image.pixels.shrink_to_fit();
    return image;
}

}  // namespace convscope
