#include "engine/formats/state_dict.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace convscope {
namespace {

constexpr const char* kRemedy = "; save the weights with torch.save(model.state_dict(), 'weights.pth')";

bool all_tensors(const PickleValue::Dict& dict) {
    return std::all_of(dict.begin(), dict.end(),
                       [](const PickleValue::Entry& entry) { return entry.value.as<StoredTensor>() != nullptr; });
}

// The dictionary of weights; null when there is none.
const PickleValue::Dict* locate(const PickleValue& value) {
    for (const char* key : {"model", "state_dict", "model_state_dict", "net"})
        if (const PickleValue* inner = value.find(key))
            if (const auto* dict = inner->as<PickleValue::Dict>(); dict && !dict->empty() && all_tensors(*dict))
                return dict;
    const auto* dict = value.as<PickleValue::Dict>();
    return dict && !dict->empty() && all_tensors(*dict) ? dict : nullptr;
}

// "a list", "a dictionary of 'epoch', 'args', ...".
std::string description(const PickleValue& value) {
    if (value.as<StoredTensor>()) return "a single tensor";
    if (value.as<PickleValue::List>()) return "a list";
    const auto* dict = value.as<PickleValue::Dict>();
    if (!dict) return "a single value";
    if (dict->empty()) return "an empty dictionary";
    constexpr std::size_t kShown = 5;
    std::string text = "a dictionary of ";
    for (std::size_t i = 0; i < std::min(kShown, dict->size()); ++i)
        text += (i > 0 ? ", '" : "'") + (*dict)[i].key.substr(0, 40) + "'";
    return text + (dict->size() > kShown ? ", ..." : "");
}

// How many characters every name begins with that only say how the network was wrapped.
std::size_t wrapper_prefix(const PickleValue::Dict& dict) {
    std::size_t length = 0;
    for (bool longer = true; longer;) {
        longer = false;
        for (const std::string_view prefix : {std::string_view("module."), std::string_view("_orig_mod.")}) {
            if (!std::all_of(dict.begin(), dict.end(), [&](const PickleValue::Entry& entry) {
                    return std::string_view(entry.key).substr(length).starts_with(prefix);
                }))
                continue;
            length += prefix.size();
            longer = true;
        }
    }
    return length;
}

bool is_batch_count(std::string_view name) {
    constexpr std::string_view kName = "num_batches_tracked";
    return name == kName || (name.ends_with(kName) && name[name.size() - kName.size() - 1] == '.');
}

std::string in_quotes(const std::string& name) { return "'" + name + "'"; }

}  // namespace

Result<StateDict> find_state_dict(const PickleValue& file, std::string_view name, std::string_view key,
                                  BatchCounts counts) {
    const PickleValue* place = &file;
    for (std::string_view rest = key; !rest.empty();) {
        const std::string_view step = rest.substr(0, rest.find('.'));
        rest.remove_prefix(std::min(rest.size(), step.size() + 1));
        place = place->find(step);
        if (!place)
            return Error{ErrorCode::NotFound, std::string(name) + ": there is no '" + std::string(key) + "' in it"};
    }
    const PickleValue& value = *place;
    const PickleValue::Dict* dict = locate(value);
    if (!dict)
        return Error{ErrorCode::Unsupported, std::string(name) + ": it holds " + description(value) +
                                                 ", not a dictionary of tensors" + kRemedy};
    const std::size_t prefix = wrapper_prefix(*dict);
    StateDict tensors;
    for (const PickleValue::Entry& entry : *dict) {
        std::string tensor_name = entry.key.substr(prefix);
        if (counts == BatchCounts::Drop && is_batch_count(tensor_name)) continue;
        const StoredTensor& tensor = *entry.value.as<StoredTensor>();
        tensors.push_back({std::move(tensor_name), tensor.dtype, tensor.shape, tensor.floats()});
    }
    return tensors;
}

StateDictMatch match_state_dict(const std::vector<WantedTensor>& wanted, const StateDict& found) {
    std::unordered_map<std::string_view, std::size_t> place_of;
    for (std::size_t i = 0; i < found.size(); ++i) place_of.emplace(found[i].name, i);

    StateDictMatch match;
    std::vector<std::size_t> by_name;
    std::vector<bool> used(found.size(), false);
    bool in_order = wanted.size() == found.size();  // shapes agree, and no name that both know is elsewhere
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        in_order = in_order && wanted[i].shape == found[i].shape;
        const auto place = place_of.find(wanted[i].name);
        if (place == place_of.end()) {
            match.problems.push_back(in_quotes(wanted[i].name) + " (" + shape_text(wanted[i].shape) + ") is missing");
            continue;
        }
        in_order = in_order && place->second == i;
        used[place->second] = true;
        by_name.push_back(place->second);
        const std::vector<std::int64_t>& shape = found[place->second].shape;
        if (shape != wanted[i].shape)
            match.problems.push_back(in_quotes(wanted[i].name) + " has the shape " + shape_text(shape) +
                                     ", but the network's is " + shape_text(wanted[i].shape));
    }
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!used[i])
            match.problems.push_back(in_quotes(found[i].name) + " (" + shape_text(found[i].shape) +
                                     ") is extra: the network has no tensor of that name");
    if (match.problems.empty()) {
        match.kind = StateDictMatch::Kind::ByName;
        match.places = std::move(by_name);
    } else if (in_order) {
        match.kind = StateDictMatch::Kind::ByOrder;
        match.problems.clear();
        for (std::size_t i = 0; i < wanted.size(); ++i) match.places.push_back(i);
    }
    for (std::size_t i = 0; i < match.places.size(); ++i)
        match.mapping.emplace_back(wanted[i].name, found[match.places[i]].name);
    return match;
}

}  // namespace convscope
