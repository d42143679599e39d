#include "viz/widgets/embedded_fonts.h"

// The assembler takes the files in as they are; as C++ text they would be a megabyte of numbers.
#define CONVSCOPE_EMBED(symbol, file)                                                                            \
    asm(".pushsection .rodata\n"                                                                                 \
        ".balign 16\n.global convscope_" #symbol "_begin\n.global convscope_" #symbol "_end\nconvscope_" #symbol \
        "_begin:\n"                                                                                              \
        ".incbin \"" file "\"\nconvscope_" #symbol                                                               \
        "_end:\n"                                                                                                \
        ".popsection\n");                                                                                        \
    extern "C" const unsigned char convscope_##symbol##_begin[] __attribute__((visibility("hidden")));           \
    extern "C" const unsigned char convscope_##symbol##_end[] __attribute__((visibility("hidden")));             \
    namespace convscope {                                                                                        \
    EmbeddedBytes symbol() {                                                                                     \
        return {convscope_##symbol##_begin,                                                                      \
                static_cast<std::size_t>(convscope_##symbol##_end - convscope_##symbol##_begin)};                \
    }                                                                                                            \
    }
#define CONVSCOPE_NOTHING(symbol)         \
    namespace convscope {                 \
    EmbeddedBytes symbol() { return {}; } \
    }

#ifdef CONVSCOPE_ROBOTO_REGULAR
CONVSCOPE_EMBED(roboto_regular, CONVSCOPE_ROBOTO_REGULAR)
CONVSCOPE_EMBED(roboto_medium, CONVSCOPE_ROBOTO_MEDIUM)
#else
CONVSCOPE_NOTHING(roboto_regular)
CONVSCOPE_NOTHING(roboto_medium)
#endif

#ifdef CONVSCOPE_DROID_FALLBACK
CONVSCOPE_EMBED(droid_fallback, CONVSCOPE_DROID_FALLBACK)
#else
CONVSCOPE_NOTHING(droid_fallback)
#endif
