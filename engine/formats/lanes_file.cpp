#include "engine/formats/lanes_file.h"

#include "engine/api/command.h"
#include "engine/api/run_folder.h"
#include "engine/core/json_line.h"
#include "engine/core/machine_memory.h"
#include "engine/core/utf8.h"
#include "engine/core/whole_file.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;
using LaneJson = nlohmann::ordered_json;

constexpr std::int64_t kLanesVersion = 1;
constexpr std::size_t kMostLaneBytes = std::size_t{1} << 20;  // of a list
constexpr std::size_t kMostLanes = 256;                       // each of which holds its folder open
constexpr std::size_t kLongestLaneText = 1024;                // bytes
constexpr std::size_t kLongestFolder = 4096;

fs::path whole(const fs::path& folder) {
    std::error_code unknown;
    fs::path path = fs::weakly_canonical(fs::absolute(folder, unknown), unknown);
    return path.has_filename() ? path : path.parent_path();
}

// No longer than it may be, and of whole characters.
std::string cut(std::string_view text) {
    std::string kept;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view before = rest;
        if (!take_character(rest)) break;
        if (kept.size() + before.size() - rest.size() > kLongestLaneText) break;
        kept += before.substr(0, before.size() - rest.size());
    }
    return kept;
}

LaneJson lane_line(const SavedLane& lane, const fs::path& from) {
    LaneJson line;
    line["folder"] = whole(lane.folder).lexically_relative(from).string();
    if (lane.parent) {
        line["parent"] = *lane.parent;
        line["from"] = lane.from;
    }
    if (!lane.name.empty()) line["name"] = cut(lane.name);
    if (!lane.begun_by.empty()) line["begun_by"] = cut(lane.begun_by);
    for (const NamedPlace& place : lane.places) line["places"][std::to_string(place.iteration)] = cut(place.name);
    return line;
}

std::string text_of(const LaneJson& line, const char* key, std::size_t longest) {
    const auto found = line.find(key);
    if (found == line.end()) return {};
    if (!found->is_string() || found->get_ref<const std::string&>().size() > longest) throw std::exception();
    return found->get<std::string>();
}

std::int64_t number_of(const LaneJson& line, const char* key, std::int64_t most) {
    const auto found = line.find(key);
    if (found == line.end() || !found->is_number_integer()) throw std::exception();
    const auto number = found->get<std::int64_t>();
    if (number < 0 || number > most) throw std::exception();
    return number;
}

constexpr std::int64_t kMostIterations = std::int64_t{1} << 40;

// Names by iterations, ascending.
std::vector<NamedPlace> places_of(const LaneJson& line) {
    std::vector<NamedPlace> places;
    const auto found = line.find("places");
    if (found == line.end()) return places;
    if (!found->is_object() || found->size() > command::NamePlace::kMost) throw std::exception();
    for (const auto& [key, value] : found->items()) {
        NamedPlace place;
        const char* const end = key.data() + key.size();
        const auto read = std::from_chars(key.data(), end, place.iteration);
        const bool in_order = places.empty() || places.back().iteration < place.iteration;
        if (read.ec != std::errc() || read.ptr != end || place.iteration < 0 || place.iteration > kMostIterations ||
            !in_order)
            throw std::exception();
        place.name = readable(text_of(*found, key.c_str(), kLongestLaneText));
        if (place.name.empty()) throw std::exception();
        places.push_back(std::move(place));
    }
    return places;
}

SavedLane lane_of(const LaneJson& line, const fs::path& from) {
    SavedLane lane;
    const std::string folder = text_of(line, "folder", kLongestFolder);
    if (folder.empty() || folder.find('\0') != std::string::npos) throw std::exception();
    lane.folder = (from / folder).lexically_normal();
    if (!lane.folder.has_filename()) lane.folder = lane.folder.parent_path();
    if (line.contains("parent")) {
        lane.parent = static_cast<std::size_t>(number_of(line, "parent", kMostLanes));
        lane.from = number_of(line, "from", kMostIterations);
    }
    lane.name = readable(text_of(line, "name", kLongestLaneText));
    lane.begun_by = readable(text_of(line, "begun_by", kLongestLaneText));
    lane.places = places_of(line);
    return lane;
}

// Every lane leads to one that branched from none.
bool is_tree(const std::vector<SavedLane>& lanes) {
    for (const SavedLane& lane : lanes) {
        std::size_t steps = 0;
        for (const SavedLane* at = &lane; at->parent; at = &lanes[*at->parent])
            if (*at->parent >= lanes.size() || ++steps > lanes.size()) return false;
    }
    return true;
}

bool has_twice(const std::vector<SavedLane>& lanes) {
    std::vector<std::string> folders;
    for (const SavedLane& lane : lanes) folders.push_back(lane.folder.string());
    std::sort(folders.begin(), folders.end());
    return std::adjacent_find(folders.begin(), folders.end()) != folders.end();
}

// Throws where the line is none of such a list.
void read_line(std::string_view text, const fs::path& folder, RunFamily& into) {
    const std::optional<LaneJson> line = parse_json_line(text);
    if (!line || into.lanes.size() >= kMostLanes) throw std::exception();
    if (!into.id.empty()) return into.lanes.push_back(lane_of(*line, folder));
    if (number_of(*line, "lanes", kLanesVersion) != kLanesVersion) throw std::exception();
    into.id = text_of(*line, "family", 64);
    if (into.id.empty()) throw std::exception();
}

}  // namespace

Result<void> write_lanes(const RunFamily& family, const fs::path& folder) {
    try {
        const fs::path from = whole(folder);
        std::string bytes = LaneJson{{"lanes", kLanesVersion}, {"family", family.id}}.dump() + '\n';
        for (const SavedLane& lane : family.lanes)
            bytes += lane_line(lane, from).dump(-1, ' ', false, LaneJson::error_handler_t::replace) + '\n';
        return write_whole_file(folder / kLanes, bytes);
    } catch (const std::exception& problem) {
        return Error{ErrorCode::Failed, (folder / kLanes).string() + ": " + sentence_of(problem)};
    }
}

Result<RunFamily> parse_lanes(std::string_view text, const fs::path& folder) {
    const fs::path file = folder / kLanes;
    const fs::path from = whole(folder);
    RunFamily family;
    std::size_t number = 0;
    const auto damaged = [&](const std::string& what) {
        return Error{ErrorCode::Corrupt, file.string() + ": " + what + "; the run is resumed without its other lanes"};
    };
    try {
        for (std::string_view rest = text; !rest.empty();) {
            const std::size_t end = rest.find('\n');
            ++number;
            read_line(rest.substr(0, end), from, family);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
    } catch (const std::exception&) {
        return damaged("line " + std::to_string(number) + " is no line of a list of lanes");
    }
    if (family.lanes.empty()) return damaged("there is no lane in it");
    if (!is_tree(family.lanes) || has_twice(family.lanes)) return damaged("its lanes make no tree");
    return family;
}

Result<RunFamily> read_lanes(const fs::path& folder) {
    const Result<std::string> bytes = read_whole_file(folder / kLanes, kMostLaneBytes);
    if (!bytes.ok()) return bytes.error();
    return parse_lanes(bytes.value(), folder);
}

RunFamilyFiles lanes_files() { return {write_lanes, read_lanes}; }

}  // namespace convscope
