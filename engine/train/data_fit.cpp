#include "engine/train/data_fit.h"

#include "engine/api/layer_kinds.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <string>

namespace convscope {

namespace {

// The settings by which the recipe has so many classes; empty where it takes more than a number at the end.
std::string settings_for(const Recipe& recipe, const std::string& classes) {
    const auto last = std::find_if(recipe.layers.rbegin(), recipe.layers.rend(), [](const LayerSpec& layer) {
        const LayerRole role = role_of(layer.kind);
        return role == LayerRole::Weighs || role == LayerRole::Joins || layer.kind == LayerKind::PadChannels;
    });
    if (last == recipe.layers.rend() || role_of(last->kind) != LayerRole::Weighs || !last->weights_of.empty())
        return {};
    const char* const width = last->kind == LayerKind::Linear ? ".features=" : ".channels=";
    return ", or give --set input.classes=" + classes + " --set layer." + last->name + width + classes;
}

}  // namespace

Result<void> check_fit(const Recipe& recipe, const DatasetInfo& data) {
    const auto shape = [](std::int64_t c, std::int64_t h, std::int64_t w) { return Shape{c, h, w}.to_string(); };
    const std::string wanted = shape(recipe.input_channels, recipe.input_height, recipe.input_width);
    const std::string given = shape(data.channels, data.height, data.width);
    if (wanted != given)
        return Error{ErrorCode::InvalidArgument, "Recipe '" + recipe.name + "' wants pictures of " + wanted + ", but " +
                                                     data.name + " has " + given +
                                                     ": change [input] in the recipe, or choose other data"};
    if (recipe.class_count == static_cast<std::int64_t>(data.class_names.size())) return {};
    if (data.class_names.size() == 1)
        return Error{ErrorCode::InvalidArgument,
                     data.name + " has only one class, '" + data.class_names.front() +
                         "': put the pictures of each class into a folder of its own, and give the folder that holds "
                         "these"};
    const std::string classes = std::to_string(data.class_names.size());
    const std::string differ = "Recipe '" + recipe.name + "' has " + std::to_string(recipe.class_count) +
                               " classes, but " + data.name + " has " + classes +
                               (data.notice.empty() ? "" : " (" + data.notice + ")") + ": ";
    if (static_cast<std::int64_t>(data.class_names.size()) > kMaxClasses)
        return Error{ErrorCode::InvalidArgument,
                     differ + "at most " + std::to_string(kMaxClasses) +
                         " can be learned; take classes out of the data, or put several into one"};
    return Error{ErrorCode::InvalidArgument,
                 differ + "change [input] classes and the last layer in the recipe" + settings_for(recipe, classes)};
}

Result<void> check_trainable(const Recipe& recipe, const DatasetInfo& data) {
    if (data.train_count == 0)
        return Error{ErrorCode::InvalidArgument,
                     data.name + " has no pictures to train on, only " + std::to_string(data.test_count) +
                         " to test with: add them (a folder 'train' beside 'test', the files train-images... and "
                         "train-labels..., or more pictures in each class's folder), or use it with `convscope "
                         "evaluate`"};
    if (recipe.validation_count >= data.train_count)
        return Error{ErrorCode::InvalidArgument,
                     "Recipe '" + recipe.name + "' holds out " + std::to_string(recipe.validation_count) +
                         " pictures for validation, but " + data.name + " has " + std::to_string(data.train_count) +
                         " to train on: lower [training] validation"};
    return {};
}

}  // namespace convscope
