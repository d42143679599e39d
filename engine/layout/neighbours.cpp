#include "engine/layout/neighbours.h"

#include <algorithm>

namespace convscope {
namespace {

constexpr std::int64_t kColumnsAtOnce = 1024;  // what is being added up stays in the nearest cache

}  // namespace

NeighbourSearch::NeighbourSearch(const Rows& rows, std::int64_t each) : rows_(rows) {
    const std::int64_t count = rows.count();
    found_.each = each;
    found_.places.resize(static_cast<std::size_t>(count * each));
    found_.squared_distances.resize(found_.places.size());
    columns_.resize(rows.values.size());
    for (std::int64_t i = 0; i < count; ++i)
        for (std::int64_t k = 0; k < rows.width; ++k)
            columns_[static_cast<std::size_t>(k * count + i)] = rows.row(i)[k];
    distances_.resize(static_cast<std::size_t>(count));
}

bool NeighbourSearch::advance(std::int64_t rows) {
    const std::int64_t end = std::min(rows_.count(), next_ + rows);
    for (; next_ < end; ++next_) find(next_);
    return next_ == rows_.count();
}

void NeighbourSearch::find(std::int64_t row) {
    const std::int64_t count = rows_.count();
    std::fill(distances_.begin(), distances_.end(), 0.0F);
    for (std::int64_t first = 0; first < count; first += kColumnsAtOnce) {
        const std::int64_t here = std::min(kColumnsAtOnce, count - first);
        float* out = distances_.data() + first;
        for (std::int64_t k = 0; k < rows_.width; ++k) {
            const float own = rows_.row(row)[k];
            const float* column = columns_.data() + k * count + first;
            for (std::int64_t j = 0; j < here; ++j) {
                const float away = column[j] - own;
                out[j] += away * away;
            }
        }
    }
    nearest_.clear();
    for (std::int64_t j = 0; j < count; ++j) {
        if (j == row) continue;
        const std::pair one(distances_[static_cast<std::size_t>(j)], static_cast<std::int32_t>(j));
        if (std::ssize(nearest_) == found_.each) {
            if (!(one < nearest_.front())) continue;
            std::pop_heap(nearest_.begin(), nearest_.end());
            nearest_.back() = one;
        } else {
            nearest_.push_back(one);
        }
        std::push_heap(nearest_.begin(), nearest_.end());
    }
    std::sort_heap(nearest_.begin(), nearest_.end());
    for (std::int64_t k = 0; k < found_.each; ++k) {
        const auto place = static_cast<std::size_t>(row * found_.each + k);
        found_.squared_distances[place] = nearest_[static_cast<std::size_t>(k)].first;
        found_.places[place] = nearest_[static_cast<std::size_t>(k)].second;
    }
}

}  // namespace convscope
