// Decoding pictures: every kind of file, and files that are not what they say.
#include "engine/data/image_file.h"

#include "tests/data/temp_folder.h"
#include "tests/data/test_image.h"
#include "tests/support/catch.h"

#include <fstream>
#include <iterator>

using namespace convscope;

namespace {

Bytes read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::string refusal(const Bytes& bytes) {
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

// Overwrites a PNG's declared width. stb does not look at the header's checksum.
void declare_width(Bytes& file, std::uint32_t width) {
    for (std::size_t i = 0; i < 4; ++i) file.at(16 + i) = static_cast<std::uint8_t>(width >> (24 - 8 * i));
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
    const std::filesystem::path corpus = std::filesystem::path(CONVSCOPE_SOURCE_DIR) / "tests/fuzz/corpus/image_fuzz";
    int read = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        INFO(entry.path());
        const auto image = read_image(entry.path());
        UNSCOPED_INFO((image.ok() ? "read" : image.error().message));
        REQUIRE(image.ok());
        CHECK(image.value().height == 28);
        CHECK(image.value().width == 28);
        ++read;
    }
    CHECK(read >= 8);
}

TEST_CASE("a file that is no picture is refused") {
    const std::string text = "<!DOCTYPE html><title>404 Not Found</title>";
    CHECK_THAT(refusal(Bytes(text.begin(), text.end())), contains_text("PNG, JPEG and BMP"));
    CHECK_THAT(refusal({}), contains_text("PNG, JPEG and BMP"));
    const std::string gif = "GIF89a\x01\x01";
    CHECK_THAT(refusal(Bytes(gif.begin(), gif.end())), contains_text("PNG, JPEG and BMP"));
}

TEST_CASE("a picture that ends too early is refused") {
    Bytes file = png(64, 64, 3, {1, 2, 3});
    file.erase(file.end() - 20, file.end());
    CHECK_THAT(refusal(file), contains_text("cannot be decoded"));
}

TEST_CASE("a size that the file cannot hold is refused without taking the memory") {
    Bytes file = png(64, 64, 3, {1, 2, 3});
    declare_width(file, 1'000'000);
    CHECK_THAT(refusal(file), contains_text("1000000x64 pixels, more than its"));
    declare_width(file, 2'000'000);
    CHECK_THAT(refusal(file), contains_text("2000000x64 pixels, but 1 to"));
    declare_width(file, 0);
    refusal(file);
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
    CHECK_FALSE(has_image_name("b.gif"));
    CHECK_FALSE(has_image_name("png"));
    CHECK_FALSE(has_image_name("b.png.txt"));
}
