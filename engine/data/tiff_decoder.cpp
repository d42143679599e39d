#include "engine/data/image_decoders.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>

namespace convscope {
namespace {

struct TiffReader {
    FileBytes bytes;
    toff_t position = 0;
    char problem[256] = "";
};

TiffReader& reader_of(thandle_t handle) { return *static_cast<TiffReader*>(handle); }

tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    TiffReader& reader = reader_of(handle);
    const std::size_t size = reader.bytes.size();
    const std::size_t start = std::min<std::size_t>(reader.position, size);
    const std::size_t taken = std::min(size - start, static_cast<std::size_t>(std::max<tmsize_t>(count, 0)));
    std::copy_n(reader.bytes.begin() + static_cast<std::ptrdiff_t>(start), taken, static_cast<std::uint8_t*>(to));
    reader.position = start + taken;
    return static_cast<tmsize_t>(taken);
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
    TiffReader& reader = reader_of(handle);
    const toff_t base = from == SEEK_CUR ? reader.position : from == SEEK_END ? reader.bytes.size() : 0;
    return reader.position = base + offset;
}

// Keeps the first error, which the others follow from.
int keep_problem(TIFF*, void* user, const char*, const char* format, va_list values) {
    auto& reader = *static_cast<TiffReader*>(user);
    if (reader.problem[0] == '\0') std::vsnprintf(reader.problem, sizeof reader.problem, format, values);
    return 1;
}

std::unique_ptr<TIFF, void (*)(TIFF*)> open(TiffReader& reader, std::string_view name) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               &TIFFOpenOptionsFree);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxImageBytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), &keep_problem, &reader);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
    // "m": not mapped.
    return {
        TIFFClientOpenExt(
            std::string(name).c_str(), "rm", &reader, &read, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; },
            &seek, [](thandle_t) { return 0; },
            [](thandle_t handle) -> toff_t { return reader_of(handle).bytes.size(); }, nullptr, nullptr, options.get()),
        &TIFFClose};
}

bool is_grey(TIFF* file) {
    std::uint16_t samples = 1, meaning = 0;
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &samples);
    return samples == 1 && TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &meaning) != 0 &&
           (meaning == PHOTOMETRIC_MINISBLACK || meaning == PHOTOMETRIC_MINISWHITE);
}

// How many rows are unpacked at once, as four bytes a pixel: an eighth of the picture in whole strips or tiles, as what
// stands in one before the rows that are asked for is unpacked each time.
std::uint32_t band_rows(TIFF* file, std::uint32_t height) {
    std::uint32_t unit = 1;
    if (TIFFIsTiled(file))
        TIFFGetField(file, TIFFTAG_TILELENGTH, &unit);
    else
        TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &unit);
    const std::uint32_t eighth = height / 8 + 1;
    if (unit == 0 || unit > eighth) return eighth;
    return std::min(height, (eighth + unit - 1) / unit * unit);
}

// `multiplied`: whether its colours were, by alpha.
void put_pixel(std::uint32_t pixel, bool multiplied, std::int64_t channels, std::uint8_t* to) {
    const std::uint32_t alpha = TIFFGetA(pixel);
    const auto whole = [=](std::uint32_t value) {
        if (!multiplied || alpha == 255) return static_cast<std::uint8_t>(value);
        return static_cast<std::uint8_t>(alpha == 0 ? 0
                                                    : std::min<std::uint32_t>(255, (value * 255 + alpha / 2) / alpha));
    };
    to[0] = whole(TIFFGetR(pixel));
    if (channels == 1) return;
    to[1] = whole(TIFFGetG(pixel));
    to[2] = whole(TIFFGetB(pixel));
    to[3] = static_cast<std::uint8_t>(alpha);
}

}  // namespace

Result<DecodedImage> decode_tiff(FileBytes bytes, std::string_view name) {
    TiffReader reader{bytes};
    const auto file = open(reader, name);
    if (!file) return undecodable(name, reader.problem);
    std::uint32_t width = 0, height = 0;
    std::uint16_t orientation = 1, compression = 0, bits = 1;
    TIFFGetField(file.get(), TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(file.get(), TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(file.get(), TIFFTAG_ORIENTATION, &orientation);
    TIFFGetFieldDefaulted(file.get(), TIFFTAG_COMPRESSION, &compression);
    TIFFGetFieldDefaulted(file.get(), TIFFTAG_BITSPERSAMPLE, &bits);
    if (bits > 16)
        return undecodable(name, ("its samples have " + std::to_string(bits) + " bits; save it with 8 or 16").c_str());
    if (compression == COMPRESSION_OJPEG) return undecodable(name, "its kind of JPEG is that of before 1995");
    DecodedImage decoded;
    decoded.width = width;
    decoded.height = height;
    decoded.channels = is_grey(file.get()) ? 1 : 4;
    if (const Result<void> room = make_room(decoded, 0, name); !room) return room.error();

    TIFFRGBAImage image;
    char problem[1024] = "";
    if (!TIFFRGBAImageOK(file.get(), problem) || !TIFFRGBAImageBegin(&image, file.get(), /*stop=*/1, problem))
        return undecodable(name, problem);
    const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> image_end(&image, &TIFFRGBAImageEnd);
    image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;  // in the file's order of rows: we turn it
    // The library multiplies colours, but no greys.
    const bool multiplied = image.samplesperpixel != 2 || image.alpha == EXTRASAMPLE_ASSOCALPHA;
    const std::uint32_t rows = band_rows(file.get(), height);
    std::vector<std::uint32_t> raster(std::size_t{rows} * width);
    std::uint8_t* to = decoded.samples.data();
    for (std::uint32_t row = 0; row < height; row += rows) {
        const std::uint32_t count = std::min(rows, height - row);
        image.row_offset = static_cast<int>(row);
        if (!TIFFRGBAImageGet(&image, raster.data(), width, count))
            return undecodable(name, reader.problem[0] != '\0' ? reader.problem : problem);
        for (std::size_t i = 0; i < std::size_t{count} * width; ++i, to += decoded.channels)
            put_pixel(raster[i], multiplied, decoded.channels, to);
    }
    decoded.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    return decoded;
}

}  // namespace convscope
