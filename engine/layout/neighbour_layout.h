// A layout of the graph of nearest neighbours, as UMAP draws it: neighbours attract each other, a few others drawn by
// chance repel. McInnes, Healy and Melville, "UMAP", 2018, sections 3.1 and 3.2.
#pragma once

#include "engine/core/random_stream.h"
#include "engine/layout/neighbours.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class NeighbourLayout {
public:
    static constexpr int kRounds = 300;
    static std::int64_t neighbours_of(std::int64_t rows);

    // `start`: where the points begin, one after the other.
    NeighbourLayout(const Neighbours& neighbours, std::span<const float> start, int dimensions);

    // Each pair of neighbours once, if it is their turn.
    void advance();
    int rounds() const { return rounds_; }
    const std::vector<float>& points() const { return points_; }  // one after the other

private:
    struct Edge {
        std::int32_t from;
        std::int32_t to;
        float each;  // rounds between its turns
        float next;  // round
    };

    void weigh(const Neighbours& neighbours);
    void attract(std::int32_t from, std::int32_t to, float rate);
    void repel(std::int32_t from, std::int32_t to, float rate);

    int dimensions_;
    std::int64_t count_;
    std::vector<Edge> edges_;
    std::vector<float> points_;
    RandomStream random_;
    int rounds_ = 0;
};

}  // namespace convscope
