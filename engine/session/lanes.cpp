#include "engine/session/lanes.h"

#include "engine/api/command.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <random>
#include <utility>

namespace convscope {
namespace {

// No two runs in the world share it, whatever their seeds.
std::string new_family_id() {
    std::random_device chance;
    char id[40];
    std::snprintf(id, sizeof id, "%08x%08x%08x", chance(), chance(), chance());
    return id;
}

}  // namespace

void Lanes::begin(RunId first) {
    lanes_.clear();
    lanes_.push_back({.shown = {.id = first}, .run = {}});
    family_.clear();
    out_of_reach_.clear();
    shown_.reset();
}

void Lanes::begin(std::string family, std::vector<Lane> lanes, const std::vector<RunId>& gone,
                  std::vector<SavedLane> out_of_reach) {
    lanes_ = std::move(lanes);
    family_ = std::move(family);
    out_of_reach_ = std::move(out_of_reach);
    for (const RunId lane : gone) forget(lane);
    shown_.reset();
}

std::optional<RunFamily> Lanes::saved(const std::filesystem::path& present) {
    const bool nothing_to_say = lanes_.size() == 1 && !has_names() && family_.empty();
    if (nothing_to_say || lanes_.empty()) return std::nullopt;
    if (family_.empty()) family_ = new_family_id();
    RunFamily family{.id = family_, .lanes = {}};
    std::map<RunId, std::size_t> places;
    for (const Lane& lane : lanes_)
        if (!folder(lane.shown.id, present).empty()) places.emplace(lane.shown.id, places.size());
    for (const Lane& lane : lanes_) {
        if (places.count(lane.shown.id) == 0) continue;
        SavedLane saved{.folder = folder(lane.shown.id, present),
                        .name = lane.shown.name,
                        .begun_by = lane.shown.begun_by,
                        .places = lane.shown.places};
        if (const auto parent = places.find(lane.shown.parent); parent != places.end()) {
            saved.parent = parent->second;
            saved.from = lane.shown.from;
        }
        family.lanes.push_back(std::move(saved));
    }
    family.lanes.insert(family.lanes.end(), out_of_reach_.begin(), out_of_reach_.end());
    return family;
}

void Lanes::branch(RunId lane, RunId parent, std::int64_t from) {
    std::vector<NamedPlace> places = find(parent).shown.places;
    std::erase_if(places, [from](const NamedPlace& place) { return place.iteration > from; });
    lanes_.push_back({.shown = {.id = lane, .places = std::move(places), .parent = parent, .from = from}, .run = {}});
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

Result<void> Lanes::name_place(RunId lane, NamedPlace place) {
    std::vector<NamedPlace>& places = find(lane).shown.places;
    auto there =
        std::lower_bound(places.begin(), places.end(), place.iteration,
                         [](const NamedPlace& one, std::int64_t iteration) { return one.iteration < iteration; });
    const bool had_one = there != places.end() && there->iteration == place.iteration;
    if (!had_one && !place.name.empty() && places.size() >= command::NamePlace::kMost)
        return Error{ErrorCode::InvalidArgument, "This lane has " + std::to_string(places.size()) +
                                                     " named places, which is all that it can have: take a name away "
                                                     "first"};
    if (had_one) there = places.erase(there);
    if (!place.name.empty()) places.insert(there, std::move(place));
    shown_.reset();
    return {};
}

bool Lanes::changed(RunId lane, const std::string& what) {
    if (!has(lane) || find(lane).shown.parent == RunId{} || !find(lane).shown.begun_by.empty()) return false;
    find(lane).shown.begun_by = what;
    shown_.reset();
    return true;
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

std::filesystem::path Lanes::folder(RunId lane, const std::filesystem::path& present) {
    const std::shared_ptr<const RunInfo>& info = find(lane).run.info;
    return info ? std::filesystem::path(info->checkpoint).parent_path() : present;
}

std::string Lanes::words(RunId lane) {
    const RunLane& shown = find(lane).shown;
    if (!shown.name.empty()) return "The lane " + shown.name;
    if (!shown.begun_by.empty()) return "The lane of " + shown.begun_by;
    return "The lane that came first";
}

std::int64_t Lanes::common(RunId one, RunId other) {
    constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
    std::map<RunId, std::int64_t> shared;  // with each lane that `one` comes from, up to where
    std::int64_t up_to = kAll;
    for (RunId at = one; has(at); at = shown(at).parent) {
        shared[at] = up_to;
        up_to = std::min(up_to, shown(at).from);
    }
    up_to = kAll;
    for (RunId at = other; has(at); at = shown(at).parent) {
        if (const auto found = shared.find(at); found != shared.end()) return std::min(up_to, found->second);
        up_to = std::min(up_to, shown(at).from);
    }
    return 0;
}

std::string Lanes::label(RunId lane) {
    const RunLane& shown = find(lane).shown;
    if (!shown.name.empty()) return shown.name;
    return shown.begun_by.empty() ? "the lane that came first" : shown.begun_by;
}

bool Lanes::has(RunId lane) const {
    return std::any_of(lanes_.begin(), lanes_.end(), [lane](const Lane& one) { return one.shown.id == lane; });
}

Lanes::Lane& Lanes::find(RunId lane) {
    return *std::find_if(lanes_.begin(), lanes_.end(), [lane](const Lane& one) { return one.shown.id == lane; });
}

bool Lanes::has_names() const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const Lane& one) { return !one.shown.name.empty() || !one.shown.places.empty(); });
}

void Lanes::show(RunLine& into) {
    if (!shown_ && (lanes_.size() > 1 || has_names())) {
        std::vector<RunLane> all;
        for (const Lane& lane : lanes_) all.push_back(lane.shown);
        shown_ = std::make_shared<const std::vector<RunLane>>(std::move(all));
    }
    into.lanes = shown_;
}

}  // namespace convscope
