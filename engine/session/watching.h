// What is done for whoever looks at a run: captures, the search for a mistake, the sweep beside training and in spare
// time.
#pragma once

#include "engine/session/current_run.h"
#include "engine/session/explainer.h"
#include "engine/session/jobs.h"
#include "engine/session/loss_slicer.h"
#include "engine/session/measuring.h"
#include "engine/session/mistake_search.h"
#include "engine/session/observer.h"
#include "engine/session/publisher.h"
#include "engine/session/sampler.h"

#include <memory>

namespace convscope {

// `unhurried`, everywhere: whoever looks has the time to see every iteration, so that all that is shown is to be of
// one.
class Watching {
public:
    // All must outlive it.
    Watching(std::shared_ptr<const Clock> clock, CurrentRun& run, Measuring& measuring, Publisher& publisher);

    // The picture that is looked at stays, its values do not.
    void begin_run();
    // By hand, at the same iteration: what is looked at is captured anew.
    void network_changed();
    // The trainer has failed: what is shown stays, and nothing is sought any more.
    void abandon();

    void apply(const command::SetProbe& set);
    void apply(const command::SeekClass& seek);
    void apply(const command::SeekMistake& seek);
    void apply(const command::Watch& watch, bool failed);

    const ProbeSource& probe() const { return observer_.probe(); }
    const WatchSet& watched() const { return observer_.watched(); }
    bool follows_phases() const { return observer_.watched().phases; }
    // An iteration that is followed has come to a phase, of which is captured what is looked at.
    void reach_phase(Phase phase, double rest_seconds);
    // Or is filmed: the same, kept for as long as somebody looks at it.
    void film_phase(Phase phase);
    void end_phases();
    std::int64_t followed_sample() const;  // of the minibatch
    // Whether the next iteration is to be filmed; and whether the present one was not, and nobody has tried.
    bool films() const { return observer_.watched().film; }
    bool lacks_film() const;
    void film_is_sought() { sought_ = run_.epochs().iteration(); }

    // True when there was something to capture.
    bool capture_if_wanted(bool unhurried);
    // After an iteration that took so long.
    void work_beside(double training_seconds, bool unhurried);
    enum class Work { None, Silent, ToBePublished };
    // A slice of what there is to do while no iteration is due for so many seconds.
    Work work_in_spare_time(bool unhurried, double seconds);

    void show(Snapshot& into);

private:
    void seek();
    void set_probe(ProbeSource source);
    void begin_film();
    Jobs::Place place() const { return {run_.info().run, run_.epochs().iteration()}; }
    Result<std::unique_ptr<JobWork>> begin_job(const JobQuestion& question);

    CurrentRun& run_;
    Measuring& measuring_;
    Publisher& publisher_;
    Observer observer_;
    MistakeSearch search_;
    LossSlicer slicer_;
    Explainer explainer_;
    Jobs jobs_;
    Sampler sampler_;
    std::size_t turn_ = 0;  // of jobs, samples and the sweep, which had the last slice in spare time
    std::shared_ptr<const IterationFilm> film_;  // the last one that is whole
    std::shared_ptr<IterationFilm> filming_;     // of the iteration under way
    std::int64_t sought_ = -1;                   // the iteration that was trained again for a film of what is watched
};

}  // namespace convscope
