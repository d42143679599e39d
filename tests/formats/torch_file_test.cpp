// Archives made here with libzip, one thing wrong with each; whole files are Python's business (torch_file_test.py).
#include "engine/formats/torch_file.h"

#include "tests/support/catch.h"

#include <zip.h>

#include <stdexcept>
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
const std::string kValues("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12);

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

std::string refusal(const std::string& bytes) {
    const auto parsed = parse_torch_file(bytes, "w.pth");
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, contains_text("w.pth: "));
    return parsed.error().message;
}

}  // namespace

TEST_CASE("A file of torch.save is read whatever its archive is called") {
    for (const std::string& prefix : {"archive/"s, "weights/"s, ""s}) {
        const auto parsed = parse_torch_file(
            archive({{prefix + "data.pkl", kPickle}, {prefix + "byteorder", "little"}, {prefix + "data/0", kValues}}),
            "w");
        REQUIRE(parsed.ok());
        const PickleValue* weight = parsed.value().find("w");
        REQUIRE(weight);
        CHECK(weight->as<StoredTensor>()->floats() == std::vector<float>{1, 2, 3});
    }
}

TEST_CASE("Each thing that can be wrong with the archive is said") {
    CHECK_THAT(refusal(""), contains_text("empty"));
    CHECK_THAT(refusal("hello"), contains_text("not a whole file of torch.save"));
    CHECK_THAT(refusal(archive({{"x/picture.png", "..."}})), contains_text("no data.pkl"));
    CHECK_THAT(refusal(archive({{"a/data.pkl", kPickle}})), contains_text("'a/data/0' is missing"));
    CHECK_THAT(refusal(archive({{"a/data.pkl", kPickle}, {"a/data/0", kValues.substr(4)}})),
               contains_text("2 elements instead of 3"));
    CHECK_THAT(refusal(archive({{"a/data.pkl", kPickle}, {"a/byteorder", "big"}, {"a/data/0", kValues}})),
               contains_text("big-endian"));
    CHECK_THAT(refusal(archive({{"a/data.pkl", kPickle}, {"a/constants.pkl", ""}, {"a/data/0", kValues}})),
               contains_text("TorchScript"));
    CHECK_THAT(refusal(archive({{"a/data.pkl", kPickle}, {"a/data/0", std::string(4000, '\0')}}, ZIP_CM_DEFLATE)),
               contains_text("compressed"));
}

TEST_CASE("A changed value is noticed by its checksum") {
    std::string bytes = archive({{"a/data.pkl", kPickle}, {"a/data/0", kValues}});
    const std::size_t at = bytes.find(kValues);
    REQUIRE(at != std::string::npos);
    bytes[at] ^= 1;
    CHECK_THAT(refusal(bytes), contains_text("checksum"));
}

TEST_CASE("A missing file is named") {
    const auto read = read_torch_file("/nowhere/w.pth");
    REQUIRE_FALSE(read.ok());
    CHECK_THAT(read.error().message, contains_text("/nowhere/w.pth"));
}

TEST_CASE("a file of weights that does not exist is no such file") {
    const auto read = read_torch_file("/nonexistent/nosuch.pth");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::NotFound);
    CHECK(read.error().message == "/nonexistent/nosuch.pth: there is no such file");
}
