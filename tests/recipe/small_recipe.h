// A small valid recipe for tests to damage.
#pragma once

#include "engine/recipe/recipe_file.h"

#include <stdexcept>
#include <string>
#include <string_view>

namespace convscope::test {

// Line numbers count: tests name them.
inline constexpr std::string_view kSmallRecipe = R"(name = "small"
description = "one of everything"

[input]
channels = 1
height = 12
width = 12
classes = 4
mean = 0.5
deviation = 0.25

[[layer]]
name = "conv1"
kind = "conv2d"
channels = 3
kernel_size = 3
stride = 1
padding = 1

[[layer]]
name = "pool1"
kind = "max_pool2d"
kernel_size = 2

[[layer]]
name = "flat"
kind = "flatten"

[[layer]]
name = "drop"
kind = "dropout"
probability = 0.2

[[layer]]
name = "fc1"
kind = "linear"
features = 4

[training]
loss = "cross_entropy"
batch_size = 16
epochs = 2
shuffle = false

[optimizer]
kind = "sgd"
learning_rate = 0.1
momentum = 0.9
)";

// kSmallRecipe with its only occurrence of `old` replaced.
inline std::string changed(std::string_view old, std::string_view replacement) {
    std::string text(kSmallRecipe);
    const std::size_t place = text.find(old);
    if (place == std::string::npos || text.find(old, place + 1) != std::string::npos)
        throw std::logic_error("not there exactly once: " + std::string(old));
    return text.replace(place, old.size(), replacement);
}

// The error of a recipe that must be refused; "accepted" when it was not.
inline std::string refusal(std::string_view toml) {
    const auto recipe = parse_recipe(toml, "my.toml");
    return recipe ? "accepted" : recipe.error().message;
}

}  // namespace convscope::test
