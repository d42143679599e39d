#include "engine/cli/measured_network.h"

#include "engine/core/machine_memory.h"
#include "engine/data/class_agreement.h"
#include "engine/data/open_dataset.h"
#include "engine/data/pixel_statistics.h"
#include "engine/recipe/network_memory.h"
#include "engine/train/data_fit.h"

#include <cstdio>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kPicturesAtOnce = 500;

}  // namespace

Result<MeasuredNetwork> open_measured_network(const WeightsOptions& weights, const std::string& data_name,
                                              std::uint64_t seed) {
    const auto say = [](const std::string& sentence) {
        if (!sentence.empty()) std::fprintf(stderr, "%s\n", sentence.c_str());
    };
    Result<SavedNetwork> saved = open_saved_network(weights);
    if (!saved.ok()) return saved.error();
    if (const Result<void> room =
            check_network_memory(saved.value().recipe, saved.value().network, NetworkUse::Answering, kPicturesAtOnce);
        !room.ok())
        return room.error();
    settle_pictures(saved.value().recipe);
    PictureFormat wanted = picture_format(saved.value().recipe);
    wanted.only_test = !normalisation_unknown(saved.value().recipe);
    const Result<std::shared_ptr<const Dataset>> opened = open_dataset(data_name, seed, wanted);
    if (!opened.ok()) return opened.error();
    const Result<AgreedData> agreed =
        with_classes_of(opened.value(), saved.value().class_names, saved.value().recipe.class_count);
    if (!agreed.ok()) return agreed.error();
    if (const Result<void> room = check_address_space(); !room.ok()) return room.error();
    const std::shared_ptr<const Dataset>& data = agreed.value().data;
    const DatasetInfo& info = data->info();
    say(info.prepared.empty() ? "" : info.name + ": " + info.prepared);
    say(info.notice);
    say(agreed.value().notice);
    if (info.split_by_chance)
        say("The " + std::to_string(info.test_count) + " pictures of " + info.name +
            " to test with were taken by chance, the others are to train on; put the folders of all classes into one "
            "called 'test' to "
            "evaluate every picture");
    if (const Result<void> fits = check_fit(saved.value().recipe, info); !fits.ok()) return fits.error();
    if (normalisation_unknown(saved.value().recipe)) {
        if (info.train_count == 0)
            return Error{ErrorCode::InvalidArgument,
                         "The recipe '" + saved.value().recipe.name + "' normalises by the training pictures, and " +
                             info.name +
                             " has none: give what was measured with --set input.mean=X --set "
                             "input.deviation=Y"};
        PixelStatistics pixels = pixel_statistics(*data);
        saved.value().recipe.input_mean = std::move(pixels.mean);
        saved.value().recipe.input_deviation = std::move(pixels.deviation);
        std::fprintf(stderr, "Normalised by the training pictures of %s, as the recipe '%s' says\n", info.name.c_str(),
                     saved.value().recipe.name.c_str());
    }
    Result<FrozenNetwork> network =
        FrozenNetwork::with(saved.value().recipe, saved.value().weights, data, saved.value().held);
    if (!network.ok()) return Error{network.error().code, weights.checkpoint + ": " + network.error().message};
    return MeasuredNetwork{std::move(saved).value(), data, std::move(network).value()};
}

}  // namespace convscope
