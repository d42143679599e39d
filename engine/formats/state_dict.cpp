// Finding the weights.
#include "engine/formats/state_dict.h"

#include "engine/formats/foreign_file.h"
#include "engine/formats/value_words.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace convscope {
namespace {

using Dict = PickleValue::Dict;
using Opaque = PickleValue::Opaque;

constexpr std::size_t kNamed = 12;  // keys or opaque values in one message

// What may be weights.
struct Candidate {
    std::string key;
    FoundWeights weights;
};

std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

const PickleValue* find_in(const Dict& dict, std::string_view key) {
    const auto found = std::find_if(dict.begin(), dict.end(), [key](const auto& entry) { return entry.key == key; });
    return found == dict.end() ? nullptr : &found->value;
}

// The entries of a dictionary, or an object's attributes; null for anything else.
const Dict* entries_of(const PickleValue& value) {
    if (const auto* dict = value.as<Dict>()) return dict;
    const auto* object = value.as<Opaque>();
    return object ? &object->attributes : nullptr;
}

// A pickled torch.nn.Module: its tensors and modules in dictionaries of their own.
bool is_module(const PickleValue& value) {
    const auto* object = value.as<Opaque>();
    if (!object) return false;
    const auto has_dict = [object](const char* key) {
        const PickleValue* inner = find_in(object->attributes, key);
        return inner && inner->as<Dict>();
    };
    return has_dict("_parameters") && has_dict("_modules");
}

// Of a program that torch.jit.save wrote: its tensors and modules are attributes.
bool is_program(const PickleValue& value) {
    const auto* object = value.as<Opaque>();
    return object && object->name.starts_with("__torch__.");
}

// torch.optim.Optimizer's state_dict().
bool is_optimizer(const Dict& dict) { return find_in(dict, "state") && find_in(dict, "param_groups"); }

void take(const std::string& name, const PickleValue& value, FoundWeights& weights) {
    if (const auto* tensor = value.as<StoredTensor>())
        weights.tensors.push_back({name, *tensor});
    else
        weights.unread.emplace_back(name, words_for(value));
}

// As state_dict() gives them: a module's parameters, its buffers, then those of the modules within it.
void take_module(const std::string& path, const Dict& attributes, FoundWeights& weights) {
    const PickleValue* unsaved = find_in(attributes, "_non_persistent_buffers_set");
    const auto is_unsaved = [unsaved](const std::string& name) {
        const auto* names = unsaved ? unsaved->as<PickleValue::List>() : nullptr;
        return names && std::any_of(names->begin(), names->end(), [&name](const PickleValue& one) {
                   return one.as<std::string>() && *one.as<std::string>() == name;
               });
    };
    for (const char* kind : {"_parameters", "_buffers"})
        if (const PickleValue* named = find_in(attributes, kind); named && named->as<Dict>())
            for (const auto& [name, value] : *named->as<Dict>())
                if (!value.as<PickleValue::None>() && !is_unsaved(name)) take(join(path, name), value, weights);
    if (const PickleValue* modules = find_in(attributes, "_modules"); modules && modules->as<Dict>())
        for (const auto& [name, value] : *modules->as<Dict>())
            if (const auto* inner = value.as<Opaque>()) take_module(join(path, name), inner->attributes, weights);
}

void take_program(const std::string& path, const Dict& attributes, FoundWeights& weights) {
    for (const auto& [name, value] : attributes)
        if (value.as<StoredTensor>()) take(join(path, name), value, weights);
    for (const auto& [name, value] : attributes)
        if (is_program(value)) take_program(join(path, name), value.as<Opaque>()->attributes, weights);
}

void take_dict(const Dict& dict, FoundWeights& weights) {
    for (const auto& [name, value] : dict) take(name, value, weights);
}

// How many characters every weight's name begins with that only say how the network was wrapped.
void take_off_wrappers(StateDict& tensors) {
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view prefix : {std::string_view("module."), std::string_view("_orig_mod.")}) {
            if (!std::all_of(tensors.begin(), tensors.end(), [&](const FoundTensor& one) {
                    return one.name.starts_with(prefix) || !is_floating(one.tensor.dtype);
                }))
                continue;
            for (FoundTensor& one : tensors)
                if (one.name.starts_with(prefix)) one.name.erase(0, prefix.size());
            again = true;
        }
    }
}

bool has_weights(const StateDict& tensors) {
    return std::any_of(tensors.begin(), tensors.end(),
                       [](const FoundTensor& one) { return is_floating(one.tensor.dtype); });
}

void collect(const PickleValue& value, const std::string& path, std::vector<Candidate>& all) {
    Candidate one{path, {}};
    const bool module = is_module(value), program = is_program(value);
    if (module)
        take_module({}, value.as<Opaque>()->attributes, one.weights);
    else if (program)
        take_program({}, value.as<Opaque>()->attributes, one.weights);
    else if (const auto* dict = value.as<Dict>(); dict && !is_optimizer(*dict))
        take_dict(*dict, one.weights);
    if (has_weights(one.weights.tensors)) {
        take_off_wrappers(one.weights.tensors);
        all.push_back(std::move(one));
    }
    if (module || program) return;
    if (const auto* list = value.as<PickleValue::List>())
        for (std::size_t i = 0; i < list->size(); ++i) collect((*list)[i], join(path, std::to_string(i)), all);
    if (const Dict* entries = entries_of(value); entries && !is_optimizer(*entries))
        for (const auto& [key, inner] : *entries)
            if (!key.ends_with("_extra_state")) collect(inner, join(path, key), all);
}

// ---- choosing ------------------------------------------------------------------------------------------------------

bool is_within(const std::string& inner, const std::string& outer) {
    return inner.size() > outer.size() && (outer.empty() || inner.starts_with(outer + "."));
}

bool are_the_same(const StateDict& a, const StateDict& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const FoundTensor& one, const FoundTensor& other) {
        return one.name == other.name && is_same_view(one.tensor, other.tensor);
    });
}

// Whether every key on the way is one under which weights usually lie.
bool lies_as_usual(std::string_view path) {
    constexpr std::array kUsual{"model",   "state_dict", "model_state_dict", "net",
                                "network", "module",     "weights",          "params"};
    while (!path.empty()) {
        const std::string_view key = path.substr(0, path.find('.'));
        if (std::find(kUsual.begin(), kUsual.end(), key) == kUsual.end()) return false;
        path.remove_prefix(std::min(path.size(), key.size() + 1));
    }
    return true;
}

// Those that `is_wanted`, if there are any; else all.
void prefer(std::vector<Candidate>& all, const std::function<bool(const Candidate&)>& is_wanted) {
    std::vector<Candidate> preferred;
    std::copy_if(all.begin(), all.end(), std::back_inserter(preferred), is_wanted);
    if (!preferred.empty()) all = std::move(preferred);
}

// Leaves those between which nothing decides, and gives the keys of all that might have been meant.
std::vector<std::string> choose(std::vector<Candidate>& all, const std::vector<WantedTensor>& wanted) {
    if (all.size() > 1 && !wanted.empty())
        for (const bool extra_too : {true, false})
            prefer(all, [&](const Candidate& one) {
                const StateDictMatch match = match_state_dict(wanted, one.weights, /*in_order=*/false);
                const auto is_number = [&](std::size_t i) { return one.weights.tensors[i].tensor.shape.empty(); };
                return match.kind == StateDictMatch::Kind::ByName &&
                       (extra_too || std::all_of(match.extra.begin(), match.extra.end(), is_number));
            });
    // Where one lies in another, what has more numbers is the weights, and the other something beside or around them.
    const std::vector<Candidate> before = all;
    const auto count = [](const Candidate& one) {
        std::size_t numbers = 0;
        for (const FoundTensor& found : one.weights.tensors)
            if (is_floating(found.tensor.dtype)) numbers += found.tensor.element_count();
        return numbers;
    };
    std::erase_if(all, [&](const Candidate& one) {
        return std::any_of(before.begin(), before.end(), [&](const Candidate& other) {
            return (is_within(other.key, one.key) && count(other) > count(one)) ||
                   (is_within(one.key, other.key) && count(other) >= count(one));
        });
    });
    const auto usual = [](const Candidate& one) { return lies_as_usual(one.key); };
    std::stable_partition(all.begin(), all.end(), usual);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t k = all.size(); k-- > i + 1;)
            if (are_the_same(all[i].weights.tensors, all[k].weights.tensors))
                all.erase(all.begin() + static_cast<std::ptrdiff_t>(k));
    std::vector<std::string> possible;
    for (const Candidate& one : all) possible.push_back(one.key);
    prefer(all, usual);
    return possible;
}

// ---- what to say ---------------------------------------------------------------------------------------------------

// "'a', 'b', ..."
std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(kNamed, names.size()); ++i) text += (i > 0 ? ", " : "") + in_quotes(names[i]);
    return text + (names.size() > kNamed ? ", ..." : "");
}

std::size_t tensors_among(const PickleValue::List& list) {
    return static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [](const PickleValue& one) { return one.as<StoredTensor>(); }));
}

// "a list of 6 tensors", "a dictionary of 'epoch', 'args', ...".
std::string content_of(const PickleValue& value) {
    if (const auto* tensor = value.as<StoredTensor>())
        return "a single tensor of " + shape_text(tensor->shape) + " " + std::string(to_string(tensor->dtype));
    if (const auto* list = value.as<PickleValue::List>()) {
        const std::size_t tensors = tensors_among(*list);
        if (list->empty()) return "an empty list";
        return "a list of " + std::to_string(tensors > 0 ? tensors : list->size()) +
               (tensors > 0 ? " tensors" : " values") +
               (tensors > 0 && tensors < list->size() ? " and other things" : "");
    }
    const auto* dict = value.as<Dict>();
    if (!dict) return as_shown(words_for(value));
    if (dict->empty()) return "an empty dictionary";
    std::vector<std::string> keys;
    for (const auto& entry : *dict) keys.push_back(entry.key);
    return "a dictionary of " + list_of(keys);
}

// The first list of tensors within a value, and where it lies; null where there is none.
const PickleValue* find_nameless(const PickleValue& value, const std::string& path, std::string& found) {
    if (const auto* list = value.as<PickleValue::List>()) {
        if (tensors_among(*list) > 0) return found = path, &value;
        for (std::size_t i = 0; i < list->size(); ++i)
            if (const auto* inner = find_nameless((*list)[i], join(path, std::to_string(i)), found)) return inner;
    }
    if (const Dict* entries = entries_of(value); entries && !is_optimizer(*entries))
        for (const auto& [key, inner] : *entries)
            if (const auto* one = find_nameless(inner, join(path, key), found)) return one;
    return nullptr;
}

bool holds_tensors(const PickleValue& value) {
    if (value.as<StoredTensor>()) return true;
    if (const auto* list = value.as<PickleValue::List>()) return std::any_of(list->begin(), list->end(), holds_tensors);
    const Dict* entries = entries_of(value);
    return entries &&
           std::any_of(entries->begin(), entries->end(), [](const auto& entry) { return holds_tensors(entry.value); });
}

// Where in Python's value of a file the keys on the way lead: "['model']['net']".
std::string in_brackets(std::string_view key) {
    std::string text;
    while (!key.empty()) {
        const std::string_view step = key.substr(0, key.find('.'));
        text += "[" + in_quotes(step) + "]";
        key.remove_prefix(std::min(key.size(), step.size() + 1));
    }
    return text;
}

// Whether it is a dictionary of arrays and lists, of which Python makes tensors; single numbers may be among them.
bool is_of_arrays(const PickleValue& value) {
    const auto is_array = [](const auto& entry) { return made_tensor_by(words_for(entry.value)) == kAsTensor; };
    const auto can_be_one = [&](const auto& entry) {
        return is_array(entry) || entry.value.template as<double>() || entry.value.template as<std::int64_t>();
    };
    const auto* dict = value.as<Dict>();
    return dict && std::any_of(dict->begin(), dict->end(), is_array) &&
           std::all_of(dict->begin(), dict->end(), can_be_one);
}

constexpr const char* kSaveThere =
    "; save the whole network's where it is, in Python: torch.save(model.state_dict(), 'weights.pth')";

// `key`: where in the file the value lies.
Error no_weights(const PickleValue& value, std::string_view name, const std::string& key = {}) {
    std::string text =
        std::string(name) + ": it holds " + content_of(value) + (key.empty() ? "" : " in " + in_quotes(key));
    const auto refused = [&text](const std::string& remedy) { return Error{ErrorCode::Unsupported, text + remedy}; };
    std::string place;
    if (const PickleValue* nameless = find_nameless(value, key, place)) {
        if (nameless != &value) text += ", and there " + content_of(*nameless) + " in " + in_quotes(place);
        return refused(
            ", which have no names that say of which layer each is; where they are a network's weights in their order, "
            "number them in Python: tensors = torch.load('FILE', map_location='cpu', weights_only=False)" +
            (place.empty() ? "" : ", of that the list in " + in_quotes(place)) +
            "; torch.save({str(i): t for i, t in enumerate(tensors)}, 'weights.pth')");
    }
    if (value.as<StoredTensor>())
        return refused(std::string(", and no weights by the names of their layers") + kSaveThere);
    text += holds_tensors(value) ? ", and no tensors of floating-point numbers under names, as weights are"
                                 : ", and no tensors of weights";
    const auto opaque = opaque_values(value);
    if (!opaque.empty()) {
        text += "; not read:";
        for (std::size_t i = 0; i < std::min(kNamed, opaque.size()); ++i)
            text += (i > 0 ? ", " : " ") + (opaque[i].first.empty() ? "" : in_quotes(opaque[i].first) + " is ") +
                    as_shown(words_for({Opaque{opaque[i].second, {}}}));
    }
    if (name.ends_with(".safetensors")) return refused(kSaveThere);  // which torch.load() does not read
    if (is_of_arrays(value))
        return refused(
            "; in Python, make tensors of them: state = torch.load('FILE', map_location='cpu', "
            "weights_only=False)" +
            in_brackets(key) + "; torch.save({k: torch.as_tensor(v) for k, v in state.items()}, 'weights.pth')");
    if (opaque.empty() && !value.as<Opaque>()) return refused(kSaveThere);
    // What torch.jit.freeze made has no state_dict() to be saved any more.
    const auto* module = value.as<Opaque>();
    const bool scripted = module != nullptr && module->name.starts_with("__torch__");
    return refused(std::string("; ") + kSaveAgain +
                   (scripted ? ", of the model as it was before torch.jit.freeze" : ""));
}

void collect_opaque(const PickleValue& value, const std::string& path,
                    std::vector<std::pair<std::string, std::string>>& all) {
    if (is_module(value) || is_program(value)) return;
    if (const auto* opaque = value.as<Opaque>()) all.emplace_back(path, opaque->name);
    if (const auto* list = value.as<PickleValue::List>())
        for (std::size_t i = 0; i < list->size(); ++i) collect_opaque((*list)[i], join(path, std::to_string(i)), all);
    if (const auto* dict = value.as<Dict>())
        for (const auto& [key, inner] : *dict) collect_opaque(inner, join(path, key), all);
}

void collect_beside(const PickleValue& value, const std::string& path, const std::string& key,
                    std::vector<std::pair<std::string, std::string>>& all) {
    if (path == key) return;
    const auto pass = [&](const PickleValue& inner, const std::string& place) {
        if (place == key || is_within(key, place))
            collect_beside(inner, place, key, all);
        else if (!inner.as<Opaque>())
            all.emplace_back(place, content_of(inner));
    };
    if (const auto* list = value.as<PickleValue::List>())
        for (std::size_t i = 0; i < list->size(); ++i) pass((*list)[i], join(path, std::to_string(i)));
    if (const Dict* entries = entries_of(value))
        for (const auto& [name, inner] : *entries) pass(inner, join(path, name));
}

// The value that the key leads to, and what is left of the key where it leads nowhere: a key may have dots itself.
const PickleValue* walk(const PickleValue& value, std::string_view key) {
    if (key.empty()) return &value;
    if (const auto* list = value.as<PickleValue::List>()) {
        const std::string_view step = key.substr(0, key.find('.'));
        for (std::size_t i = 0; i < list->size(); ++i)
            if (std::to_string(i) == step) return walk((*list)[i], key.substr(std::min(key.size(), step.size() + 1)));
    }
    if (const Dict* entries = entries_of(value))
        for (const auto& [step, inner] : *entries) {
            if (step.empty() || !key.starts_with(step) || (key.size() > step.size() && key[step.size()] != '.'))
                continue;
            if (const auto* found = walk(inner, key.substr(std::min(key.size(), step.size() + 1)))) return found;
        }
    return nullptr;
}

}  // namespace

Result<FoundWeights> find_state_dict(const PickleValue& file, std::string_view name, const WeightsQuestion& question) {
    std::vector<Candidate> all;
    collect(file, {}, all);
    std::vector<std::string> keys;
    for (const Candidate& one : all) keys.push_back(one.key);
    if (!question.key.empty()) {
        const PickleValue* place = walk(file, question.key);
        if (!place)
            return Error{ErrorCode::NotFound, std::string(name) + ": there is no " + in_quotes(question.key) +
                                                  " in it" + (keys.empty() ? "" : "; weights are in " + list_of(keys))};
        all.clear();
        collect(*place, {}, all);
        if (all.empty()) return no_weights(*place, name, question.key);
        for (Candidate& one : all) one.key = one.key.empty() ? question.key : join(question.key, one.key);
    }
    if (all.empty()) return no_weights(file, name);
    constexpr std::size_t kMost = 256;  // every one is compared with every other
    std::vector<std::string> possible;
    if (all.size() <= kMost) possible = choose(all, question.wanted);
    if (all.size() > 1) {
        std::vector<std::string> choice;
        for (const Candidate& one : all) choice.push_back(one.key);
        return Error{ErrorCode::InvalidArgument, std::string(name) +
                                                     ": it holds several networks' weights; say which are "
                                                     "meant with --key, one of " +
                                                     list_of(choice)};
    }
    FoundWeights found = std::move(all.front().weights);
    found.key = all.front().key;
    std::copy_if(possible.begin(), possible.end(), std::back_inserter(found.others),
                 [&found](const std::string& key) { return key != found.key; });
    return found;
}

bool is_batch_count(std::string_view name) { return name.ends_with("num_batches_tracked"); }

std::vector<std::pair<std::string, std::string>> values_beside(const PickleValue& file, std::string_view key) {
    std::vector<std::pair<std::string, std::string>> all;
    collect_beside(file, {}, std::string(key), all);
    return all;
}

std::vector<std::pair<std::string, std::string>> opaque_values(const PickleValue& file) {
    std::vector<std::pair<std::string, std::string>> all;
    collect_opaque(file, {}, all);
    return all;
}

}  // namespace convscope
