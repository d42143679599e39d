#include "engine/train/picture_studies.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace convscope {
namespace {

// Of the test set, at once: so few that no command waits, so many that a batch is worth its overhead.
constexpr std::int64_t kPicturesAtOnce = 32;

// N,C,values in memory as one expects.
torch::Tensor by_channel(const torch::Tensor& output) {
    return (output.dim() > 2 ? output.flatten(2) : output.unsqueeze(2)).to(torch::kCPU, torch::kFloat32).contiguous();
}

// Into the first `count` of kMost places, which are in order, if it belongs among them. `earlier(a, b)`: a comes before
// b; of equal ones the one that is there stays before.
template <typename Earlier>
void insert(std::span<TopPatch> places, std::int32_t count, const TopPatch& patch, Earlier earlier) {
    std::size_t at = static_cast<std::size_t>(count);
    while (at > 0 && earlier(patch.value, places[at - 1].value)) --at;
    if (at == places.size()) return;
    std::move_backward(places.begin() + static_cast<std::ptrdiff_t>(at), places.end() - 1, places.end());
    places[at] = patch;
}

}  // namespace

FindingTopPatches::FindingTopPatches(StudiedState state) : state_(std::move(state)) {
    const auto& layers = state_.network.description().layers;
    found_.layers.resize(layers.size());
    for (const LayerDescription& layer : layers) {
        TopPatches::OfLayer& of = found_.layers[static_cast<std::size_t>(layer.id.index)];
        const auto channels = static_cast<std::size_t>(layer.output_shape[0]);
        of.counts.resize(channels);
        of.most.resize(channels * TopPatches::kMost);
        of.least.resize(channels * TopPatches::kMost);
    }
}

double FindingTopPatches::progress() const {
    return static_cast<double>(found_.pictures) / static_cast<double>(state_.data->size(Split::Test));
}

bool FindingTopPatches::advance() {
    const std::int64_t all = state_.data->size(Split::Test), first = found_.pictures,
                       count = std::min(kPicturesAtOnce, all - first);
    load_pictures(*state_.data, state_.preprocessing, Split::Test, first, count, pictures_);
    state_.network.answer(
        pictures_.images.to(state_.network.device()),
        [&](LayerId layer, const torch::Tensor& output) { look_at(layer, output, first); }, state_.interventions);
    found_.pictures += count;
    return found_.pictures == all;
}

// Where in a map the largest value is matters only for the few that come among the nine.
void FindingTopPatches::look_at(LayerId layer, const torch::Tensor& output, std::int64_t first) {
    TopPatches::OfLayer& of = found_.layers[static_cast<std::size_t>(layer.index)];
    const torch::Tensor values = by_channel(output), largest = values.amax(2), smallest = values.amin(2);
    const std::int64_t channels = values.size(1), area = values.size(2);
    const std::int64_t width = output.dim() > 3 ? output.size(3) : 1;
    const float *of_all = values.data_ptr<float>(), *high = largest.data_ptr<float>(),
                *low = smallest.data_ptr<float>();
    const auto patch = [&](std::int64_t picture, std::int64_t place, float value) {
        const float* map = of_all + place * area;
        const auto at = static_cast<std::int64_t>(std::find(map, map + area, value) - map);
        return TopPatch{first + picture, static_cast<std::int32_t>(at / width), static_cast<std::int32_t>(at % width),
                        value};
    };
    constexpr auto kMost = static_cast<std::size_t>(TopPatches::kMost);
    for (std::int64_t picture = 0; picture < values.size(0); ++picture)
        for (std::int64_t channel = 0; channel < channels; ++channel) {
            const std::int64_t place = picture * channels + channel;
            const auto c = static_cast<std::size_t>(channel);
            if (std::isnan(high[place])) continue;  // as is the smallest then
            std::int32_t& count = of.counts[c];
            const std::span<TopPatch> most = std::span(of.most).subspan(c * kMost, kMost),
                                      least = std::span(of.least).subspan(c * kMost, kMost);
            const bool room = count < TopPatches::kMost;
            if (room || high[place] > most.back().value)
                insert(most, count, patch(picture, place, high[place]), std::greater<>());
            if (room || low[place] < least.back().value)
                insert(least, count, patch(picture, place, low[place]), std::less<>());
            if (room) ++count;
        }
}

CountingActivations::CountingActivations(StudiedState state, const ActivationHistogramQuestion& question)
    : state_(std::move(state)), question_(question) {}

std::int64_t CountingActivations::picture_count() const {
    return question_.pictures == HistogramPictures::TestSet ? state_.data->size(Split::Test) : state_.minibatch.size(0);
}

double CountingActivations::progress() const {
    return static_cast<double>(counted_.pictures) / static_cast<double>(picture_count());
}

bool CountingActivations::advance() {
    const std::int64_t all = picture_count(), first = counted_.pictures, count = std::min(kPicturesAtOnce, all - first);
    const bool test_set = question_.pictures == HistogramPictures::TestSet;
    if (test_set) load_pictures(*state_.data, state_.preprocessing, Split::Test, first, count, pictures_);
    const torch::Tensor pictures = test_set ? pictures_.images : state_.minibatch.narrow(0, first, count);
    const auto count_values = [&](LayerId layer, const torch::Tensor& output) {
        if (layer != question_.layer) return;
        const torch::Tensor values = output.select(1, question_.channel).to(torch::kCPU, torch::kFloat32).contiguous();
        counted_.values.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    };
    state_.network.answer(pictures.to(state_.network.device()), count_values, state_.interventions);
    counted_.pictures += count;
    return counted_.pictures == all;
}

}  // namespace convscope
