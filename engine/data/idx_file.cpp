#include "engine/data/idx_file.h"

#include "engine/core/plain_file.h"
#include "engine/data/wording.h"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace convscope {

namespace fs = std::filesystem;
using UnpackedBytes = std::vector<std::uint8_t>;

// A file's unpacked bytes, whether it was compressed or not.
class GzFile {
public:
    explicit GzFile(Descriptor plain) : file_(gzdopen(plain.get(), "rb")) {
        if (file_) plain.release();
        if (file_) gzbuffer(file_, 1 << 18);
    }
    ~GzFile() {
        if (file_) gzclose_r(file_);
    }
    GzFile(const GzFile&) = delete;
    GzFile& operator=(const GzFile&) = delete;

    bool is_open() const { return file_ != nullptr; }
    bool is_packed() const { return gzdirect(file_) == 0; }  // once something was read

    // Appends up to `count` bytes; false when the file ended or failed before that.
    bool append(UnpackedBytes& bytes, std::size_t count) {
        const std::size_t before = bytes.size();
        bytes.resize(before + count);
        std::size_t got = 0;
        while (got < count) {
            const auto piece = static_cast<unsigned>(std::min<std::size_t>(count - got, 1 << 24));
            const int read = gzread(file_, bytes.data() + before + got, piece);
            if (read <= 0) break;
            got += static_cast<std::size_t>(read);
        }
        bytes.resize(before + got);
        return got == count;
    }

    struct Problem {
        std::string text;      // empty when there is none
        bool cut_off = false;  // the compressed data ended too early
    };
    Problem problem() const {
        int code = Z_OK;
        const char* text = gzerror(file_, &code);
        if (code == Z_OK || code == Z_STREAM_END) return {};
        if (code == Z_ERRNO) return {std::strerror(errno)};
        const std::string_view told = text;  // begins with zlib's name of the file, "<fd:4>: "
        const std::size_t named = told.find(": ");
        return {std::string(told.substr(named == std::string_view::npos ? 0 : named + 2)), code == Z_BUF_ERROR};
    }

private:
    gzFile file_;
};

namespace {

constexpr std::uint32_t kLabelsMagic = 0x00000801;  // unsigned bytes in one dimension
constexpr std::uint32_t kImagesMagic = 0x00000803;  // in three
constexpr std::size_t kLabelsHeader = 8;
constexpr std::size_t kImagesHeader = 16;
constexpr std::uint64_t kMaxSide = 4096;         // pixels
constexpr std::uint64_t kMaxBytes = 4ULL << 30;  // of one unpacked file
constexpr std::size_t kFirstBlock = 1 << 20;     // bytes unpacked at first; later, as many as there are already
// Pictures and labels pack into a tenth or so (MNIST's into 0.21, its labels into 0.48), bombs into a thousandth.
constexpr std::uint64_t kMostUnpacked = 100;   // bytes, of one that is packed
constexpr std::uint64_t kSmall = 64ULL << 20;  // bytes that may come of however few

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
           static_cast<std::uint32_t>(bytes[at + 2]) << 8 | static_cast<std::uint32_t>(bytes[at + 3]);
}

// What the format's first four bytes say of a file's elements; null where they are not those of one.
const char* element_type(std::uint32_t magic) {
    if (magic >> 16 != 0 || (magic & 0xff) == 0) return nullptr;
    switch (magic >> 8) {
        case 0x08:
            return "unsigned bytes";
        case 0x09:
            return "signed bytes";
        case 0x0B:
            return "whole numbers of 16 bits";
        case 0x0C:
            return "whole numbers of 32 bits";
        case 0x0D:
            return "floating-point numbers";
        case 0x0E:
            return "floating-point numbers of 64 bits";
        default:
            return nullptr;
    }
}

// What an IDX file of the wanted kind says about itself. Needs only the file's beginning, so that a file can be refused
// before it is read.
Result<IdxHeader> parse_header(std::span<const std::uint8_t> bytes, IdxKind kind, std::string_view name) {
    const bool images = kind == IdxKind::Images;
    const std::uint32_t magic = images ? kImagesMagic : kLabelsMagic;
    const std::size_t header_bytes = images ? kImagesHeader : kLabelsHeader;
    if (bytes.size() >= 4 && big_endian(bytes, 0) != magic) {
        const std::uint32_t found = big_endian(bytes, 0);
        if (found == kLabelsMagic || found == kImagesMagic)
            return corrupt(in_quotes(name) + " holds " + (images ? "labels" : "images") + " where " +
                           (images ? "images" : "labels") + " belong; check that the four files have their own names");
        if (const char* type = element_type(found))
            return corrupt(in_quotes(name) + " is an IDX file of " + type + " in " + std::to_string(found & 0xff) +
                           ((found & 0xff) == 1 ? " dimension" : " dimensions") + "; " +
                           (images ? "images are read as unsigned bytes in three: how many, height, width"
                                   : "labels are read as unsigned bytes in one") +
                           "; convert it");
        return corrupt(in_quotes(name) + " is not an IDX file of " + (images ? "images" : "labels") +
                       " (wrong first four bytes); put the set's own file in its place");
    }
    if (bytes.size() < header_bytes)
        return corrupt(in_quotes(name) + " is cut off in its header (" + std::to_string(bytes.size()) + " of " +
                       std::to_string(header_bytes) + " bytes)" + kFetchIdxAgain);
    IdxHeader header;
    header.bytes = header_bytes;
    header.count = big_endian(bytes, 4);
    if (images) {
        header.height = big_endian(bytes, 8);
        header.width = big_endian(bytes, 12);
    }
    if (header.count == 0)
        return corrupt(in_quotes(name) + " holds no " + (images ? "images" : "labels") + kFetchIdxAgain);
    const std::string declared = std::to_string(header.count) + " images of " + std::to_string(header.height) + "x" +
                                 std::to_string(header.width) + " pixels";
    if (header.height == 0 || header.width == 0 || header.height > kMaxSide || header.width > kMaxSide)
        return corrupt(in_quotes(name) + " declares " + declared + "; sides of 1 to " + std::to_string(kMaxSide) +
                       " can be read");
    if (header.file_bytes() > kMaxBytes)
        return corrupt(in_quotes(name) + " declares " + (images ? declared : std::to_string(header.count) + " labels") +
                       ", more than the " + std::to_string(kMaxBytes >> 30) + " GiB that can be read" + kFetchIdxAgain);
    return header;
}

// Ok when a file has as many bytes, unpacked, as its header declares.
Result<void> check_length(const IdxHeader& header, std::uint64_t bytes, std::string_view name) {
    const std::uint64_t expected = header.file_bytes();
    if (bytes < expected)
        return corrupt(in_quotes(name) + " is cut off: " + std::to_string(bytes) + " of " + std::to_string(expected) +
                       " bytes" + kFetchIdxAgain);
    if (bytes > expected)
        return corrupt(in_quotes(name) + " goes on after the " + std::to_string(expected) +
                       " bytes its header declares" + kFetchIdxAgain);
    return {};
}

Result<IdxHeader> parse_whole(std::span<const std::uint8_t> bytes, IdxKind kind, std::string_view name) {
    Result<IdxHeader> header = parse_header(bytes, kind, name);
    if (!header) return header;
    if (const Result<void> length = check_length(header.value(), bytes.size(), name); !length) return length.error();
    return header;
}

// What to say of a file that zlib cannot read. A download that stopped is told with its counts where possible.
Error damaged(const GzFile::Problem& problem, const UnpackedBytes& bytes, IdxKind kind, const std::string& name) {
    if (problem.cut_off)
        if (const Result<IdxHeader> whole = parse_whole(bytes, kind, name); !whole) return whole.error();
    return corrupt(in_quotes(name) + " is damaged (" + problem.text + ")" + kFetchIdxAgain);
}

}  // namespace

Result<IdxImages> parse_idx_images(std::span<const std::uint8_t> bytes, std::string_view name) {
    const Result<IdxHeader> header = parse_whole(bytes, IdxKind::Images, name);
    if (!header) return header.error();
    const IdxHeader& h = header.value();
    return IdxImages{static_cast<std::int64_t>(h.count), static_cast<std::int64_t>(h.height),
                     static_cast<std::int64_t>(h.width), bytes.subspan(h.bytes)};
}

Result<IdxLabels> parse_idx_labels(std::span<const std::uint8_t> bytes, std::string_view name) {
    const Result<IdxHeader> header = parse_whole(bytes, IdxKind::Labels, name);
    if (!header) return header.error();
    return IdxLabels{static_cast<std::int64_t>(header.value().count), bytes.subspan(header.value().bytes)};
}

IdxFile::IdxFile(std::unique_ptr<GzFile> file, IdxKind kind, std::string name)
    : file_(std::move(file)), kind_(kind), name_(std::move(name)) {}
IdxFile::IdxFile(IdxFile&&) noexcept = default;
IdxFile& IdxFile::operator=(IdxFile&&) noexcept = default;
IdxFile::~IdxFile() = default;

Result<IdxFile> IdxFile::begin(const fs::path& path, IdxKind kind) {
    Result<Descriptor> plain = open_plain_file(path, O_RDONLY);
    if (!plain) return plain.error();
    IdxFile begun(std::make_unique<GzFile>(std::move(plain).value()), kind, path.string());
    if (!begun.file_->is_open())
        return Error{ErrorCode::Io,
                     in_quotes(begun.name_) + " cannot be opened: " + std::strerror(errno) + "; check its permissions"};
    begun.file_->append(begun.bytes_, kind == IdxKind::Images ? kImagesHeader : kLabelsHeader);
    if (const GzFile::Problem problem = begun.file_->problem(); !problem.text.empty())
        return damaged(problem, begun.bytes_, kind, begun.name_);
    const Result<IdxHeader> header = parse_header(begun.bytes_, kind, begun.name_);
    if (!header) return header.error();
    begun.header_ = header.value();
    std::error_code unknown;
    const std::uintmax_t size = fs::file_size(path, unknown);
    if (!unknown && !begun.file_->is_packed())
        if (const Result<void> length = check_length(begun.header_, size, begun.name_); !length) return length.error();
    return begun;
}

Result<UnpackedBytes> IdxFile::finish() && {
    std::error_code unknown;
    const std::uintmax_t size = fs::file_size(name_, unknown);
    if (!unknown && header_.file_bytes() > std::max<std::uint64_t>(kSmall, kMostUnpacked * size))
        return corrupt(in_quotes(name_) + " declares " + std::to_string(header_.file_bytes()) +
                       " bytes, and has only " + std::to_string(size) + " to unpack them from" + kFetchIdxAgain);
    const std::uint64_t wanted = header_.file_bytes() + 1;
    bytes_.reserve(wanted);
    bool more = true;
    while (more && bytes_.size() < wanted)
        more =
            file_->append(bytes_, std::min<std::size_t>(wanted - bytes_.size(), std::max(bytes_.size(), kFirstBlock)));
    if (const GzFile::Problem problem = file_->problem(); !problem.text.empty())
        return damaged(problem, bytes_, kind_, name_);
    return std::move(bytes_);
}

}  // namespace convscope
