// Rows of numbers as points in 2 or 3 dimensions, by one of several methods, a slice of some ten milliseconds at a
// time.
#pragma once

#include "engine/layout/neighbour_layout.h"
#include "engine/layout/principal_components.h"
#include "engine/layout/tsne.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

enum class LayoutMethod : std::uint8_t { PrincipalComponents, Tsne, Neighbours };

struct LayoutMethodRow {
    LayoutMethod method;
    const char* name;   // on the command line, "tsne"
    const char* title;  // on screen
    bool live;          // quick enough to be made anew with every sample
    const char* shows;  // a sentence each
    const char* misleads;
};

// Each at the place of its number.
std::span<const LayoutMethodRow> layout_methods();
const LayoutMethodRow& row_of(LayoutMethod method);

// The same points every time. One thread has it at a time.
class LayoutWork {
public:
    // `rows` must live as long as this.
    LayoutWork(const Rows& rows, LayoutMethod method, int dimensions);

    // True when that completed it.
    bool advance();
    double progress() const;                                 // 0 to 1
    const std::string& problem() const { return problem_; }  // a sentence; not empty: there will be no points
    // As far as they have come, about their centre, the root of the mean square of their distance from it 1; empty:
    // there are none yet.
    std::vector<float> points() const;
    // Of principal components: the share of the variance that their directions hold.
    std::optional<double> variance_share() const { return share_; }

private:
    void begin();
    void place();

    Rows rows_;
    LayoutMethod method_;
    int dimensions_;
    std::string problem_;
    bool begun_ = false;
    bool finished_ = false;
    std::optional<double> share_;
    std::vector<float> reduced_;  // the rows, in the directions in which they vary most
    std::vector<float> start_;    // of the points, and what they are of principal components
    std::optional<NeighbourSearch> search_;
    std::optional<Tsne> tsne_;
    std::optional<NeighbourLayout> layout_;
};

}  // namespace convscope
