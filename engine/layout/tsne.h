// t-SNE: points in 2 or 3 dimensions, so placed that those are neighbours that are neighbours in all directions. Van
// der Maaten and Hinton, "Visualizing Data using t-SNE", 2008. Every pair repels: nothing is approximated.
#pragma once

#include "engine/layout/neighbours.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class Tsne {
public:
    static constexpr int kSteps = 750;
    // As many neighbours as each row needs.
    static std::int64_t neighbours_of(std::int64_t rows);

    // `start`: where the points begin, any spread but 0, one after the other.
    Tsne(const Neighbours& neighbours, std::span<const float> start, int dimensions);

    void step();
    int steps() const { return steps_; }
    void read(std::vector<float>& points) const;  // one after the other
    // How far the layout is from what it is to be: Kullback and Leibler's divergence.
    double divergence();

private:
    struct Edge {
        std::int32_t to;
        float weight;
    };

    void weigh(const Neighbours& neighbours);
    // Fills forces_ with what drives points apart; returns the sum of all pairs' nearness.
    double repel();

    int dimensions_;
    std::int64_t count_;
    std::int64_t room_;                      // count_, and what fills up the last lanes
    std::vector<std::int64_t> first_edges_;  // of each point; one more
    std::vector<Edge> edges_;                // the weights of all add up to 1
    std::vector<float> at_;                  // all points' x, then all y, then all z: with room for whole lanes
    std::vector<float> forces_, moves_, gains_;
    int steps_ = 0;
};

}  // namespace convscope
