#include "engine/data/picture_convention.h"

#include "engine/data/paper_sheet.h"
#include "engine/data/ruled_paper.h"
#include "engine/data/stroke_box.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

void invert(Image& image) {
    for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

Image cut(const Image& image, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) {
    Image part{image.channels, height, width, {}, image.done};
    for (std::int64_t c = 0; c < image.channels; ++c)
        for (std::int64_t row = 0; row < height; ++row) {
            const auto first = image.pixels.begin() + ((c * image.height + top + row) * image.width + left);
            part.pixels.insert(part.pixels.end(), first, first + width);
        }
    return part;
}

// The largest part from the middle that has the proportions of height x width.
Image cropped(const Image& image, std::int64_t height, std::int64_t width) {
    const std::int64_t new_width = std::clamp<std::int64_t>(image.height * width / height, 1, image.width);
    const std::int64_t new_height = std::clamp<std::int64_t>(image.width * height / width, 1, image.height);
    return cut(image, (image.height - new_height) / 2, (image.width - new_width) / 2, new_height, new_width);
}

// The whole of it as large as fits, in the middle of black.
Image fitted(Image image, std::int64_t height, std::int64_t width) {
    const bool upright = image.height * width > image.width * height;
    const std::int64_t new_height = upright ? height : std::max<std::int64_t>(1, image.height * width / image.width);
    const std::int64_t new_width = upright ? std::max<std::int64_t>(1, image.width * height / image.height) : width;
    image = resized(std::move(image), new_height, new_width);
    Image whole{image.channels, height, width, {}, std::move(image.done)};
    whole.pixels.resize(static_cast<std::size_t>(image.channels * height * width));
    for (std::int64_t c = 0; c < image.channels; ++c)
        for (std::int64_t row = 0; row < new_height; ++row)
            std::copy_n(image.pixels.begin() + (c * new_height + row) * new_width, new_width,
                        whole.pixels.begin() + (c * height + (height - new_height) / 2 + row) * width +
                            (width - new_width) / 2);
    return whole;
}

Image brought_to_size(Image image, const PictureFormat& wanted) {
    if (image.height == wanted.height && image.width == wanted.width) return image;
    image.done.push_back(PictureStep::Resized);
    switch (wanted.convention.resize) {
        case ResizeKind::Stretch:
            return resized(std::move(image), wanted.height, wanted.width);
        case ResizeKind::Crop:
            return resized(cropped(image, wanted.height, wanted.width), wanted.height, wanted.width);
        case ResizeKind::Fit:
            return fitted(std::move(image), wanted.height, wanted.width);
    }
    return image;
}

Image of_one_channel(Image image) {
    if (image.channels == 1) return image;
    image.done.push_back(PictureStep::Grey);
    return in_grey(std::move(image));
}

Image on_plain_paper(Image image) {
    std::optional<Image> plain = without_ruling(image);
    if (!plain) return image;
    plain->done = std::move(image.done);
    plain->done.push_back(PictureStep::Unruled);
    return std::move(*plain);
}

// The paper alone, where there is something around it, and without its lines.
Image on_its_sheet(Image image) {
    image = on_plain_paper(std::move(image));
    std::optional<Image> sheet = sheet_in(image);
    if (!sheet) return image;
    sheet->done.push_back(PictureStep::Sheet);
    return on_plain_paper(std::move(*sheet));
}

// Whether a recipe's [input] asks for inverting this picture.
bool wants_inversion(const Image& image, const PictureConvention& convention) {
    const auto dark = [&] { return has_dark_strokes(image.channels == 1 ? image : in_grey(image)); };
    switch (convention.invert) {
        case InvertKind::Auto:
            return convention.centre == CentreKind::Yes && dark();
        case InvertKind::No:
            return false;
        case InvertKind::Yes:
            return true;
        case InvertKind::ToLight:
            return dark();
        case InvertKind::ToDark:
            return !dark();
    }
    return false;
}

// Strokes in MNIST's box, light on dark unless the convention has them dark. What has the input's size is taken for
// being so already.
Image boxed(Image image, const PictureFormat& wanted, bool inverted) {
    const bool to_dark = wanted.convention.invert == InvertKind::ToDark;
    const bool dark = to_dark ? !inverted : inverted;  // as it is in the file
    std::optional<Image> box = boxed_strokes(image, dark, wanted.height);
    if (!box) {  // nothing there to cut out: the page as it is
        image.blank = true;
        if (inverted) invert(image);
        return brought_to_size(std::move(image), wanted);
    }
    if (to_dark) invert(*box);
    box->done = std::move(image.done);
    box->done.insert(box->done.end(), {PictureStep::Evened, PictureStep::Boxed});
    return std::move(*box);
}

// ---- What a data set's pictures are like ---------------------------------------------------------------------------

constexpr PictureConvention kAsTheyAre{InvertKind::No, ResizeKind::Stretch, CentreKind::No};

// Whether strokes of this lightness stand in MNIST's box: their longer side 20 of 28, their centre of mass in the
// middle.
bool is_boxed(Image grey, bool dark) {
    constexpr int kEdge = 50;  // of 255: JPEG's noise is less
    if (dark) invert(grey);
    std::int64_t top = grey.height, bottom = -1, left = grey.width, right = -1;
    double mass = 0.0, down = 0.0, across = 0.0;
    for (std::int64_t row = 0; row < grey.height; ++row)
        for (std::int64_t column = 0; column < grey.width; ++column) {
            const int value = grey.pixels[static_cast<std::size_t>(row * grey.width + column)];
            if (value < kEdge) continue;
            mass += value;
            down += static_cast<double>(value * row);
            across += static_cast<double>(value * column);
            top = std::min(top, row);
            bottom = std::max(bottom, row);
            left = std::min(left, column);
            right = std::max(right, column);
        }
    if (bottom < 0) return false;
    const double unit = static_cast<double>(grey.height) / 28.0, middle = 0.5 * static_cast<double>(grey.height);
    const double longest = static_cast<double>(std::max(bottom - top, right - left) + 1) / unit;
    return longest > 17.0 && longest < 21.5 && std::abs(down / mass - middle) < 1.2 * unit &&
           std::abs(across / mass - middle) < 1.2 * unit;
}

// Less than a pen's faintest line, more than a camera's noise leaves of a page that was made smaller.
bool is_flat(const Image& image) {
    constexpr int kFlat = 12;  // of 255
    const auto [least, most] = std::minmax_element(image.pixels.begin(), image.pixels.end());
    return least == image.pixels.end() || *most - *least < kFlat;
}

bool is_open(const PictureConvention& convention) {
    return convention.invert == InvertKind::Auto || convention.centre == CentreKind::Auto;
}

void answer(PictureConvention& open, const PictureConvention& by) {
    if (open.centre == CentreKind::Auto) open.centre = by.centre;
    if (open.invert == InvertKind::Auto)
        open.invert = open.centre == CentreKind::Yes && by.invert == InvertKind::No ? InvertKind::ToLight : by.invert;
}

}  // namespace

PictureFormat picture_format(const Recipe& recipe) {
    return {recipe.input_channels, recipe.input_height, recipe.input_width, recipe.pictures};
}

Image prepare_picture(Image picture, const PictureFormat& wanted) {
    if (wanted.channels == 1 || wanted.convention.grey) picture = of_one_channel(std::move(picture));
    const bool boxing = wanted.convention.centre == CentreKind::Yes;
    const bool to_box = boxing && (picture.height != wanted.height || picture.width != wanted.width);
    if (boxing) picture = of_one_channel(std::move(picture));
    if (to_box) picture = on_its_sheet(std::move(picture));
    const bool inverted = wants_inversion(picture, wanted.convention);
    if (inverted) picture.done.push_back(PictureStep::Inverted);
    if (to_box) {
        picture = boxed(std::move(picture), wanted, inverted);
    } else {
        if (inverted) invert(picture);
        picture = brought_to_size(std::move(picture), wanted);
    }
    picture.blank = picture.blank || is_flat(picture);
    return wanted.channels == 3 ? in_colour(std::move(picture)) : picture;
}

std::string in_words(const std::vector<PictureStep>& done) {
    std::string words;
    for (const PictureStep step : done) (words += words.empty() ? "" : ", ") += to_string(step);
    return words;
}

PictureConvention convention_of_strokes(std::int64_t light, std::int64_t dark) {
    if ((light > 0) == (dark > 0)) return kAsTheyAre;
    return {dark > 0 ? InvertKind::ToDark : InvertKind::ToLight, ResizeKind::Stretch, CentreKind::No};
}

PictureConvention measured_convention(const Dataset& data, std::int64_t at_most) {
    constexpr double kNearlyAll = 0.95;
    const DatasetInfo& info = data.info();
    if (info.channels != 1 || !info.prepared.empty()) return kAsTheyAre;
    std::array<std::int64_t, 2> count{};  // of light strokes, of dark ones
    std::int64_t in_box = 0;
    for (const Split split : {Split::Train, Split::Test}) {
        const std::int64_t looked_at = std::min(at_most, data.size(split));
        for (std::int64_t i = 0; i < looked_at; ++i) {
            const std::span<const std::uint8_t> pixels = data.image(split, i * data.size(split) / looked_at);
            Image picture{1, info.height, info.width, {pixels.begin(), pixels.end()}};
            const bool dark = has_dark_strokes(picture);
            ++count[dark ? 1 : 0];
            if (count[0] > 0 && count[1] > 0) return kAsTheyAre;
            in_box += info.height == info.width && is_boxed(std::move(picture), dark) ? 1 : 0;
        }
    }
    const bool boxes = static_cast<double>(in_box) > kNearlyAll * static_cast<double>(count[0] + count[1]);
    PictureConvention measured = convention_of_strokes(count[0], count[1]);
    if (boxes) measured.centre = CentreKind::Yes;
    return measured;
}

PictureConvention settled(const PictureConvention& asked, const Dataset& data) {
    PictureConvention convention = asked;
    answer(convention, data.info().pictures);
    // Of each split, before a run begins. One picture in a hundred that is otherwise shows in 98 of 100 such samples.
    constexpr std::int64_t kSample = 200;
    if (is_open(convention)) answer(convention, measured_convention(data, kSample));
    return convention;
}

PictureConvention settled(const PictureFormat& wanted) {
    PictureConvention convention = wanted.convention;
    const bool as_mnist = wanted.channels == 1 && wanted.height == 28 && wanted.width == 28;
    answer(convention, {as_mnist ? InvertKind::ToLight : InvertKind::No, ResizeKind::Stretch,
                        as_mnist ? CentreKind::Yes : CentreKind::No});
    return convention;
}

}  // namespace convscope
