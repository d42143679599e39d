#include "engine/data/idx_dataset.h"

#include "engine/core/machine_memory.h"
#include "engine/core/plain_file.h"
#include "engine/data/idx_sets.h"
#include "engine/data/prepared_dataset.h"
#include "engine/data/wording.h"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kLabelsMagic = 0x00000801;  // unsigned bytes in one dimension
constexpr std::uint32_t kImagesMagic = 0x00000803;  // in three
constexpr std::size_t kLabelsHeader = 8;
constexpr std::size_t kImagesHeader = 16;
constexpr std::uint64_t kMaxSide = 4096;         // pixels
constexpr std::uint64_t kMaxBytes = 4ULL << 30;  // of one unpacked file
constexpr std::size_t kFirstBlock = 1 << 20;     // bytes unpacked at first; later, as many as there are already

constexpr const char* kFetchAgain = "; copy or download the file again";

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
           static_cast<std::uint32_t>(bytes[at + 2]) << 8 | static_cast<std::uint32_t>(bytes[at + 3]);
}

struct Header {
    std::uint64_t count = 0;
    std::uint64_t height = 1;
    std::uint64_t width = 1;
    std::size_t bytes = 0;  // of the header itself

    // Of the whole file. Cannot overflow once check_header() has passed.
    std::uint64_t file_bytes() const { return bytes + count * height * width; }
};

// What an IDX file of the wanted kind says about itself. Needs only the file's beginning, so that a file can be refused
// before it is read.
Result<Header> parse_header(std::span<const std::uint8_t> bytes, std::uint32_t magic, std::string_view name) {
    const bool images = magic == kImagesMagic;
    const std::size_t header_bytes = images ? kImagesHeader : kLabelsHeader;
    if (bytes.size() >= 4 && big_endian(bytes, 0) != magic) {
        const std::uint32_t found = big_endian(bytes, 0);
        if (found == kLabelsMagic || found == kImagesMagic)
            return corrupt(in_quotes(name) + " holds " + (images ? "labels" : "images") + " where " +
                           (images ? "images" : "labels") + " belong; check that the four files have their own names");
        return corrupt(in_quotes(name) + " is not an IDX file of " + (images ? "images" : "labels") +
                       " (wrong first four bytes); put the set's own file in its place");
    }
    if (bytes.size() < header_bytes)
        return corrupt(in_quotes(name) + " is cut off in its header (" + std::to_string(bytes.size()) + " of " +
                       std::to_string(header_bytes) + " bytes)" + kFetchAgain);
    Header header;
    header.bytes = header_bytes;
    header.count = big_endian(bytes, 4);
    if (images) {
        header.height = big_endian(bytes, 8);
        header.width = big_endian(bytes, 12);
    }
    if (header.count == 0)
        return corrupt(in_quotes(name) + " holds no " + (images ? "images" : "labels") + kFetchAgain);
    const std::string declared = std::to_string(header.count) + " images of " + std::to_string(header.height) + "x" +
                                 std::to_string(header.width) + " pixels";
    if (header.height == 0 || header.width == 0 || header.height > kMaxSide || header.width > kMaxSide)
        return corrupt(in_quotes(name) + " declares " + declared + "; sides of 1 to " + std::to_string(kMaxSide) +
                       " can be read");
    if (header.file_bytes() > kMaxBytes)
        return corrupt(in_quotes(name) + " declares " + (images ? declared : std::to_string(header.count) + " labels") +
                       ", more than the " + std::to_string(kMaxBytes >> 30) + " GiB that can be read");
    return header;
}

// Ok when a file has as many bytes, unpacked, as its header declares.
Result<void> check_length(const Header& header, std::uint64_t bytes, std::string_view name) {
    const std::uint64_t expected = header.file_bytes();
    if (bytes < expected)
        return corrupt(in_quotes(name) + " is cut off: " + std::to_string(bytes) + " of " + std::to_string(expected) +
                       " bytes" + kFetchAgain);
    if (bytes > expected)
        return corrupt(in_quotes(name) + " goes on after the " + std::to_string(expected) +
                       " bytes its header declares" + kFetchAgain);
    return {};
}

Result<Header> parse_whole(std::span<const std::uint8_t> bytes, std::uint32_t magic, std::string_view name) {
    Result<Header> header = parse_header(bytes, magic, name);
    if (!header) return header;
    if (const Result<void> length = check_length(header.value(), bytes.size(), name); !length) return length.error();
    return header;
}

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
    bool append(Bytes& bytes, std::size_t count) {
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
        return {code == Z_ERRNO ? std::strerror(errno) : text, code == Z_BUF_ERROR};
    }

private:
    gzFile file_;
};

// A file whose header was read, and nothing else yet.
struct BegunFile {
    std::unique_ptr<GzFile> file;
    std::uint32_t magic = 0;
    std::string name;
    Bytes bytes;
    Header header;
};

// What to say of a file that zlib cannot read. A download that stopped is told with its counts where possible.
Error damaged(const GzFile::Problem& problem, const Bytes& bytes, std::uint32_t magic, const std::string& name) {
    if (problem.cut_off)
        if (const Result<Header> whole = parse_whole(bytes, magic, name); !whole) return whole.error();
    return corrupt(in_quotes(name) + " is damaged (" + problem.text + ")" + kFetchAgain);
}

Result<BegunFile> begin_file(const fs::path& path, std::uint32_t magic) {
    Result<Descriptor> plain = open_plain_file(path, O_RDONLY);
    if (!plain) return plain.error();
    BegunFile begun{std::make_unique<GzFile>(std::move(plain).value()), magic, path.string(), {}, {}};
    if (!begun.file->is_open())
        return Error{ErrorCode::Io,
                     in_quotes(begun.name) + " cannot be opened: " + std::strerror(errno) + "; check its permissions"};
    begun.file->append(begun.bytes, magic == kImagesMagic ? kImagesHeader : kLabelsHeader);
    if (const GzFile::Problem problem = begun.file->problem(); !problem.text.empty())
        return damaged(problem, begun.bytes, magic, begun.name);
    const Result<Header> header = parse_header(begun.bytes, magic, begun.name);
    if (!header) return header.error();
    begun.header = header.value();
    std::error_code unknown;
    const std::uintmax_t size = fs::file_size(path, unknown);
    if (!unknown && !begun.file->is_packed())
        if (const Result<void> length = check_length(begun.header, size, begun.name); !length) return length.error();
    return begun;
}

// The whole file, unpacked. Pages of memory are touched in proportion to the bytes there are, whatever the header
// declares. Reads no further than one byte past what is declared, which is where the parser says that there is too
// much.
Result<Bytes> finish_file(BegunFile begun) {
    const std::uint64_t wanted = begun.header.file_bytes() + 1;
    Bytes& bytes = begun.bytes;
    bytes.reserve(wanted);
    bool more = true;
    while (more && bytes.size() < wanted)
        more = begun.file->append(bytes,
                                  std::min<std::size_t>(wanted - bytes.size(), std::max(bytes.size(), kFirstBlock)));
    if (const GzFile::Problem problem = begun.file->problem(); !problem.text.empty())
        return damaged(problem, bytes, begun.magic, begun.name);
    return std::move(bytes);
}

// The file of that name in the folder, under any of its usual spellings; also one folder deeper, in one that is called
// like it, as Kaggle's archives unpack.
std::optional<fs::path> find_file(const fs::path& folder, const std::string& name) {
    std::string dotted = name;
    dotted[dotted.find("-idx")] = '.';
    std::vector<std::string> spellings;
    for (const std::string& stem : {name, dotted})
        for (const char* ending : {"", ".gz"}) spellings.push_back(stem + ending);
    const auto file_in = [&spellings](const fs::path& where) -> std::optional<fs::path> {
        for (const std::string& spelling : spellings) {
            std::error_code ignored;
            if (fs::exists(where / spelling, ignored) && !fs::is_directory(where / spelling, ignored))
                return where / spelling;
        }
        return std::nullopt;
    };
    if (auto found = file_in(folder)) return found;
    for (const std::string& spelling : spellings)
        if (auto found = file_in(folder / spelling)) return found;
    return std::nullopt;
}

std::string images_name(const std::string& prefix) { return prefix + "-images-idx3-ubyte"; }
std::string labels_name(const std::string& prefix) { return prefix + "-labels-idx1-ubyte"; }

// How the names of a folder's four files begin.
struct Prefixes {
    std::string train = "train";
    std::string test = "t10k";
    std::string_view emnist_split;  // empty for plain names
};

Prefixes emnist_prefixes(std::string_view split) {
    const std::string both = "emnist-" + std::string(split);
    return {both + "-train", both + "-test", split};
}

bool any_file(const fs::path& folder, const std::string& prefix) {
    return find_file(folder, images_name(prefix)) || find_file(folder, labels_name(prefix));
}
bool any_file(const fs::path& folder, const Prefixes& prefixes) {
    return any_file(folder, prefixes.train) || any_file(folder, prefixes.test);
}

// The set that a folder holds, if only a part of it: plain names, or the wanted split of EMNIST, or the first there is.
std::optional<Prefixes> find_prefixes(const fs::path& folder, std::string_view wanted_split) {
    if (!wanted_split.empty()) {
        const Prefixes wanted = emnist_prefixes(wanted_split);
        return any_file(folder, wanted) ? std::optional(wanted) : std::nullopt;
    }
    if (any_file(folder, Prefixes{})) return Prefixes{};
    for (const std::string_view split : kEmnistSplits)
        if (const Prefixes prefixes = emnist_prefixes(split); any_file(folder, prefixes)) return prefixes;
    return std::nullopt;
}

struct SplitFiles {
    Bytes image_file;
    Bytes label_file;
    std::string label_name;
    IdxImages images;  // views into the above, which moving a vector keeps valid
    IdxLabels labels;
};

struct BegunSplit {
    BegunFile images;
    BegunFile labels;

    std::uint64_t bytes() const { return images.header.file_bytes() + labels.header.file_bytes(); }
};

// Both headers, which must agree: before either file is read, as a few packed bytes can declare, and unpack to, any
// number of labels.
Result<BegunSplit> begin_split(const fs::path& folder, const std::string& prefix) {
    fs::path paths[2];
    const std::string names[2] = {images_name(prefix), labels_name(prefix)};
    for (int i = 0; i < 2; ++i) {
        const std::optional<fs::path> path = find_file(folder, names[i]);
        if (!path)
            return Error{ErrorCode::NotFound,
                         "there is no '" + names[i] + "' (or .gz) in '" + folder.string() +
                             "'; the folder must hold all four files of the set (the two for testing are enough to "
                             "evaluate), or use --data drawn for drawn digits"};
        paths[i] = *path;
    }
    Result<BegunFile> labels = begin_file(paths[1], kLabelsMagic);
    if (!labels) return labels.error();
    Result<BegunFile> images = begin_file(paths[0], kImagesMagic);
    if (!images) return images.error();
    BegunSplit split{std::move(images).value(), std::move(labels).value()};
    if (split.images.header.count != split.labels.header.count)
        return corrupt(in_quotes(split.images.name) + " holds " + std::to_string(split.images.header.count) +
                       " images, but " + in_quotes(split.labels.name) + " " +
                       std::to_string(split.labels.header.count) + " labels; take both from the same data set");
    return split;
}

Result<SplitFiles> finish_split(BegunSplit begun) {
    SplitFiles split;
    split.label_name = begun.labels.name;
    const std::string image_name = begun.images.name;

    Result<Bytes> label_file = finish_file(std::move(begun.labels));
    if (!label_file) return label_file.error();
    split.label_file = std::move(label_file).value();
    const Result<IdxLabels> labels = parse_idx_labels(split.label_file, split.label_name);
    if (!labels) return labels.error();
    split.labels = labels.value();

    Result<Bytes> image_file = finish_file(std::move(begun.images));
    if (!image_file) return image_file.error();
    split.image_file = std::move(image_file).value();
    const Result<IdxImages> images = parse_idx_images(split.image_file, image_name);
    if (!images) return images.error();
    split.images = images.value();
    return split;
}

// Ok when every label is that of a class.
Result<void> check_labels(const SplitFiles& split, const IdxSet& set) {
    const int first = set.first_label;
    const int last = first + static_cast<int>(set.class_names.size()) - 1;
    const auto bad = std::find_if(split.labels.labels.begin(), split.labels.labels.end(),
                                  [first, last](std::uint8_t label) { return label < first || label > last; });
    if (bad == split.labels.labels.end()) return {};
    return corrupt(in_quotes(split.label_name) + " gives image " + std::to_string(bad - split.labels.labels.begin()) +
                   " the label " + std::to_string(*bad) + ", but the classes are " + std::to_string(first) + " to " +
                   std::to_string(last) + kFetchAgain);
}

// Turns a split as the set's files have it into rows from the top and labels from 0.
void normalise(SplitFiles& split, const IdxSet& set) {
    if (set.first_label != 0)
        for (std::size_t i = kLabelsHeader; i < split.label_file.size(); ++i)
            split.label_file[i] = static_cast<std::uint8_t>(split.label_file[i] - set.first_label);
    if (!set.transposed) return;
    std::swap(split.images.height, split.images.width);
    const auto height = static_cast<std::size_t>(split.images.height);
    const auto width = static_cast<std::size_t>(split.images.width);
    Bytes columns(height * width);
    for (std::size_t at = kImagesHeader; at < split.image_file.size(); at += columns.size()) {
        std::copy_n(&split.image_file[at], columns.size(), columns.begin());
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t x = 0; x < width; ++x) split.image_file[at + y * width + x] = columns[x * height + y];
    }
}

// Whether the images are in the wanted form as the file has them: in its size, and as most of these, evenly spread,
// would come back from prepare_picture(). It is a set that is judged: a few odd ones change nothing of a file's bytes.
bool have_form(const IdxImages& images, const PictureFormat& wanted) {
    if (wanted.channels != 1 || images.height != wanted.height || images.width != wanted.width) return false;
    const std::int64_t asked = std::min<std::int64_t>(images.count, 64);
    const auto bytes = static_cast<std::size_t>(images.height * images.width);
    std::int64_t changed = 0;
    for (std::int64_t i = 0; i < asked; ++i) {
        const auto pixels = images.pixels.subspan(static_cast<std::size_t>(i * images.count / asked) * bytes, bytes);
        const Image image = prepare_picture({1, images.height, images.width, {pixels.begin(), pixels.end()}}, wanted);
        changed += image.done.empty() ? 0 : 1;
    }
    return 2 * changed <= asked;
}

// Puts a split's images, brought to the wanted form, in the place of those from the file.
void bring_to(const PictureFormat& wanted, SplitFiles& split, Preparation& preparation) {
    const IdxImages& found = split.images;
    const auto count = static_cast<std::size_t>(found.count);
    const auto from = static_cast<std::size_t>(found.height * found.width);
    const auto to = static_cast<std::size_t>(wanted.channels * wanted.height * wanted.width);
    Bytes prepared(count * to);
    on_every_processor(count, [&](std::size_t i) {
        const auto pixels = found.pixels.subspan(i * from, from);
        const Image image = preparation.prepare({1, found.height, found.width, {pixels.begin(), pixels.end()}});
        std::copy_n(image.pixels.begin(), to, prepared.begin() + static_cast<std::ptrdiff_t>(i * to));
    });
    split.image_file = std::move(prepared);
    split.images = {found.count, wanted.height, wanted.width, split.image_file};
}

class IdxDataset final : public PreparedDataset {
public:
    // `brought_to` is empty where the images are as in the files.
    IdxDataset(DatasetInfo info, SplitFiles train, SplitFiles test, std::optional<PictureFormat> brought_to)
        : info_(std::move(info)), train_(std::move(train)), test_(std::move(test)), brought_to_(brought_to) {}

    const DatasetInfo& info() const override { return info_; }
    bool serves(const PictureFormat& wanted) const override {
        return brought_to_ ? wanted == *brought_to_ : have_form(test_.images, wanted);
    }
    int label(Split split, std::int64_t index) const override {
        return of(split).labels.labels[static_cast<std::size_t>(index)];
    }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        const auto bytes = static_cast<std::size_t>(image_bytes());
        return of(split).images.pixels.subspan(static_cast<std::size_t>(index) * bytes, bytes);
    }

private:
    const SplitFiles& of(Split split) const { return split == Split::Train ? train_ : test_; }

    DatasetInfo info_;
    SplitFiles train_;
    SplitFiles test_;
    std::optional<PictureFormat> brought_to_;
};

}  // namespace

Result<IdxImages> parse_idx_images(std::span<const std::uint8_t> bytes, std::string_view name) {
    const Result<Header> header = parse_whole(bytes, kImagesMagic, name);
    if (!header) return header.error();
    const Header& h = header.value();
    return IdxImages{static_cast<std::int64_t>(h.count), static_cast<std::int64_t>(h.height),
                     static_cast<std::int64_t>(h.width), bytes.subspan(h.bytes)};
}

Result<IdxLabels> parse_idx_labels(std::span<const std::uint8_t> bytes, std::string_view name) {
    const Result<Header> header = parse_whole(bytes, kLabelsMagic, name);
    if (!header) return header.error();
    return IdxLabels{static_cast<std::int64_t>(header.value().count), bytes.subspan(header.value().bytes)};
}

bool holds_idx_files(const fs::path& folder) { return find_prefixes(folder, "").has_value(); }

Result<std::shared_ptr<const Dataset>> open_idx_dataset(const fs::path& folder, const PictureFormat& wanted,
                                                        std::string_view emnist_split) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        return Error{ErrorCode::NotFound, "there is no folder '" + folder.string() +
                                              "'; name the one that holds the set's four files, or use --data drawn"};
    const Prefixes prefixes =
        find_prefixes(folder, emnist_split)
            .value_or(emnist_split.empty() ? Prefixes{} : emnist_prefixes(emnist_split));  // to say what is missing
    const bool test_only = !any_file(folder, prefixes.train) && any_file(folder, prefixes.test);
    std::optional<BegunSplit> begun_train;
    if (!test_only) {
        Result<BegunSplit> begun = begin_split(folder, prefixes.train);
        if (!begun) return begun.error();
        begun_train = std::move(begun).value();
    }
    Result<BegunSplit> begun_test = begin_split(folder, prefixes.test);
    if (!begun_test) return begun_test.error();
    const auto bytes = static_cast<double>((begun_train ? begun_train->bytes() : 0) + begun_test.value().bytes());
    if (auto room = check_memory(bytes, "the data set in " + in_quotes(folder.string()), "take a smaller one"); !room)
        return room.error();
    // Unpacking is most of the work, so the two splits are read at the same time.
    auto test_read = std::async(std::launch::async, [&] { return finish_split(std::move(begun_test).value()); });
    Result<SplitFiles> read_train = test_only ? SplitFiles{} : finish_split(std::move(*begun_train));
    Result<SplitFiles> read_test = test_read.get();
    if (!read_train) return read_train.error();
    if (!read_test) return read_test.error();
    SplitFiles& train = read_train.value();
    SplitFiles& test = read_test.value();

    if (!test_only && (train.images.height != test.images.height || train.images.width != test.images.width))
        return corrupt("in " + in_quotes(folder.string()) + " the training images are " +
                       std::to_string(train.images.height) + "x" + std::to_string(train.images.width) +
                       " pixels, but the test images " + std::to_string(test.images.height) + "x" +
                       std::to_string(test.images.width) + "; take all four files from the same data set");

    const IdxLabels& telling = test_only ? test.labels : train.labels;
    const int highest_label = *std::max_element(telling.labels.begin(), telling.labels.end());
    const IdxSet set =
        recognise_idx_set({folder, prefixes.emnist_split, test.images.height, test.images.width, highest_label});
    for (SplitFiles* split : {&train, &test}) {
        if (const Result<void> checked = check_labels(*split, set); !checked) return checked.error();
        normalise(*split, set);
    }

    DatasetInfo info;
    info.name = set.name;
    info.source = folder.string();
    info.option = emnist_split.empty() ? fs::absolute(folder).string() : "emnist-" + std::string(emnist_split);
    info.train_count = train.images.count;
    info.test_count = test.images.count;
    info.channels = wanted.channels;
    info.height = wanted.height;
    info.width = wanted.width;
    info.class_names = set.class_names;
    if (have_form(test.images, wanted))
        return std::shared_ptr<const Dataset>(
            std::make_shared<IdxDataset>(std::move(info), std::move(train), std::move(test), std::nullopt));
    if (wanted.only_test) {
        train = {};
        info.train_count = 0;
    }
    const std::int64_t count = info.train_count + info.test_count;
    if (const auto checked = check_preparation(folder, count, wanted); !checked) return checked.error();
    Preparation preparation(wanted);
    for (SplitFiles* split : {&train, &test}) bring_to(wanted, *split, preparation);
    info.prepared = preparation.in_words(count);
    if (!info.prepared.empty()) info.pictures = preparation.convention();
    return std::shared_ptr<const Dataset>(
        std::make_shared<IdxDataset>(std::move(info), std::move(train), std::move(test), wanted));
}

}  // namespace convscope
