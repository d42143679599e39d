#include "engine/core/object_pool.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <optional>

using namespace convscope;

namespace {

struct Page {
    std::vector<float> values;
    std::shared_ptr<int> shared;
    int recycled = 0;
    void recycle() {
        shared.reset();
        ++recycled;
    }
};

}  // namespace

TEST_CASE("an object is recycled when its last holder lets go, and comes back with its capacity") {
    ObjectPool<Page> pool;
    std::shared_ptr<Page> page = pool.acquire();
    const Page* address = page.get();
    page->values.resize(1000);
    const float* values = page->values.data();
    const auto shared = std::make_shared<int>(1);
    page->shared = shared;

    std::shared_ptr<const Page> second = page;
    page.reset();
    CHECK(shared.use_count() == 2);  // still held
    second.reset();
    CHECK(shared.use_count() == 1);

    page = pool.acquire();
    CHECK(page.get() == address);
    CHECK(page->recycled == 1);
    CHECK(page->values.data() == values);
}

TEST_CASE("objects in use are never handed out twice") {
    ObjectPool<Page> pool;
    const auto a = pool.acquire();
    const auto b = pool.acquire();
    CHECK(a != b);
}

TEST_CASE("an object may outlive its pool") {
    std::optional<ObjectPool<Page>> pool(std::in_place);
    const std::shared_ptr<Page> page = pool->acquire();
    page->values.resize(10);
    pool.reset();
    CHECK(page->values.size() == 10);
    const std::weak_ptr<Page> weak = page;  // its block must outlive the pool as well
    CHECK_FALSE(weak.expired());
}

TEST_CASE("in steady state a pool allocates neither objects nor reference counts") {
    ObjectPool<Page> pool;
    std::vector<std::shared_ptr<Page>> held(4);
    const auto round = [&] {
        for (auto& page : held) {
            page = pool.acquire();
            page->values.resize(100);
        }
        for (auto& page : held) page.reset();
    };
    round();
    const std::int64_t before = test::allocations_of_this_thread();
    for (int i = 0; i < 1000; ++i) round();
    CHECK(test::allocations_of_this_thread() == before);
}
