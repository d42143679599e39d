// Which pictures of a data set belong to which class, found out a slice at a time so that no frame waits for tens of
// thousands of labels. Pure: no drawing. UI thread.
#pragma once

#include "engine/api/data_changes.h"
#include "engine/api/dataset.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace convscope {

class DataIndex {
public:
    static constexpr int kEveryClass = -1;  // as a class: all pictures, whatever their label

    // Begins anew when it is another one than before; null is none. Keeps it alive.
    void set_dataset(std::shared_ptr<const Dataset> dataset);
    const Dataset* dataset() const { return dataset_.get(); }
    // Training pictures belong to the class that these make of them. Their labels are read anew where they become
    // others.
    void set_changes(const DataChanges& changes, std::uint64_t seed);

    // Reads up to `labels` labels more, the test set's first. A label that has no class name is of no class.
    void scan(std::int64_t labels);
    bool complete() const;

    // How many pictures of a class are known so far.
    std::int64_t count(Split split, int label) const;
    std::int64_t largest_count(Split split) const;  // of any class
    // The picture at a place in [0, count) of a class' list, which is in the order of the indices.
    std::int64_t picture(Split split, int label, std::int64_t place) const;
    // The inverse; nothing when the picture is of another class, or is not known yet.
    std::optional<std::int64_t> place_of(Split split, int label, std::int64_t picture) const;

private:
    struct Part {
        std::int64_t scanned = 0;
        std::vector<std::vector<std::int64_t>> pictures;  // of each class
    };
    // Null where there is no such class.
    const std::vector<std::int64_t>* list(Split split, int label) const;
    Part& part(Split split) { return parts_[split == Split::Test ? 0 : 1]; }
    const Part& part(Split split) const { return parts_[split == Split::Test ? 0 : 1]; }

    void forget(Part& part);

    std::shared_ptr<const Dataset> dataset_;
    DataChanges labels_;  // nothing but what is said of them
    std::uint64_t seed_ = 0;
    std::array<Part, 2> parts_;
};

}  // namespace convscope
