#include "engine/data/image_folder.h"

#include "engine/core/utf8.h"
#include "engine/data/image_file.h"
#include "engine/data/image_listing.h"
#include "engine/data/prepared_dataset.h"
#include "engine/data/wording.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;

// Reads all images in one form, shared among the processors. Those that cannot be read stay without pixels.
class Loader {
public:
    Loader(const std::vector<ListedImage>& listed, const PictureFormat& wanted)
        : listed_(listed), preparation_(wanted), images_(listed.size()) {}

    std::vector<Image> load() {
        on_every_processor(listed_.size(), [this](std::size_t i) { read(i); });
        return std::move(images_);
    }
    // Once load() has returned: what it took, and what is wrong with the first that could not be read.
    const Preparation& preparation() const { return preparation_; }
    const std::optional<Error>& first_problem() const { return first_problem_; }

private:
    void read(std::size_t i) {
        Result<Image> image = read_image(listed_[i].path);
        if (image)
            images_[i] = preparation_.prepare(std::move(image).value());
        else
            note(i, image.error());
    }

    void note(std::size_t index, const Error& problem) {
        const std::scoped_lock lock(mutex_);
        if (index >= first_bad_) return;
        first_bad_ = index;
        first_problem_ = problem;
    }

    const std::vector<ListedImage>& listed_;
    Preparation preparation_;
    std::vector<Image> images_;
    std::mutex mutex_;  // guards what follows
    std::size_t first_bad_ = std::numeric_limits<std::size_t>::max();
    std::optional<Error> first_problem_;
};

// Takes out what could not be read: `first_problem` says why of the first. An error when a class would have nothing
// left, or no picture to test with.
Result<void> drop_unread(std::vector<ListedImage>& listed, std::vector<Image>& images, DatasetInfo& info,
                         const Error& first_problem) {
    std::vector<std::int64_t> listed_of(info.class_names.size());  // each class, of what it is learnt or told by
    std::vector<std::int64_t> left(info.class_names.size());
    std::size_t kept = 0;
    const std::int64_t trained = info.train_count;
    for (std::size_t i = 0; i < images.size(); ++i) {
        const bool counts = trained == 0 || static_cast<std::int64_t>(i) < trained;
        if (counts) ++listed_of[static_cast<std::size_t>(listed[i].label)];
        if (images[i].pixels.empty()) {
            --(static_cast<std::int64_t>(i) < trained ? info.train_count : info.test_count);
            continue;
        }
        if (counts) ++left[static_cast<std::size_t>(listed[i].label)];
        if (kept != i) {
            listed[kept] = std::move(listed[i]);
            images[kept] = std::move(images[i]);
        }
        ++kept;
    }
    listed.resize(kept);
    images.resize(kept);
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i] == 0 && listed_of[i] > 0)
            return Error{first_problem.code, "no picture of the class " + in_quotes(info.class_names[i]) +
                                                 " can be read: " + first_problem.message};
    if (info.test_count == 0)
        return Error{first_problem.code, "no picture to test with can be read: " + first_problem.message};
    return {};
}

// One sentence on the files that are there and were not taken; empty when there are none.
std::string notice_of(const fs::path& folder, const SkippedFiles& others, std::size_t taken, std::size_t unread,
                      const std::optional<Error>& first_problem) {
    const std::size_t skipped = static_cast<std::size_t>(others.count) + unread;
    if (skipped == 0) return {};
    std::string text = std::to_string(skipped) + " of " + std::to_string(skipped + taken) + " files of " +
                       in_quotes(folder.string()) + (skipped == 1 ? " was" : " were") + " skipped: ";
    if (others.count > 0)
        text += std::to_string(others.count) + " of other kinds than " + kImageKinds + " (first " +
                in_quotes(others.first.string()) + ")";
    if (unread > 0)
        text += (others.count > 0 ? ", " : "") + std::to_string(unread) +
                " unreadable (first: " + first_problem->message + ")";
    return text;
}

class ImageFolder final : public PreparedDataset {
public:
    // The training images come first in both lists.
    ImageFolder(DatasetInfo info, std::vector<ListedImage> listed, std::vector<Image> images, PictureFormat format)
        : info_(std::move(info)), format_(std::move(format)), images_(std::move(images)) {
        for (const ListedImage& one : listed) labels_.push_back(one.label);
        // All of them: read again by this convention, each comes out the same.
        if (info_.prepared.empty())
            info_.pictures = measured_convention(*this, std::numeric_limits<std::int64_t>::max());
    }

    const DatasetInfo& info() const override { return info_; }
    bool serves(const PictureFormat& wanted) const override { return wanted == format_; }
    int label(Split split, std::int64_t index) const override { return labels_[place(split, index)]; }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return images_[place(split, index)].pixels;
    }

private:
    std::size_t place(Split split, std::int64_t index) const {
        return static_cast<std::size_t>(split == Split::Train ? index : info_.train_count + index);
    }

    DatasetInfo info_;
    PictureFormat format_;
    std::vector<Image> images_;
    std::vector<int> labels_;
};

}  // namespace

Result<std::shared_ptr<const Dataset>> open_image_folder(const fs::path& folder, const PictureFormat& wanted) {
    Result<ImageListing> found = list_images(folder);
    if (!found) return found.error();
    ImageListing& listing = found.value();
    std::size_t left_aside = 0;
    if (wanted.only_test && !listing.test.empty()) left_aside = std::exchange(listing.train, {}).size();

    DatasetInfo info;
    info.name = readable(folder_name(folder));
    info.source = folder.string();
    info.option = fs::absolute(folder).string();
    info.train_count = static_cast<std::int64_t>(listing.train.size());
    info.test_count = static_cast<std::int64_t>(listing.test.size());
    info.class_names = std::move(listing.class_names);
    info.split_by_chance = listing.split_by_chance;
    std::vector<ListedImage> listed = std::move(listing.train);
    listed.insert(listed.end(), listing.test.begin(), listing.test.end());

    if (const auto checked = check_preparation(folder, static_cast<std::int64_t>(listed.size()), wanted); !checked)
        return checked.error();
    Loader loader(listed, wanted);
    std::vector<Image> images = loader.load();
    const std::optional<Error>& problem = loader.first_problem();
    const std::size_t all = images.size();
    if (problem)
        if (const Result<void> dropped = drop_unread(listed, images, info, *problem); !dropped) return dropped.error();
    info.prepared = loader.preparation().in_words(static_cast<std::int64_t>(images.size()));
    if (!info.prepared.empty()) info.pictures = loader.preparation().convention();
    info.notice = notice_of(folder, listing.skipped, images.size() + left_aside, all - images.size(), problem);

    info.channels = wanted.channels;
    info.height = wanted.height;
    info.width = wanted.width;
    return std::shared_ptr<const Dataset>(
        std::make_shared<ImageFolder>(std::move(info), std::move(listed), std::move(images), wanted));
}

}  // namespace convscope
