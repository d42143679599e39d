#include "engine/data/image_decoders.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>

namespace convscope {
namespace {

// libpng's state. Its errors jump out of it, past C++'s destructors: what calls it holds none.
struct PngReader {
    FileBytes rest;
    char problem[128] = "";
    png_structp png = nullptr;
    png_infop info = nullptr;

    explicit PngReader(FileBytes bytes) : rest(bytes) {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &PngReader::fail, [](png_structp, const char*) {});
        if (png) info = png_create_info_struct(png);
    }
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    [[noreturn]] static void fail(png_structp png, const char* what) {
        auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
        std::snprintf(reader.problem, sizeof reader.problem, "%s", what);
        png_longjmp(png, 1);
    }
    static void read(png_structp png, png_bytep to, std::size_t count) {
        FileBytes& rest = static_cast<PngReader*>(png_get_io_ptr(png))->rest;
        if (count > rest.size()) png_error(png, "it ends too early");
        std::copy_n(rest.begin(), count, to);
        rest = rest.subspan(count);
    }
};

// Reads up to the pixels, and takes no memory for them; says what they become by prepare_rows(). False: `problem`.
// `unfolds`: how many bytes of samples a byte of packed ones becomes, eight and more of a scan in black and white.
bool read_header(PngReader& reader, DecodedImage& image, std::size_t& unfolds) {
    if (setjmp(png_jmpbuf(reader.png))) return false;
    png_set_read_fn(reader.png, &reader, &PngReader::read);
    png_set_chunk_malloc_max(reader.png, 8 << 20);
    png_set_user_limits(reader.png, 0x7fffffff, 0x7fffffff);  // make_room() says what is too large
    png_read_info(reader.png, reader.info);
    const std::size_t packed_bits =  // of a pixel
        std::size_t{png_get_bit_depth(reader.png, reader.info)} * png_get_channels(reader.png, reader.info);
    const int kind = png_get_color_type(reader.png, reader.info);
    const bool clear = (kind & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0;
    image.width = png_get_image_width(reader.png, reader.info);
    image.height = png_get_image_height(reader.png, reader.info);
    image.channels = ((kind & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1) + (clear ? 1 : 0);
    unfolds = std::max<std::size_t>(1, static_cast<std::size_t>(8 * image.channels) / packed_bits);
    return true;
}

// Asks for 8 bits, colours for palettes, alpha for a transparent colour. Takes memory for rows.
void prepare_rows(const PngReader& reader, std::size_t row_bytes) {
    png_set_scale_16(reader.png);
    png_set_expand(reader.png);
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    if (png_get_rowbytes(reader.png, reader.info) != row_bytes) png_error(reader.png, "its rows are of another length");
}

bool read_rows(PngReader& reader, std::uint8_t* samples, std::size_t row_bytes, std::int64_t height) {
    if (setjmp(png_jmpbuf(reader.png))) return false;
    prepare_rows(reader, row_bytes);
    const int passes =
        png_get_interlace_type(reader.png, reader.info) == PNG_INTERLACE_NONE ? 1 : PNG_INTERLACE_ADAM7_PASSES;
    for (int pass = 0; pass < passes; ++pass)
        for (std::int64_t row = 0; row < height; ++row)
            png_read_row(reader.png, samples + static_cast<std::size_t>(row) * row_bytes, nullptr);
    png_read_end(reader.png, reader.info);
    return true;
}

}  // namespace

Result<DecodedImage> decode_png(FileBytes bytes, std::string_view name) {
    PngReader reader(bytes);
    if (!reader.info) return undecodable(name, "out of memory");
    DecodedImage decoded;
    std::size_t unfolds = 1;
    if (!read_header(reader, decoded, unfolds)) return undecodable(name, reader.problem);
    if (const Result<void> room = make_room(decoded, bytes.size() * unfolds, name); !room) return room.error();
    if (!read_rows(reader, decoded.samples.data(), static_cast<std::size_t>(decoded.width * decoded.channels),
                   decoded.height))
        return undecodable(name, reader.problem);
    png_uint_32 length = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(reader.png, reader.info, &length, &exif) != 0)
        decoded.orientation = exif_orientation({exif, length});
    return decoded;
}

}  // namespace convscope
