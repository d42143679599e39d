#include "engine/data/prepared_dataset.h"

#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/data/stroke_box.h"
#include "engine/data/wording.h"

#include <future>
#include <thread>
#include <vector>

namespace convscope {

bool serves(const Dataset& data, const PictureFormat& wanted) {
    const auto* prepared = dynamic_cast<const PreparedDataset*>(&data);
    return prepared == nullptr || prepared->serves(wanted);
}

Result<void> check_preparation(const std::filesystem::path& folder, std::int64_t count, const PictureFormat& wanted) {
    if (wanted.channels != 1 && wanted.channels != 3)
        return Error{ErrorCode::InvalidArgument, "the recipe takes " + std::to_string(wanted.channels) +
                                                     " channels, but a picture of " + in_quotes(folder.string()) +
                                                     " has 1 or 3; change [input] channels"};
    const std::int64_t bytes = wanted.channels * wanted.height * wanted.width;
    if (bytes > kMaxPreparedBytes / count)
        return Error{ErrorCode::Unsupported,
                     "the " + std::to_string(count) + " pictures of " + in_quotes(folder.string()) + " at " +
                         std::to_string(wanted.height) + "x" + std::to_string(wanted.width) +
                         " pixels need more than the " + std::to_string(kMaxPreparedBytes >> 30) +
                         " GiB that can be kept; take fewer, or make [input] height and width smaller"};
    return check_memory(static_cast<double>(bytes) * static_cast<double>(count),
                        "the data set in " + in_quotes(folder.string()), "take fewer");
}

Image Preparation::prepare(Image picture) {
    constexpr std::chrono::seconds kLong{5};
    if (std::chrono::steady_clock::now() - begun_ > kLong && !said_.exchange(true))
        log::write(log::Level::Warning,
                   "The data set's pictures are brought to the form that the recipe takes, which takes a while");
    const PictureConvention& convention = wanted_.convention;
    if (wanted_.channels == 1 && convention.invert == InvertKind::Auto && convention.centre != CentreKind::Yes)
        ++strokes_[has_dark_strokes(picture.channels == 1 ? picture : in_grey(picture)) ? 1 : 0];
    Image prepared = prepare_picture(std::move(picture), wanted_);
    if (!prepared.done.empty()) ++changed_;
    for (const PictureStep step : prepared.done) steps_ |= 1U << static_cast<unsigned>(step);
    return prepared;
}

std::string Preparation::in_words(std::int64_t count) const {
    if (changed_ == 0) return {};
    std::vector<PictureStep> steps;
    for (unsigned step = 0; steps_ >> step != 0; ++step)
        if ((steps_ >> step & 1U) != 0) steps.push_back(static_cast<PictureStep>(step));
    return std::to_string(changed_) + " of " + std::to_string(count) + " pictures: " + convscope::in_words(steps);
}

void on_every_processor(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    const auto take = [&] {
        for (std::size_t i = next++; i < count; i = next++) work(i);
    };
    std::vector<std::future<void>> helpers;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
        helpers.push_back(std::async(std::launch::async, take));
    take();
    for (std::future<void>& helper : helpers) helper.get();
}

}  // namespace convscope
