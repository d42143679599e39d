#include "viz/view/batch_rows.h"

#include "tests/support/catch.h"

#include <limits>

using namespace convscope;

namespace {

std::shared_ptr<IterationFilm> film_of(std::vector<float> losses) {
    auto film = std::make_shared<IterationFilm>();
    film->batch.picture = {1, 2, 2};
    for (std::size_t i = 0; i < losses.size(); ++i) {
        film->batch.labels.push_back(static_cast<int>(i));
        film->batch.predicted.push_back(i % 2 == 0 ? static_cast<int>(i) : -1);
        for (int pixel = 0; pixel < 4; ++pixel)
            film->batch.pixels.push_back(static_cast<std::uint8_t>(10 * i + static_cast<std::size_t>(pixel)));
    }
    film->batch.losses = std::move(losses);
    return film;
}

}  // namespace

TEST_CASE("the worst of a minibatch come first, those whose loss is no number before all, equal ones as drawn") {
    constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();
    const auto film = film_of({0.5F, 2.0F, kNoNumber, 0.5F, 3.0F, kNoNumber});
    std::vector<std::int64_t> order;
    order_samples(film->batch, BatchOrder::WorstFirst, order);
    CHECK(order == std::vector<std::int64_t>{2, 5, 4, 1, 0, 3});
    order_samples(film->batch, BatchOrder::AsDrawn, order);
    CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
    film->batch.losses.clear();  // not come to yet
    order_samples(film->batch, BatchOrder::WorstFirst, order);
    CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a minibatch is added up") {
    const BatchTotals totals = totals_of(film_of({0.5F, 2.0F, 0.5F})->batch);
    CHECK(totals.count == 3);
    CHECK(totals.right == 2);
    CHECK(totals.mean_loss == Approx(1.0));
    CHECK(totals_of(BatchSheet{}).count == 0);
}

TEST_CASE("the pictures in view lie one behind the other, and are copied once") {
    const auto film = film_of({0.5F, 2.0F, 0.5F});
    BatchPictures pictures;
    const std::vector<std::int64_t> view{2, 0};
    pictures.show(film, view, 3);
    CHECK(pictures.capture().shape == Shape{3, 2, 2});
    CHECK(pictures.capture().values ==
          std::vector<float>{20.0F, 21.0F, 22.0F, 23.0F, 0.0F, 1.0F, 2.0F, 3.0F, 0.0F, 0.0F, 0.0F, 0.0F});
    const std::uint64_t content = pictures.capture().content_id;
    pictures.show(film, view, 3);
    CHECK(pictures.capture().content_id == content);
    pictures.show(film_of({0.5F, 2.0F, 0.5F}), view, 3);
    CHECK(pictures.capture().content_id != content);
}
