// Lists of lanes, which lie in folders that anybody may write to: whatever is in one, it is read or refused, and what
// is read makes a tree.
#include "engine/formats/lanes_file.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace convscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const Result<RunFamily> family = parse_lanes({reinterpret_cast<const char*>(bytes), size}, "/runs/one");
    if (!family.ok()) return 0;
    for (const SavedLane& lane : family.value().lanes) {
        std::size_t steps = 0;
        for (const SavedLane* at = &lane; at->parent; at = &family.value().lanes.at(*at->parent))
            if (++steps > family.value().lanes.size()) std::abort();
    }
    return 0;
}
