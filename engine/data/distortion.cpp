#include "engine/data/distortion.h"

#include <algorithm>
#include <cmath>

namespace convscope {

namespace {

// How they were chosen is in README.md.
constexpr float kDisplacement = 0.06F;      // deviation of a wave's amplitude, digit heights
constexpr float kPressureVariation = 0.2F;  // likewise, relative
constexpr float kLeastPressure = 0.5F;
constexpr float kMostPressure = 1.5F;
constexpr float kLowestFrequency = 0.3F;  // waves per digit height
constexpr float kHighestFrequency = 1.0F;
constexpr float kMiddleVariation = 0.08F;  // this and the others: deviations
constexpr float kTaperVariation = 0.28F;
constexpr float kWidthVariation = 0.25F;
constexpr float kMeanSlant = 0.12F;  // to the right, as most right-handed writers do
constexpr float kSlantVariation = 0.26F;
constexpr float kAngleVariation = 0.09F;  // radians

// A smooth random displacement of the plane, in the spirit of the elastic distortions of Simard, Steinkraus and Platt
// ("Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis", ICDAR 2003): a few waves of
// random direction, length and phase instead of filtered noise, so that only the strokes' points need it.
class ElasticField {
public:
    explicit ElasticField(RandomStream& random) {
        constexpr float kTurn = 6.2831853F;
        for (Wave& wave : waves_) {
            const float frequency = kTurn * random.uniform(kLowestFrequency, kHighestFrequency);
            const float direction = kTurn * random.uniform();
            wave.kx = frequency * std::cos(direction);
            wave.ky = frequency * std::sin(direction);
            wave.phase = kTurn * random.uniform();
            wave.dx = kDisplacement * random.normal();
            wave.dy = kDisplacement * random.normal();
            wave.pressure = kPressureVariation * random.normal();
        }
    }
    StrokePoint operator()(StrokePoint p) const {
        StrokePoint moved = p;
        for (const Wave& wave : waves_) {
            const float swing = std::sin(wave.kx * p.x + wave.ky * p.y + wave.phase);
            moved.x += wave.dx * swing;
            moved.y += wave.dy * swing;
            moved.pressure += wave.pressure * swing;
        }
        moved.pressure = std::clamp(moved.pressure, kLeastPressure, kMostPressure);
        return moved;
    }

private:
    struct Wave {
        float kx, ky, phase, dx, dy, pressure;
    };
    Wave waves_[3];
};

// How the height is shared between the upper and the lower half, and which half is the wider one.
class Proportions {
public:
    explicit Proportions(RandomStream& random)
        : middle_(kMiddleVariation * random.normal()), taper_(kTaperVariation * random.normal()) {}
    StrokePoint operator()(StrokePoint p) const {
        constexpr float kAxis = 0.3F;  // the middle of a digit of natural width
        p.x = kAxis + (p.x - kAxis) * (1.0F + taper_ * (p.y - 0.5F));
        p.y += middle_ * 4.0F * p.y * (1.0F - p.y);
        return p;
    }

private:
    float middle_;  // how far down the middle moves
    float taper_;   // relative width at the bottom minus that at the top
};

// Width, then slant, then rotation.
class Affine {
public:
    explicit Affine(RandomStream& random)
        : width_(std::exp(kWidthVariation * random.normal())),
          slant_(kMeanSlant + kSlantVariation * random.normal()),
          angle_(kAngleVariation * random.normal()),
          cos_(std::cos(angle_)),
          sin_(std::sin(angle_)) {}
    StrokePoint operator()(StrokePoint p) const {
        const float x = width_ * p.x - slant_ * p.y;
        return {cos_ * x - sin_ * p.y, sin_ * x + cos_ * p.y, p.pressure};
    }

private:
    float width_, slant_, angle_, cos_, sin_;
};

}  // namespace

void distort(std::span<Stroke> strokes, RandomStream& random) {
    const ElasticField elastic(random);
    const Proportions proportions(random);
    const Affine affine(random);
    for (Stroke& stroke : strokes)
        for (StrokePoint& point : stroke) point = affine(elastic(proportions(point)));
}

}  // namespace convscope
