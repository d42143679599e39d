#include "viz/view/errands.h"

#include "tests/support/catch.h"

#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace convscope;

TEST_CASE("Work is done elsewhere, one piece after the other, and handed over where it was sent from") {
    std::counting_semaphore<> done(0);
    std::vector<int> order;
    std::thread::id worked{}, handed{};
    {
        Errands errands(Errands::Where::Thread, [&] { done.release(); });
        for (int i = 0; i < 20; ++i)
            errands.send<int>(
                [i, &worked]() -> Result<int> {
                    worked = std::this_thread::get_id();
                    return i;
                },
                [&](Result<int> result) {
                    handed = std::this_thread::get_id();
                    order.push_back(result.value());
                });
        for (int i = 0; i < 20; ++i) done.acquire();
        CHECK(order.empty());  // nobody has collected yet
        CHECK(errands.collect());
        CHECK_FALSE(errands.collect());
    }
    REQUIRE(order.size() == 20);
    for (int i = 0; i < 20; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
    CHECK(handed == std::this_thread::get_id());
    CHECK(worked != handed);
}

TEST_CASE("What is thrown comes back as an error in words, and the next piece of work is done") {
    std::string problem;
    int next = 0;
    Errands errands(Errands::Where::AtOnce);
    errands.send<int>([]() -> Result<int> { throw std::runtime_error("the disk is made of cheese"); },
                      [&](const Result<int>& result) { problem = result.ok() ? "" : result.error().message; });
    errands.send<int>([]() -> Result<int> { return 7; }, [&](const Result<int>& result) { next = result.value(); });
    CHECK(problem.empty());
    errands.collect();
    CHECK(problem.find("made of cheese") != std::string::npos);
    CHECK(next == 7);
}

TEST_CASE("The end waits for the work that was sent, so that what is to be written is written") {
    bool written = false;
    {
        Errands errands(Errands::Where::Thread);
        for (int i = 0; i < 5; ++i) errands.send<int>([]() -> Result<int> { return 0; }, [](const Result<int>&) {});
        errands.send<int>(
            [&]() -> Result<int> {
                written = true;
                return 0;
            },
            [](const Result<int>&) { FAIL("nobody collects"); });
    }
    CHECK(written);
}
