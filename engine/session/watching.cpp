#include "engine/session/watching.h"

#include "engine/session/filter_biography.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace convscope {

using Severity = event::Notice::Severity;

Watching::Watching(std::shared_ptr<const Clock> clock, CurrentRun& run, Measuring& measuring, Publisher& publisher)
    : run_(run),
      measuring_(measuring),
      publisher_(publisher),
      observer_(clock),
      slicer_(clock),
      explainer_(clock),
      jobs_(clock, [this](const JobQuestion& question) { return begin_job(question); }),
      sampler_(clock) {}

void Watching::begin_run() {
    search_.end();
    observer_.begin_run(run_.trainer(), run_.info());
    slicer_.begin_run();
    explainer_.begin_run();
    jobs_.begin_run();
    sampler_.begin_run();
    film_.reset();
    sought_ = -1;
}

void Watching::network_changed() {
    observer_.look_again(run_.trainer());
    slicer_.network_changed();
    explainer_.network_changed();
    jobs_.network_changed();
    sampler_.network_changed();
}

void Watching::abandon() {
    search_.end();
    slicer_.abandon();
    explainer_.abandon();
    jobs_.abandon();
    sampler_.abandon();
}

void Watching::apply(const command::SetProbe& set) {
    ProbeSource source = set.source;
    if (auto* held = std::get_if<HeldPicture>(&source)) {
        const std::int64_t count = run_.picture_count(held->split);
        if (count == 0) return;
        held->index = ((held->index % count) + count) % count;
    }
    if (auto* sample = std::get_if<BatchSample>(&source)) sample->index = std::max<std::int64_t>(0, sample->index);
    if (const auto* own = std::get_if<OwnPicture>(&source)) {
        const Shape& input = run_.info().network.input_shape;
        if (own->byte_count() != input.element_count())
            return publisher_.notify(Severity::Warning, "A picture of " + std::to_string(own->byte_count()) +
                                                            " bytes is not the network's input of " +
                                                            input.to_string() + ": bring it to that size first");
    }
    set_probe(std::move(source));
}

void Watching::apply(const command::SeekClass& seek) {
    const Split split = observer_.chosen().split;
    const std::int64_t count = run_.picture_count(split);
    std::int64_t index = observer_.chosen().index;
    for (std::int64_t looked = 0; looked < count; ++looked) {
        index = (index + (seek.direction < 0 ? count - 1 : 1)) % count;
        if (run_.trainer().label(split, index) == seek.label) return set_probe(HeldPicture{split, index});
    }
    publisher_.notify(Severity::Info, "No picture of class " + std::to_string(seek.label) + " in this data set");
}

void Watching::apply(const command::SeekMistake& seek) {
    const std::int64_t count = run_.picture_count(Split::Test);
    if (count > 0) search_.begin(observer_.chosen(), count, seek.direction);
}

void Watching::apply(const command::Watch& watch, bool failed) {
    if (!watch.set.test_confusion) measuring_.stop_sweep();
    if (!failed && run_.exists()) slicer_.look(watch.set, run_.trainer());
    if (!failed) explainer_.look(watch.set);
    if (!failed) jobs_.look(watch.set);
    if (!failed) sampler_.look(watch.set);
    observer_.watch(watch.set, /*last_pictures_stay=*/failed);
    if (!films() && !failed) film_.reset();
    sought_ = -1;
}

void Watching::reach_phase(Phase phase, double rest_seconds) {
    observer_.set_phase(phase, rest_seconds);
    if (observer_.looks_at_tensors()) observer_.capture(run_.trainer(), {run_.epochs().iteration()});
}

void Watching::film_phase(Phase phase) {
    if (phase == Phase::Batch) begin_film();
    if (!filming_) return;
    observer_.set_phase(phase, 0.0);
    observer_.capture(run_.trainer(), {run_.epochs().iteration()});
    observer_.show(filming_->at(phase));
    if (phase == Phase::Loss) run_.trainer().read_batch(filming_->batch);
    if (phase == Phase::Update) film_ = std::exchange(filming_, nullptr);
}

void Watching::begin_film() {
    filming_ = std::make_shared<IterationFilm>();
    filming_->run = run_.info().run;
    filming_->iteration = run_.epochs().iteration() + 1;
    filming_->sample = followed_sample();
    filming_->watched = observer_.watched();
}

void Watching::end_phases() {
    observer_.set_phase(Phase::None, 0.0);
    filming_.reset();
}

std::int64_t Watching::followed_sample() const {
    const auto* sample = std::get_if<BatchSample>(&observer_.probe());
    return sample != nullptr ? sample->index : 0;
}

bool Watching::lacks_film() const {
    const std::int64_t iteration = run_.epochs().iteration();
    if (!films() || sought_ == iteration) return false;
    return !film_ || film_->sample != followed_sample() ||
           !film_->shows(run_.info().run, iteration, observer_.watched());
}

bool Watching::capture_if_wanted(bool unhurried) {
    const Moment moment{run_.epochs().iteration(), unhurried};
    if (!observer_.wants_captures(moment, publisher_.taken())) return false;
    observer_.capture(run_.trainer(), moment);
    return true;
}

void Watching::work_beside(double training_seconds, bool unhurried) {
    if (search_.active()) seek();
    capture_if_wanted(unhurried);
    slicer_.work_beside(training_seconds, run_.trainer(), observer_.watched(), run_.epochs().iteration());
    explainer_.work_beside(training_seconds, run_.trainer(), run_.epochs().iteration(), observer_.probe());
    jobs_.work_beside(training_seconds, place());
    sampler_.work_beside(training_seconds, run_.trainer(), run_.epochs().iteration());
    measuring_.sweep_beside(training_seconds, run_.trainer(), observer_.watched(), run_.epochs().iteration());
}

Watching::Work Watching::work_in_spare_time(bool unhurried, double seconds) {
    const bool seeking = search_.active();
    if (seeking) seek();
    if (capture_if_wanted(unhurried) || seeking) return Work::ToBePublished;
    const std::int64_t iteration = run_.epochs().iteration();
    if (slicer_.wanted(observer_.watched(), run_.trainer(), iteration) &&
        seconds >= std::max(Measuring::kSliceSeconds, slicer_.seconds()))
        return slicer_.advance(run_.trainer(), observer_.watched(), iteration) ? Work::ToBePublished : Work::Silent;
    if (explainer_.wanted(iteration, observer_.probe()) &&
        seconds >= std::max(Measuring::kSliceSeconds, explainer_.seconds()))
        return explainer_.advance(run_.trainer(), iteration, observer_.probe()) ? Work::ToBePublished : Work::Silent;
    // What takes longest comes last, by turns: a sweep that each iteration begins anew would leave the others no time.
    const bool sweeps = measuring_.wants_sweep(observer_.watched(), iteration);
    if (seconds < Measuring::kSliceSeconds) return Work::None;
    const std::array wanted{jobs_.wanted(place()) && seconds >= jobs_.seconds(), sampler_.wanted(iteration), sweeps};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        turn_ = (turn_ + 1) % wanted.size();
        if (!wanted[turn_]) continue;
        if (turn_ == 0) return jobs_.advance(place()) ? Work::ToBePublished : Work::Silent;
        if (turn_ == 1) return sampler_.advance(run_.trainer(), iteration) ? Work::ToBePublished : Work::Silent;
        break;
    }
    if (!sweeps) return Work::None;
    measuring_.sweep_slice(run_.trainer(), observer_.watched(), iteration);
    return measuring_.sweeping() ? Work::Silent : Work::ToBePublished;
}

void Watching::show(Snapshot& into) {
    observer_.show(into);
    into.film = film_;
    into.seeking = search_.active();
    measuring_.show(observer_.watched(), into);
    slicer_.show(into);
    explainer_.show(into);
    jobs_.show(into);
    sampler_.show(into);
}

Result<std::unique_ptr<JobWork>> Watching::begin_job(const JobQuestion& question) {
    const RunInfo& info = run_.info();
    if (Result<void> possible = check_question(info.network, question); !possible.ok()) return possible.error();
    const std::int64_t iteration = run_.epochs().iteration();
    const auto* biography = std::get_if<FilterBiographyQuestion>(&question);
    if (biography == nullptr) return run_.trainer().begin_job(question, iteration);
    return done_already(filter_biography(*biography,
                                         info.network.layers[static_cast<std::size_t>(biography->layer.index)],
                                         run_.line().kept(), run_.trainer(), iteration, info.weights_from.empty()));
}

void Watching::seek() {
    if (const auto found = search_.advance(run_.trainer())) {
        const HeldPicture mistake{Split::Test, *found};
        run_.write_down(command::SetProbe{mistake});  // how far it came is a matter of time
        set_probe(mistake);
    } else if (!search_.active())
        publisher_.notify(Severity::Info, "The network gets every test picture right");
}

void Watching::set_probe(ProbeSource source) {
    search_.end();
    observer_.set_probe(run_.trainer(), std::move(source));
    sought_ = -1;
}

}  // namespace convscope
