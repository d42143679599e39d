#include "engine/data/image_folder.h"

#include "engine/data/image_file.h"
#include "engine/data/wording.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kTestShare = 6;  // one picture in so many

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

// The names in a folder that `wanted` accepts, sorted; none when it cannot be read.
template <typename Predicate>
std::vector<fs::path> entries(const fs::path& folder, const Predicate& wanted) {
    std::vector<fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
        const fs::path name = entry->path().filename();
        if (name.native().front() != '.' && wanted(entry->path())) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<fs::path> images_in(const fs::path& folder) {
    return entries(folder, [](const fs::path& path) { return has_image_name(path) && !is_folder(path); });
}

struct Layout {
    fs::path train;
    fs::path test;  // empty: a part of the training images
};

Layout layout_of(const fs::path& folder) {
    for (const char* train : {"train", "training"}) {
        if (!is_folder(folder / train)) continue;
        for (const char* test : {"test", "testing", "val", "validation"})
            if (is_folder(folder / test)) return {folder / train, folder / test};
        return {folder / train, {}};
    }
    return {folder, {}};
}

struct Listed {
    fs::path path;
    int label = 0;
};

bool drawn_for_testing(const fs::path& path) {
    const std::string name = path.filename().string();
    return crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size())) % kTestShare == 0;
}

struct Listing {
    std::vector<std::string> class_names;
    std::vector<Listed> train;
    std::vector<Listed> test;
};

Result<Listing> list_images(const fs::path& folder) {
    const Layout layout = layout_of(folder);
    Listing listing;
    const std::vector<fs::path> classes = entries(layout.train, is_folder);
    for (const fs::path& name : classes) {
        const auto label = static_cast<int>(listing.class_names.size());
        const std::vector<fs::path> images = images_in(layout.train / name);
        if (images.empty())
            return Error{ErrorCode::NotFound, std::string("there is no ") + kImageKinds + " file in " +
                                                  in_quotes((layout.train / name).string()) +
                                                  "; every folder there is a class: give it images or remove it"};
        for (const fs::path& image : images) {
            const bool test = layout.test.empty() && image != images.front() && drawn_for_testing(image);
            (test ? listing.test : listing.train).push_back({layout.train / name / image, label});
        }
        listing.class_names.push_back(name.string());
    }
    if (listing.train.empty())
        return Error{ErrorCode::NotFound, "there is no folder of images in " + in_quotes(layout.train.string()) +
                                              "; put the " + kImageKinds +
                                              " files of each class into a folder of its own"};
    if (layout.test.empty()) {
        if (listing.test.empty() && listing.train.size() > classes.size()) {  // too few for chance to have found one
            const auto second = std::adjacent_find(listing.train.begin(), listing.train.end(),
                                                   [](const Listed& a, const Listed& b) { return a.label == b.label; });
            listing.test.push_back(*(second + 1));
            listing.train.erase(second + 1);
        }
    } else {
        for (const fs::path& name : entries(layout.test, is_folder)) {
            const auto known = std::lower_bound(classes.begin(), classes.end(), name);
            if (known == classes.end() || *known != name)
                return Error{ErrorCode::NotFound, in_quotes((layout.test / name).string()) + " has no counterpart in " +
                                                      in_quotes(layout.train.string()) +
                                                      "; both must have the same classes"};
            for (const fs::path& image : images_in(layout.test / name))
                listing.test.push_back({layout.test / name / image, static_cast<int>(known - classes.begin())});
        }
    }
    if (listing.test.empty())
        return Error{ErrorCode::NotFound, "there is no image to test with in " +
                                              in_quotes((layout.test.empty() ? layout.train : layout.test).string()) +
                                              "; add some"};
    return listing;
}

Error too_large(const fs::path& folder, std::size_t count, const PictureFormat& size) {
    return Error{ErrorCode::Unsupported, "the " + std::to_string(count) + " images of " + in_quotes(folder.string()) +
                                             " at " + std::to_string(size.height) + "x" + std::to_string(size.width) +
                                             " pixels need more than the " +
                                             std::to_string(kMaxFolderImageBytes >> 30) +
                                             " GiB that can be read; scale them down or take fewer"};
}

// Reads all images in one form, shared among the processors. The error is that of the first bad one.
class Loader {
public:
    Loader(const std::vector<Listed>& listed, const PictureFormat& wanted)
        : listed_(listed), wanted_(wanted), images_(listed.size()) {}

    Result<std::vector<Image>> load() {
        std::vector<std::future<void>> helpers;
        for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
            helpers.push_back(std::async(std::launch::async, [this] { work(); }));
        work();
        for (std::future<void>& helper : helpers) helper.get();
        if (error_) return std::move(*error_);
        return std::move(images_);
    }

private:
    void work() {
        for (std::size_t i = next_++; i < listed_.size() && i < first_bad_; i = next_++) {
            Result<Image> image = read_image(listed_[i].path);
            if (!image) {
                fail(i, image.error());
            } else {
                images_[i] = prepare_picture(std::move(image).value(), wanted_);
            }
        }
    }

    void fail(std::size_t index, const Error& error) {
        const std::scoped_lock lock(mutex_);
        if (index >= first_bad_) return;
        first_bad_ = index;
        error_ = error;
    }

    const std::vector<Listed>& listed_;
    const PictureFormat wanted_;
    std::vector<Image> images_;
    std::atomic<std::size_t> next_{0};
    std::atomic<std::size_t> first_bad_{std::numeric_limits<std::size_t>::max()};
    std::mutex mutex_;  // guards error_
    std::optional<Error> error_;
};

// "1,200 of 1,500 pictures: made grey, resized"; empty when none needed anything.
std::string preparation(const std::vector<Image>& images) {
    std::vector<PictureStep> steps;  // each once
    std::size_t prepared = 0;
    for (const Image& image : images) {
        prepared += image.done.empty() ? 0 : 1;
        for (const PictureStep step : image.done)
            if (std::find(steps.begin(), steps.end(), step) == steps.end()) steps.push_back(step);
    }
    std::sort(steps.begin(), steps.end());
    if (prepared == 0) return {};
    return std::to_string(prepared) + " of " + std::to_string(images.size()) + " pictures: " + in_words(steps);
}

class ImageFolder final : public Dataset {
public:
    // The training images come first in both lists.
    ImageFolder(DatasetInfo info, std::vector<Listed> listed, std::vector<Image> images)
        : info_(std::move(info)), images_(std::move(images)) {
        for (const Listed& one : listed) labels_.push_back(one.label);
        info_.prepared = preparation(images_);
        // All of them: read again by this convention, each comes out the same.
        info_.pictures = measured_convention(*this, std::numeric_limits<std::int64_t>::max());
    }

    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override { return labels_[place(split, index)]; }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return images_[place(split, index)].pixels;
    }

private:
    std::size_t place(Split split, std::int64_t index) const {
        return static_cast<std::size_t>(split == Split::Train ? index : info_.train_count + index);
    }

    DatasetInfo info_;
    std::vector<Image> images_;
    std::vector<int> labels_;
};

}  // namespace

Result<std::shared_ptr<const Dataset>> open_image_folder(const fs::path& folder, const PictureFormat& wanted) {
    if (wanted.channels != 1 && wanted.channels != 3)
        return Error{ErrorCode::InvalidArgument, "the recipe takes " + std::to_string(wanted.channels) +
                                                     " channels, but a picture of " + in_quotes(folder.string()) +
                                                     " has 1 or 3; change [input] channels"};

    Result<Listing> found = list_images(folder);
    if (!found) return found.error();
    Listing& listing = found.value();

    DatasetInfo info;
    info.name = folder_name(folder);
    info.source = folder.string();
    info.option = fs::absolute(folder).string();
    info.train_count = static_cast<std::int64_t>(listing.train.size());
    info.test_count = static_cast<std::int64_t>(listing.test.size());
    info.class_names = std::move(listing.class_names);
    std::vector<Listed> listed = std::move(listing.train);
    listed.insert(listed.end(), listing.test.begin(), listing.test.end());

    if (wanted.channels * wanted.height * wanted.width >
        kMaxFolderImageBytes / static_cast<std::int64_t>(listed.size()))
        return too_large(folder, listed.size(), wanted);
    Result<std::vector<Image>> images = Loader(listed, wanted).load();
    if (!images) return images.error();

    info.channels = wanted.channels;
    info.height = wanted.height;
    info.width = wanted.width;
    return std::shared_ptr<const Dataset>(
        std::make_shared<ImageFolder>(std::move(info), std::move(listed), std::move(images).value()));
}

bool holds_image_folders(const fs::path& folder) {
    const fs::path classes = layout_of(folder).train;
    const std::vector<fs::path> names = entries(classes, is_folder);
    return std::any_of(names.begin(), names.end(),
                       [&](const fs::path& name) { return !images_in(classes / name).empty(); });
}

}  // namespace convscope
