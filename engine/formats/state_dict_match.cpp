// Whether the weights that were found are a network's.
#include "engine/formats/state_dict.h"
#include "engine/formats/value_words.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

namespace convscope {
namespace {

// The weights of classes in a loss that was made part of the module; the network's output does not depend on them.
bool is_of_a_loss(std::string_view name) {
    return name.starts_with("criterion.") || name.starts_with("loss.") || name.starts_with("loss_fn.");
}

// "layer4.conv" of "layer4.conv.weight"; empty: of nobody.
std::string_view owner_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

// Whether a tensor may be taken for another of the same shape by its place alone. Those of one channel's length look
// alike, so that what PyTorch's own layers call them has to be the same where both do.
bool may_stand_for(std::string_view name, std::string_view wanted) {
    const auto part = [](std::string_view full) { return full.substr(full.rfind('.') + 1); };
    const auto known = [](std::string_view last) {
        return last == "weight" || last == "bias" || last == "running_mean" || last == "running_var";
    };
    return !known(part(name)) || !known(part(wanted)) || part(name) == part(wanted);
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

// What the names of a whole network's tensors begin with, whose shapes are as wanted: of those in wrappers too, and of
// one network among others in the same dictionary.
std::vector<std::string> prefixes_of(const std::vector<WantedTensor>& wanted, const StateDict& tensors,
                                     const std::vector<std::size_t>& of) {
    std::vector<std::string> prefixes;
    if (wanted.empty()) return prefixes;
    std::unordered_map<std::string_view, const FoundTensor*> named;
    for (const std::size_t i : of) named.emplace(tensors[i].name, &tensors[i]);
    for (const std::size_t i : of) {
        const std::string& name = tensors[i].name;
        if (!name.ends_with(wanted.front().name)) continue;
        const std::string prefix = name.substr(0, name.size() - wanted.front().name.size());
        if (!prefix.empty() && prefix.back() != '.') continue;
        if (std::all_of(wanted.begin(), wanted.end(), [&](const WantedTensor& one) {
                const auto is_there = [&](const std::string& called) {
                    const auto found = named.find(prefix + called);
                    return found != named.end() && found->second->tensor.shape == one.shape;
                };
                return is_there(one.name) || std::any_of(one.other_names.begin(), one.other_names.end(), is_there);
            }))
            prefixes.push_back(prefix);
    }
    return prefixes;
}

// Of the candidates, without those that are an earlier one once more.
std::vector<std::size_t> without_repeated(const StateDict& tensors, const std::vector<std::size_t>& candidates) {
    std::vector<std::size_t> first;
    for (const std::size_t i : candidates)
        if (std::none_of(first.begin(), first.end(),
                         [&](std::size_t earlier) { return is_same_view(tensors[earlier].tensor, tensors[i].tensor); }))
            first.push_back(i);
    return first;
}

// "a list of 10 values, no tensor that can be read; torch.as_tensor() in Python, before torch.save, makes one of it"
std::string no_tensor(std::string_view words) {
    const std::string_view maker = made_tensor_by(words);
    return as_shown(words) + ", no tensor that can be read" +
           (maker.empty() ? "" : "; " + std::string(maker) + " in Python, before torch.save, makes one of it");
}

}  // namespace

bool is_same_view(const StoredTensor& one, const StoredTensor& other) {
    return one.storage.is(other.storage) && one.offset == other.offset && one.shape == other.shape &&
           one.strides == other.strides && one.dtype == other.dtype;
}

StateDictMatch match_state_dict(const std::vector<WantedTensor>& wanted, const FoundWeights& weights, bool in_order) {
    const StateDict& found = weights.tensors;
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (is_floating(found[i].tensor.dtype) && !is_of_a_loss(found[i].name)) candidates.push_back(i);
    const std::vector<std::string> prefixes = prefixes_of(wanted, found, candidates);
    const bool as_named = std::find(prefixes.begin(), prefixes.end(), std::string()) != prefixes.end();
    std::string prefix = prefixes.size() == 1 ? prefixes.front() : std::string();
    if (prefixes.empty() &&
        !candidates.empty()) {  // then what is wrong is said of the names that were most likely meant
        prefix = found[candidates.front()].name.substr(0, common_prefix(found, candidates));
        if (!std::all_of(wanted.begin(), wanted.end(), [&](const WantedTensor& one) {
                return std::any_of(candidates.begin(), candidates.end(),
                                   [&](std::size_t i) { return found[i].name == prefix + one.name; });
            }))
            prefix.clear();
    }
    std::unordered_map<std::string_view, std::size_t> place_of;
    for (const std::size_t i : candidates)
        if (found[i].name.starts_with(prefix))
            place_of.emplace(std::string_view(found[i].name).substr(prefix.size()), i);

    StateDictMatch match;
    if (prefixes.size() > 1 && !as_named)
        match.problems.push_back("they are there more than once, under " + in_quotes(prefixes[0]) + " and " +
                                 in_quotes(prefixes[1]) + "; save those that are meant alone");
    std::vector<std::size_t> by_name;
    std::vector<bool> used(found.size(), false);
    const bool shares =
        std::any_of(wanted.begin(), wanted.end(), [](const WantedTensor& one) { return !one.other_names.empty(); });
    const std::vector<std::size_t> ordered = shares ? without_repeated(found, candidates) : candidates;
    in_order = in_order && wanted.size() == ordered.size();  // shapes agree, and no name that both know is elsewhere
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        in_order = in_order && wanted[i].shape == found[ordered[i]].tensor.shape &&
                   may_stand_for(found[ordered[i]].name, wanted[i].name);
        auto place = place_of.find(wanted[i].name);
        for (const std::string& other : wanted[i].other_names) {
            const auto again = place_of.find(other);
            if (again == place_of.end()) continue;
            if (place == place_of.end()) place = again;
            used[again->second] = true;
            if (again == place) continue;
            match.repeated.push_back(again->second);
            const StoredTensor& one = found[place->second].tensor;
            const StoredTensor& two = found[again->second].tensor;
            if (!is_same_view(one, two) && (one.shape != two.shape || one.floats() != two.floats()))
                match.problems.push_back(in_quotes(place->first) + " and " + in_quotes(other) +
                                         " differ, but the recipe's layers share them; take weights_of out");
        }
        if (place == place_of.end()) {
            const auto unread = std::find_if(weights.unread.begin(), weights.unread.end(),
                                             [&](const auto& one) { return one.first == wanted[i].name; });
            const auto counted = std::find_if(found.begin(), found.end(),
                                              [&](const FoundTensor& one) { return one.name == wanted[i].name; });
            if (unread != weights.unread.end())
                match.problems.push_back(in_quotes(wanted[i].name) + " is " + no_tensor(unread->second));
            else if (counted != found.end())
                match.problems.push_back(in_quotes(wanted[i].name) + " holds " +
                                         std::string(to_string(counted->tensor.dtype)) + ", no floating-point numbers");
            else
                match.problems.push_back(in_quotes(wanted[i].name) + " (" + shape_text(wanted[i].shape) +
                                         ") is missing");
            continue;
        }
        in_order = in_order && place->second == ordered[i];
        used[place->second] = true;
        by_name.push_back(place->second);
        const std::vector<std::int64_t>& shape = found[place->second].tensor.shape;
        if (shape != wanted[i].shape)
            match.problems.push_back(in_quotes(wanted[i].name) + " has the shape " + shape_text(shape) +
                                     ", but the network's is " + shape_text(wanted[i].shape));
    }
    // What is a layer's that the network has makes that another layer: one with running values, or with a bias. A
    // single number ("scale", "best accuracy") does not, and a count of batches, which averaging makes such a number,
    // is nothing to speak of.
    bool other_layers = false;
    for (const std::size_t i : candidates) {
        std::string_view name = found[i].name;
        if (used[i] || is_batch_count(name)) continue;
        match.extra.push_back(i);
        if (!name.starts_with(prefix) || found[i].tensor.shape.empty()) continue;
        name.remove_prefix(prefix.size());
        const std::string_view owner = owner_of(name);
        other_layers =
            other_layers || (!owner.empty() && std::any_of(wanted.begin(), wanted.end(), [&](const WantedTensor& one) {
                return owner_of(one.name) == owner;
            }));
    }
    if (match.problems.empty() && !other_layers) {
        match.kind = StateDictMatch::Kind::ByName;
        match.places = std::move(by_name);
    } else if (in_order) {
        match.kind = StateDictMatch::Kind::ByOrder;
        match.problems.clear();
        match.extra.clear();
        match.places = ordered;
        match.repeated.clear();
        for (const std::size_t i : candidates)
            if (std::find(ordered.begin(), ordered.end(), i) == ordered.end()) match.repeated.push_back(i);
    } else {
        for (const std::size_t i : match.extra)
            match.problems.push_back(in_quotes(found[i].name) + " (" + shape_text(found[i].tensor.shape) +
                                     ") is extra: the network has no tensor of that name");
    }
    for (std::size_t i = 0; i < match.places.size(); ++i)
        match.mapping.emplace_back(wanted[i].name, found[match.places[i]].name);
    return match;
}

}  // namespace convscope
