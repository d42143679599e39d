#include "engine/core/object_pool.h"

#include "engine/core/mailbox.h"
#include "tests/stress/page.h"
#include "tests/support/catch.h"

#include <thread>
#include <vector>

using namespace convscope;
using test::Page;

TEST_CASE("objects given back by another thread come out whole, and never while somebody reads them") {
    constexpr std::uint64_t kObjects = 200'000;
    ObjectPool<Page> pool;
    Mailbox<std::shared_ptr<const Page>> mailbox;

    std::thread maker([&] {
        for (std::uint64_t i = 1; i <= kObjects; ++i) {
            auto page = pool.acquire();
            page->write(i);
            mailbox.post(std::move(page));
        }
    });

    std::uint64_t seen = 0, wrong = 0;
    std::vector<std::shared_ptr<const Page>> pages;
    while (seen < kObjects) {
        mailbox.wait();
        mailbox.drain(pages);
        for (const auto& page : pages) wrong += page->whole() && page->sequence == ++seen ? 0 : 1;
    }
    maker.join();
    CHECK(wrong == 0);
}

TEST_CASE("threads may share a pool, and leave it in any order") {
    constexpr int kThreads = 4;
    constexpr std::uint64_t kRounds = 20'000;
    std::vector<std::shared_ptr<Page>> survivors(kThreads);
    std::vector<std::uint64_t> wrong(kThreads, 0);
    {
        ObjectPool<Page> pool;
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (std::uint64_t i = 0; i < kRounds; ++i) {
                    auto page = pool.acquire();
                    page->write(i * kThreads + t);
                    if (!page->whole() || page->sequence != i * kThreads + t) ++wrong[t];
                    survivors[t] = std::move(page);  // lets go of the one before
                }
            });
        for (std::thread& thread : threads) thread.join();
    }
    CHECK(wrong == std::vector<std::uint64_t>(kThreads, 0));
    std::vector<std::thread> threads;  // the pool is gone; its last objects are given back by all threads at once
    for (auto& survivor : survivors) threads.emplace_back([&survivor] { survivor.reset(); });
    for (std::thread& thread : threads) thread.join();
}
