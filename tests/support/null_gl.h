// OpenGL without a device: every function that viz/gfx and viz/render call is there and draws nothing, so that what is
// measured is the program's own work and not a rasteriser's. What is uploaded is copied, because a driver copies it
// too. One thread at a time.
#pragma once

#include <cstdint>

namespace convscope::test {

struct NullGlCounters {
    std::int64_t draw_calls = 0;
    std::int64_t uploaded_bytes = 0;   // textures and buffers
    std::int64_t uniform_lookups = 0;  // by name
};

// Instead of a context: viz/gfx calls nothing but this device from here on. Throws std::runtime_error when glad does
// not take it.
void load_null_gl();

// Since the program's start.
NullGlCounters null_gl_counters();

}  // namespace convscope::test
