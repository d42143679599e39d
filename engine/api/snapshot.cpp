#include "engine/api/snapshot.h"

#include <algorithm>

namespace convscope {

const TensorCapture* Snapshot::find(TensorKey key) const {
    auto place = std::lower_bound(captures.begin(), captures.end(), key,
                                  [](const auto& capture, TensorKey wanted) { return capture->key < wanted; });
    return place != captures.end() && (*place)->key == key ? place->get() : nullptr;
}

void Snapshot::recycle() {
    failure.clear();
    run_info.reset();
    captures.clear();
    layer_statistics.clear();
    test_confusion.reset();
    batch_confusion.reset();
}

}  // namespace convscope
