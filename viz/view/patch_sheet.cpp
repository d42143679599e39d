#include "viz/view/patch_sheet.h"

#include "engine/api/dataset.h"
#include "viz/view/picture_sheet.h"

#include <algorithm>
#include <limits>

namespace convscope {

void PatchSheet::show(const RunInfo& run, const LayerDescription& layer, std::span<const TopPatch> most,
                      std::span<const TopPatch> least) {
    const bool same = run.run == run_ && layer.id == layer_ && patches_.size() == most.size() + least.size() &&
                      std::equal(most.begin(), most.end(), patches_.begin()) &&
                      std::equal(least.begin(), least.end(), patches_.begin() + std::ssize(most));
    if (same && capture_.content_id != 0) return;
    run_ = run.run;
    layer_ = layer.id;
    patches_.assign(most.begin(), most.end());
    patches_.insert(patches_.end(), least.begin(), least.end());
    channels_ = run.data.channels;
    const std::int64_t size = field_of(run.network, layer, 0, 0).size;
    capture_.key = {TensorKind::Input, kInputLayer};
    capture_.shape = {2 * TopPatches::kMost * channels_, size, size};
    capture_.values.assign(static_cast<std::size_t>(capture_.shape.element_count()),
                           std::numeric_limits<float>::quiet_NaN());
    capture_.content_id = next_picture_content();
    const auto cut_all = [&](std::span<const TopPatch> patches, std::int64_t first) {
        for (std::int64_t i = 0; i < std::ssize(patches); ++i) {
            const TopPatch& patch = patches[static_cast<std::size_t>(i)];
            cut(run, field_of(run.network, layer, patch.row, patch.column), patch.picture, first + i);
        }
    };
    cut_all(most, 0);
    cut_all(least, TopPatches::kMost);
}

void PatchSheet::cut(const RunInfo& run, const PixelSquare& square, std::int64_t picture, std::int64_t place) {
    if (picture < 0 || picture >= run.dataset->size(Split::Test)) return;
    const std::span<const std::uint8_t> bytes = run.dataset->image(Split::Test, picture);
    const std::int64_t height = run.data.height, width = run.data.width;
    // A field is where the network sees it, a picture as its file has it.
    const bool turned = run.recipe.input_transposed;
    for (std::int64_t channel = 0; channel < channels_; ++channel)
        for (std::int64_t y = 0; y < square.size; ++y)
            for (std::int64_t x = 0; x < square.size; ++x) {
                const std::int64_t seen_row = square.row + y, seen_column = square.column + x;
                const std::int64_t row = turned ? seen_column : seen_row, column = turned ? seen_row : seen_column;
                if (row < 0 || column < 0 || row >= height || column >= width) continue;
                const std::int64_t to = ((place * channels_ + channel) * square.size + y) * square.size + x;
                capture_.values[static_cast<std::size_t>(to)] =
                    static_cast<float>(bytes[static_cast<std::size_t>((channel * height + row) * width + column)]);
            }
}

}  // namespace convscope
