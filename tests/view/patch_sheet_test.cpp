// What is cut out of pictures: the pixels that the value saw, and nothing where it saw none.
#include "viz/view/patch_sheet.h"
#include "engine/api/dataset.h"
#include "tests/support/catch.h"

#include <array>
#include <cmath>
#include <vector>

using namespace convscope;

namespace {

// Each pixel says which it is.
class Numbered final : public Dataset {
public:
    Numbered() {
        info_.name = "numbered";
        info_.train_count = 1;
        info_.test_count = 3;
        info_.channels = 1;
        info_.height = info_.width = 8;
        for (int i = 0; i < 3 * 64; ++i) pixels_.push_back(static_cast<std::uint8_t>(i));
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t) const override { return 0; }
    std::span<const std::uint8_t> image(Split, std::int64_t index) const override {
        return std::span(pixels_).subspan(static_cast<std::size_t>(64 * index), 64);
    }

private:
    DatasetInfo info_;
    std::vector<std::uint8_t> pixels_;
};

RunInfo run_of(ReceptiveField field) {
    RunInfo run;
    run.run = RunId{3};
    run.dataset = std::make_shared<Numbered>();
    run.data = run.dataset->info();
    run.network.input_shape = {1, 8, 8};
    LayerDescription layer;
    layer.output_shape = {2, 6, 6};
    layer.receptive_field = field;
    run.network.layers = {layer};
    return run;
}

}  // namespace

TEST_CASE("a patch has the pixels that its value saw, and what lies outside of the picture is not a number") {
    const RunInfo run = run_of({.size = 3, .stride = 2.0, .offset = -1});
    CHECK(field_of(run.network, run.network.layers[0], 2, 0) == PixelSquare{3, -1, 3});
    PatchSheet sheet;
    const std::array most{TopPatch{.picture = 2, .row = 2, .column = 1}}, least{TopPatch{.picture = 0}};
    sheet.show(run, run.network.layers[0], most, least);
    const TensorCapture& capture = sheet.capture();
    REQUIRE(capture.shape == Shape{18, 3, 3});
    const auto pixel = [&](int plane, int row, int column) {
        return capture.values[static_cast<std::size_t>((plane * 3 + row) * 3 + column)];
    };
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column)
            CHECK(pixel(0, row, column) == static_cast<float>(128 + (3 + row) * 8 + 1 + column));
    CHECK(std::isnan(pixel(9, 0, 0)));  // padding
    CHECK(std::isnan(pixel(9, 1, 0)));
    CHECK(pixel(9, 1, 1) == 0.0F);
    CHECK(pixel(9, 2, 2) == 9.0F);
    CHECK(std::isnan(pixel(1, 1, 1)));  // there is no second one
}

TEST_CASE("the same patches are cut out once, others anew") {
    const RunInfo run = run_of({.size = 3, .stride = 1.0, .offset = 0});
    PatchSheet sheet;
    const std::array one{TopPatch{.picture = 1}}, other{TopPatch{.picture = 2}};
    sheet.show(run, run.network.layers[0], one, one);
    const std::uint64_t content = sheet.capture().content_id;
    sheet.show(run, run.network.layers[0], one, one);
    CHECK(sheet.capture().content_id == content);
    sheet.show(run, run.network.layers[0], other, one);
    CHECK(sheet.capture().content_id != content);
}

TEST_CASE("who sees all of the input is shown all of it, and columns are rows where the network has them so") {
    RunInfo run = run_of({.whole_input = true});
    CHECK(field_of(run.network, run.network.layers[0], 4, 4) == PixelSquare{0, 0, 8});
    run.recipe.input_transposed = true;
    PatchSheet sheet;
    const std::array one{TopPatch{.picture = 0}};
    sheet.show(run, run.network.layers[0], one, {});
    CHECK(sheet.capture().values[1] == 8.0F);
    CHECK(sheet.capture().values[8] == 1.0F);
}
