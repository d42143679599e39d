// The lanes of a run as the folders of their runs know them, so that they are there again when one of them is resumed.
//
// Each folder of a family has the whole list, and so outlives all others: none is the first among them. The family's
// name is drawn when the second lane begins, and a folder belongs to it only while its own list says so too: what was
// removed, moved away or replaced by another run's is a lane that is not there any more, and no list can lead to
// strangers' folders.
#pragma once

#include "engine/api/run_line.h"
#include "engine/core/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

struct SavedLane {
    std::filesystem::path folder;                      // of its run
    std::optional<std::size_t> parent = std::nullopt;  // among the family's, that it branched from
    std::int64_t from = 0;                             // the last iteration that it has in common with that
    std::string name = {};                             // as in RunLane, as is the next one
    std::string begun_by = {};
    std::vector<NamedPlace> places = {};
    bool operator==(const SavedLane&) const = default;
};

struct RunFamily {
    std::string id;                // of all families there are; empty: none
    std::vector<SavedLane> lanes;  // in the order in which they began; no two have the same folder, none is in a circle
};

// Those of engine/formats/lanes_file.h, or a test's own; empty: families are not kept. Any thread.
struct RunFamilyFiles {
    // Into a folder that is there, whole or not at all.
    std::function<Result<void>(const RunFamily& family, const std::filesystem::path& folder)> write = {};
    // NotFound: its run is in none. Folders are those that lie there now, seen from this one.
    std::function<Result<RunFamily>(const std::filesystem::path& folder)> read = {};
};

}  // namespace convscope
