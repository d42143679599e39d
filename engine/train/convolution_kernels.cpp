// Compiled once for any processor and once for those with wide vectors, as CMakeLists.txt says, under two names. All
// that is called here is inlined: a function that both shared could be the one with instructions that a processor
// lacks.
#include "engine/train/convolution_kernels.h"

#include <cstring>

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLLED _Pragma("GCC unroll 8")

namespace convscope {
namespace {

using Index = std::int64_t;
using Flow = std::uint8_t;

// What the registers hold: of sixteen, twelve sums, three values that are used four times and one that is used three.
constexpr int kOutputs = 4;
constexpr int kPlaces = 3;
constexpr Index kPlacesInCache = 128;  // gradients of four outputs, in half of a first-level cache of 32 KB

ALWAYS_INLINE Index least(Index a, Index b) { return a < b ? a : b; }
ALWAYS_INLINE Index most(Index a, Index b) { return a > b ? a : b; }
ALWAYS_INLINE Lanes all(float value) { return Lanes{value, value, value, value, value, value, value, value}; }

// The i-th value of each row becomes row i.
ALWAYS_INLINE void transpose(Lanes (&rows)[kLanes]) {
    Lanes pairs[kLanes], fours[kLanes];
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; ++k) {
            const Lanes &left = pairs[i + k], &right = pairs[i + k + 2];
            fours[i + 2 * k] = __builtin_shufflevector(left, right, 0, 1, 8, 9, 4, 5, 12, 13);
            fours[i + 2 * k + 1] = __builtin_shufflevector(left, right, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 4; ++i) {
        rows[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// `length` values that lie side by side in each picture.
ALWAYS_INLINE void interleave_run(const float* from, Index apart, Index pictures, Index length, Lanes* to) {
    Index i = 0;
    for (; pictures == kLanes && i + kLanes <= length; i += kLanes) {
        Lanes rows[kLanes];
        for (Index k = 0; k < kLanes; ++k) std::memcpy(&rows[k], from + k * apart + i, sizeof(Lanes));
        transpose(rows);
        for (Index k = 0; k < kLanes; ++k) to[i + k] = rows[k];
    }
    for (; i < length; ++i) {
        Lanes values = {};
        for (Index k = 0; k < pictures; ++k) values[k] = from[k * apart + i];
        to[i] = values;
    }
}

void interleave(const float* from, Index apart, Index pictures, const LaneMaps& maps, Lanes* to) {
    if (maps.border == 0) return interleave_run(from, apart, pictures, maps.size(), to);
    for (Index row = 0; row < maps.channels * maps.height; ++row)
        interleave_run(from + row * maps.width, apart, pictures, maps.width,
                       to + row / maps.height * maps.plane() + maps.inner() + row % maps.height * maps.pitch());
}

void separate(const Lanes* from, Index values, Index pictures, float* to, Index apart) {
    Index i = 0;
    for (; pictures == kLanes && i + kLanes <= values; i += kLanes) {
        Lanes rows[kLanes];
        for (Index k = 0; k < kLanes; ++k) rows[k] = from[i + k];
        transpose(rows);
        for (Index k = 0; k < kLanes; ++k) std::memcpy(to + k * apart + i, &rows[k], sizeof(Lanes));
    }
    for (; i < values; ++i)
        for (Index k = 0; k < pictures; ++k) to[k * apart + i] = from[i][k];
}

// O outputs at kPlaces places at once, in the order of channels, rows and columns whatever the place. What lies in the
// border at all of the places is left out.
template <int O>
ALWAYS_INLINE void correlate_outputs(const LaneMaps& maps, const Lanes* input, const LaneWeights& weights,
                                     const float* weight, const float* bias, Index step, Lanes* to) {
    const Index side = weights.side, pitch = maps.pitch(), plane = maps.plane();
    const Index rows = (maps.height + 2 * maps.border - side) / step + 1;
    const Index columns = (pitch - side) / step + 1, places = rows * columns;
    for (Index first = 0; first < places; first += kPlaces) {
        const Lanes* at[kPlaces];
        Index place[kPlaces];
        Index top = side, bottom = 0, left = side, right = 0;
        for (int p = 0; p < kPlaces; ++p) {
            place[p] = least(first + p, places - 1);
            const Index y = place[p] / columns * step, x = place[p] % columns * step;
            at[p] = input + y * pitch + x;
            top = least(top, most(0, maps.border - y));
            bottom = most(bottom, least(side, maps.border + maps.height - y));
            left = least(left, most(0, maps.border - x));
            right = most(right, least(side, maps.border + maps.width - x));
        }
        Lanes sums[O][kPlaces];
        UNROLLED for (int o = 0; o < O; ++o) {
            UNROLLED for (int p = 0; p < kPlaces; ++p) sums[o][p] = all(bias == nullptr ? 0.0F : bias[o]);
        }
        for (Index c = 0; c < maps.channels; ++c)
            for (Index y = top; y < bottom; ++y) {
                const Index row = c * plane + y * pitch;
                const float* taps = weight + c * weights.per_channel + y * side * weights.per_tap;
                for (Index x = left; x < right; ++x) {
                    Lanes values[kPlaces];
                    UNROLLED for (int p = 0; p < kPlaces; ++p) values[p] = at[p][row + x];
                    UNROLLED for (int o = 0; o < O; ++o) {
                        const Lanes factor = all(taps[o * weights.per_output + x * weights.per_tap]);
                        UNROLLED for (int p = 0; p < kPlaces; ++p) sums[o][p] += factor * values[p];
                    }
                }
            }
        UNROLLED for (int o = 0; o < O; ++o) {
            UNROLLED for (int p = 0; p < kPlaces; ++p) to[o * places + place[p]] = sums[o][p];
        }
    }
}

template <int N>
struct Count {
    static constexpr int value = N;
};

// Calls with as many outputs as are left, at most kOutputs, known when it is compiled: sums stay in registers.
template <typename Call>
ALWAYS_INLINE void with_count(Index left, const Call& call) {
    switch (least(kOutputs, left)) {
        case 4:
            return call(Count<4>());
        case 3:
            return call(Count<3>());
        case 2:
            return call(Count<2>());
        default:
            return call(Count<1>());
    }
}

void correlate(const LaneMaps& maps, const Lanes* input, const LaneWeights& weights, const float* bias, Index outputs,
               Index step, Lanes* to) {
    const Index rows = (maps.height + 2 * maps.border - weights.side) / step + 1;
    const Index columns = (maps.pitch() - weights.side) / step + 1;
    for (Index o = 0; o < outputs; o += kOutputs) {
        const float* const weight = weights.first + o * weights.per_output;
        const float* const own_bias = bias == nullptr ? nullptr : bias + o;
        Lanes* const out = to + o * rows * columns;
        with_count(outputs - o, [&](auto count) {
            correlate_outputs<decltype(count)::value>(maps, input, weights, weight, own_bias, step, out);
        });
    }
}

struct GradientRows {
    Index first, last, columns;
    Index input_pitch, input_step;
    Index pitch, step, plane;  // of the gradients
};

// The gradients of O outputs' weights at T taps, over some rows. `sums` are `taps` apart.
template <int O, int T>
ALWAYS_INLINE void add_taps(const GradientRows& rows, const Lanes* const (&input)[T], const Lanes* gradient, Lanes* to,
                            Index taps) {
    Lanes sums[O][T] = {};
    for (Index y = rows.first; y < rows.last; ++y) {
        const Index row = y * rows.input_step * rows.input_pitch;
        const Lanes* const flows = gradient + y * rows.step * rows.pitch;
        for (Index x = 0; x < rows.columns; ++x) {
            Lanes values[T];
            UNROLLED for (int t = 0; t < T; ++t) values[t] = input[t][row + x * rows.input_step];
            UNROLLED for (int o = 0; o < O; ++o) {
                const Lanes flow = flows[o * rows.plane + x * rows.step];
                UNROLLED for (int t = 0; t < T; ++t) sums[o][t] += flow * values[t];
            }
        }
    }
    UNROLLED for (int o = 0; o < O; ++o) { UNROLLED for (int t = 0; t < T; ++t) to[o * taps + t] += sums[o][t]; }
}

template <int O>
ALWAYS_INLINE void add_weight_gradients(const LaneMaps& maps, const Lanes* input, Index side, GradientRows rows,
                                        const Lanes* gradient, Index all_rows, Lanes* sums) {
    const Index taps = maps.channels * side * side, pitch = maps.pitch(), plane = maps.plane();
    const Index stretch = most(1, kPlacesInCache / rows.columns);
    for (rows.first = 0; rows.first < all_rows; rows.first = rows.last) {
        rows.last = least(all_rows, rows.first + stretch);
        const Lanes* at[kPlaces];
        int waiting = 0;
        for (Index tap = 0; tap < taps; ++tap) {
            at[waiting++] = input + tap / (side * side) * plane + tap / side % side * pitch + tap % side;
            if (waiting < kPlaces) continue;
            add_taps<O, kPlaces>(rows, at, gradient, sums + tap + 1 - kPlaces, taps);
            waiting = 0;
        }
        for (int i = 0; i < waiting; ++i) {
            const Lanes* const one[] = {at[i]};
            add_taps<O, 1>(rows, one, gradient, sums + taps - waiting + i, taps);
        }
    }
}

void add_gradients(const LaneMaps& maps, const Lanes* input, Index side, Index step, const LaneMaps& gradient_maps,
                   const Lanes* gradient, Index gradient_step, Lanes* sums) {
    const Index taps = maps.channels * side * side, outputs = gradient_maps.channels, plane = gradient_maps.plane();
    const GradientRows rows{
        0, 0, (maps.pitch() - side) / step + 1, maps.pitch(), step, gradient_maps.pitch(), gradient_step, plane};
    const Index all_rows = (maps.height + 2 * maps.border - side) / step + 1;
    for (Index o = 0; o < outputs; o += kOutputs) {
        const Lanes* const flows = gradient + o * plane + gradient_maps.inner();
        Lanes* const to = sums + o * taps;
        with_count(outputs - o, [&](auto count) {
            add_weight_gradients<decltype(count)::value>(maps, input, side, rows, flows, all_rows, to);
        });
    }
    for (Index o = 0; o < outputs; ++o) {
        Lanes parts[4] = {};
        for (Index i = 0; i < plane; ++i) parts[i % 4] += gradient[o * plane + i];
        sums[outputs * taps + o] += (parts[0] + parts[1]) + (parts[2] + parts[3]);
    }
}

void total(const Lanes* sums, Index parts, Index count, float* to) {
    for (Index first = 0; first < count; first += kLanes) {
        Lanes rows[kLanes] = {};
        const Index rest = least(kLanes, count - first);
        for (Index part = 0; part < parts; ++part)
            for (Index i = 0; i < rest; ++i) rows[i] += sums[part * count + first + i];
        transpose(rows);
        const Lanes totals = ((rows[0] + rows[1]) + (rows[2] + rows[3])) + ((rows[4] + rows[5]) + (rows[6] + rows[7]));
        for (Index i = 0; i < rest; ++i) to[first + i] = totals[i];
    }
}

using Choice = decltype(Lanes{} < Lanes{});  // all ones or zeros in each lane

ALWAYS_INLINE void note(const Choice& flow, Flow* to) {
    using Bytes = Flow __attribute__((vector_size(kLanes)));
    const Bytes bytes = __builtin_convertvector(flow, Bytes);
    std::memcpy(to, &bytes, sizeof(bytes));
}

ALWAYS_INLINE Choice noted(const Flow* from) {
    using Bytes = Flow __attribute__((vector_size(kLanes)));
    Bytes bytes;
    std::memcpy(&bytes, from, sizeof(bytes));
    return __builtin_convertvector(bytes, Choice);
}

// What is no number is no less than 0, and passes.
ALWAYS_INLINE void rectify_one(Lanes& value, Choice& flow) {
    const Choice stopped = value <= Lanes{};
    value = stopped ? Lanes{} : value;
    flow = stopped ? Choice{} + kNoFlow : flow;
}

void rectify(Lanes* values, Index count, Flow* flow) {
    for (Index i = 0; i < count; ++i) {
        Choice goes = {};
        rectify_one(values[i], goes);
        note(goes, flow + i * kLanes);
    }
}

void pool(const LaneMaps& maps, const Lanes* from, bool rectified, Lanes* to, Flow* flow) {
    const Index rows = maps.height / 2, columns = maps.width / 2;
    for (Index row = 0; row < maps.channels * rows; ++row) {
        const Lanes* const upper = from + (row / rows * maps.height + row % rows * 2) * maps.width;
        const Lanes* const lower = upper + maps.width;
        for (Index x = 0; x < columns; ++x) {
            const Lanes values[] = {upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]};
            Lanes largest = values[0];
            Choice at = {};
            UNROLLED for (int k = 1; k < 4; ++k) {
                const Choice larger = (values[k] > largest) | (values[k] != values[k]);
                largest = larger ? values[k] : largest;
                at = larger ? Choice{} + k : at;
            }
            if (rectified) rectify_one(largest, at);
            to[row * columns + x] = largest;
            note(at, flow + (row * columns + x) * kLanes);
        }
    }
}

void spread_pooled(const Lanes* from, const LaneMaps& pooled, const Flow* flow, const LaneMaps& maps, Index step,
                   Lanes* to) {
    const Index rows = pooled.height, columns = pooled.width;
    for (Index row = 0; row < pooled.channels * rows; ++row) {
        Lanes* const upper = to + row / rows * maps.plane() + maps.inner() + row % rows * 2 * step * maps.pitch();
        Lanes* const lower = upper + step * maps.pitch();
        for (Index x = 0; x < columns; ++x) {
            const Lanes value = from[row * columns + x];
            const Choice at = noted(flow + (row * columns + x) * kLanes);
            upper[2 * x * step] = at == 0 ? value : Lanes{};
            upper[(2 * x + 1) * step] = at == 1 ? value : Lanes{};
            lower[2 * x * step] = at == 2 ? value : Lanes{};
            lower[(2 * x + 1) * step] = at == 3 ? value : Lanes{};
        }
    }
}

void spread(const Lanes* from, const LaneMaps& given, const Flow* flow, const LaneMaps& maps, Index step, Lanes* to) {
    for (Index row = 0; row < given.channels * given.height; ++row) {
        Lanes* const out =
            to + row / given.height * maps.plane() + maps.inner() + row % given.height * step * maps.pitch();
        const Index first = row * given.width;
        for (Index x = 0; x < given.width; ++x) {
            const Lanes value = from[first + x];
            const Choice stopped = flow == nullptr ? Choice{} : noted(flow + (first + x) * kLanes);
            out[x * step] = stopped == 0 ? value : Lanes{};
        }
    }
}

}  // namespace

#ifndef CONVSCOPE_KERNELS
#define CONVSCOPE_KERNELS kConvolutionKernels
#endif
extern const ConvolutionKernels CONVSCOPE_KERNELS;
const ConvolutionKernels CONVSCOPE_KERNELS{interleave, separate, correlate,     add_gradients, total,
                                           rectify,    pool,     spread_pooled, spread};

}  // namespace convscope
