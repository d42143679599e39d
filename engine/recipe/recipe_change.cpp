#include "engine/recipe/recipe_change.h"

#include "engine/api/activations.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace convscope {
namespace {

constexpr const char* kArrow = " -> ";
constexpr std::size_t kMostNamed = 2;  // activations that are told one by one

// All activations of `kept` that are one in `from` too become those; the rest of the network stays.
void take_activations(std::vector<LayerSpec>& kept, const std::vector<LayerSpec>& from) {
    for (std::size_t i = 0; i < kept.size() && i < from.size(); ++i) {
        take_activations(kept[i].body, from[i].body);
        take_activations(kept[i].shortcut, from[i].shortcut);
        if (!is_swappable(kept[i]) || !is_swappable(from[i])) continue;
        LayerSpec other = from[i];
        other.name = kept[i].name;
        other.inputs = kept[i].inputs;
        kept[i] = std::move(other);
    }
}

Recipe with_change(Recipe kept, const Recipe& from) {
    take_activations(kept.layers, from.layers);
    kept.loss = from.loss;
    kept.label_smoothing = from.label_smoothing;
    kept.optimizer = from.optimizer;
    kept.shuffle = from.shuffle;
    kept.input_mean = from.input_mean;
    kept.input_deviation = from.input_deviation;
    kept.normalise_from_data = from.normalise_from_data;
    return kept;
}

struct Swapped {
    std::string name;
    std::string before;
    std::string after;
};

void find_swapped(const std::vector<LayerSpec>& before, const std::vector<LayerSpec>& after, const std::string& within,
                  std::vector<Swapped>& out) {
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string name = within + before[i].name;
        find_swapped(before[i].body, after[i].body, name + '.', out);
        find_swapped(before[i].shortcut, after[i].shortcut, name + '.', out);
        LayerSpec same = after[i];
        same.line = before[i].line;
        if (is_swappable(before[i]) && same != before[i])
            out.push_back({name, activation_name(before[i]), activation_name(after[i])});
    }
}

}  // namespace

bool same_recipe(const Recipe& one, const Recipe& other) { return to_toml(one) == to_toml(other); }

bool same_optimizer(const Recipe& before, const Recipe& after) {
    Recipe with = before;
    with.optimizer = after.optimizer;
    return same_recipe(before, with);
}

Result<NetworkDescription> plan_change(const Recipe& before, const Recipe& after) {
    if (!same_recipe(with_change(before, after), after))
        return Error{ErrorCode::InvalidArgument,
                     "Only activations, loss, optimizer, shuffling and normalisation can change while a run goes on: "
                     "start over with the other recipe instead"};
    // Read as a file would be, with all that is checked of one.
    Result<Recipe> read = parse_recipe(to_toml(after), "the changed recipe");
    if (!read.ok()) return read.error();
    return plan_network(after);
}

std::string words_of_change(const Recipe& before, const Recipe& after) {
    std::string words;
    const auto say = [&words](const std::string& what) { words += (words.empty() ? "" : ", ") + what; };
    std::vector<Swapped> swapped;
    find_swapped(before.layers, after.layers, "", swapped);
    if (swapped.size() <= kMostNamed) {
        for (const Swapped& one : swapped) say(one.name + ' ' + one.before + kArrow + one.after);
    } else {
        std::string to = swapped.front().after;
        for (const Swapped& one : swapped)
            if (one.after != to) to.clear();
        say(std::to_string(swapped.size()) +
            (to.empty() ? " activations changed" : std::string(" activations") + kArrow + to));
    }
    if (before.loss != after.loss)
        say("loss " + std::string(to_string(before.loss)) + kArrow + std::string(to_string(after.loss)));
    else if (before.label_smoothing != after.label_smoothing)
        say("label smoothing changed");
    if (before.optimizer.kind != after.optimizer.kind)
        say("optimizer " + std::string(to_string(before.optimizer.kind)) + kArrow +
            std::string(to_string(after.optimizer.kind)));
    else if (!same_optimizer(before, after))
        say("optimizer's settings changed");
    if (before.shuffle != after.shuffle) say(after.shuffle ? "shuffled again" : "not shuffled any more");
    if (before.input_mean != after.input_mean || before.input_deviation != after.input_deviation)
        say("pixels normalised otherwise");
    else if (before.normalise_from_data != after.normalise_from_data)
        say("normalisation changed");
    return words;
}

}  // namespace convscope
