// A small running chart of the newest samples, as a recorder draws it: newest at the right. UI thread, inside an ImGui
// window.
#pragma once

#include "viz/widgets/format.h"
#include "viz/widgets/style.h"

#include <cstddef>
#include <vector>

namespace convscope {

// The newest `capacity` samples; allocates only in the constructor.
class SampleStrip {
public:
    explicit SampleStrip(std::size_t capacity) : samples_(capacity, 0.0F) {}

    void clear() { added_ = 0; }
    void add(float sample) { samples_[added_++ % samples_.size()] = sample; }
    std::size_t capacity() const { return samples_.size(); }
    std::size_t count() const { return added_ < samples_.size() ? added_ : samples_.size(); }
    // The sample added `ago` samples before the newest; ago < count().
    float newest(std::size_t ago) const { return samples_[(added_ - 1 - ago) % samples_.size()]; }
    // Of the finite samples; 0 when there are none.
    float maximum() const;

private:
    std::vector<float> samples_;
    std::size_t added_ = 0;
};

struct StripOptions {
    ShortText (*format)(double value) = nullptr;  // of the scale and the read-out
    const char* sample_name = "";                 // what one sample is, for the read-out: "frame"
    float reference = 0.0F;                       // a line at this value; 0: none
    float least_top = 0.0F;                       // the scale reaches at least this far up
    float most_top = 0.0F;                        // and at most this far, longer bars are cut; 0: no limit
};

// Across what is left of the window's width, `height` pixels high, from 0 to a round number that the top right corner
// says.
void sample_strip(const WidgetStyle& style, const char* id, const SampleStrip& strip, float height,
                  const StripOptions& options);

}  // namespace convscope
