// What every Trainer promises of its states and of what it lets see, tried on one: the trainer of plain numbers stands
// for LibTorch's in the session's tests, and this is held against both.
#pragma once

#include "engine/session/trainer.h"

#include <functional>
#include <memory>

namespace convscope {

struct Candidate {
    std::function<std::unique_ptr<Trainer>()> make;
    Recipe recipe;                                      // of at least five iterations an epoch
    Recipe other;                                       // another network
    std::function<OwnPicture(const HeldPicture&)> own;  // the very bytes of a picture of its data
};

// In the middle of an epoch and over its end, with settings that were changed by hand: a restored state goes on with
// the same losses to the bit, in the run that it is from and in a trainer that trained something else.
void require_states_to_repeat(const Candidate& candidate);
// What was taken out stays as it is while training goes on, and shares what is the same with the one before.
void require_states_to_stay(const Candidate& candidate);
// Another trainer that it makes has as many threads, goes on from this one's states and begins runs, and neither
// changes a bit of the other's.
void require_another_beside_it(const Candidate& candidate);
// States of other runs, and damaged ones, change no bit of the run that is.
void require_refusals_to_change_nothing(const Candidate& candidate);
// A run that an exception has left half done is whole again where it is restored to.
void require_restored_runs_to_be_whole(const Candidate& candidate);

// What is looked at is the picture that was asked for, wherever it comes from: bytes of one's own give what the held
// picture with these bytes gives, the batch's sample is that of the state, and looking changes no loss.
void require_probes_to_be_obeyed(const Candidate& candidate);

// A job's answer is of the network as it was when the job began, whatever is trained between its slices, and working on
// it changes no loss.
void require_jobs_to_stand_still(const Candidate& candidate);
// Likewise of a sample of activations.
void require_samples_to_stand_still(const Candidate& candidate);

// The minibatch of an observed iteration, and of no other: the pictures as they were trained on, what each was taken
// for in that very pass, and losses whose mean is the iteration's; telling changes nothing. Any of its samples is
// followed, and is a probe.
void require_batches_to_be_told(const Candidate& candidate);

// Channels that are held, parts that are frozen and weights that are set are part of the state and change what is
// learned; taken back they leave no bit behind.
void require_hands_to_be_obeyed(const Candidate& candidate);
// What may change of a recipe while its run goes on.
void require_recipes_to_change(const Candidate& candidate);
// What is done by hand to the data that it learns from counts, is part of states, and taken back leaves no bit behind.
// Its first picture's class must not be the only one.
void require_data_to_change(const Candidate& candidate);

}  // namespace convscope
