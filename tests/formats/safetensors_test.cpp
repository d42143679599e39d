// Files written out by hand; that they are the published format's is torch_file_test.py's business.
#include "engine/formats/safetensors.h"

#include "engine/formats/weights_file.h"

#include "tests/support/catch.h"

#include <utility>

using namespace convscope;
using namespace std::string_literals;

namespace {

const std::string kValues("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12);  // 1, 2, 3

std::string file(const std::string& heading, const std::string& data) {
    const std::uint64_t length = heading.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + heading + data;
}

std::string safetensors_refusal(const std::string& heading, const std::string& data = kValues) {
    const auto parsed = parse_safetensors(file(heading, data), "w.safetensors");
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, contains_text("w.safetensors: "));
    return parsed.error().message;
}

}  // namespace

TEST_CASE("A file of safetensors is a dictionary of its tensors") {
    const auto read = parse_weights_file(
        file(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},)"
             R"("s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"I64","shape":[0,3],)"
             R"("data_offsets":[12,12]}}   )",
             kValues),
        "w");
    REQUIRE(read.ok());
    CHECK_FALSE(read.value().in_order);
    const PickleValue& content = read.value().content;
    CHECK(content.as<PickleValue::Dict>()->size() == 3);
    CHECK(content.find("a")->as<StoredTensor>()->floats() == std::vector<float>{2, 3});
    CHECK(content.find("s")->as<StoredTensor>()->floats() == std::vector<float>{1});
    CHECK(content.find("e")->as<StoredTensor>()->integers().empty());
}

TEST_CASE("A type of elements that is not known is opaque and stops nothing else") {
    const auto read = parse_safetensors(file(R"({"f8":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},)"
                                             R"("a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                             kValues),
                                        "w");
    REQUIRE(read.ok());
    REQUIRE(read.value().find("f8")->as<PickleValue::Opaque>());
    CHECK(read.value().find("f8")->as<PickleValue::Opaque>()->name == "a tensor of F8_E4M3");
    CHECK(read.value().find("a")->as<StoredTensor>());
}

TEST_CASE("Each thing that can be wrong with a file of safetensors is said") {
    const auto tensor = [](const std::string& shape, const std::string& offsets, const std::string& name = "a") {
        return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + ",\"data_offsets\":" + offsets + "}";
    };
    CHECK_THAT(safetensors_refusal("{" + tensor("[3]", "[0,16]") + "}"), contains_text("ends within its tensors"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[2]", "[0,8]") + "}"), contains_text("goes on behind"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[2]", "[4,12]") + "}"), contains_text("gaps"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[2]", "[0,8]") + "," + tensor("[2]", "[4,12]", "b") + "}"),
               contains_text("overlap"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[3]", "[0,12]") + "," + tensor("[3]", "[0,12]", "b") + "}"),
               contains_text("overlap"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[3]", "[12,0]") + "}"), contains_text("ends before it begins"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[2]", "[0,12]") + "}"),
               contains_text("shape 2 does not take 12 bytes"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[4294967296,4294967296]", "[0,12]") + "}"),
               contains_text("too large"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[4611686018427387905]", "[0,4]") + "}", "1234"),
               contains_text("does not take"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[-3]", "[0,12]") + "}"),
               contains_text("something else where a size belongs"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[3]", "[0,18446744073709551615]") + "}"),
               contains_text("ends within"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[3]", "[0,12]") + "," + tensor("[3]", "[0,12]") + "}"),
               contains_text("twice"));
    CHECK_THAT(safetensors_refusal("{" + tensor("[[[[3]]]]", "[0,12]") + "}"), contains_text("nests deeper"));
    CHECK_THAT(safetensors_refusal("{\"a\":3}"), contains_text("not described by an object"));
    CHECK_THAT(safetensors_refusal("{\"a\":[3]}"), contains_text("not described by an object"));
    CHECK_THAT(safetensors_refusal("[3]"), contains_text("not described by an object"));
    std::string members;
    for (int i = 0; i < 17; ++i) members += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
    CHECK_THAT(safetensors_refusal("{\"a\":{" + members + "}}"), contains_text("described by too much"));
    CHECK_THAT(safetensors_refusal("{\"a\":{}}"), contains_text("heading is not what a heading is"));
    CHECK_THAT(safetensors_refusal("{nonsense"), contains_text("heading is not what a heading is"));
    const auto cut = parse_weights_file(file("{" + tensor("[3]", "[0,12]") + "}", kValues).substr(0, 30), "w");
    REQUIRE_FALSE(cut.ok());
    CHECK_THAT(cut.error().message, contains_text("ends within its heading"));
}

TEST_CASE("Tens of thousands of tensors, and as much metadata, are written and read in their order") {
    StateDict many;
    const SharedBytes bytes("\0\0\x80\x3f"s);
    for (int i = 0; i < 60'000; ++i) many.push_back({"t" + std::to_string(i), {DType::Float32, {1}, {1}, 0, bytes}});
    const auto read = parse_safetensors(safetensors_of(many), "w");
    REQUIRE(read.ok());
    const auto& dict = *read.value().as<PickleValue::Dict>();
    REQUIRE(dict.size() == many.size());
    CHECK(dict[0].key == "t0");
    CHECK(dict[59'999].key == "t59999");
    std::string metadata;
    for (int i = 0; i < 60'000; ++i) metadata += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
    const auto plain = parse_weights_file(file("{\"__metadata__\":{" + metadata + "}}", ""), "w");
    REQUIRE(plain.ok());
    CHECK(plain.value().content.as<PickleValue::Dict>()->empty());
}

TEST_CASE("What is written as safetensors is read as it was, in its own types") {
    const SharedBytes bytes("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b"s);
    const StateDict tensors{{"flags", {DType::UInt8, {3}, {1}, 1, bytes}},
                            {"turned", {DType::Float16, {2, 3}, {1, 2}, 0, bytes}},
                            {"wide", {DType::Int64, {}, {}, 0, bytes}},
                            {"none", {DType::Float32, {0, 2}, {2, 1}, 0, bytes}}};
    const std::string written = safetensors_of(tensors);
    CHECK(written.size() % 8 == (8 + 12 + 3) % 8);
    const auto read = parse_safetensors(written, "w");
    REQUIRE(read.ok());
    for (const auto& [name, tensor] : tensors) {
        const PickleValue* same = read.value().find(name);
        REQUIRE(same);
        CHECK(same->as<StoredTensor>()->dtype == tensor.dtype);
        CHECK(same->as<StoredTensor>()->shape == tensor.shape);
        CHECK(same->as<StoredTensor>()->bytes() == tensor.bytes());
    }
}
