#include "viz/view/matrix_cell.h"

#include "engine/api/dataset.h"
#include "viz/view/mistake_list.h"

namespace convscope {
namespace {

bool in_cell(const Snapshot& snapshot, const Selection& selection, std::int64_t picture) {
    return snapshot.test_confusion->predicted[static_cast<std::size_t>(picture)] == selection.predicted_class &&
           snapshot.run_info->dataset->label(Split::Test, picture) == selection.true_class;
}

}  // namespace

bool knows_cell(const Snapshot& snapshot, const Selection& selection) {
    return selection.true_class >= 0 && selection.predicted_class >= 0 && knows_answers(snapshot);
}

std::optional<std::int64_t> next_in_cell(const Snapshot& snapshot, const Selection& selection, std::int64_t from,
                                         int direction) {
    if (!knows_cell(snapshot, selection)) return std::nullopt;
    const std::int64_t count = std::ssize(snapshot.test_confusion->predicted);
    const std::int64_t step = direction < 0 ? -1 : 1;
    std::int64_t picture = from < 0 && step < 0 ? count : from;
    for (std::int64_t looked = 0; looked < count; ++looked) {
        picture = (picture + step + count) % count;
        if (in_cell(snapshot, selection, picture)) return picture;
    }
    return std::nullopt;
}

}  // namespace convscope
