#include "engine/host/replay.h"

#include "engine/core/machine_memory.h"
#include "engine/journal/weights_digest.h"
#include "engine/session/run_driver.h"
#include "engine/state/setting_ranges.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <utility>

namespace convscope {
namespace {

// Time passes only when there is nothing to do: a run in slow motion is lived again flat out.
class JumpingClock final : public Clock {
public:
    TimePoint now() const override { return TimePoint(now_.load()); }
    void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TimePoint) const override {
        changed.wait(lock);
    }
    void jump(TimePoint to) { now_ = std::max(now_.load(), to.time_since_epoch()); }

private:
    std::atomic<TimePoint::duration> now_{TimePoint::duration{}};
};

// What cannot go on as the journal has it; caught by replay().
struct Stuck : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What a saved run was when it went on: the journal says what had been changed by then.
Result<RunState> as_begun(RunState run, const journal::Begun& begun) {
    TrainingState training = *run.training;  // of the same blobs
    training.recipe = begun.recipe;
    training.learning_rate = begun.learning_rate;
    training.momentum = begun.momentum;
    training.batch_size = begun.batch_size;
    if (const Result<void> possible = check_settings(training); !possible)
        return Error{possible.error().code, "the run is said to go on at iteration " + std::to_string(begun.iteration) +
                                                ", but " + possible.error().message +
                                                "; take a journal that nobody has changed"};
    run.training = std::make_shared<const TrainingState>(std::move(training));
    run.progress.planned_epochs = begun.planned_epochs;
    return run;
}

// Whether it is for this run, and changes something in it.
bool is_lived_again(const Command& command) {
    return !std::holds_alternative<command::Reset>(command) && !std::holds_alternative<command::Resume>(command) &&
           !std::holds_alternative<command::BringBack>(command) && !std::holds_alternative<command::GoTo>(command) &&
           !std::holds_alternative<command::GoToLane>(command) && !std::holds_alternative<command::NameLane>(command) &&
           !std::holds_alternative<command::NamePlace>(command) &&
           !std::holds_alternative<command::DeleteLane>(command) && !std::holds_alternative<command::Save>(command) &&
           !std::holds_alternative<command::SetSpeed>(command) &&
           !std::holds_alternative<command::SetBreakpoints>(command) &&  // where they paused it is an entry of its own
           !std::holds_alternative<command::SeekMistake>(command);       // what it found is an entry of its own
}

class Replay {
public:
    Replay(const std::vector<Life>& lives, ReplayOptions options)
        : lives_(lives),
          options_(std::move(options)),
          driver_(options_.make_trainer, session_options(), [](TimePoint) { return true; }) {}

    Result<Replayed> run() {
        next_life_ = &lives_.front();
        driver_.begin();
        check_alive();
        bool goes_on = live(lives_.front());
        for (std::size_t i = 1; goes_on && i < lives_.size(); ++i) {
            if (beyond({lives_[i].begun.iteration, 0})) break;
            resume(lives_[i]);
            goes_on = live(lives_[i]);
        }
        if (!differs_ && options_.until) train_up_to(*options_.until);
        replayed_.iteration = driver_.place().iteration;
        replayed_.weights = digest();
        driver_.end();
        return replayed_;
    }

private:
    SessionOptions session_options() {
        const journal::Begun& begun = lives_.front().begun;
        SessionOptions session;
        session.recipe = begun.recipe;
        session.seed = begun.seed;
        session.resume = begun.resumed_from;
        session.weights = options_.weights;
        session.clock = clock_;
        session.kept_states_bytes = 0;  // nobody goes back
        session.breakpoints = {};       // likewise: where it was paused the journal says
        // The first life goes on from a file, the others from where the one before has come.
        session.files.read = [this](const std::filesystem::path& path) -> Result<RunState> {
            Result<RunState> saved =
                next_life_ == &lives_.front() ? options_.files.read(path) : Result<RunState>(driver_.furthest_state());
            if (!saved) return saved;
            Result<RunState> as_it_was = as_begun(std::move(saved).value(), next_life_->begun);
            if (!as_it_was) refused_ = as_it_was.error().message;
            return as_it_was;
        };
        return session;
    }

    bool beyond(RunPlace place) const { return options_.until && place.iteration > *options_.until; }

    // False where the journal is to be followed no further.
    bool live(const Life& life) {
        if (life.begun.threads > 0) driver_.apply(next_id(), command::SetThreads{life.begun.threads});
        const std::string& file = life.begun.resumed_from.empty() ? life.begun.weights_from : life.begun.resumed_from;
        if (&life == &lives_.front() && !file.empty() && digest() != life.begun.weights)
            throw Stuck(file + ": holds other weights than those that the run began with; put that file back");
        if (!compare(life.begun.weights)) return false;
        for (const JournalEntry& entry : life.entries)
            if (!std::visit([this](const auto& one) { return follow(one); }, entry)) return false;
        return true;
    }

    bool follow(const journal::Begun&) { return true; }  // of a life, and so no entry of one
    bool follow(const journal::Applied& applied) {
        if (beyond(applied.place)) return false;
        go_to(applied.place);
        if (!is_lived_again(applied.command)) return true;
        driver_.apply(next_id(), applied.command);
        check_alive();
        ++replayed_.commands;
        return true;
    }
    bool follow(const journal::Weights& weights) {
        if (beyond(weights.place)) return false;
        go_to(weights.place);
        return compare(weights.digest);
    }
    bool follow(const journal::Saving& saving) {
        if (beyond(saving.place)) return false;
        go_to(saving.place);
        return true;
    }

    void resume(const Life& life) {
        go_to({life.begun.iteration, 0}, /*exactly=*/false);
        next_life_ = &life;
        driver_.apply(next_id(), command::Resume{life.begun.resumed_from});
        if (!refused_.empty()) throw Stuck(refused_);
        if (driver_.place() != RunPlace{life.begun.iteration, 0})
            throw Stuck("the run cannot be resumed at iteration " + std::to_string(life.begun.iteration) +
                        " as it was then");
        // It began running, unless the journal says otherwise.
        if (driver_.session_state() == SessionState::Paused) driver_.apply(next_id(), command::Run{});
        check_alive();
    }

    // False where there is nothing to be done any more, until a command comes.
    bool work() {
        if (driver_.work()) return true;
        check_alive();
        const TimePoint due = driver_.next_due();
        if (due == TimePoint::max()) return false;
        clock_->jump(due);
        return true;
    }

    void train_up_to(std::int64_t iteration) {
        while (driver_.place().iteration < iteration && work()) {
        }
    }

    void go_to(RunPlace place, bool exactly = true) {
        while (driver_.place() < place)
            if (!work())
                throw Stuck("the run stands still at iteration " + std::to_string(driver_.place().iteration) +
                            ", and the journal goes on to " + std::to_string(place.iteration));
        if (exactly && driver_.place() != place)
            throw Stuck("the run comes to iteration " + std::to_string(driver_.place().iteration) +
                        " without having been where the journal says: at iteration " + std::to_string(place.iteration) +
                        " with " + std::to_string(place.measurements) + " measurements of the test set done");
    }

    bool compare(const std::string& recorded) {
        const Comparison comparison{driver_.place(), recorded, digest()};
        ++replayed_.compared;
        if (options_.compared) options_.compared(comparison);
        differs_ = !comparison.same();
        return !differs_;
    }

    std::string digest() {
        const std::shared_ptr<const TrainingState> state = driver_.state();
        if (!state) throw Stuck("the run has failed");
        return weights_digest(*state);
    }

    void check_alive() {
        if (driver_.session_state() == SessionState::Failed) throw Stuck(driver_.failure());
    }

    CommandId next_id() { return CommandId{++last_id_}; }

    const std::vector<Life>& lives_;
    const ReplayOptions options_;
    const std::shared_ptr<JumpingClock> clock_ = std::make_shared<JumpingClock>();
    const Life* next_life_ = nullptr;  // that begins
    std::string refused_;              // why it cannot; empty: it can
    bool differs_ = false;             // from what the journal says
    std::uint64_t last_id_ = 0;
    Replayed replayed_;
    RunDriver driver_;
};

}  // namespace

Result<Replayed> replay(const std::vector<Life>& lives, ReplayOptions options) {
    try {
        return Replay(lives, std::move(options)).run();
    } catch (const std::exception& problem) {
        return Error{ErrorCode::Failed, sentence_of(problem)};
    }
}

}  // namespace convscope
