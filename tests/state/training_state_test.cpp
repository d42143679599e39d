// A run's state as a value: what two of them share, what one takes, and what counts as the same.
#include "engine/state/training_state.h"

#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/some_run.h"
#include "tests/train/recipes.h"

#include <set>
#include <thread>
#include <vector>

using namespace convscope;

namespace {

TrainingState some_state() { return some_training_state(stateful_recipe(OptimizerKind::Adam)); }

std::set<const char*> pieces(const TrainingState& state) {
    std::set<const char*> all;
    visit_blobs(state, [&](const TensorBlob& blob) { all.insert(blob.bytes.data()); });
    return all;
}

TensorBlob doubled(const TensorBlob& blob) {
    std::vector<float> values(blob.values<float>().begin(), blob.values<float>().end());
    for (float& value : values) value *= 2.0F;
    return blob_of<float>(blob.shape, values);
}

}  // namespace

TEST_CASE("Every tensor of a state is visited, once") {
    const TrainingState state = some_state();
    std::size_t tensors = state.weights.size() + 3;  // two generators and the order
    for (const ParameterState& one : state.optimizer) tensors += one.tensors.size();
    CHECK(pieces(state).size() == tensors);
}

TEST_CASE("A state shares with the one before what did not change, and nothing else") {
    const TrainingState before = some_state();
    TrainingState after = some_state();
    after.weights[2].blob = doubled(after.weights[2].blob);
    after.optimizer[1].tensors[0].blob = doubled(after.optimizer[1].tensors[0].blob);
    const TrainingState wanted = after;
    share_unchanged(after, before);
    require_equal(after, wanted);
    CHECK(after.weights[1].blob.bytes.is(before.weights[1].blob.bytes));
    CHECK(after.data.order.bytes.is(before.data.order.bytes));
    CHECK_FALSE(after.weights[2].blob.bytes.is(before.weights[2].blob.bytes));
    std::set<const char*> both = pieces(before);
    both.merge(pieces(after));
    CHECK(both.size() == pieces(before).size() + 2);
}

TEST_CASE("A state of another network shares what happens to be the same, and keeps its own") {
    const TrainingState before = some_state();
    TrainingState other = some_training_state(small_recipe(OptimizerKind::Sgd));
    const TrainingState wanted = other;
    share_unchanged(other, before);
    require_equal(other, wanted);
    share_unchanged(other, TrainingState{});
    require_equal(other, wanted);
}

TEST_CASE("What a state takes is what its tensors take") {
    const TrainingState state = some_state();
    std::size_t bytes = 0;
    visit_blobs(state, [&](const TensorBlob& blob) {
        CHECK(blob.bytes.size() == blob.element_count() * bytes_per_element(blob.dtype));
        bytes += blob.bytes.size();
    });
    CHECK(byte_count(state) == bytes);
    CHECK(byte_count(TrainingState{}) == 0);
}

TEST_CASE("Tensors are the same when type, shape and values are") {
    const std::vector<float> values{1.0F, 2.0F};
    const std::vector<std::int32_t> bits{0x3f800000, 0x40000000};  // the same bytes
    const TensorBlob blob = blob_of<float>({2}, values);
    CHECK(blob == blob_of<float>({2}, values));
    CHECK_FALSE(blob == blob_of<float>({2, 1}, values));
    CHECK_FALSE(blob == blob_of<std::int32_t>({2}, bits));
    CHECK_FALSE(blob == doubled(blob));
    CHECK(blob.values<float>()[1] == 2.0F);
    CHECK(TensorBlob{}.bytes.size() == 0);
}

TEST_CASE("The generators that LibTorch takes are told from other bytes") {
    CHECK(is_generator_state(some_generator(3)));
    CHECK_FALSE(is_generator_state({}));
    const auto with = [](std::size_t place, std::uint8_t value, std::int64_t size = 5056) {
        const TensorBlob good = some_generator(3);
        std::vector<std::uint8_t> bytes(good.values<std::uint8_t>().begin(), good.values<std::uint8_t>().end());
        bytes[place] = value;
        bytes.resize(static_cast<std::size_t>(size));
        return is_generator_state(blob_of<std::uint8_t>({size}, bytes));
    };
    CHECK(with(8, 1));
    CHECK_FALSE(with(8, 0));     // none left: a new block would have been drawn
    CHECK_FALSE(with(11, 255));  // fewer than none
    CHECK_FALSE(with(9, 3));     // more than there are
    CHECK_FALSE(with(12, 0));    // without a seed
    CHECK_FALSE(with(17, 9));    // beyond the end
    CHECK(with(8, 1, 5048));     // PyTorch's before 1.2
    CHECK_FALSE(with(8, 1, 5050));
}

TEST_CASE("A state may be held, shared and dropped on any thread") {
    auto state = std::make_shared<const TrainingState>(some_state());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([state] {
            for (int round = 0; round < 50; ++round) {
                TrainingState branch = *state;
                branch.weights[0].blob = doubled(branch.weights[0].blob);
                share_unchanged(branch, *state);
            }
        });
    state.reset();
    for (std::thread& thread : threads) thread.join();
}
