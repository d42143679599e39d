// When the next iteration is due, and how many a step still has to go.
#pragma once

#include "engine/core/clock.h"

#include <cstdint>

namespace convscope {

// Knows no clock: the time is told.
class Pace {
public:
    explicit Pace(double iterations_per_second) : iterations_per_second_(iterations_per_second) {}

    // A run begins: without a step, and with an iteration that is due.
    void begin(TimePoint now);
    // Trains `steps` iterations, or without end if 0, the first one at once whatever the pace.
    void go_on(std::int64_t steps, TimePoint now);
    void end_step() { steps_left_ = 0; }
    // Counted from when the latest iteration was due.
    void set_iterations_per_second(double iterations_per_second);

    // So that the pace is kept on average: of time that was lost, more than one iteration is never caught up.
    void iteration_begins(TimePoint now);
    // True when a step ends with it.
    bool iteration_ended() { return steps_left_ > 0 && --steps_left_ == 0; }

    double iterations_per_second() const { return iterations_per_second_; }  // 0: flat out
    std::int64_t steps_left() const { return steps_left_; }                  // 0 when training without end
    TimePoint next_due() const { return next_due_; }
    // Whether there is time to look at every iteration.
    bool unhurried() const;
    // How long to rest at each phase of the next iteration for whoever follows it, in seconds; 0: nobody could.
    double phase_rest() const;

private:
    TimePoint::duration period() const;  // between iterations; 0 flat out

    double iterations_per_second_;
    std::int64_t steps_left_ = 0;
    TimePoint last_due_{};  // when the latest iteration was due
    TimePoint next_due_{};  // when the next one is
};

}  // namespace convscope
