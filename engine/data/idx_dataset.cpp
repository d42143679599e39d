#include "engine/data/idx_dataset.h"

#include "engine/core/machine_memory.h"
#include "engine/core/plain_file.h"
#include "engine/data/idx_file.h"
#include "engine/data/idx_sets.h"
#include "engine/data/prepared_dataset.h"
#include "engine/data/wording.h"

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

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
    IdxFile images;
    IdxFile labels;

    std::uint64_t bytes() const { return images.header().file_bytes() + labels.header().file_bytes(); }
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
    Result<IdxFile> labels = IdxFile::begin(paths[1], IdxKind::Labels);
    if (!labels) return labels.error();
    Result<IdxFile> images = IdxFile::begin(paths[0], IdxKind::Images);
    if (!images) return images.error();
    BegunSplit split{std::move(images).value(), std::move(labels).value()};
    if (split.images.header().count != split.labels.header().count)
        return corrupt(in_quotes(split.images.name()) + " holds " + std::to_string(split.images.header().count) +
                       " images, but " + in_quotes(split.labels.name()) + " " +
                       std::to_string(split.labels.header().count) + " labels; take both from the same data set");
    return split;
}

Result<SplitFiles> finish_split(BegunSplit begun) {
    SplitFiles split;
    split.label_name = begun.labels.name();
    const std::string image_name = begun.images.name();

    Result<Bytes> label_file = std::move(begun.labels).finish();
    if (!label_file) return label_file.error();
    split.label_file = std::move(label_file).value();
    const Result<IdxLabels> labels = parse_idx_labels(split.label_file, split.label_name);
    if (!labels) return labels.error();
    split.labels = labels.value();

    Result<Bytes> image_file = std::move(begun.images).finish();
    if (!image_file) return image_file.error();
    split.image_file = std::move(image_file).value();
    const Result<IdxImages> images = parse_idx_images(split.image_file, image_name);
    if (!images) return images.error();
    split.images = images.value();
    return split;
}

// Ok unless a label of 255 stands alone: it is what others write as -1, for no label. Of 256 classes 254 is one, too.
Result<void> check_marks(const SplitFiles& split) {
    const auto& labels = split.labels.labels;
    const auto mark = std::find(labels.begin(), labels.end(), std::uint8_t{255});
    if (mark == labels.end() || std::find(labels.begin(), labels.end(), std::uint8_t{254}) != labels.end()) return {};
    return corrupt(in_quotes(split.label_name) + " gives image " + std::to_string(mark - labels.begin()) +
                   " the label 255, and no image 254; as -1 it often says that there is no label, and here classes are "
                   "numbered 0, 1, 2 and on: give that image its class, or take it out of both files");
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
                   std::to_string(last) + kFetchIdxAgain);
}

// A sentence for numbered classes of which some have no picture at all: a label that is wrong makes as many as it is
// high. Empty where there is nothing to say.
std::string notice_of_gaps(const SplitFiles& train, const SplitFiles& test, const IdxSet& set) {
    const std::size_t classes = set.class_names.size();
    if (classes <= 10 || set.class_names.back() != std::to_string(classes - 1)) return {};
    std::vector<bool> seen(classes);
    for (const SplitFiles* split : {&train, &test})
        for (const std::uint8_t label : split->labels.labels) seen[label] = true;
    const auto empty = std::count(seen.begin(), seen.end(), false);
    if (empty == 0) return {};
    const SplitFiles& telling = train.labels.labels.empty() ? test : train;
    const auto& labels = telling.labels.labels;
    const auto highest = std::max_element(labels.begin(), labels.end());
    return "of the classes 0 to " + std::to_string(classes - 1) + " " + std::to_string(empty) +
           (empty == 1 ? " has" : " have") + " no picture; image " + std::to_string(highest - labels.begin()) + " of " +
           in_quotes(telling.label_name) + " is the first with the label " + std::to_string(*highest);
}

// Turns a split as the set's files have it into rows from the top and labels from 0.
void normalise(SplitFiles& split, const IdxSet& set) {
    if (set.first_label != 0)
        for (std::size_t i = split.label_file.size() - split.labels.labels.size(); i < split.label_file.size(); ++i)
            split.label_file[i] = static_cast<std::uint8_t>(split.label_file[i] - set.first_label);
    if (!set.transposed) return;
    std::swap(split.images.height, split.images.width);
    const auto height = static_cast<std::size_t>(split.images.height);
    const auto width = static_cast<std::size_t>(split.images.width);
    Bytes columns(height * width);
    for (std::size_t at = split.image_file.size() - split.images.pixels.size(); at < split.image_file.size();
         at += columns.size()) {
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
bool holds_idx_files(const fs::path& folder) { return find_prefixes(folder, "").has_value(); }

Result<std::shared_ptr<const Dataset>> open_idx_dataset(const fs::path& folder, const PictureFormat& wanted,
                                                        std::string_view emnist_split) {
    if (std::optional<Error> hidden = out_of_reach(folder)) return *std::move(hidden);
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

    for (const SplitFiles* split : {&train, &test})
        if (const Result<void> marked = check_marks(*split); !marked) return marked.error();
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
    info.notice = notice_of_gaps(train, test, set);
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
