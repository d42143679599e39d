#include "engine/train/batch_source.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <algorithm>

using namespace convscope;

namespace {

std::vector<int> classes_of_epoch(BatchSource& source, std::vector<std::size_t>* batch_sizes = nullptr) {
    std::vector<int> classes;
    Minibatch batch;
    do {
        source.next(batch);
        if (batch_sizes != nullptr) batch_sizes->push_back(batch.classes.size());
        classes.insert(classes.end(), batch.classes.begin(), batch.classes.end());
    } while (!source.at_epoch_end());
    return classes;
}

}  // namespace

TEST_CASE("pictures reach the network as torchvision's ToTensor and Normalize would make them, to the last bit") {
    std::vector<std::uint8_t> bytes(256);
    for (int i = 0; i < 256; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
    const Recipe recipe = small_recipe();
    const torch::Tensor ours = torch::empty({256});
    Preprocessing(recipe).apply(bytes, ours.data_ptr<float>());
    const torch::Tensor theirs =
        torch::from_blob(bytes.data(), {256}, torch::kUInt8).to(torch::kFloat32).div(255).sub_(0.1307).div_(0.3081);
    REQUIRE(torch::equal(ours, theirs));
}

TEST_CASE("a transposed input has columns as rows, in each channel") {
    std::vector<std::uint8_t> bytes(2 * 9);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(10 * i);
    Recipe recipe = small_recipe();
    recipe.input_channels = 2;
    recipe.input_height = recipe.input_width = 3;
    const torch::Tensor upright = torch::empty({2, 3, 3}), transposed = torch::empty({2, 3, 3});
    Preprocessing(recipe).apply(bytes, upright.data_ptr<float>());
    recipe.input_transposed = true;
    Preprocessing(recipe).apply(bytes, transposed.data_ptr<float>());
    REQUIRE(torch::equal(transposed, upright.transpose(1, 2)));
    REQUIRE_FALSE(torch::equal(transposed, upright));
}

TEST_CASE("an epoch visits every sample once, and its last minibatch is what is left over") {
    const auto data = make_toy_dataset(70, 10);
    BatchSource source(data, small_recipe(), 1);
    REQUIRE(source.batches_per_epoch() == 5);
    std::vector<std::size_t> sizes;
    std::vector<int> seen = classes_of_epoch(source, &sizes);
    REQUIRE(sizes == std::vector<std::size_t>{16, 16, 16, 16, 6});
    std::vector<int> all;
    for (std::int64_t i = 0; i < 70; ++i) all.push_back(data->label(Split::Train, i));
    std::sort(seen.begin(), seen.end());
    std::sort(all.begin(), all.end());
    REQUIRE(seen == all);
}

TEST_CASE("the order of the data follows from the seed, and differs from epoch to epoch") {
    const auto data = make_toy_dataset(200, 10);
    BatchSource one(data, small_recipe(), 5), two(data, small_recipe(), 5), other(data, small_recipe(), 6);
    const auto first = classes_of_epoch(one);
    REQUIRE(first == classes_of_epoch(two));
    REQUIRE(first != classes_of_epoch(other));
    REQUIRE(first != classes_of_epoch(one));
}

TEST_CASE("a recipe that does not shuffle takes the samples in their order") {
    const auto data = make_toy_dataset(40, 10);
    Recipe recipe = small_recipe();
    recipe.shuffle = false;
    BatchSource source(data, recipe, 5);
    const auto seen = classes_of_epoch(source);
    for (std::int64_t i = 0; i < 40; ++i) REQUIRE(seen[static_cast<std::size_t>(i)] == data->label(Split::Train, i));
}

TEST_CASE("a restored position goes on with the same samples, over the end of the epoch too") {
    const auto data = make_toy_dataset(50, 10);
    BatchSource source(data, small_recipe(), 3);
    Minibatch batch;
    source.next(batch);
    const DataPosition position = source.position();
    const auto rest = classes_of_epoch(source);
    const auto next_epoch = classes_of_epoch(source);
    BatchSource again(data, small_recipe(), 99);
    again.restore(again.find(position).value());
    REQUIRE(classes_of_epoch(again) == rest);
    REQUIRE(classes_of_epoch(again) == next_epoch);
}
