#include "engine/formats/derived_weights.h"

#include "engine/formats/pickle_value.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace convscope {
namespace {

// How PyTorch names the parts that it makes of a weight.
struct Parts {
    std::string_view ending;  // of the name of one part
    std::string_view beside;  // of another, which must be there with the same beginning; empty: nothing
    std::string_view by;      // what made them
    std::string_view before;  // Python, up to the layer ...
    std::string_view after;   // ... and on from there
};
constexpr std::array kParts{
    Parts{".weight_mask", ".weight_orig", "torch.nn.utils.prune", "torch.nn.utils.prune.remove(model.", ", 'weight')"},
    Parts{".weight_orig", ".weight_u", "spectral_norm", "torch.nn.utils.remove_spectral_norm(model.", ")"},
    Parts{".weight_g", ".weight_v", "weight_norm", "torch.nn.utils.remove_weight_norm(model.", ")"},
    Parts{".parametrizations.weight.original", "", "a parametrization",
          "torch.nn.utils.parametrize.remove_parametrizations(model.", ", 'weight')"},
    Parts{".parametrizations.weight.original0", "", "a parametrization",
          "torch.nn.utils.parametrize.remove_parametrizations(model.", ", 'weight')"}};

struct Types {
    std::string_view part;  // of what the file calls a value
    std::string_view words;
    std::string_view remedy;
};
constexpr std::array kTypes{
    Types{"_rebuild_sparse", "sparse", "save {name: t.to_dense() for name, t in model.state_dict().items()}"},
    Types{"_rebuild_qtensor", "quantized", "save the model as it was before it was quantized"}};

bool names(const FoundWeights& found, std::string_view name) {
    return std::any_of(found.tensors.begin(), found.tensors.end(), [&](const auto& one) { return one.name == name; });
}

}  // namespace

std::optional<std::string> remedy_for_derived_weights(const FoundWeights& found) {
    for (const Parts& parts : kParts)
        for (const FoundTensor& one : found.tensors) {
            if (!one.name.ends_with(parts.ending)) continue;
            const std::string layer = one.name.substr(0, one.name.size() - parts.ending.size());
            if (!parts.beside.empty() && !names(found, layer + std::string(parts.beside))) continue;
            return "the weight of " + in_quotes(layer) + " is there in the parts that " + std::string(parts.by) +
                   " makes of it; in Python, before torch.save: " + std::string(parts.before) + layer +
                   std::string(parts.after);
        }
    for (const auto& [name, what] : found.unread) {
        for (const Types& type : kTypes)
            if (what.find(type.part) != std::string::npos)
                return in_quotes(name) + " is " + std::string(type.words) + "; in Python, " + std::string(type.remedy);
        if (const std::size_t packed = name.find("._packed_params"); packed != std::string::npos)
            return in_quotes(name.substr(0, packed)) + " is quantized; in Python, " + std::string(kTypes.back().remedy);
    }
    return std::nullopt;
}

}  // namespace convscope
