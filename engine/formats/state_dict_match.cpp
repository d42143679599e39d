// Whether the weights that were found are a network's.
#include "engine/formats/state_dict.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

namespace convscope {
namespace {

// The weights of classes in a loss that was made part of the module; the network's output does not depend on them.
bool is_of_a_loss(std::string_view name) {
    return name.starts_with("criterion.") || name.starts_with("loss.") || name.starts_with("loss_fn.");
}

// The characters up to and with the last dot that all names have in common.
std::size_t common_prefix(const StateDict& tensors, const std::vector<std::size_t>& of) {
    std::string_view prefix = tensors[of.front()].name;
    for (const std::size_t i : of) {
        const std::string& name = tensors[i].name;
        const auto differ = std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end());
        prefix = prefix.substr(0, static_cast<std::size_t>(differ.first - prefix.begin()));
    }
    const std::size_t dot = prefix.rfind('.');
    return dot == std::string_view::npos ? 0 : dot + 1;
}

}  // namespace

StateDictMatch match_state_dict(const std::vector<WantedTensor>& wanted, const FoundWeights& weights, bool in_order) {
    const StateDict& found = weights.tensors;
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (is_floating(found[i].tensor.dtype) && !is_of_a_loss(found[i].name)) candidates.push_back(i);
    std::size_t prefix = candidates.empty() ? 0 : common_prefix(found, candidates);
    std::unordered_map<std::string_view, std::size_t> place_of;
    for (const std::size_t i : candidates) place_of.emplace(std::string_view(found[i].name).substr(prefix), i);
    if (prefix > 0 && !std::all_of(wanted.begin(), wanted.end(),
                                   [&](const WantedTensor& one) { return place_of.contains(one.name); })) {
        place_of.clear();
        for (const std::size_t i : candidates) place_of.emplace(found[i].name, i);
    }

    StateDictMatch match;
    std::vector<std::size_t> by_name;
    std::vector<bool> used(found.size(), false);
    in_order = in_order && wanted.size() == candidates.size();  // shapes agree, and no name that both know is elsewhere
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        in_order = in_order && wanted[i].shape == found[candidates[i]].tensor.shape;
        const auto place = place_of.find(wanted[i].name);
        if (place == place_of.end()) {
            const auto unread = std::find_if(weights.unread.begin(), weights.unread.end(),
                                             [&](const auto& one) { return one.first == wanted[i].name; });
            const auto counted = std::find_if(found.begin(), found.end(),
                                              [&](const FoundTensor& one) { return one.name == wanted[i].name; });
            if (unread != weights.unread.end())
                match.problems.push_back(in_quotes(wanted[i].name) + " is " + as_shown(unread->second) +
                                         ", which cannot be read");
            else if (counted != found.end())
                match.problems.push_back(in_quotes(wanted[i].name) + " holds " +
                                         std::string(to_string(counted->tensor.dtype)) + ", no floating-point numbers");
            else
                match.problems.push_back(in_quotes(wanted[i].name) + " (" + shape_text(wanted[i].shape) +
                                         ") is missing");
            continue;
        }
        in_order = in_order && place->second == candidates[i];
        used[place->second] = true;
        by_name.push_back(place->second);
        const std::vector<std::int64_t>& shape = found[place->second].tensor.shape;
        if (shape != wanted[i].shape)
            match.problems.push_back(in_quotes(wanted[i].name) + " has the shape " + shape_text(shape) +
                                     ", but the network's is " + shape_text(wanted[i].shape));
    }
    // A single number beside the weights ("best accuracy") is no layer's.
    for (const std::size_t i : candidates)
        if (!used[i] && !found[i].tensor.shape.empty())
            match.problems.push_back(in_quotes(found[i].name) + " (" + shape_text(found[i].tensor.shape) +
                                     ") is extra: the network has no tensor of that name");
    if (match.problems.empty()) {
        match.kind = StateDictMatch::Kind::ByName;
        match.places = std::move(by_name);
    } else if (in_order) {
        match.kind = StateDictMatch::Kind::ByOrder;
        match.problems.clear();
        match.places = candidates;
    }
    for (std::size_t i = 0; i < match.places.size(); ++i)
        match.mapping.emplace_back(wanted[i].name, found[match.places[i]].name);
    return match;
}

}  // namespace convscope
