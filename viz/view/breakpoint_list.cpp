#include "viz/view/breakpoint_list.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

// The one that is selected, else the first; null: none has weights.
const LayerDescription* layer_with_weights(const NetworkDescription& network, LayerId selected) {
    const auto index = static_cast<std::size_t>(selected.index);
    if (selected.index >= 0 && index < network.layers.size() && network.layers[index].has_weight())
        return &network.layers[index];
    const auto first = std::find_if(network.layers.begin(), network.layers.end(),
                                    [](const LayerDescription& layer) { return layer.has_weight(); });
    return first == network.layers.end() ? nullptr : &*first;
}

}  // namespace

std::string example_of(BreakpointKind kind, const RunInfo* run, const Selection& selection) {
    Result<Breakpoint> read = parse_breakpoint(row_of(kind).example);
    if (!read || run == nullptr) return row_of(kind).example;
    Breakpoint& example = read.value();
    if (kind == BreakpointKind::GradientNorm) {
        const LayerDescription* layer = layer_with_weights(run->network, selection.layer);
        example.of = layer != nullptr ? layer->spec.name : "";
    }
    const std::vector<std::string>& classes = run->data.class_names;
    if (kind == BreakpointKind::FirstPrediction && !class_of(example, classes) && !classes.empty())
        example.of = classes.back();
    return to_string(example);
}

Result<std::vector<Breakpoint>> with_added(std::vector<Breakpoint> list, std::string_view typed, const RunInfo* run) {
    Result<Breakpoint> read = parse_breakpoint(typed);
    if (!read) return read.error();
    if (run != nullptr)
        if (Result<void> fits = check_breakpoint(read.value(), run->network, run->data.class_names); !fits)
            return fits.error();
    const auto same = [&read](Breakpoint one) {
        one.on = read.value().on;
        return one == read.value();
    };
    if (std::any_of(list.begin(), list.end(), same))
        return Error{ErrorCode::InvalidArgument, "'" + to_string(read.value()) + "' is in the list already"};
    list.push_back(std::move(read).value());
    return list;
}

std::vector<Breakpoint> without(std::vector<Breakpoint> list, std::size_t index) {
    if (index < list.size()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    return list;
}

std::vector<Breakpoint> with_switched(std::vector<Breakpoint> list, std::size_t index, bool on) {
    if (index < list.size()) list[index].on = on;
    return list;
}

}  // namespace convscope
