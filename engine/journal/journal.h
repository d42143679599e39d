// A run's journal: how it began and every command, each with the place in the run at which it was applied. On the same
// machine, and with the same data, whoever begins so and applies them there again gets the same weights to the bit.
// That is a lecture that plays again, a branch point, a bug report.
#pragma once

#include "engine/api/command.h"
#include "engine/api/fingerprint_kind.h"
#include "engine/core/types.h"

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

namespace convscope {

// Between which two pieces of a run's work. What else a session does there (slices of an evaluation or a search,
// captures) changes no weight, so that its order need not be known.
struct RunPlace {
    std::int64_t iteration = 0;     // the last one done
    std::int64_t measurements = 0;  // of the test set that are done, since the run began or was resumed
    friend auto operator<=>(const RunPlace&, const RunPlace&) = default;
};

namespace journal {

// A run begins with fresh weights, with those of a file, or where a saved one stood. All that it is determined by.
struct Begun {
    RunId run;                 // of the process that wrote it
    std::string program = {};  // "ConvScope 0.1.0, GCC 12.2.0"
    std::string library = {};  // "LibTorch 1.13.1"
    std::string device = {};   // "cpu", "cuda"
    std::string machine = {};  // RunInfo::machine; empty: not known
    int threads = 0;           // LibTorch's
    int blas_threads = 0;
    Recipe recipe;  // in effect
    std::uint64_t seed = 0;
    std::string data_name = {};
    std::string data_option = {};        // the --data that opens it again; empty: not known
    std::int64_t data_fingerprint = -1;  // -1: not known
    FingerprintKind fingerprint_kind = FingerprintKind::SpreadSample;
    std::int64_t iteration = 0;  // where it goes on from; 0: fresh weights
    std::int64_t planned_epochs = 0;
    double learning_rate = 0.0;  // in effect, as are the next two
    double momentum = 0.0;
    std::int64_t batch_size = 0;
    std::string resumed_from = {};  // that file; empty: none
    std::string weights_from = {};  // likewise
    std::string weights_key = {};   // which of that file's, where somebody said so
    std::string weights = {};       // weights_digest() at that place
};

// Also what nobody asked for and the rest does not determine, as the command that brings it about: another number of
// threads, the picture that a search has found. Looking is left out (command::Watch): it changes nothing, and a flight
// through the scene would write sixty lines a second.
struct Applied {
    RunId run;
    RunPlace place;
    Command command;
};

// What has come of it, at each epoch's end and at the run's.
struct Weights {
    RunId run;
    RunPlace place;
    std::string digest;
};

// The run is about to be saved as it is here: where one that is resumed from that file goes on, whatever was applied
// after it at the same iteration in a life that has ended. Only where something was: see journal_thinning.h.
struct Saving {
    RunId run;
    RunPlace place;
    std::string file;
};

}  // namespace journal

using JournalEntry = std::variant<journal::Begun, journal::Applied, journal::Weights, journal::Saving>;

// Of a beginning it is that of what it goes on from.
inline RunPlace place_of(const JournalEntry& entry) {
    const auto* begun = std::get_if<journal::Begun>(&entry);
    if (begun != nullptr) return {begun->iteration, 0};
    if (const auto* applied = std::get_if<journal::Applied>(&entry)) return applied->place;
    if (const auto* weights = std::get_if<journal::Weights>(&entry)) return weights->place;
    return std::get<journal::Saving>(entry).place;
}

}  // namespace convscope
