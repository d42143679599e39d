#include "engine/data/digit_strokes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace convscope {

namespace {

struct Row {
    float frequency;           // relative to the digit's other rows
    std::string_view strokes;  // "x,y x,y ...", in the order in which a hand writes; '*': a corner; '/': next stroke
};

// Hundredths of the digit's height. What the comments say is what tells a digit's rows apart.
constexpr Row kRows[][12] = {
    {
        // 0
        {4.0F, "34,0 10,14 0,50 8,86 30,100 53,86 62,50 54,14 32,0"},   // closed oval
        {4.0F, "42,6 18,10 0,50 10,90 36,99 60,66 56,20 30,0"},         // left open, or crossed, at the top right
        {1.0F, "26,12 16,16 2,50 12,92 40,98 62,62 58,16 40,0 20,14"},  // begun on top with a hook inwards
        {0.7F, "36,2 12,14 0,50 10,90 34,100 58,80 62,40 48,6 28,10 24,26 40,26"},  // ended with a curl inside
        {1.5F, "20,10 2,40 10,86 50,100 96,80 100,36 66,2 24,8 8,24"},              // wide, closed at the left
        {1.0F, "60,12 34,0 6,24 2,70 26,100 66,90 84,50 66,8 36,4 34,18"},          // wide, the ends crossing
        {1.5F, "30,8 8,30 2,70 24,100 54,84 62,40 50,4 24,12"},                     // the ends crossing at the top left
    },
    {
        // 1
        {8.0F, "30,0 30,100"},                                  // a line
        {3.0F, "30,0 30,50 30,100"},                            // a bent line
        {1.2F, "12,22 32,0* 32,50 32,100"},                     // with a flag
        {0.8F, "8,20 32,0* 32,50 32,100 / 4,100 32,99 62,98"},  // with a flag and a foot
    },
    {
        // 2
        {3.0F, "4,22 26,0 54,10 56,32 34,64 0,98* 34,96 72,97"},             // sharp turn at the bottom left
        {3.0F, "6,20 30,0 56,12 52,44 24,84 6,98 0,88 14,78 36,90 74,94"},   // a loop there
        {2.0F, "12,16 34,0 54,20 46,62 20,94 2,92 0,72 22,66 50,82 86,88"},  // a large loop and a tail far out
        {1.5F, "6,14 30,0 54,14 46,46 20,78 6,92 24,88 44,98 70,90"},        // a wave
        {0.7F, "4,10 30,0 52,6* 30,52 2,98* 34,96 70,92"},                   // hardly any bow: nearly a Z
        {2.0F, "20,30 4,22 14,4 42,0 60,22 50,64 26,94 6,94 8,78 30,78 46,94 72,96"},  // a head that curls in
    },
    {
        // 3
        {4.0F, "6,10 30,0 54,14 48,36 22,48* 52,58 58,82 34,100 0,90"},             // two bows that meet in a cusp
        {1.0F, "4,2 32,2 58,0* 26,40* 54,54 58,82 32,100 0,92"},                    // flat top
        {1.5F, "6,12 32,0 54,16 44,40 24,50 18,44 28,42 54,60 54,86 30,100 0,90"},  // a small loop in the middle
        {1.5F, "10,8 34,0 50,12 44,32 34,40* 58,56 56,84 28,100 2,88"},             // small bow above a large one
        {1.0F, "0,14 20,4 52,2 60,12 30,42* 54,50 60,74 36,96 10,100"},             // a long slanted top
        {1.0F, "0,4 36,0 76,2 64,20 40,42* 70,56 66,86 36,100 4,92"},               // wide
        {1.0F, "12,18 20,2 42,4 44,24 24,46* 54,52 66,72 44,98 10,98 0,86"},        // the lower bow flat and long
    },
    {
        // 4
        {4.0F, "6,4 4,30 2,52* 30,52 62,46 / 52,0 50,50 46,100"},    // open, two strokes
        {2.0F, "44,0 20,34 0,62* 34,62 66,60 / 46,2 46,50 44,100"},  // closed
        {3.0F, "6,2 2,28 10,48 32,50 50,36 58,4* 52,50 48,100"},     // round, in one stroke
        {1.5F, "10,0 6,26 0,50* 34,54 74,52 / 54,20 52,60 50,100"},  // wide, the upright begun below the top
    },
    {
        // 5
        {3.0F, "12,4 10,24 8,44* 34,40 56,60 48,90 22,100 0,90 / 12,4 36,2 62,0"},     // the bar is a stroke of its own
        {2.0F, "22,10 18,26 14,40* 34,44 46,64 36,90 18,100 0,92 / 22,10 50,6 86,0"},  // a long bar above a small belly
        {2.0F, "62,2 38,3 16,4* 12,24 8,44* 34,42 54,64 44,92 20,100 0,92"},           // one stroke with corners
        {1.5F, "58,2 36,2 14,4* 10,18 6,32* 34,30 60,56 48,90 22,100 0,86"},           // short neck above a large belly
        {2.0F, "62,0 34,4 14,22 18,42 42,56 50,78 34,96 0,94"},  // one stroke without corners: nearly an S
        {1.0F, "16,8 12,26 8,44* 34,36 58,56 52,90 24,100 2,82 14,70 / 16,8 44,4 74,0"},  // belly curled in
    },
    {
        // 6
        {4.0F, "50,0 22,20 2,60 10,92 34,100 54,84 50,62 28,56 6,74"},  // curved back
        {2.0F, "36,0 16,40 2,76 12,98 40,96 54,76 36,62 8,78"},         // straight back, flat loop
        {2.5F, "20,0 4,34 2,74 18,98 46,94 64,66 52,40 32,50 26,80"},   // a large round loop that ends inside
        {1.5F, "10,0 4,40 4,80 22,100 50,88 50,60 30,50 8,66"},         // upright, the loop begun from the right
    },
    {
        // 7
        {4.0F, "0,6 30,6 58,2* 42,50 28,100"},                            // plain
        {2.0F, "0,6 30,5 60,2* 40,50 26,100 / 12,50 34,49 58,46"},        // with a bar
        {2.0F, "0,20 6,6 32,6 56,4 54,24 36,58 26,100"},                  // round shoulder, begun with a hook
        {1.5F, "2,30 4,6* 32,6 60,4* 46,50 34,100"},                      // begun with a tick downwards
        {1.2F, "2,0 20,12 40,14 62,4* 44,50 32,100"},                     // the top falls to the right
        {1.0F, "0,24 10,6 34,0 52,16 50,44 40,70 30,100"},                // narrow and round, like a question mark
        {1.0F, "0,14 40,4 72,0 76,16 58,46 44,100"},                      // long top, round shoulder
        {0.8F, "2,26 6,4* 34,8 60,2* 42,50 26,100 / 12,54 34,50 60,46"},  // a tick and a bar
    },
    {
        // 8
        {4.0F, "52,12 30,0 8,14 16,38 42,58 54,82 30,100 4,84 16,60 42,38 54,14"},              // an S, then back up
        {1.0F, "30,46 10,34 10,10 32,0 52,12 50,34 30,46 6,64 6,90 30,100 54,88 52,62 30,46"},  // two loops
        {2.0F, "56,20 44,2 14,8 12,32 36,54 46,80 26,100 6,86 20,60 46,40 72,14"},              // open at the top right
        {1.0F, "50,14 26,0 2,16 14,42 34,62 42,84 26,100 12,86 26,60 50,38 54,14"},             // a small loop below
        {1.0F, "54,6 30,0 6,16 22,44 50,68 44,94 18,100 4,84 28,54 66,20"},              // wide crossing, pointed
        {1.5F, "60,6 34,2 10,14 20,36 46,58 46,84 22,100 2,86 14,62 44,36 62,10"},       // closed at the top right
        {1.0F, "50,28 26,40 8,22 24,2 48,8 44,32 18,60 4,84 22,100 44,84 36,58 14,30"},  // begun in the middle
    },
    {
        // 9
        {4.0F, "52,14 30,0 6,16 8,40 30,44 52,16* 50,56 44,100"},       // straight tail
        {2.0F, "54,10 32,0 6,14 8,40 34,44 54,14 56,56 40,92 6,94"},    // curved tail
        {1.5F, "40,6 16,4 2,26 12,46 36,40 54,8* 50,54 46,100"},        // the loop is left open at the top right
        {2.0F, "50,24 36,2 10,6 2,30 18,46 42,38 52,18 48,56 36,100"},  // closed round loop, the tail from its side
        {1.5F, "62,10 34,0 4,22 4,44 30,46 60,16* 50,56 30,100"},       // large slanted loop
        {1.0F, "40,4 14,2 4,20 16,36 36,30 42,10* 44,50 40,100"},       // a small loop
        {0.6F, "50,16 32,0 10,10 4,34 22,46 44,34 52,8* 50,50 48,84 34,100 16,92"},  // the tail ends in a hook
    },
};

// "12,34", or "12,34*" for a corner.
ControlPoint parse_point(std::string_view text) {
    int x = 0;
    int y = 0;
    const char* end = text.data() + text.size();
    const char* comma = std::from_chars(text.data(), end, x).ptr;
    const char* rest = std::from_chars(comma + 1, end, y).ptr;
    return {0.01F * static_cast<float>(x), 0.01F * static_cast<float>(y), rest != end};
}

Glyph parse_row(const Row& row) {
    Glyph glyph{row.frequency, {{}}};
    for (std::size_t begin = 0; begin < row.strokes.size();) {
        const std::size_t end = std::min(row.strokes.find(' ', begin), row.strokes.size());
        const std::string_view word = row.strokes.substr(begin, end - begin);
        if (word == "/")
            glyph.strokes.emplace_back();
        else
            glyph.strokes.back().push_back(parse_point(word));
        begin = end + 1;
    }
    return glyph;
}

std::array<std::vector<Glyph>, 10> parse_rows() {
    std::array<std::vector<Glyph>, 10> glyphs;
    for (std::size_t digit = 0; digit < glyphs.size(); ++digit)
        for (const Row& row : kRows[digit])
            if (!row.strokes.empty()) glyphs[digit].push_back(parse_row(row));
    return glyphs;
}

}  // namespace

std::span<const Glyph> glyphs_of(int digit) {
    static const std::array<std::vector<Glyph>, 10> glyphs = parse_rows();
    return glyphs[static_cast<std::size_t>(digit)];
}

}  // namespace convscope
