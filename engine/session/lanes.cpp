#include "engine/session/lanes.h"

#include <algorithm>
#include <utility>

namespace convscope {

void Lanes::begin(RunId first) {
    lanes_.clear();
    lanes_.push_back({.shown = {.id = first}, .run = {}});
    shown_.reset();
}

void Lanes::branch(RunId lane, RunId parent, std::int64_t from) {
    lanes_.push_back({.shown = {.id = lane, .parent = parent, .from = from}, .run = {}});
    shown_.reset();
}

void Lanes::leave(RunId lane, LeftRun run, std::int64_t furthest, RunHistory history) {
    Lane& left = find(lane);
    left.run = std::move(run);
    left.shown.furthest = furthest;
    left.shown.history = std::make_shared<const RunHistory>(std::move(history));
    shown_.reset();
}

void Lanes::come_back(RunId lane) {
    Lane& present = find(lane);
    present.run = {};
    present.shown.history.reset();
    shown_.reset();
}

void Lanes::name(RunId lane, std::string name) {
    find(lane).shown.name = std::move(name);
    shown_.reset();
}

void Lanes::changed(RunId lane, const std::string& what) {
    if (!has(lane) || find(lane).shown.parent == RunId{} || !find(lane).shown.begun_by.empty()) return;
    find(lane).shown.begun_by = what;
    shown_.reset();
}

void Lanes::forget(RunId lane) {
    const RunLane gone = find(lane).shown;
    Lane* heir = nullptr;
    for (Lane& one : lanes_)
        if (one.shown.parent == lane && (!heir || one.shown.from > heir->shown.from)) heir = &one;
    for (Lane& one : lanes_)
        if (heir && one.shown.parent == lane && &one != heir) one.shown.parent = heir->shown.id;
    if (heir) {
        heir->shown.parent = gone.parent;
        heir->shown.from = std::min(heir->shown.from, gone.from);
    }
    std::erase_if(lanes_, [lane](const Lane& one) { return one.shown.id == lane; });
    shown_.reset();
}

std::string Lanes::words(RunId lane) {
    const RunLane& shown = find(lane).shown;
    if (!shown.name.empty()) return "The lane " + shown.name;
    if (!shown.begun_by.empty()) return "The lane of " + shown.begun_by;
    return "The lane that came first";
}

bool Lanes::has(RunId lane) const {
    return std::any_of(lanes_.begin(), lanes_.end(), [lane](const Lane& one) { return one.shown.id == lane; });
}

Lanes::Lane& Lanes::find(RunId lane) {
    return *std::find_if(lanes_.begin(), lanes_.end(), [lane](const Lane& one) { return one.shown.id == lane; });
}

void Lanes::show(RunLine& into) {
    if (!shown_ && (lanes_.size() > 1 || (!lanes_.empty() && !lanes_.front().shown.name.empty()))) {
        std::vector<RunLane> all;
        for (const Lane& lane : lanes_) all.push_back(lane.shown);
        shown_ = std::make_shared<const std::vector<RunLane>>(std::move(all));
    }
    into.lanes = shown_;
}

}  // namespace convscope
