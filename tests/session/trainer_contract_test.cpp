// The trainer of plain numbers keeps what trainers promise (tests/train/training_state_test.cpp: LibTorch's does).
#include "tests/support/trainer_contract.h"

#include "tests/support/catch.h"
#include "tests/support/plain_trainer.h"

using namespace convscope;

namespace {

Candidate plain_candidate() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 95;
    Recipe other = plain_recipe();
    other.layers[0].output_size = 3;
    return {[script] { return std::make_unique<PlainTrainer>(script); }, plain_recipe(), other,
            [](const HeldPicture& held) { return plain_picture(held, 1); }};
}

}  // namespace

TEST_CASE("What is done by hand to the plain trainer counts, and taken back leaves no bit behind") {
    require_hands_to_be_obeyed(plain_candidate());
    require_recipes_to_change(plain_candidate());
    require_data_to_change(plain_candidate());
}

TEST_CASE("The plain trainer's states repeat what followed them") { require_states_to_repeat(plain_candidate()); }
TEST_CASE("The plain trainer has another one beside it") { require_another_beside_it(plain_candidate()); }
TEST_CASE("The plain trainer's states stay as they are") { require_states_to_stay(plain_candidate()); }
TEST_CASE("The plain trainer refuses states without a trace") { require_refusals_to_change_nothing(plain_candidate()); }
TEST_CASE("The plain trainer is whole again where it is restored to") {
    require_restored_runs_to_be_whole(plain_candidate());
}
TEST_CASE("The plain trainer lets see the picture that was asked for") {
    require_probes_to_be_obeyed(plain_candidate());
}

TEST_CASE("The plain trainer answers a job of the network that it began with") {
    require_jobs_to_stand_still(plain_candidate());
    require_samples_to_stand_still(plain_candidate());
}

TEST_CASE("The plain trainer tells the minibatch of an iteration that was observed") {
    require_batches_to_be_told(plain_candidate());
}
