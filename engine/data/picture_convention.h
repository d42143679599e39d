// The one way from a picture file to what a network sees: for folders of pictures, evaluation and prediction alike.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/recipe.h"
#include "engine/data/image_file.h"

#include <string>

namespace convscope {

// What pictures are brought to.
struct PictureFormat {
    std::int64_t channels = 1;  // 1 or 3
    std::int64_t height = 28;   // pixels
    std::int64_t width = 28;
    PictureConvention convention = {};
    bool only_test = false;  // a set's training pictures are not asked for: none are brought to the form, it has none

    bool operator==(const PictureFormat&) const = default;
};

PictureFormat picture_format(const Recipe& recipe);

// A picture of the format's channels, height and width; `done` says what it took. What is Auto is No here, but for the
// inversion that centring needs: strokes in MNIST's box are light. A picture that is in the form already, its size,
// its colours and where its strokes are looked for their lightness, comes back bit by bit. Thread-safe.
Image prepare_picture(Image picture, const PictureFormat& wanted);

// What was done, for people: "dark on light, inverted, resized"; empty: nothing.
std::string in_words(const std::vector<PictureStep>& done);

// What the pictures of a data set are like, `at_most` of each split looked at, evenly spread: their convention has
// nothing left open, and would leave each of those as it is. Strokes of one lightness are ToLight or ToDark, in MNIST's
// box Yes; whatever else is to stay as it is, and so is what had to be brought to its form: of that the strokes are
// counted before it is (Preparation::convention()).
PictureConvention measured_convention(const Dataset& data, std::int64_t at_most);

// The convention of pictures outside MNIST's box, so many of which have light strokes and so many dark ones: to stay as
// they are, unless all have the same.
PictureConvention convention_of_strokes(std::int64_t light, std::int64_t dark);

// The convention of a run on these data: what the recipe leaves open is answered by them.
PictureConvention settled(const PictureConvention& asked, const Dataset& data);

// Where there are no data to ask, as with weights from elsewhere: MNIST's for one channel of 28x28, else as they are.
PictureConvention settled(const PictureFormat& wanted);

}  // namespace convscope
