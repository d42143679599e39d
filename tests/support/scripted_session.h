// A session without LibTorch that behaves like one: obeys commands, publishes snapshots, captures what is watched.
// Runs are "saved" in its memory under the path they were saved to, no file is written.
// Turned by hand (tests) or by a thread of its own (pictures, journeys). The same seed and commands give the same
// snapshots.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/session.h"
#include "engine/core/clock.h"
#include "engine/core/latest_slot.h"
#include "engine/core/mailbox.h"
#include "engine/core/spsc_ring.h"
#include "tests/support/scripted_lane.h"
#include "tests/support/scripted_network.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace convscope::test {

struct ScriptedOptions {
    std::uint64_t seed = 0;
    bool paused = false;
    bool capture = true;  // false: what is watched never arrives
    std::int64_t epochs = 20;
    std::int64_t iterations_per_epoch = 118;
    std::int64_t channels = 1;    // of the pictures; the network sees the grey digit whatever they are
    bool dataset = true;          // false: the run does not say where its pictures are
    bool augment = false;         // training pictures are moved about: scripted_augmentation()
    bool validation = false;      // what is called test set is one held out for validation
    bool schedule = false;        // a cosine over the planned iterations
    std::string checkpoint = {};  // the run's own file; empty: it has none
    bool twin = true;             // it has room for a run beside it
    bool travels = false;         // going to another iteration takes until arrive() is called
};

class ScriptedSession final : public Session {
public:
    // The clock outlives it; by its time snapshots are published, and the thread keeps its pace.
    explicit ScriptedSession(ScriptedOptions options = {}, const Clock& clock = real_time());
    ~ScriptedSession() override;

    // Session, the reader's side.
    CommandId post(Command command) override;
    std::shared_ptr<const Snapshot> latest() override {
        std::shared_ptr<const Snapshot> newest = slot_.fetch();
        return hidden_ ? nullptr : newest;
    }
    Session* twin() override { return twin_.get(); }
    ScriptedSession& scripted_twin() { return *twin_; }
    void drain_metrics(std::vector<IterationMetrics>& out) override { metrics_.drain(out); }
    void drain_events(std::vector<Event>& out) override;

    // The trainer's side, by hand; not while a thread runs. Nothing is published before begin() or publish_starting().
    void publish_starting();
    void begin();                           // the first run: iteration 0
    void apply();                           // carries out what was posted, publishes
    void advance(std::int64_t iterations);  // trains that many whatever the state, publishes each
    // Publishes the next iteration as having come so far; the phases in between are passed over. The following
    // advance() completes it. Phase::None takes back one that has not reached its Update.
    void show_phase(Phase phase, double seconds = 0.35);
    void arrive();  // where it is travelling to (ScriptedOptions::travels), and publishes
    void fail(const std::string& what);
    void poison(bool on) { poisoned_ = on; }  // captures from now on contain NaN and infinities
    void notify(event::Notice::Severity severity, std::string text);
    void save(const std::string& path, bool asked);  // answered as command::Save is
    void pause_by(BreakpointHit hit);

    // Or: a thread that begins and trains at the pace asked for (flat out: 400 iterations per second).
    void run_in_background();

    // Every command posted so far but Watch, and the last Watch. Any thread.
    std::vector<Command> commands() const;
    WatchSet watched() const;
    std::int64_t watch_count() const;  // how many Watch commands were posted

private:
    static const Clock& real_time();
    struct Letter {
        CommandId id;
        Command command;
        bool only_wakes = false;  // the thread: something was posted to the twin
    };
    struct SavedRun {
        std::uint64_t seed = 0;
        std::string recipe;
        std::int64_t iteration = 0;
        LiveSettings settings;
    };
    struct Applier;

    SavedRun present() const { return {shown_.run_info->seed, recipe_name_, shown_.iteration, shown_.settings}; }
    void set_aside();
    void go_on_with(const SavedRun& run);
    void thread_main();
    bool apply_letters();
    void start_run(std::uint64_t seed);
    void iterate(bool filmed = false);
    void film(Phase phase);
    void finish_film();
    void film_if_lacking();
    void look_at_breakpoints();
    // scripted_lane.cpp
    ScriptedLane& lane() { return lanes_[lane_]; }
    std::int64_t furthest() const { return lanes_.empty() ? 0 : lanes_[lane_].told_count(); }
    bool in_past() const { return shown_.iteration < furthest(); }
    void begin_lane(RunLane lane, const LiveSettings& settings);
    void travel(std::int64_t iteration);
    void settings_changed();  // are about to be, and were
    void branch_off();
    void go_to_lane(std::size_t lane, std::int64_t iteration);
    void begin_again(std::shared_ptr<RunInfo> info, std::int64_t iteration);
    ScriptedLane* find_lane(RunId id);
    void delete_lane(ScriptedLane& gone);
    void show_line();
    // scripted_twin.cpp
    void make_twin();
    void begin_twin(const command::BeginTwin& begin);
    void end_twin();
    void follow(const ScriptedSession& first);
    double pace_of_learning() const;
    // scripted_by_hand.cpp
    struct Done {
        std::string mark;
        std::vector<Command> undo;
    };
    void follow_hands();  // what was done by hand at the present iteration
    void restrain(Restraints restraints);
    void set_weights(const command::SetWeights& set);
    Done done(const command::SetChannel& set);
    Done done(const command::Freeze& freeze);
    Done done(const command::SetWeights& set);
    Done done(const command::FillWeights& fill);
    Done done(const command::ChangeRecipe& change);
    Done done(const command::ChangeData& change);
    // Of the probe, where it is one of the data.
    void label_probe();
    void show_recipe(const Recipe& recipe);
    void take_back();
    void apply_one(const Command& command);
    std::string refusal(const Command& command) const;  // empty: it can be done

    void come_to(Phase phase);
    void evaluate();
    void capture();
    std::int64_t followed_sample() const;
    void capture_pass();
    void slice();
    void explain();
    void work_on_jobs();  // scripted_jobs.cpp
    void sample();
    void surface();
    std::vector<float> softmax(std::span<const float> logits) const;
    bool captured_now(TensorKey key) const;
    void publish();
    std::vector<float> as_seen(std::span<const float> pixels) const;
    double loss_at(std::int64_t iteration) const;
    double accuracy_at(std::int64_t iteration) const;
    double schedule_at(std::int64_t iteration) const;  // factor of the learning rate
    std::shared_ptr<const CountedConfusion> confusion(std::int64_t per_class, std::int64_t iterations) const;
    void change(const std::string& what);

    ScriptedOptions options_;
    const Clock& clock_;
    LatestSlot<Snapshot> slot_;
    Mailbox<Letter> letters_;
    Mailbox<Event> events_;
    SpscRing<IterationMetrics> metrics_{4096};
    std::vector<Event> drained_;  // the reader's

    mutable std::mutex log_mutex_;
    std::vector<Command> log_;  // guarded by log_mutex_, as are the next three
    WatchSet last_watch_;
    std::int64_t watch_count_ = 0;
    std::uint64_t next_id_ = 1;

    // The trainer's.
    std::vector<Letter> inbox_;
    std::shared_ptr<const Dataset> dataset_;
    std::string recipe_name_ = "wide-cnn";   // all that a recipe changes
    std::map<std::string, SavedRun> saved_;  // by path
    std::optional<SavedRun> aside_;
    std::vector<ScriptedLane> lanes_;
    std::size_t lane_ = 0;  // where it is
    std::unique_ptr<ScriptedNetwork> network_;
    Snapshot shown_;  // what the next publication says
    WatchSet watch_;
    std::uint64_t run_ = 0;
    std::uint64_t content_ = 0;
    std::int64_t steps_left_ = 0;
    bool poisoned_ = false;
    bool taking_back_ = false;
    bool trained_ = false;  // since the run began, or was resumed: there are gradients
    bool moved_ = false;    // the weights, ahead of the iteration that is under way
    std::shared_ptr<IterationFilm> filming_;
    std::int64_t pass_index_ = 0;     // of the training picture that the pass is made with
    std::vector<float> pass_sample_;  // the minibatch's first, as the network sees it; empty: no pass was followed

    std::unique_ptr<ScriptedSession> twin_;
    ScriptedSession* first_ = nullptr;  // that this one is beside; null: it is no twin
    std::int64_t captured_at_ = -1;     // the iteration that was captured last
    std::atomic<bool> hidden_{false};   // a twin that is not there

    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace convscope::test
