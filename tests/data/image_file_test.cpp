// Decoding pictures: every kind of file, and files that are not what they say.
#include "engine/data/image_file.h"

#include "tests/data/temp_folder.h"
#include "tests/data/test_image.h"
#include "tests/support/catch.h"

#include <zlib.h>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

using namespace convscope;

namespace {

Bytes read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::string picture_refusal(const Bytes& bytes) {
    const auto decoded = decode_image(bytes, "picture.png");
    REQUIRE_FALSE(decoded.ok());
    CHECK_THAT(decoded.error().message, contains_text("'picture.png'"));
    return decoded.error().message;
}

Bytes png(int width, int height, int channels, Pixel colour) {
    const TempFolder folder;
    write_image(folder.path() / "a.png", width, height, channels, colour);
    return read_bytes(folder.path() / "a.png");
}

void write_number(Bytes& file, std::size_t place, std::uint32_t number) {
    for (std::size_t i = 0; i < 4; ++i) file.at(place + i) = static_cast<std::uint8_t>(number >> (24 - 8 * i));
}

// Overwrites a PNG's declared width, and the checksum of its header.
void declare_width(Bytes& file, std::uint32_t width) {
    write_number(file, 16, width);
    write_number(file, 29, static_cast<std::uint32_t>(crc32(0, file.data() + 12, 17)));
}

// At a PNG's end.
void add_chunk(Bytes& file, std::string_view kind, const Bytes& content) {
    const std::size_t begin = file.size();
    file.resize(begin + 4);
    write_number(file, begin, static_cast<std::uint32_t>(content.size()));
    file.insert(file.end(), kind.begin(), kind.end());
    file.insert(file.end(), content.begin(), content.end());
    const auto sum = crc32(0, file.data() + begin + 4, static_cast<uInt>(file.size() - begin - 4));
    file.resize(file.size() + 4);
    write_number(file, file.size() - 4, static_cast<std::uint32_t>(sum));
}

// So many zeros, which are never all in memory.
Bytes deflated_zeros(std::size_t count) {
    const Bytes block(1 << 20);
    z_stream stream{};
    REQUIRE(deflateInit(&stream, Z_BEST_SPEED) == Z_OK);
    Bytes packed(count / 200 + 1000);
    stream.next_out = packed.data();
    stream.avail_out = static_cast<uInt>(packed.size());
    for (; count > 0; count -= std::min(count, block.size())) {
        stream.next_in = const_cast<std::uint8_t*>(block.data());
        stream.avail_in = static_cast<uInt>(std::min(count, block.size()));
        REQUIRE(deflate(&stream, Z_NO_FLUSH) == Z_OK);
    }
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

// KiB of this process's, so far.
long most_memory() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

std::filesystem::path corpus() { return std::filesystem::path(CONVSCOPE_SOURCE_DIR) / "tests/fuzz/corpus/image_fuzz"; }

Image picture(const char* name) {
    const auto image = read_image(corpus() / name);
    UNSCOPED_INFO(name << ": " << (image.ok() ? "read" : image.error().message));
    REQUIRE(image.ok());
    return image.value();
}

// How far the pixels of two pictures lie apart on average.
double difference(const Image& a, const Image& b) {
    REQUIRE(a.pixels.size() == b.pixels.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
    return sum / static_cast<double>(a.pixels.size());
}

}  // namespace

TEST_CASE("a colour picture is read as a red, a green and a blue plane") {
    const TempFolder folder;
    for (const char* name : {"a.png", "a.bmp"}) {
        write_image(folder.path() / name, 2, 1, 3, {10, 20, 30, 40, 50, 60});
        const auto image = read_image(folder.path() / name);
        REQUIRE(image.ok());
        CHECK(image.value().channels == 3);
        CHECK(image.value().height == 1);
        CHECK(image.value().width == 2);
        CHECK(image.value().pixels == Bytes{10, 40, 20, 50, 30, 60});
    }
}

TEST_CASE("a JPEG is read up to its losses") {
    const TempFolder folder;
    write_image(folder.path() / "a.JPEG", 24, 16, 3, Pixel{200, 100, 50});
    const auto image = read_image(folder.path() / "a.JPEG");
    REQUIRE(image.ok());
    REQUIRE(image.value().pixels.size() == 3 * 24 * 16);
    CHECK(int{image.value().pixels[0]} == Approx(200).margin(4));
    CHECK(int{image.value().pixels[24 * 16]} == Approx(100).margin(4));
    CHECK(int{image.value().pixels[2 * 24 * 16]} == Approx(50).margin(4));
}

TEST_CASE("a picture whose colours are all greys has one channel") {
    CHECK(decode_image(png(3, 2, 1, {77}), "grey").value().channels == 1);
    CHECK(decode_image(png(3, 2, 3, {77, 77, 77}), "grey in colour").value().channels == 1);
    CHECK(decode_image(png(3, 2, 3, {77, 77, 78}), "nearly grey").value().channels == 3);
    CHECK(decode_image(png(3, 2, 1, {77}), "grey").value().pixels == Bytes(6, 77));
}

TEST_CASE("transparent parts show white") {
    CHECK(decode_image(png(1, 1, 4, {0, 0, 0, 0}), "clear").value().pixels == Bytes{255});
    CHECK(decode_image(png(1, 1, 4, {9, 8, 7, 255}), "opaque").value().pixels == Bytes{9, 8, 7});
    CHECK(decode_image(png(1, 1, 2, {0, 0, 0, 51}), "a fifth of black").value().pixels == Bytes{204});
}

TEST_CASE("files of every kind that other programs write are read") {
    int read = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus())) {
        INFO(entry.path());
        const auto image = read_image(entry.path());
        UNSCOPED_INFO((image.ok() ? "read" : image.error().message));
        REQUIRE(image.ok());
        CHECK(image.value().height == 28);
        CHECK(image.value().width == 28);
        ++read;
    }
    CHECK(read >= 30);
}

TEST_CASE("the same colours are read from every kind of file") {
    // Red rises across, green down, blue with their product, as tests/train/pictures_test.py has it from Pillow.
    const Image wanted = picture("lzw.tif");
    REQUIRE(wanted.channels == 3);
    CHECK(int{wanted.pixels[5]} == 45);
    CHECK(int{wanted.pixels[28 * 28 + 28 * 5]} == 45);
    for (const char* exact : {"top-down.bmp", "gap.bmp"}) CHECK(difference(picture(exact), wanted) == 0.0);
    for (const char* lossy : {"lossy.webp", "jpeg.tif"}) CHECK(difference(picture(lossy), wanted) < 16.0);
    for (const char* grey : {"grey.gif", "16-bit.tif", "fax.tif"}) CHECK(picture(grey).channels == 1);
    CHECK(difference(picture("16-bit.tif"), picture("grey.gif")) < 1.0);  // 2300 x against 256 times 9 x
    // CMYK is those colours once more: as ink, or inverted, as Adobe has it in JPEG.
    CHECK(difference(picture("cmyk.tif"), wanted) < 1.0);
    CHECK(difference(picture("cmyk.jpg"), wanted) < 12.0);
    CHECK(difference(picture("alpha.tif"), picture("lossless-alpha.webp")) < 2.0);
    CHECK(difference(picture("animated.webp"), picture("lossless-alpha.webp")) < 8.0);  // its first frame, lossy
}

TEST_CASE("a picture that its EXIF data have turned is upright, whatever kind of file it is") {
    const Image stored = picture("lzw.tif");
    for (const char* name : {"turned.jpg", "turned.png", "turned.webp", "turned.tif"}) {
        const Image turned = picture(name);
        CHECK(turned.done == std::vector{PictureStep::Upright});
        Image wanted = stored;  // 6: its first row is the right-hand column
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t y = 0; y < 28; ++y)
                for (std::size_t x = 0; x < 28; ++x)
                    wanted.pixels[(c * 28 + x) * 28 + 27 - y] = stored.pixels[(c * 28 + y) * 28 + x];
        CHECK(difference(turned, wanted) < (std::string_view(name) == "turned.jpg" ? 16.0 : 0.001));
    }
}

TEST_CASE("each of EXIF's eight orientations is undone") {
    // An F of 3x2: what the eight ways of storing it look like, each to be read as the first.
    const std::array<std::array<std::uint8_t, 6>, 9> stored{{{},
                                                             {1, 2, 3, 4, 5, 6},
                                                             {3, 2, 1, 6, 5, 4},
                                                             {6, 5, 4, 3, 2, 1},
                                                             {4, 5, 6, 1, 2, 3},
                                                             {1, 4, 2, 5, 3, 6},
                                                             {3, 6, 2, 5, 1, 4},
                                                             {6, 3, 5, 2, 4, 1},
                                                             {4, 1, 5, 2, 6, 3}}};
    for (std::size_t orientation = 1; orientation <= 8; ++orientation) {
        INFO("orientation " << orientation);
        const bool lies = orientation >= 5;
        // A PNG whose eXIf chunk has the one entry, put before its first IDAT.
        const TempFolder folder;
        const auto& pixels = stored[orientation];
        write_image(folder.path() / "a.png", lies ? 2 : 3, lies ? 3 : 2, 1,
                    std::vector<std::uint8_t>(pixels.begin(), pixels.end()));
        Bytes file = read_bytes(folder.path() / "a.png");
        Bytes chunk{0, 0, 0, 26, 'e', 'X',  'I', 'f', 'M', 'M', 0, 42, 0, 0,
                    0, 8, 0, 1,  1,   0x12, 0,   3,   0,   0,   0, 1,  0, static_cast<std::uint8_t>(orientation),
                    0, 0, 0, 0,  0,   0};
        chunk.resize(8 + 26 + 4);
        write_number(chunk, 34, static_cast<std::uint32_t>(crc32(0, chunk.data() + 4, 30)));
        file.insert(file.begin() + 33, chunk.begin(), chunk.end());
        const auto image = decode_image(file, "turned");
        REQUIRE(image.ok());
        CHECK(image.value().height == 2);
        CHECK(image.value().width == 3);
        CHECK(image.value().pixels == Bytes{1, 2, 3, 4, 5, 6});
        CHECK(image.value().has_been(PictureStep::Upright) == (orientation != 1));
    }
}

TEST_CASE("strokes that would not show on white are shown on black") {
    CHECK(decode_image(png(1, 1, 4, {255, 255, 255, 255}), "opaque").value().done.empty());
    const TempFolder folder;
    write_image(folder.path() / "white.png", 3, 1, 2, std::vector<std::uint8_t>{255, 255, 255, 128, 255, 0});
    const auto white = read_image(folder.path() / "white.png");
    REQUIRE(white.ok());
    CHECK(white.value().pixels == Bytes{255, 128, 0});
    CHECK(white.value().done == std::vector{PictureStep::OnBlack});
    write_image(folder.path() / "black.png", 3, 1, 2, std::vector<std::uint8_t>{0, 255, 0, 128, 0, 0});
    const auto black = read_image(folder.path() / "black.png");
    REQUIRE(black.ok());
    CHECK(black.value().pixels == Bytes{0, 127, 255});
    CHECK(black.value().done == std::vector{PictureStep::OnWhite});
}

TEST_CASE("a JPEG that is too large is refused with the size that it declares, not the one it would be decoded at") {
    Bytes file = read_bytes(corpus() / "colour.jpg");
    const Bytes start_of_frame{0xff, 0xc0};
    const auto frame = std::search(file.begin(), file.end(), start_of_frame.begin(), start_of_frame.end());
    REQUIRE(file.end() - frame > 9);
    for (const std::ptrdiff_t at : {5, 7}) {  // height and width, 65500
        frame[at] = 0xff;
        frame[at + 1] = 0xdc;
    }
    CHECK_THAT(picture_refusal(file), contains_text("declares 65500x65500 pixels, but"));
}

TEST_CASE("every kind of file that ends too early is refused") {
    for (const char* name : {"grey.png", "colour.jpg", "lossy.webp", "grey.gif", "lzw.tif", "colour.bmp"}) {
        Bytes file = read_bytes(corpus() / name);
        file.resize(file.size() * 2 / 3);
        INFO(name);
        CHECK_FALSE(decode_image(file, name).ok());
    }
}

TEST_CASE("a JPEG is refused wherever it ends too early, between its scans too") {
    const Bytes whole = read_bytes(corpus() / "progressive.jpg");
    for (std::size_t size = 2; size + 2 < whole.size(); size += 5) {
        INFO(size << " of " << whole.size() << " bytes");
        const auto cut_off = decode_image({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, "a.jpg");
        REQUIRE_FALSE(cut_off.ok());
        CHECK_THAT(cut_off.error().message, contains_text("cannot be decoded"));
    }
}

TEST_CASE("greys with transparency in a TIFF are no darker and no lighter than they say") {
    Bytes file{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 10};
    // Each a SHORT: its tag, how many, the values. Two pixels of grey and alpha, which was not multiplied.
    for (const std::array<std::uint8_t, 4>& tag : {std::array<std::uint8_t, 4>{0x00, 1, 2, 0},
                                                   {0x01, 1, 1, 0},
                                                   {0x02, 2, 8, 8},
                                                   {0x03, 1, 1, 0},
                                                   {0x06, 1, 1, 0},
                                                   {0x11, 1, 134, 0},
                                                   {0x15, 1, 2, 0},
                                                   {0x16, 1, 1, 0},
                                                   {0x17, 1, 4, 0},
                                                   {0x52, 1, 2, 0}})
        file.insert(file.end(), {1, tag[0], 0, 3, 0, 0, 0, tag[1], 0, tag[2], 0, tag[3]});
    file.insert(file.end(), {0, 0, 0, 0, 100, 51, 30, 255});
    const auto image = decode_image(file, "alpha.tif");
    UNSCOPED_INFO((image.ok() ? "read" : image.error().message));
    REQUIRE(image.ok());
    CHECK(image.value().pixels == Bytes{224, 30});  // a fifth of 100 and four fifths of white
}

TEST_CASE("a file that is no picture is refused") {
    const std::string text = "<!DOCTYPE html><title>404 Not Found</title>";
    CHECK_THAT(picture_refusal(Bytes(text.begin(), text.end())), contains_text("PNG, JPEG, WebP"));
    CHECK_THAT(picture_refusal(Bytes(text.begin(), text.end())), contains_text("(it is a web page"));
    CHECK_THAT(picture_refusal({}), contains_text("(it is empty); PNG, JPEG, WebP"));
    const std::pair<std::string, const char*> kinds[] = {
        {std::string("\0\0\0\x18", 4) + "ftypheic", "a HEIC picture, as phones save them; save it as JPEG"},
        {std::string("\0\0\0\x18", 4) + "ftypavif", "an AVIF picture"},
        {"%PDF-1.4", "a PDF"},
        {"<svg/>", "an SVG drawing"},
        {"something", "it is of no known kind"}};
    for (const auto& [begin, said] : kinds)
        CHECK_THAT(picture_refusal(Bytes(begin.begin(), begin.end())), contains_text(said));
    const std::string gif = "GIF89a\x01\x01";
    CHECK_THAT(picture_refusal(Bytes(gif.begin(), gif.end())), contains_text("PNG, JPEG, WebP"));
}

TEST_CASE("a picture that ends too early is refused") {
    Bytes file = png(64, 64, 3, {1, 2, 3});
    file.erase(file.end() - 20, file.end());
    CHECK_THAT(picture_refusal(file), contains_text("cannot be decoded"));
}

TEST_CASE("a size that the file cannot hold is refused without taking the memory") {
    Bytes file = png(64, 64, 3, {1, 2, 3});
    declare_width(file, 500'000);
    CHECK_THAT(picture_refusal(file), contains_text("500000x64 pixels, more than its"));
    declare_width(file, 2'000'000);
    CHECK_THAT(picture_refusal(file), contains_text("2000000x64 pixels, but a picture"));
    declare_width(file, 0);
    picture_refusal(file);
    // libpng takes memory for whole rows.
    const long before = most_memory();
    declare_width(file, 0x7fffffff);
    CHECK_THAT(picture_refusal(file), contains_text("2147483647x64 pixels, but a picture"));
    CHECK(most_memory() - before < 65536);
}

TEST_CASE("a small PNG that is whole, and unfolds into too much, is refused before it unfolds") {
    constexpr std::uint32_t kSide = 20'000, kRowBytes = 1 + kSide / 8;  // black and white
    Bytes file(png(1, 1, 1, {}));
    file.resize(33);  // up to the end of the header
    write_number(file, 16, kSide);
    write_number(file, 20, kSide);
    file[24] = 1;  // bits a sample
    write_number(file, 29, static_cast<std::uint32_t>(crc32(0, file.data() + 12, 17)));
    add_chunk(file, "IDAT", deflated_zeros(std::size_t{kSide} * kRowBytes));
    add_chunk(file, "IEND", {});
    REQUIRE(file.size() < 300'000);
    const long before = most_memory();
    CHECK_THAT(picture_refusal(file),
               contains_text("20000x20000 pixels, but a picture must have some and take at most"));
    CHECK(most_memory() - before < 65536);
}

TEST_CASE("what lies beside a PNG's pixels, and unfolds into too much, is passed over and takes no memory") {
    Bytes text{'T', 'i', 't', 'l', 'e', 0, 0};
    const Bytes much = deflated_zeros(std::size_t{256} << 20);
    text.insert(text.end(), much.begin(), much.end());
    Bytes file = png(2, 1, 1, {77, 0, 0, 0});
    const Bytes rest(file.begin() + 33, file.end());
    file.resize(33);
    for (const char* kind : {"zTXt", "iCCP"}) add_chunk(file, kind, text);
    file.insert(file.end(), rest.begin(), rest.end());
    const long before = most_memory();
    const auto image = decode_image(file, "much beside it");
    REQUIRE(image.ok());
    CHECK(image.value().pixels == Bytes{77, 77});
    CHECK(most_memory() - before < 65536);
}

TEST_CASE("a large scan in black and white is read from a TIFF in bands, each in its place") {
    constexpr std::uint32_t kSide = 6400, kRowBytes = kSide / 8, kRowsOfStrip = 6400;
    Bytes file{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 8};
    const auto entry = [&file](std::uint8_t tag, std::uint32_t value) {  // each a LONG
        file.insert(file.end(), {1, tag, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0});
        write_number(file, file.size() - 4, value);
    };
    const auto small = [&file](std::uint8_t tag, std::uint8_t value) {  // each a SHORT
        file.insert(file.end(), {1, tag, 0, 3, 0, 0, 0, 1, 0, value, 0, 0});
    };
    constexpr std::uint32_t kPixels = 10 + 8 * 12 + 4;
    entry(0x00, kSide);
    entry(0x01, kSide);
    small(0x02, 1);  // bits
    small(0x03, 1);  // not packed
    small(0x06, 1);  // 0 is black
    entry(0x11, kPixels);
    entry(0x16, kRowsOfStrip);
    entry(0x17, kRowBytes * kSide);
    file.resize(kPixels + std::size_t{kRowBytes} * kSide, 0xff);
    for (const std::size_t row : {0, 799, 800, 801, 802, 3200, 6399}) file[kPixels + row * kRowBytes + row / 8] = 0;
    const auto image = decode_image(file, "scan.tif");
    UNSCOPED_INFO((image.ok() ? "read" : image.error().message));
    REQUIRE(image.ok());
    CHECK(image.value().channels == 1);
    CHECK(std::ranges::count(image.value().pixels, 0) == 7 * 8);
    for (const std::size_t row : {0, 799, 800, 801, 802, 3200, 6399})
        CHECK(image.value().pixels[row * kSide + row / 8 * 8] == 0);
}

TEST_CASE("a file that is larger than pictures are is refused with a remedy, unread") {
    const TempFolder folder;
    std::ofstream(folder.path() / "scan.bmp") << "BM";
    std::filesystem::resize_file(folder.path() / "scan.bmp", (64 << 20) + 1);
    const auto image = read_image(folder.path() / "scan.bmp");
    REQUIRE_FALSE(image.ok());
    CHECK_THAT(image.error().message, contains_text("scan.bmp' is larger than the 64 MiB"));
    CHECK_THAT(image.error().message, contains_text("scale it down"));
}

TEST_CASE("a missing picture is named") {
    const auto image = read_image("/nowhere/at/all.png");
    REQUIRE_FALSE(image.ok());
    CHECK_THAT(image.error().message, contains_text("/nowhere/at/all.png"));
}

TEST_CASE("resizing keeps a plain colour and the picture's orientation") {
    Image plain{3, 5, 7, Bytes(105, 90)};
    const Image shrunk = resized(plain, 2, 3);
    CHECK(shrunk.channels == 3);
    CHECK(shrunk.height == 2);
    CHECK(shrunk.width == 3);
    CHECK(shrunk.pixels == Bytes(18, 90));
    CHECK(resized(plain, 5, 7).pixels == plain.pixels);

    Image halves{1, 8, 8, Bytes(64, 0)};  // bright on the right
    for (std::size_t y = 0; y < 8; ++y) std::fill_n(halves.pixels.begin() + static_cast<int>(y * 8 + 4), 4, 240);
    for (const std::int64_t side : {4, 32}) {
        const Image scaled = resized(halves, side, side);
        REQUIRE(scaled.pixels.size() == static_cast<std::size_t>(side * side));
        CHECK(scaled.pixels.front() < 20);
        CHECK(scaled.pixels[static_cast<std::size_t>(side - 1)] > 220);
        CHECK(scaled.pixels[static_cast<std::size_t>(side * (side - 1))] < 20);
        CHECK(scaled.pixels.back() > 220);
    }
}

TEST_CASE("image names are told by their endings in any case") {
    CHECK(has_image_name("a/b.PNG"));
    CHECK(has_image_name("b.jpeg"));
    CHECK(has_image_name("b.Jpg"));
    CHECK(has_image_name("b.bmp"));
    for (const char* name : {"b.gif", "b.TIF", "b.tiff", "b.webp"}) CHECK(has_image_name(name));
    CHECK_FALSE(has_image_name("b.svg"));
    CHECK_FALSE(has_image_name("png"));
    CHECK_FALSE(has_image_name("b.png.txt"));
}
