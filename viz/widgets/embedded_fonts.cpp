#include "viz/widgets/embedded_fonts.h"

#ifdef CONVSCOPE_ROBOTO_REGULAR

// The assembler takes the files in as they are; as C++ text they would be a megabyte of numbers.
#define CONVSCOPE_EMBED(symbol, file)                                                      \
    asm(".pushsection .rodata\n"                                                           \
        ".balign 16\n.global " #symbol "_begin\n.global " #symbol "_end\n" #symbol         \
        "_begin:\n"                                                                        \
        ".incbin \"" file "\"\n" #symbol                                                   \
        "_end:\n"                                                                          \
        ".popsection\n");                                                                  \
    extern "C" const unsigned char symbol##_begin[] __attribute__((visibility("hidden"))); \
    extern "C" const unsigned char symbol##_end[] __attribute__((visibility("hidden")));

CONVSCOPE_EMBED(convscope_roboto_regular, CONVSCOPE_ROBOTO_REGULAR)
CONVSCOPE_EMBED(convscope_roboto_medium, CONVSCOPE_ROBOTO_MEDIUM)

namespace convscope {

EmbeddedBytes roboto_regular() {
    return {convscope_roboto_regular_begin,
            static_cast<std::size_t>(convscope_roboto_regular_end - convscope_roboto_regular_begin)};
}
EmbeddedBytes roboto_medium() {
    return {convscope_roboto_medium_begin,
            static_cast<std::size_t>(convscope_roboto_medium_end - convscope_roboto_medium_begin)};
}

}  // namespace convscope

#else

namespace convscope {

EmbeddedBytes roboto_regular() { return {}; }
EmbeddedBytes roboto_medium() { return {}; }

}  // namespace convscope

#endif
