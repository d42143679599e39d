#include "viz/view/twin_lane.h"

#include <utility>
#include <vector>

namespace convscope {
namespace {

// The nearest layer up to `layer` that the other network has as well.
LayerId nearest_like(const NetworkDescription& from, LayerId layer, const NetworkDescription& to) {
    for (; layer != kInputLayer; --layer.index)
        if (const auto like = layer_like(from, layer, to)) return *like;
    return kInputLayer;
}

void ask_all(WatchSet& to, const WatchSet& from) {
    to.probe = to.probe || from.probe;
    to.phases = to.phases || from.phases;
    to.film = to.film || from.film;
    to.every_iteration = to.every_iteration || from.every_iteration;
    to.test_confusion = to.test_confusion || from.test_confusion;
    to.batch_confusion = to.batch_confusion || from.batch_confusion;
}

void remember(std::array<std::shared_ptr<const Snapshot>, 2>& last, std::shared_ptr<const Snapshot> newest) {
    if (newest == last[0]) return;
    last[1] = std::exchange(last[0], std::move(newest));
}

}  // namespace

void TwinLane::begin_frame(const Lane& first, TwinView view) {
    lane.begin_frame();
    std::vector<TensorKey> room = std::move(difference_watch_.tensors);
    room.clear();
    difference_watch_ = {};
    difference_watch_.tensors = std::move(room);
    follow(first, view);
    if (there() && view == TwinView::Difference) {
        keep_pair(first);
        show_difference(first);
        return;
    }
    firsts_ = {};
    twins_ = {};
    made_.clear();
    difference.show_difference(&none_);
}

void TwinLane::follow(const Lane& first, TwinView view) {
    const Phase held = there() && view != TwinView::Run ? first.held() : Phase::None;
    if (lane.held() != held) lane.hold(held);
    if (difference.held() != held) difference.hold(held);
    follow_selection(first);
    difference.selection = lane.selection;
}

void TwinLane::follow_selection(const Lane& first) {
    if (!first.live() || !first.live()->run_info || !there() || !lane.live()->run_info) return;
    const std::shared_ptr<const RunInfo>& first_info = first.live()->run_info;
    const std::shared_ptr<const RunInfo>& twin_info = lane.live()->run_info;
    if (first.selection == followed_ && first_info == first_info_ && twin_info == twin_info_) return;
    followed_ = first.selection;
    first_info_ = first_info;
    twin_info_ = twin_info;
    lane.selection = first.selection;
    const LayerId like = nearest_like(first_info->network, first.selection.layer, twin_info->network);
    if (layer_like(first_info->network, first.selection.layer, twin_info->network))
        lane.selection.layer = like;
    else
        lane.selection.select_layer(like);
}

void TwinLane::select(Lane& first, const Selection& in_twin) {
    if (!first_info_ || !twin_info_) return;
    lane.selection = difference.selection = in_twin;
    const auto like = layer_like(twin_info_->network, in_twin.layer, first_info_->network);
    if (!like) return;
    first.selection = in_twin;
    first.selection.layer = *like;
    followed_ = first.selection;
}

void TwinLane::keep_pair(const Lane& first) {
    remember(firsts_, first.link.shared_live());
    remember(twins_, lane.link.shared_live());
}

void TwinLane::show_difference(const Lane& first) {
    const auto show = [this](const Snapshot& run, const Snapshot& twin) {
        if (!is_same_moment(run, twin)) return false;
        difference.show_difference(&made_.of(run, twin));
        return true;
    };
    // Of an iteration that is held, what is shown of it; there is but the one.
    if (first.shows_phase() || lane.shows_phase()) {
        if (!first.shows_phase() || !lane.shows_phase() || !show(*first.shown(), *lane.shown())) show_none();
        return;
    }
    for (const auto& twin : twins_)
        for (const auto& run : firsts_)
            if (twin && run && show(*run, *twin)) return;
    // The last one stays, as long as it is these runs'.
    const Snapshot* last = difference.shown();
    if (!last || !last->run_info || last->run_info != lane.live()->run_info) show_none();
}

void TwinLane::show_none() {
    none_ = *lane.shown();
    none_.seen.clear();
    difference.show_difference(&none_);
}

void TwinLane::share_watch(Lane& first) {
    // Captured now and then, the two would not be of the same iterations.
    if (!difference_watch_.tensors.empty() || difference_watch_.probe) difference_watch_.every_iteration = true;
    ask_all(first.watch(), difference_watch_);
    ask_all(lane.watch(), difference_watch_);
    for (const TensorKey key : difference_watch_.tensors) {
        lane.watch().add(key);
        if (!first_info_ || !twin_info_) continue;
        if (const auto like = layer_like(twin_info_->network, key.layer, first_info_->network))
            first.watch().add({key.kind, *like});
    }
}

}  // namespace convscope
