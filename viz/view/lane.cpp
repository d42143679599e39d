#include "viz/view/lane.h"

namespace convscope {
namespace {

constexpr double kPhaseSeconds = 0.6;  // in which it comes to be seen, where it is something that travels

}  // namespace

void Lane::begin_frame() {
    if (own_link_) link.begin_frame();
    if (held_ != Phase::None) watch().film = true;
    show_phase();
}

void Lane::hold(Phase phase) {
    if (phase != held_) held_since_ = clock_.now();
    held_ = phase;
    if (held_ != Phase::None) watch().film = true;
    show_phase();
}

// All that is not of the iteration (state, settings, what was answered) is as it is now.
void Lane::show_phase() {
    const Snapshot* now = live();
    shows_phase_ = held_ != Phase::None && now && now->run_info && now->film && now->phase == Phase::None &&
                   now->film->run == now->run_info->run && now->film->iteration == now->iteration;
    if (!shows_phase_) {
        made_of_.reset();
        return;
    }
    if (made_of_.get() == now && made_at_ == held_) return;
    made_of_ = link.shared_live();
    made_at_ = held_;
    still_ = *now;
    still_.iteration = now->film->iteration - 1;
    still_.phase = held_;
    still_.phase_seconds = kPhaseSeconds;
    still_.published = held_since_;
    still_.seen = now->film->at(held_);
    still_.seen.layer_statistics = now->seen.layer_statistics;
}

}  // namespace convscope
