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

namespace {

// All of it worked out at once, the slow way: which pictures an epoch's order is made of.
std::vector<std::int64_t> pictures_of(const std::vector<std::int64_t>& order, const DataChanges& changes,
                                      const std::vector<int>& labels) {
    const auto size = std::ssize(order);
    const int most = changes.times.empty() ? 1 : *std::max_element(changes.times.begin(), changes.times.end());
    std::vector<std::int64_t> pictures;
    for (std::int64_t place = 0; place < size; ++place)
        for (int turn = 0; turn < most; ++turn) {
            const std::int64_t index = order[static_cast<std::size_t>((place + turn * size / most) % size)];
            const int label = labels[static_cast<std::size_t>(index)];
            if ((changes.times.empty() ? 1 : changes.times[static_cast<std::size_t>(label)]) > turn)
                pictures.push_back(index);
        }
    return pictures;
}

// Nine classes of toy pictures of which so many come that one is left over behind minibatches of 16.
DataChanges one_left() {
    const auto data = make_toy_dataset(70, 10);
    for (int label = 0; label < 10; ++label)
        for (const int times : {0, 2, 3, 4, 5, 6, 7, 8}) {
            DataChanges changes;
            changes.set_times(label, times, 10);
            if (pictures_per_epoch(changes, trained_counts(changes, *data, 11)) % 16 == 1) return changes;
        }
    FAIL("the toy data have no such class");
    return {};
}

std::vector<int> labels_by_hand(const Dataset& data, const DataChanges& changes, std::uint64_t seed) {
    std::vector<int> labels;
    for (std::int64_t i = 0; i < data.size(Split::Train); ++i) {
        labels.push_back(
            data.label(Split::Train, label_source(changes.shuffled_labels, seed, i, data.size(Split::Train))));
        for (const RelabelledPicture& one : changes.relabelled)
            if (one.index == i) labels.back() = one.label;
    }
    return labels;
}

}  // namespace

TEST_CASE("minibatches of changed data are what the slow way makes of them, pictures, labels and noise") {
    const auto data = make_toy_dataset(70, 10);
    Recipe recipe = small_recipe();
    recipe.augmentation.shift = GENERATE(0.0, 2.0);
    const DataChanges changes = GENERATE(
        DataChanges{}, DataChanges{.shuffled_labels = 0.4}, DataChanges{.noise = 30.0},
        DataChanges{.times = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, one_left(),
        DataChanges{.times = {3, 2, 0, 1, 1, 8, 1, 0, 1, 1}},
        DataChanges{
            .shuffled_labels = 1.0, .noise = 5.0, .times = {0, 4, 1, 2, 1, 1, 1, 1, 0, 1}, .relabelled = {{3, 1}}});
    BatchSource source(data, recipe, 11);
    source.change(changes);
    TrainingPictures looked_at(data, recipe, 11);
    looked_at.change(changes);
    const std::vector<int> labels = labels_by_hand(*data, changes, 11);
    Minibatch batch;
    for (int epoch = 1; epoch <= 3; ++epoch) {
        std::size_t at = 0;
        std::vector<std::int64_t> pictures;
        std::int64_t batches = 0;
        do {
            source.next(batch);
            ++batches;
            if (pictures.empty()) {
                const auto order = source.place().order.values<std::int64_t>();
                pictures = pictures_of({order.begin(), order.end()}, changes, labels);
                if (!changes.times.empty() && pictures.size() % 16 == 1) pictures.pop_back();
            }
            const std::size_t count = std::min<std::size_t>(16, pictures.size() - at);
            const std::vector<std::int64_t> drawn(source.drawn().begin(), source.drawn().end());
            REQUIRE(drawn == std::vector(pictures.begin() + static_cast<std::ptrdiff_t>(at),
                                         pictures.begin() + static_cast<std::ptrdiff_t>(at + count)));
            REQUIRE(looked_at.latest_index(source.place(), 0) == drawn[0]);
            // A minibatch of 16 in which no picture comes twice.
            if (70 / changes.most_times() >= 16)
                for (std::size_t i = 0; i < 2 * count; ++i)
                    REQUIRE(looked_at.latest_index(source.place(), static_cast<std::int64_t>(i)) == drawn[i % count]);
            Minibatch peeked;
            source.peek(peeked);
            REQUIRE(std::equal(drawn.begin(), drawn.end(), source.drawn().begin(), source.drawn().end()));
            REQUIRE(batch.classes.size() == count);
            for (std::size_t i = 0; i < count; ++i, ++at) {
                const std::int64_t index = pictures[at];
                REQUIRE(batch.classes[i] == labels[static_cast<std::size_t>(index)]);
                std::vector<std::uint8_t> bytes(static_cast<std::size_t>(data->image_bytes()));
                const auto given = data->image(Split::Train, index);
                std::copy(given.begin(), given.end(), bytes.begin());
                if (recipe.augmentation.any())
                    Augmenter(recipe.augmentation, data->info(), 11).apply(given, epoch, index, bytes);
                if (changes.noise > 0.0) add_noise(changes.noise, 11, epoch, index, bytes);
                const torch::Tensor wanted = torch::empty_like(batch.images[0]);
                Preprocessing(recipe).apply(bytes, wanted.data_ptr<float>());
                REQUIRE(torch::equal(batch.images[static_cast<std::int64_t>(i)], wanted));
            }
        } while (!source.at_epoch_end());
        REQUIRE(at == pictures.size());
        REQUIRE(batches == source.batches_per_epoch());
    }
}

TEST_CASE("a class that comes several times is spread over the epoch, each of its pictures as often as was said") {
    const auto data = make_toy_dataset(400, 10);
    Recipe recipe = small_recipe();
    recipe.batch_size = 1;
    BatchSource source(data, recipe, 3);
    DataChanges changes;
    changes.set_times(2, 4, 10);
    source.change(changes);
    std::vector<int> seen(400);
    std::vector<std::int64_t> in_quarter(4);
    Minibatch batch;
    std::int64_t of_two = 0;
    for (std::int64_t i = 0; i < 400; ++i) of_two += data->label(Split::Train, i) == 2 ? 1 : 0;
    for (std::int64_t drawn = 0; drawn < 400 + 3 * of_two; ++drawn) {
        source.next(batch);
        ++seen[static_cast<std::size_t>(source.drawn()[0])];
        if (batch.classes[0] == 2) ++in_quarter[static_cast<std::size_t>(4 * drawn / (400 + 3 * of_two))];
    }
    REQUIRE(source.at_epoch_end());
    for (std::int64_t i = 0; i < 400; ++i)
        REQUIRE(seen[static_cast<std::size_t>(i)] == (data->label(Split::Train, i) == 2 ? 4 : 1));
    for (const std::int64_t count : in_quarter) REQUIRE(std::abs(count - of_two) < of_two / 2);
}

TEST_CASE("what comes next is as it was once changes are taken back, and a minibatch is put back with all of it") {
    const auto data = make_toy_dataset(70, 10);
    BatchSource source(data, small_recipe(), 5);
    Minibatch batch, again;
    source.next(batch);
    DataChanges changes{.shuffled_labels = 1.0, .noise = 50.0, .times = {0, 0, 0, 0, 0, 0, 3, 3, 3, 3}};
    const DataPosition before = source.position();
    source.change(changes);
    source.peek(batch);
    source.change(DataChanges{});
    REQUIRE(source.position() == before);
    source.change(changes);
    for (int i = 0; i < 7; ++i) {
        source.peek(again);
        source.next(batch);
        REQUIRE(batch.classes == again.classes);
        source.put_back();
        source.next(again);
        REQUIRE(batch.classes == again.classes);
        REQUIRE(torch::equal(batch.images, again.images));
        BatchSource other(data, small_recipe(), 5);
        other.change(changes);
        other.restore(other.find(source.position()).value());
        source.peek(batch);
        other.next(again);
        REQUIRE(batch.classes == again.classes);
    }
}

TEST_CASE("an epoch of which all the rest is left out goes on with the next one's order") {
    const auto data = make_toy_dataset(70, 10);
    Recipe recipe = small_recipe();
    recipe.shuffle = false;
    recipe.batch_size = 69;
    BatchSource source(data, recipe, 5);
    Minibatch batch;
    source.next(batch);
    REQUIRE_FALSE(source.at_epoch_end());
    DataChanges changes;
    const int last = data->label(Split::Train, 69);
    changes.set_times(last, 0, 10);
    source.change(changes);
    REQUIRE(source.at_epoch_end());
    source.next(batch);
    REQUIRE(source.place().epoch == 2);
    REQUIRE(std::count(batch.classes.begin(), batch.classes.end(), last) == 0);
}
