#include "engine/data/image_decoders.h"

#include <turbojpeg.h>

#include <memory>

// Not stb's JPEG: that of Debian 12 (2.27) writes past its tables when a file declares too many Huffman codes. Where
// one that does not is the oldest to be met, this library can go.
namespace convscope {
namespace {

// Photographs may be larger than what fits: they are decoded at a half, a quarter or an eighth of their size then.
void scale_to_fit(DecodedImage& image) {
    const std::int64_t width = image.width, height = image.height;
    for (const int denominator : {2, 4, 8}) {
        if (width < 1 || height < 1 || fits_memory(image.width, image.height, image.channels)) return;
        const tjscalingfactor factor{1, denominator};
        image.width = TJSCALED(width, factor);
        image.height = TJSCALED(height, factor);
    }
}

// In place, from four samples a pixel to three. Inverted, as Adobe's programs, and hence all others, store them.
void make_rgb_of_inverted_cmyk(DecodedImage& image) {
    const std::size_t pixels = image.samples.size() / 4;
    for (std::size_t i = 0; i < pixels; ++i) {
        const int black = image.samples[4 * i + 3];
        for (std::size_t c = 0; c < 3; ++c)
            image.samples[3 * i + c] = static_cast<std::uint8_t>((image.samples[4 * i + c] * black + 127) / 255);
    }
    image.channels = 3;
    image.samples.resize(3 * pixels);
}

// Whether an end of image (FF D9) follows the last start of a scan (FF DA): neither occurs in a scan's own data.
bool has_end(FileBytes bytes) {
    for (std::size_t i = bytes.size(); i-- > 1;) {
        if (bytes[i - 1] != 0xff) continue;
        if (bytes[i] == 0xd9) return true;
        if (bytes[i] == 0xda) return false;
    }
    return false;
}

}  // namespace

Result<DecodedImage> decode_jpeg(FileBytes bytes, std::string_view name) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
    if (!decoder) return undecodable(name, "out of memory");
    DecodedImage decoded;
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &width, &height, &subsampling, &colours) != 0)
        return undecodable(name, tjGetErrorStr2(decoder.get()));
    if (width < 1 || height < 1) return undecodable(name, "it ends before its picture begins");
    const bool cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
    decoded.width = decoded.declared_width = width;
    decoded.height = decoded.declared_height = height;
    decoded.channels = colours == TJCS_GRAY ? 1 : cmyk ? 4 : 3;
    scale_to_fit(decoded);
    if (const Result<void> room = make_room(decoded, bytes.size(), name); !room) return room.error();
    const TJPF format = decoded.channels == 1 ? TJPF_GRAY : cmyk ? TJPF_CMYK : TJPF_RGB;
    if (tjDecompress2(decoder.get(), bytes.data(), bytes.size(), decoded.samples.data(),
                      static_cast<int>(decoded.width), 0, static_cast<int>(decoded.height), format,
                      TJFLAG_LIMITSCANS) != 0) {
        // Much that it warns of is harmless and common, as a camera's bytes between the parts of a file; an end that is
        // missing is not.
        if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || !has_end(bytes))
            return undecodable(name, tjGetErrorStr2(decoder.get()));
    }
    if (cmyk) make_rgb_of_inverted_cmyk(decoded);
    decoded.orientation = exif_orientation(bytes);
    return decoded;
}

}  // namespace convscope
