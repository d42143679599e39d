// What is looked at: which tensors, of which picture, when they are captured, and what was captured last.
#pragma once

#include "engine/api/observation.h"
#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <memory>

namespace convscope {

// Where a run is when somebody asks whether to capture.
struct Moment {
    std::int64_t iteration = 0;
    bool unhurried = false;  // whoever looks has time to see every iteration: all that is shown is to be of one
};

class Observer {
public:
    explicit Observer(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

    const WatchSet& watched() const { return watch_; }
    // The picture of the data that was chosen last, whatever the probe is.
    const HeldPicture& chosen() const { return chosen_; }
    const ProbeSource& probe() const { return shown_.probe.source; }
    // What is not watched any more is let go of; what is new is captured next, unless there will be no other captures.
    void watch(WatchSet set, bool last_pictures_stay);
    // What was captured is of this iteration no more.
    void look_again(const Trainer& trainer) {
        label_probe(trainer);
        captured_iteration_ = statistics_iteration_ = -1;
    }
    // What was computed for another picture is let go of. There must be such a one in the data, and one of one's own
    // must have the size of the network's input.
    void set_probe(const Trainer& trainer, ProbeSource source);
    // Another run: the picture that is looked at stays, as far as the run's data and input have it, its values do not.
    void begin_run(const Trainer& trainer, const RunInfo& run);

    // An iteration that is followed has come to a phase, and rests there; None: it is over.
    void set_phase(Phase phase, double rest_seconds);

    bool looks_at_tensors() const;
    // `taken`: the reader has fetched what was published last.
    bool wants_captures(const Moment& moment, bool taken) const;
    // Aside, so that what is shown stays whole if the trainer throws half-way.
    void capture(Trainer& trainer, const Moment& moment);
    void show(Snapshot& into) const;
    void show(Observation& into) const;

private:
    bool statistics_due(const Moment& moment) const;
    void label_probe(const Trainer& trainer);

    const std::shared_ptr<const Clock> clock_;
    WatchSet watch_;
    Observation shown_;      // goes into each publication
    Observation capturing_;  // where the next one is made
    HeldPicture chosen_;
    Phase phase_ = Phase::None;
    double phase_seconds_ = 0.0;
    std::int64_t captured_bytes_ = 0;
    TimePoint captured_{};                  // when the last capture was done,
    double capture_seconds_ = 0;            // and how long it took
    std::int64_t captured_iteration_ = -1;  // of the captures in shown_; -1: not what is watched now
    std::int64_t statistics_iteration_ = -1;
    TimePoint statistics_measured_{};
};

}  // namespace convscope
