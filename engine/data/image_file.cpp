#include "engine/data/image_file.h"

#include "engine/core/whole_file.h"
#include "engine/data/wording.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <new>
#include <string>

// The only file that holds stb's decoders: three of its formats, and none of its reading of files.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb_image.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#if __has_include(<stb_image_resize2.h>)
#include <stb_image_resize2.h>
#else
#include <stb_image_resize.h>  // Debian 12
#endif

namespace convscope {

namespace {

constexpr std::size_t kMaxFileBytes = 64 << 20;
constexpr std::int64_t kMaxPixels = 1 << 26;
// Deflate packs at most 1032 bytes into one, and no picture in JPEG comes near that.
constexpr std::int64_t kMaxUnpacking = 1100;

struct Decoded {
    int width = 0;
    int height = 0;
    int channels = 0;  // 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha
    std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels{nullptr, &stbi_image_free};  // channels innermost
};

Error undecodable(std::string_view name) {
    const char* reason = stbi_failure_reason();
    return corrupt(in_quotes(name) + " cannot be decoded (" + (reason ? reason : "unknown reason") +
                   "); PNG, JPEG and BMP files can be read");
}

Result<Decoded> decode(std::span<const std::uint8_t> bytes, std::string_view name) {
    if (bytes.size() > kMaxFileBytes)
        return corrupt(in_quotes(name) + " is larger than the " + std::to_string(kMaxFileBytes >> 20) +
                       " MiB that an image file can have");
    const auto size = static_cast<int>(bytes.size());
    Decoded declared;
    if (!stbi_info_from_memory(bytes.data(), size, &declared.width, &declared.height, &declared.channels))
        return undecodable(name);
    const std::int64_t pixels = std::int64_t{declared.width} * declared.height;
    const std::string says = in_quotes(name) + " declares " + std::to_string(declared.width) + "x" +
                             std::to_string(declared.height) + " pixels, ";
    if (pixels < 1 || pixels > kMaxPixels)
        return corrupt(says + "but 1 to " + std::to_string(kMaxPixels) + " can be read; scale it down");
    if (pixels * declared.channels > kMaxUnpacking * size)
        return corrupt(says + "more than its " + std::to_string(size) + " bytes can hold; copy the file again");

    Decoded decoded;
    decoded.pixels.reset(
        stbi_load_from_memory(bytes.data(), size, &decoded.width, &decoded.height, &decoded.channels, 0));
    if (!decoded.pixels) return undecodable(name);
    return decoded;
}

std::uint8_t over_white(int value, int alpha) {
    return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace

Result<Image> decode_image(std::span<const std::uint8_t> bytes, std::string_view name) {
    const Result<Decoded> decoded = decode(bytes, name);
    if (!decoded) return decoded.error();
    const int found = decoded.value().channels;
    const bool has_alpha = found % 2 == 0;
    Image image;
    image.channels = has_alpha ? found - 1 : found;
    image.height = decoded.value().height;
    image.width = decoded.value().width;
    const auto plane = static_cast<std::size_t>(image.height * image.width);
    image.pixels.resize(static_cast<std::size_t>(image.channels) * plane);
    const stbi_uc* pixel = decoded.value().pixels.get();
    bool grey = true;
    for (std::size_t i = 0; i < plane; ++i, pixel += found) {
        const int alpha = has_alpha ? pixel[found - 1] : 255;
        for (std::size_t c = 0; c < static_cast<std::size_t>(image.channels); ++c) {
            image.pixels[c * plane + i] = over_white(pixel[c], alpha);
            grey = grey && pixel[c] == pixel[0];
        }
    }
    if (grey) {
        image.channels = 1;
        image.pixels.resize(plane);
        image.pixels.shrink_to_fit();
    }
    return image;
}

Result<Image> read_image(const std::filesystem::path& path) {
    const Result<std::string> bytes = read_whole_file(path, kMaxFileBytes);
    if (!bytes) return bytes.error();
    return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.value().data()), bytes.value().size()},
                        path.string());
}

bool has_image_name(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".bmp";
}

Image resized(Image image, std::int64_t height, std::int64_t width) {
    if (image.height == height && image.width == width) return image;
    Image result;
    result.channels = image.channels;
    result.height = height;
    result.width = width;
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

}  // namespace convscope
