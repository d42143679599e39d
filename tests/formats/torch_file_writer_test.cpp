// What is written for PyTorch: read again as it was, in an archive that PyTorch's own readers map into memory.
// tests/train/files_test.py has Python read it.
#include "engine/formats/pickle_writer.h"
#include "engine/formats/torch_file.h"
#include "engine/formats/zip_writer.h"
#include "tests/support/catch.h"

#include <zip.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using namespace convscope;

namespace {

PickleValue floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
    return {stored_tensor(blob_of<float>(std::move(shape), values))};
}

PickleValue read_again(const PickleValue& value) {
    const Result<PickleValue> read = parse_torch_file(torch_file_of({PickleValue::Dict{{"v", value}}}), "v.pt");
    REQUIRE(read.ok());
    return *read.value().find("v");
}

class Archive {
public:
    explicit Archive(const std::string& bytes) {
        archive_ = zip_open_from_source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr),
                                        ZIP_CHECKCONS | ZIP_RDONLY, nullptr);
        REQUIRE(archive_ != nullptr);
    }
    ~Archive() { zip_discard(archive_); }
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    zip_int64_t count() const { return zip_get_num_entries(archive_, 0); }
    // With its checksum compared.
    std::string read(const std::string& name) const {
        zip_stat_t stat;
        zip_stat_init(&stat);
        REQUIRE(zip_stat(archive_, name.c_str(), 0, &stat) == 0);
        REQUIRE(stat.comp_method == ZIP_CM_STORE);
        zip_file_t* file = zip_fopen(archive_, name.c_str(), 0);
        REQUIRE(file != nullptr);
        std::string bytes(stat.size, '\0');
        char beyond = 0;
        CHECK(zip_fread(file, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()));
        CHECK(zip_fread(file, &beyond, 1) == 0);
        CHECK(zip_fclose(file) == 0);
        return bytes;
    }

private:
    zip_t* archive_;
};

}  // namespace

TEST_CASE("Plain values are read as they were written, whatever their size") {
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{255}, std::int64_t{1} << 31, -(std::int64_t{1} << 31) - 1,
          std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        CHECK(*read_again({number}).as<std::int64_t>() == number);
    for (const double number : {0.0, -0.1, 1e300, std::numeric_limits<double>::infinity()})
        CHECK(*read_again({number}).as<double>() == number);
    CHECK(std::isnan(*read_again({std::numeric_limits<double>::quiet_NaN()}).as<double>()));
    CHECK(*read_again({true}).as<bool>());
    CHECK_FALSE(*read_again({false}).as<bool>());
    CHECK(read_again({PickleValue::None{}}).as<PickleValue::None>());
    for (const std::string& text :
         {std::string(), std::string("\0 Ünïcode \xF0\x9F\x94\xAC", 15), std::string(70'000, 'x')})
        CHECK(*read_again({text}).as<std::string>() == text);
    const PickleValue list =
        read_again({PickleValue::List{{std::int64_t{3}}, {PickleValue::List{}}, {PickleValue::Dict{}}}});
    REQUIRE(list.as<PickleValue::List>()->size() == 3);
    CHECK(list.as<PickleValue::List>()->at(1).as<PickleValue::List>()->empty());
    CHECK(list.as<PickleValue::List>()->at(2).as<PickleValue::Dict>()->empty());
}

TEST_CASE("Tensors are read as they were written, in every type, as views too") {
    const SharedBytes bytes(std::string("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16));
    for (int type = 0; type <= static_cast<int>(DType::Bool); ++type) {
        const auto dtype = static_cast<DType>(type);
        INFO(to_string(dtype));
        const auto count = static_cast<std::int64_t>(bytes.size() / bytes_per_element(dtype));
        const PickleValue read = read_again({StoredTensor{dtype, {count - 1}, {1}, 1, bytes}});
        const auto* tensor = read.as<StoredTensor>();
        REQUIRE(tensor != nullptr);
        CHECK(tensor->dtype == dtype);
        CHECK(tensor->shape == std::vector{count - 1});
        CHECK(tensor->bytes() == bytes.view().substr(bytes_per_element(dtype)));
    }
    const std::vector<float> six{0, 1, 2, 3, 4, 5};
    StoredTensor turned = stored_tensor(blob_of<float>({2, 3}, six));
    turned.shape = {3, 2};
    turned.strides = {1, 3};
    CHECK(read_again({turned}).as<StoredTensor>()->floats() == std::vector<float>{0, 3, 1, 4, 2, 5});
    CHECK(turned.blob().values<float>()[1] == 3.0F);
    CHECK(read_again(floats({}, {7.0F})).as<StoredTensor>()->floats() == std::vector{7.0F});
    CHECK(read_again(floats({0, 4}, {})).as<StoredTensor>()->shape == std::vector<std::int64_t>{0, 4});
}

TEST_CASE("Tensors that share their memory share it in the file") {
    const std::vector<float> values(1000, 0.5F);
    const StoredTensor tensor = stored_tensor(blob_of<float>({1000}, values));
    StoredTensor part = tensor;
    part.shape = {10};
    part.offset = 5;
    const Pickle pickle = pickle_of({PickleValue::List{{tensor}, {part}, floats({1000}, values)}});
    REQUIRE(pickle.storages.size() == 2);
    CHECK(pickle.storages[0].is(tensor.storage));
}

TEST_CASE("What nothing is known of is not written") {
    CHECK_THROWS_AS(torch_file_of({PickleValue::Opaque{"numpy.ndarray", {}}}), std::invalid_argument);
}

TEST_CASE("The archive's entries are stored whole, where memory can be mapped, and their checksums are right") {
    std::vector<float> values(777);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    const std::string file =
        torch_file_of({PickleValue::Dict{{"a", floats({777}, values)}, {"b", floats({3}, {-1.5F, -2.5F, -3.5F})}}});
    const Archive archive(file);
    CHECK(archive.count() == 4);
    CHECK(archive.read("archive/version") == "3\n");
    CHECK(archive.read("archive/data.pkl").starts_with("\x80\x02}("));
    const std::string first = archive.read("archive/data/0");
    CHECK(std::memcmp(first.data(), values.data(), first.size()) == 0);
    CHECK(archive.read("archive/data/1").size() == 12);
    CHECK(file.find(first) % 64 == 0);
    CHECK(file.find(archive.read("archive/data/1")) % 64 == 0);
    CHECK(file.find("\x80\x02}(") % 64 == 0);
}

TEST_CASE("An archive of more entries than 16 bits can count is one all the same") {
    constexpr int kEntries = 70'000;
    ZipWriter writer(0);
    for (int i = 0; i < kEntries; ++i) writer.add(std::to_string(i), std::to_string(i * 7));
    const std::string bytes = std::move(writer).finish();
    const Archive archive(bytes);
    CHECK(archive.count() == kEntries);
    CHECK(archive.read("69999") == "489993");
}
