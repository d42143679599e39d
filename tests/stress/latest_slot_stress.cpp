#include "engine/core/latest_slot.h"

#include "engine/core/object_pool.h"
#include "tests/stress/page.h"
#include "tests/support/catch.h"

#include <thread>
#include <vector>

using namespace convscope;
using test::Page;

TEST_CASE("a reader at full speed sees only whole values, never an older one, and in the end the last") {
    constexpr std::uint64_t kPublications = 300'000;
    LatestSlot<Page> slot;
    ObjectPool<Page> pool;

    std::thread publisher([&] {
        for (std::uint64_t i = 1; i <= kPublications; ++i) {
            auto page = pool.acquire();
            page->write(i);
            slot.publish(std::move(page));
        }
    });

    std::uint64_t last = 0, torn = 0, older = 0, different = 0;
    while (last < kPublications) {
        const std::shared_ptr<const Page>& page = slot.fetch();
        if (!page) continue;
        torn += page->whole() ? 0 : 1;
        older += page->sequence < last ? 1 : 0;
        different += page->sequence != last ? 1 : 0;
        last = page->sequence;
    }
    publisher.join();
    CHECK(torn == 0);
    CHECK(older == 0);
    CHECK(different > 1);
    CHECK(slot.taken());
}

TEST_CASE("values that a reader keeps for ever stay as they were while the others are recycled") {
    constexpr std::uint64_t kPublications = 200'000;
    LatestSlot<Page> slot;
    ObjectPool<Page> pool;

    std::thread publisher([&] {
        for (std::uint64_t i = 1; i <= kPublications; ++i) {
            auto page = pool.acquire();
            page->write(i);
            slot.publish(std::move(page));
        }
    });

    struct Kept {
        std::shared_ptr<const Page> page;
        std::uint64_t sequence;
    };
    std::vector<Kept> kept;
    std::uint64_t last = 0, fetches = 0;
    while (last < kPublications) {
        const std::shared_ptr<const Page>& page = slot.fetch();
        if (!page || page->sequence == last) continue;
        last = page->sequence;
        if (++fetches % 16 == 0 || last == kPublications) kept.push_back({page, last});
    }
    publisher.join();

    std::uint64_t changed = 0;
    for (const Kept& one : kept) changed += one.page->whole() && one.page->sequence == one.sequence ? 0 : 1;
    CHECK(changed == 0);
    CHECK_FALSE(kept.empty());
}

TEST_CASE("a publisher that waits for its credit has every value seen") {
    constexpr std::uint64_t kPublications = 20'000;
    LatestSlot<Page> slot;
    std::thread publisher([&] {
        for (std::uint64_t i = 1; i <= kPublications; ++i) {
            while (!slot.taken()) std::this_thread::yield();
            auto page = std::make_shared<Page>();
            page->write(i);
            slot.publish(std::move(page));
        }
    });
    std::uint64_t last = 0, skipped = 0;
    while (last < kPublications) {
        const std::shared_ptr<const Page>& page = slot.fetch();
        if (!page || page->sequence == last) {
            std::this_thread::yield();
            continue;
        }
        skipped += page->sequence == last + 1 ? 0 : 1;
        last = page->sequence;
    }
    publisher.join();
    CHECK(skipped == 0);
}
