// One file in MNIST's own format, IDX (http://yann.lecun.com/exdb/mnist/, "File formats"): big-endian integers, then
// bytes, plain or compressed.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// The remedy that ends what is said of a damaged file.
inline constexpr const char* kFetchIdxAgain = "; copy or download the file again";

enum class IdxKind : std::uint8_t { Images, Labels };

// Views into the bytes that were parsed.
struct IdxImages {
    std::int64_t count = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::span<const std::uint8_t> pixels;  // count x height x width
};
struct IdxLabels {
    std::int64_t count = 0;
    std::span<const std::uint8_t> labels;
};

// Read a whole unpacked file: at least one image (label), and no byte more or less than the header declares. `name` is
// what an error calls the file.
Result<IdxImages> parse_idx_images(std::span<const std::uint8_t> bytes, std::string_view name);
Result<IdxLabels> parse_idx_labels(std::span<const std::uint8_t> bytes, std::string_view name);

// What a file says about itself.
struct IdxHeader {
    std::uint64_t count = 0;
    std::uint64_t height = 1;  // pixels
    std::uint64_t width = 1;
    std::size_t bytes = 0;  // of the header itself

    // Of the whole file, unpacked. Cannot overflow once the header was checked.
    std::uint64_t file_bytes() const { return bytes + count * height * width; }
};

class GzFile;

// A file, plain or compressed (".gz"), whose header was read and checked, and nothing else yet: it can be refused
// before it takes memory. Errors name the file.
class IdxFile {
public:
    static Result<IdxFile> begin(const std::filesystem::path& path, IdxKind kind);
    IdxFile(IdxFile&& other) noexcept;
    IdxFile& operator=(IdxFile&& other) noexcept;
    ~IdxFile();

    const IdxHeader& header() const { return header_; }
    const std::string& name() const { return name_; }

    // The whole file's bytes, unpacked, for parse_idx_images() or parse_idx_labels(). Pages of memory are touched in
    // proportion to the bytes there are, whatever the header declares. Reads no further than one byte past what is
    // declared, which is where the parser says that there is too much.
    Result<std::vector<std::uint8_t>> finish() &&;

private:
    IdxFile(std::unique_ptr<GzFile> file, IdxKind kind, std::string name);

    std::unique_ptr<GzFile> file_;
    IdxKind kind_;
    std::string name_;
    std::vector<std::uint8_t> bytes_;
    IdxHeader header_;
};

}  // namespace convscope
