#include "engine/api/top_patches.h"

namespace convscope {
namespace {

std::span<const TopPatch> patches_of(const std::vector<TopPatches::OfLayer>& layers, LayerId layer,
                                     std::int64_t channel, std::vector<TopPatch> TopPatches::OfLayer::*which) {
    if (layer.index < 0 || layer.index >= std::ssize(layers)) return {};
    const TopPatches::OfLayer& of = layers[static_cast<std::size_t>(layer.index)];
    if (channel < 0 || channel >= std::ssize(of.counts)) return {};
    return std::span(of.*which).subspan(static_cast<std::size_t>(channel * TopPatches::kMost),
                                        static_cast<std::size_t>(of.counts[static_cast<std::size_t>(channel)]));
}

}  // namespace

std::span<const TopPatch> TopPatches::most(LayerId layer, std::int64_t channel) const {
    return patches_of(layers, layer, channel, &OfLayer::most);
}

std::span<const TopPatch> TopPatches::least(LayerId layer, std::int64_t channel) const {
    return patches_of(layers, layer, channel, &OfLayer::least);
}

}  // namespace convscope
