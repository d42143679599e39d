// Archives made here with libzip, one thing wrong with each; whole files are Python's business (torch_file_test.py).
#include "engine/formats/torch_file.h"

#include "engine/formats/weights_file.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <zip.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

using namespace convscope;
using namespace std::string_literals;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

// {"w": a float tensor of 3 elements in storage 0}
const std::string kPickle =
    "\x80\x02}\x8c\x01wctorch._utils\n_rebuild_tensor_v2\n(("
    "\x8c\x07storagectorch\nFloatStorage\n\x8c\x01"
    "0\x8c\x03"
    "cpuK\x03tQK\0K\x03\x85K\x01\x85\x89}tRs."s;
const std::string kTensorBytes("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12);

std::string archive(const Entries& entries, zip_int32_t method = ZIP_CM_STORE) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(target);
    zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (!zip) throw std::runtime_error(zip_error_strerror(&error));
    for (const auto& [name, bytes] : entries) {
        const zip_int64_t index =
            zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), ZIP_FL_ENC_UTF_8);
        zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), method, 0);
    }
    if (zip_close(zip) != 0) throw std::runtime_error(zip_strerror(zip));
    zip_stat_t stat;
    zip_source_stat(target, &stat);
    std::string bytes(stat.size, '\0');
    zip_source_open(target);
    zip_source_read(target, bytes.data(), bytes.size());
    zip_source_close(target);
    zip_source_free(target);
    return bytes;
}

std::string torch_file_refusal(const std::string& bytes) {
    const auto parsed = parse_torch_file(bytes, "w.pth");
    REQUIRE_FALSE(parsed.ok());
    const std::string& message = parsed.error().message;
    CHECK_THAT(message, Catch::Matchers::StartsWith("w.pth: "));
    CHECK(message.find("w.pth", 1) == std::string::npos);  // the file is named once
    return message;
}

}  // namespace

TEST_CASE("A file of torch.save is read whatever its archive is called") {
    for (const std::string& prefix : {"archive/"s, "weights/"s, ""s}) {
        const auto parsed = parse_torch_file(
            archive(
                {{prefix + "data.pkl", kPickle}, {prefix + "byteorder", "little"}, {prefix + "data/0", kTensorBytes}}),
            "w");
        REQUIRE(parsed.ok());
        const PickleValue* weight = parsed.value().find("w");
        REQUIRE(weight);
        CHECK(weight->as<StoredTensor>()->floats() == std::vector<float>{1, 2, 3});
    }
}

TEST_CASE("Each thing that can be wrong with the archive is said") {
    CHECK_THAT(torch_file_refusal(archive({{"a/data.pkl", kPickle}})), contains_text("'a/data/0' is missing"));
    CHECK_THAT(torch_file_refusal(archive({{"a/data.pkl", kPickle}, {"a/data/0", kTensorBytes.substr(4)}})),
               contains_text("2 elements instead of 3"));
    CHECK_THAT(
        torch_file_refusal(archive({{"a/data.pkl", kPickle}, {"a/byteorder", "big"}, {"a/data/0", kTensorBytes}})),
        contains_text("big-endian"));
    CHECK_THAT(
        torch_file_refusal(archive({{"a/data.pkl", kPickle}, {"a/data/0", std::string(4000, '\0')}}, ZIP_CM_DEFLATE)),
        contains_text("compressed"));
}

TEST_CASE("What is no file of weights is named for what it is, with a remedy") {
    const std::tuple<std::string, std::string, std::string> files[] = {
        {"", "it is empty", "download it"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "pointer of Git LFS", "git lfs pull"},
        {"\n\n<!DOCTYPE html>\n<html lang=en>", "a web page", "download it from"},
        {"\xef\xbb\xbf<HTML><head>", "a web page", "download it from"},
        {"\x89HDF\r\n\x1a\n\0\0"s, "an HDF5 file", "torch.save(model.state_dict()"},
        {"\x08\x07\x12\x07pytorch\x1a\x05"s, "an ONNX model", "torch.save(model.state_dict()"},
        {"\x1f\x8b\x08\0\0"s, "compressed with gzip", "unpack it"},
        {"GGUF\3\0"s, "GGUF", "torch.save(model.state_dict()"},
        {"\x93NUMPY\1\0"s, "an array of NumPy", "torch.from_numpy"},
        {"\x80\4K\1.", "a plain pickle", "torch.save(pickle.load("},
        {"\x80\xf0\xfa\2\0\0\0\0{"s, "not a whole file", "again"},  // a heading of safetensors that is too long
        {std::string(257, 'x') + "ustar" + std::string(250, '\0'), "a tar archive", "map_location='cpu'"},
        {"hello", "a text", "safetensors"},
        {"\0\1\2\3\4\5\6\7\xff"s, "not a whole file", "again"},
        {"PK\3\4", "not a whole file of torch.save", "again"},
        {archive({{"x/picture.png", "..."}}), "no data.pkl", "unpack it"},
        {archive({{"x/model.pth", "..."}}), "around other files", "'x/model.pth'"},
        {archive({{"arr_0.npy", "..."}}), "NumPy", "torch.from_numpy"},
        {archive({{"config.json", "{}"}, {"model.weights.h5", "..."}}), "a Keras model", "torch.save("},
    };
    for (const auto& [bytes, what, remedy] : files) {
        const std::string message = torch_file_refusal(bytes);
        CHECK_THAT(message, contains_text(what));
        CHECK_THAT(message, contains_text(remedy));
    }
}

// What PyTorch before 1.6 wrote of one tensor; `count` and `key` as its list of storages has them.
std::string old_file(std::uint64_t count = 3, const std::string& keys =
                                                  "\x80\x02]\x8c\x01"
                                                  "0a.") {
    const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    return magic + "\x80\x02M\xe9\x03." + "\x80\x02}\x8c\x0dlittle_endian\x88s." + kPickle + keys +
           std::string(reinterpret_cast<const char*>(&count), sizeof count) + kTensorBytes;
}

TEST_CASE("The format before PyTorch 1.6 is read, and every cut and lie in it is refused") {
    const auto parsed = parse_torch_file(old_file(), "w");
    REQUIRE(parsed.ok());
    CHECK(parsed.value().find("w")->as<StoredTensor>()->floats() == std::vector<float>{1, 2, 3});
    const std::string whole = old_file();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        torch_file_refusal(whole.substr(0, length));
    }
    CHECK_THAT(torch_file_refusal(old_file(4)), contains_text("ends within a storage"));
    CHECK_THAT(torch_file_refusal(old_file(UINT64_MAX)), contains_text("ends within a storage"));
    CHECK_THAT(torch_file_refusal(old_file(2)), contains_text("2 elements instead of 3"));
    CHECK_THAT(torch_file_refusal(old_file(3, "\x80\x02].")), contains_text("storages is missing"));
    CHECK_THAT(torch_file_refusal(old_file(3,
                                           "\x80\x02]\x8c\x01"
                                           "1a.")),
               contains_text("list of its storages"));
    std::string big_endian = old_file();
    big_endian[big_endian.find("endian\x88") + 6] = '\x89';
    CHECK_THAT(torch_file_refusal(big_endian), contains_text("big-endian"));
}

TEST_CASE("A changed value is noticed by its checksum") {
    std::string bytes = archive({{"a/data.pkl", kPickle}, {"a/data/0", kTensorBytes}});
    const std::size_t at = bytes.find(kTensorBytes);
    REQUIRE(at != std::string::npos);
    bytes[at] ^= 1;
    CHECK_THAT(torch_file_refusal(bytes), contains_text("checksum"));
}

TEST_CASE("A missing file of weights is no such file") {
    const auto read = read_weights_file("/nonexistent/nosuch.pth");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::NotFound);
    CHECK(read.error().message == "/nonexistent/nosuch.pth: there is no such file");
}

TEST_CASE("What is no file of weights is not read beyond its beginning, however large it is") {
    const TempFolder folder;
    const auto path = folder.path() / "zeros.pth";
    std::ofstream(path).put('\0');
    std::filesystem::resize_file(path, std::uintmax_t{1} << 36);  // a hole: more than is ever read
    const auto read = read_weights_file(path);
    REQUIRE_FALSE(read.ok());
    CHECK_THAT(read.error().message, contains_text("zeros.pth"));
    CHECK_THAT(read.error().message, !contains_text("larger than"));
}
