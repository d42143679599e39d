#include "engine/layout/layout_work.h"

#include "engine/layout/alignment.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace convscope {
namespace {

constexpr std::int64_t kDirections = 50;         // in which neighbours are looked for
constexpr double kSearchingShare = 0.1;          // of all the work, as progress tells it
constexpr std::int64_t kPairsAtOnce = 20000000;  // of points, in a slice

}  // namespace

std::span<const LayoutMethodRow> layout_methods() {
    static constexpr std::array<LayoutMethodRow, 3> kAll{{
        {LayoutMethod::PrincipalComponents, "pca", "PCA", true,
         "The directions in which the activations vary most: distances across are true to scale.",
         "What differs in other directions lies in one place here: the share of the variance says how much is seen."},
        {LayoutMethod::Tsne, "tsne", "t-SNE", false,
         "Pictures whose activations are alike lie beside each other: islands are kinds of digits.",
         "How large an island is, and how far from another, says nothing."},
        {LayoutMethod::Neighbours, "umap", "UMAP-like", false,
         "Each picture is drawn to its nearest neighbours and driven off others: kinds of digits, and what leads over.",
         "Distances between islands, and how dense they are, say little; it is drawn by chance, though always the "
         "same."},
    }};
    return kAll;
}

const LayoutMethodRow& row_of(LayoutMethod method) { return layout_methods()[static_cast<std::size_t>(method)]; }

LayoutWork::LayoutWork(const Rows& rows, LayoutMethod method, int dimensions)
    : rows_(rows), method_(method), dimensions_(dimensions) {}

void LayoutWork::begin() {
    begun_ = true;
    std::int64_t broken = 0;
    for (std::int64_t i = 0; i < rows_.count(); ++i)
        if (!std::all_of(rows_.row(i), rows_.row(i) + rows_.width, [](float value) { return std::isfinite(value); }))
            ++broken;
    if (broken > 0)
        problem_ = "The activations of " + std::to_string(broken) + " of the " + std::to_string(rows_.count()) +
                   " pictures are not numbers: they have no place";
    else if (rows_.count() < 4)
        problem_ = "There are " + std::to_string(rows_.count()) + " pictures: a layout needs 4";
    finished_ = !problem_.empty();
    if (finished_) return;
    const bool components = method_ == LayoutMethod::PrincipalComponents;
    const PrincipalComponents found = principal_components(rows_, components ? dimensions_ : kDirections);
    reduced_ = places_along(found, rows_);
    const std::int64_t width = found.count();
    start_.assign(static_cast<std::size_t>(rows_.count() * dimensions_), 0.0F);  // rows may be narrower
    for (std::int64_t i = 0; i < rows_.count(); ++i)
        for (std::int64_t k = 0; k < std::min<std::int64_t>(width, dimensions_); ++k)
            start_[static_cast<std::size_t>(i * dimensions_ + k)] = reduced_[static_cast<std::size_t>(i * width + k)];
    if (components) {
        share_ = found.share();
        finished_ = true;
        return;
    }
    const std::int64_t each = method_ == LayoutMethod::Tsne ? Tsne::neighbours_of(rows_.count())
                                                            : NeighbourLayout::neighbours_of(rows_.count());
    search_.emplace(Rows{reduced_, width}, each);
}

void LayoutWork::place() {
    if (method_ == LayoutMethod::Tsne)
        tsne_.emplace(search_->neighbours(), start_, dimensions_);
    else
        layout_.emplace(search_->neighbours(), start_, dimensions_);
}

bool LayoutWork::advance() {
    if (finished_) return true;
    const std::int64_t count = rows_.count();
    if (!begun_) {
        begin();
        return finished_;
    }
    if (!tsne_ && !layout_) {
        if (search_->advance(std::max<std::int64_t>(1, kPairsAtOnce / (10 * count)))) place();
        return false;
    }
    const std::int64_t steps = std::max<std::int64_t>(1, kPairsAtOnce / (count * count));
    for (std::int64_t i = 0; i < std::min<std::int64_t>(steps, 20) && !finished_; ++i) {
        if (tsne_) {
            tsne_->step();
            finished_ = tsne_->steps() == Tsne::kSteps;
        } else {
            layout_->advance();
            finished_ = layout_->rounds() == NeighbourLayout::kRounds;
        }
    }
    return finished_;
}

double LayoutWork::progress() const {
    if (finished_) return 1.0;
    if (tsne_) return kSearchingShare + (1.0 - kSearchingShare) * tsne_->steps() / Tsne::kSteps;
    if (layout_) return kSearchingShare + (1.0 - kSearchingShare) * layout_->rounds() / NeighbourLayout::kRounds;
    return search_ ? kSearchingShare * search_->progress() : 0.0;
}

std::vector<float> LayoutWork::points() const {
    std::vector<float> points;
    if (tsne_)
        tsne_->read(points);
    else if (layout_)
        points = layout_->points();
    else
        points = start_;
    if (!points.empty()) bring_to_unit(points, dimensions_);
    return points;
}

}  // namespace convscope
