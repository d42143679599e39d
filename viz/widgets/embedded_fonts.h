// Font files inside the program; see embedded_fonts.cpp.
#pragma once

#include <cstddef>

namespace convscope {

struct EmbeddedBytes {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
};

// Empty when the build did not find the file.
EmbeddedBytes roboto_regular();
EmbeddedBytes roboto_medium();
EmbeddedBytes droid_fallback();  // what Roboto has not: Chinese, Japanese, Korean, Thai, ...

}  // namespace convscope
