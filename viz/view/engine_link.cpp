#include "viz/view/engine_link.h"

#include "viz/view/control_values.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace convscope {

EngineLink::EngineLink(Session& session, const Clock& clock) : session_(session), clock_(clock) {}

void EngineLink::begin_frame() {
    watch_nothing();
    std::shared_ptr<const Snapshot> newest = session_.latest();
    changed_ = newest != snapshot_;
    const auto aside = snapshot_ ? snapshot_->set_aside : nullptr;
    snapshot_ = std::move(newest);
    if (snapshot_ && snapshot_->set_aside && snapshot_->set_aside != aside) tell(*snapshot_->set_aside);

    // Scalars are taken before events: a run's first scalar is sent after its RunStarted, so whoever has the scalar
    // gets the event in the same frame. They are added after them, as a resumed run's history comes with that event.
    metrics_.clear();
    events_.clear();
    session_.drain_metrics(metrics_);
    session_.drain_events(events_);
    changed_ = changed_ || !metrics_.empty() || !events_.empty();
    for (Event& event : events_) {
        if (auto* notice = std::get_if<event::Notice>(&event))
            notices_.push_back(std::move(*notice));
        else if (const auto* saved = std::get_if<event::Saved>(&event))
            tell(*saved);
        else
            history_.add(event);
    }
    for (const IterationMetrics& metrics : metrics_) history_.add(metrics);
}

void EngineLink::watch_nothing() {
    std::vector<TensorKey> room = std::move(asked_.tensors);
    room.clear();
    std::vector<ExplanationQuestion> questions = std::move(asked_.explanations);
    questions.clear();
    std::vector<JobQuestion> jobs = std::move(asked_.jobs);
    jobs.clear();
    std::vector<SampleQuestion> samples = std::move(asked_.samples);
    samples.clear();
    asked_ = {};
    asked_.tensors = std::move(room);
    asked_.explanations = std::move(questions);
    asked_.jobs = std::move(jobs);
    asked_.samples = std::move(samples);
}

void EngineLink::end_frame() {
    const TimePoint now = clock_.now();
    auto recent = [now](const std::optional<TimePoint>& asked) {
        return asked && seconds_between(*asked, now) < kKeepWatchedSeconds;
    };

    for (TensorKey key : asked_.tensors) {
        auto kept = std::find_if(kept_.begin(), kept_.end(), [key](const KeptTensor& k) { return k.key == key; });
        if (kept == kept_.end())
            kept_.push_back({key, now});
        else
            kept->asked = now;
    }
    std::erase_if(kept_, [&](const KeptTensor& k) { return !recent(k.asked); });
    if (asked_.probe) probe_asked_ = now;
    if (asked_.layer_statistics) statistics_asked_ = now;
    if (asked_.test_confusion) confusion_asked_ = now;
    if (asked_.test_probabilities) probabilities_asked_ = now;
    if (asked_.batch_confusion) batch_confusion_asked_ = now;
    if (asked_.loss_slice) slice_asked_ = now;
    if (asked_.loss_surface) surface_asked_ = now;
    if (!asked_.explanations.empty()) {
        questions_ = asked_.explanations;
        questions_asked_ = now;
    }
    if (!asked_.jobs.empty()) {
        jobs_ = asked_.jobs;
        jobs_asked_ = now;
    }

    union_.tensors.clear();
    for (const KeptTensor& kept : kept_) union_.add(kept.key);
    union_.probe = recent(probe_asked_);
    union_.layer_statistics = recent(statistics_asked_);
    union_.test_confusion = recent(confusion_asked_);
    union_.test_probabilities = recent(probabilities_asked_);
    union_.batch_confusion = recent(batch_confusion_asked_);
    union_.loss_slice = recent(slice_asked_);
    union_.loss_surface = recent(surface_asked_);
    union_.explanations.clear();
    if (recent(questions_asked_)) union_.explanations = questions_;
    union_.jobs.clear();
    if (recent(jobs_asked_)) union_.jobs = jobs_;
    if (!asked_.samples.empty()) {
        samples_ = asked_.samples;
        samples_asked_ = now;
    }
    union_.samples.clear();
    if (recent(samples_asked_)) union_.samples = samples_;
    union_.phases = asked_.phases;
    union_.film = asked_.film;
    union_.every_iteration = asked_.every_iteration;
    if (union_ == posted_) return;
    posted_ = union_;
    watch_ = session_.post(command::Watch{posted_});
}

bool EngineLink::acknowledged() const { return snapshot_ && snapshot_->run_info && !pending(watch_); }

bool EngineLink::complete() const {
    if (!acknowledged() || !posted_.includes(asked_)) return false;
    const Snapshot& s = *snapshot_;
    if (s.state == SessionState::Failed) return true;
    const bool sweeping = s.run_info->data.test_count > 0;
    // What a film of is trained again, behind the first place that is known.
    const bool stands = s.state == SessionState::Paused || s.state == SessionState::Finished;
    const bool filmed = stands && s.line.kept && !s.line.kept->empty() && s.iteration > s.line.kept->front();
    const bool likely = s.test_confusion && (!s.test_confusion->probabilities.empty() ||
                                             !CountedConfusion::can_keep_probabilities(
                                                 s.run_info->data.test_count, s.test_confusion->matrix.class_count()));
    return (!asked_.test_confusion || s.test_confusion || !sweeping) &&
           (!asked_.test_probabilities || likely || !sweeping) && (!asked_.loss_slice || s.loss_slice) &&
           (!asked_.loss_surface || s.loss_surface) &&
           std::all_of(asked_.explanations.begin(), asked_.explanations.end(),
                       [&s](const ExplanationQuestion& question) { return s.find(question) != nullptr; }) &&
           // A job takes minutes beside a run that trains flat out, and shows how far it has come.
           std::all_of(asked_.jobs.begin(), asked_.jobs.end(),
                       [&s](const JobQuestion& question) { return s.find(question) != nullptr; }) &&
           std::all_of(asked_.samples.begin(), asked_.samples.end(),
                       [&s](const SampleQuestion& question) { return s.find(question) != nullptr; }) &&
           (!asked_.film || !filmed || (s.film && s.film->shows(s.run_info->run, s.iteration, asked_)));
}

bool EngineLink::answered(TensorKey key) const { return acknowledged() && posted_.contains(key); }

void EngineLink::tell(const event::Saved& saved) {
    if (!saved.problem.empty())
        notices_.push_back({event::Notice::Severity::Error, saved.problem, {}, saved.path});
    else if (saved.asked)
        notices_.push_back({event::Notice::Severity::Info,
                            "Saved " + std::filesystem::path(saved.path).filename().string() + " at iteration " +
                                std::to_string(saved.iteration),
                            {},
                            saved.path});
}

void EngineLink::tell(const SetAsideRun& aside) {
    std::string text = what_comes_back(aside);
    if (!aside.file.empty()) text += ", which is saved as " + aside.file;
    notices_.push_back({event::Notice::Severity::Info, std::move(text)});
}

CommandId EngineLink::post(Command command) {
    Command kept = command;
    const CommandId id = session_.post(std::move(command));
    requested_.note(id, kept);
    return id;
}

bool EngineLink::pending(CommandId id) const {
    return id.value != 0 && (!snapshot_ || snapshot_->applied_command < id);
}

std::vector<event::Notice> EngineLink::take_notices() { return std::exchange(notices_, {}); }

}  // namespace convscope
