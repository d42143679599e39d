#include "engine/data/image_file.h"

#include "engine/core/whole_file.h"
#include "engine/data/wording.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

// stb takes memory for as much as a part of a file says that it has, before reading it; here it gets no more than a
// file of that length can need.
namespace convscope {
namespace {

thread_local std::size_t largest_block = 0;  // bytes

void* take_memory(std::size_t bytes) { return bytes <= largest_block ? std::malloc(bytes) : nullptr; }
void* change_memory(void* memory, std::size_t bytes) {
    return bytes <= largest_block ? std::realloc(memory, bytes) : nullptr;
}

}  // namespace
}  // namespace convscope

// The only file that holds stb's decoders: two of its formats, and none of its reading of files. Not its JPEG: that of
// Debian 12 (2.27) writes past its tables when a file declares too many Huffman codes.
#define STBI_MALLOC(bytes) convscope::take_memory(bytes)
#define STBI_REALLOC(memory, bytes) convscope::change_memory(memory, bytes)
#define STBI_FREE(memory) std::free(memory)
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
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
constexpr std::size_t kDecoderTables = 1 << 16;  // bytes; more than any decoder needs besides a picture's

using Bytes = std::span<const std::uint8_t>;

struct Decoded {
    int width = 0;
    int height = 0;
    int channels = 0;  // 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha
    std::unique_ptr<std::uint8_t[], void (*)(void*)> samples{nullptr, nullptr};  // channels innermost
};

Error undecodable(std::string_view name, const char* reason) {
    return corrupt(in_quotes(name) + " cannot be decoded (" + (reason ? reason : "unknown reason") +
                   "); PNG, JPEG and BMP files can be read");
}

// Ok when the file is long enough for the size that it declares.
Result<void> check_size(const Decoded& declared, Bytes bytes, std::string_view name) {
    const std::int64_t pixels = std::int64_t{declared.width} * declared.height;
    const std::string says = in_quotes(name) + " declares " + std::to_string(declared.width) + "x" +
                             std::to_string(declared.height) + " pixels, ";
    if (declared.width < 1 || declared.height < 1 || pixels > kMaxPixels)
        return corrupt(says + "but 1 to " + std::to_string(kMaxPixels) + " can be read; scale it down");
    if (pixels * declared.channels > kMaxUnpacking * static_cast<std::int64_t>(bytes.size()))
        return corrupt(says + "more than its " + std::to_string(bytes.size()) + " bytes can hold; copy the file again");
    return {};
}

Result<Decoded> decode_jpeg(Bytes bytes, std::string_view name) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
    if (!decoder) return undecodable(name, "out of memory");
    Decoded decoded;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &decoded.width, &decoded.height, &subsampling,
                            &colours) != 0)
        return undecodable(name, tjGetErrorStr2(decoder.get()));
    decoded.channels = colours == TJCS_GRAY ? 1 : 3;
    if (const Result<void> checked = check_size(decoded, bytes, name); !checked) return checked.error();
    const std::int64_t samples = std::int64_t{decoded.width} * decoded.height * decoded.channels;
    decoded.samples = {new std::uint8_t[static_cast<std::size_t>(samples)](),
                       [](void* memory) { delete[] static_cast<std::uint8_t*>(memory); }};
    if (tjDecompress2(decoder.get(), bytes.data(), bytes.size(), decoded.samples.get(), decoded.width, 0,
                      decoded.height, decoded.channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_LIMITSCANS) != 0) {
        // Much that it warns of is harmless and common, as a camera's bytes between the parts of a file; an end that is
        // missing is not, and can be told from the rest by its words only.
        const std::string reason = tjGetErrorStr2(decoder.get());
        if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || reason.find("Premature end") != std::string::npos)
            return undecodable(name, reason.c_str());
    }
    return decoded;
}

Result<Decoded> decode_png_or_bmp(Bytes bytes, std::string_view name) {
    const auto size = static_cast<int>(bytes.size());
    constexpr std::size_t kSampleBytes = 2;  // while it decodes 16 bits
    largest_block = kDecoderTables + kSampleBytes * std::min<std::size_t>(4 * kMaxPixels, kMaxUnpacking * bytes.size());
    Decoded declared;
    if (!stbi_info_from_memory(bytes.data(), size, &declared.width, &declared.height, &declared.channels))
        return undecodable(name, stbi_failure_reason());
    if (const Result<void> checked = check_size(declared, bytes, name); !checked) return checked.error();
    Decoded decoded;
    decoded.samples = {stbi_load_from_memory(bytes.data(), size, &decoded.width, &decoded.height, &decoded.channels, 0),
                       &stbi_image_free};
    if (!decoded.samples) return undecodable(name, stbi_failure_reason());
    return decoded;
}

Result<Decoded> decode(Bytes bytes, std::string_view name) {
    if (bytes.size() > kMaxFileBytes)
        return corrupt(in_quotes(name) + " is larger than the " + std::to_string(kMaxFileBytes >> 20) +
                       " MiB that an image file can have");
    const bool jpeg = bytes.size() > 2 && bytes[0] == 0xff && bytes[1] == 0xd8;  // its marker for a start
    return jpeg ? decode_jpeg(bytes, name) : decode_png_or_bmp(bytes, name);
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
    const std::uint8_t* pixel = decoded.value().samples.get();
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
