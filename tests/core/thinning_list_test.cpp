#include "engine/core/thinning_list.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <string>
#include <thread>

using namespace convscope;

namespace {

// A stretch that knows what it stands for.
struct Span {
    std::int64_t first = 0;
    std::int64_t past = 0;
};
struct Join {
    Span operator()(const Span& older, const Span& newer) const {
        return {older.first, newer.first == older.past ? newer.past : -1};
    }
};
constexpr std::size_t kCapacity = 1024;
using Spans = ThinningList<Span, kCapacity, Join>;

Spans spans(std::int64_t count) {
    Spans list;
    for (std::int64_t i = 0; i < count; ++i) list.push_back({i, i + 1});
    return list;
}

}  // namespace

TEST_CASE("whatever came is in exactly one stretch, a whole block of a power of two, longer the older it is") {
    for (const std::int64_t count : {0LL, 1LL, 7LL, 1023LL, 1024LL, 1025LL, 5000LL, 65'537LL, 1'000'003LL}) {
        const Spans list = spans(count);
        CAPTURE(count);
        CHECK(list.total() == count);
        CHECK(list.items().size() <= kCapacity);
        std::int64_t next = 0;
        std::int64_t longest = std::int64_t{1} << 40;
        bool whole = true;
        list.visit(0, count, [&](const Span& span, std::int64_t first, std::int64_t length) {
            whole = whole && span.first == first && span.past == first + length && first == next &&
                    first % length == 0 && length <= longest;
            next = first + length;
            longest = length;
        });
        CHECK(whole);
        CHECK(next == count);
    }
}

TEST_CASE(
    "the newest quarter of the capacity is never merged, and older ones are in stretches in proportion to their age") {
    Spans list;
    bool newest_kept = true;
    bool in_proportion = true;
    for (std::int64_t i = 0; i < 300'000; ++i) {
        list.push_back({i, i + 1});
        if (i % 997 != 0) continue;
        list.visit(0, list.total(), [&](const Span&, std::int64_t first, std::int64_t length) {
            const std::int64_t age = list.total() - first - length;
            newest_kept = newest_kept && (length == 1 || age >= std::int64_t{kCapacity} / 4);
            in_proportion = in_proportion && length <= 1 + age * 64 / std::int64_t{kCapacity};
        });
    }
    CHECK(newest_kept);
    CHECK(in_proportion);
}

TEST_CASE("a visit begins and ends with the stretches that its ends lie in") {
    const Spans list = spans(10'000);
    const auto visited = [&](std::int64_t first, std::int64_t past) {
        Span all{-1, -1};
        list.visit(first, past, [&](const Span& span, std::int64_t, std::int64_t) {
            if (all.first < 0) all.first = span.first;
            all.past = span.past;
        });
        return all;
    };
    for (const std::int64_t at : {0, 1, 63, 4097, 9999}) {
        const Span one = visited(at, at + 1);
        CHECK(one.first <= at);
        CHECK(one.past > at);
        CHECK(visited(at, 10'000).first == one.first);
        CHECK(visited(0, at + 1).past == one.past);
    }
    CHECK(visited(9'999, 10'000).first == 9'999);
    CHECK(visited(10'000, 20'000).first == -1);
    CHECK(visited(5, 5).first == -1);
}

// An eight-hour soak of a small network; a tenth of it where each step costs a hundred.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t kSoak = 8'000'000;
#else
constexpr std::int64_t kSoak = 80'000'000;
#endif

TEST_CASE("a list takes eighty million with a single allocation, and is no larger for it") {
    ThinningList<Span, 16'384, Join> list;
    const std::int64_t allocations = test::allocations_of_this_thread();
    for (std::int64_t i = 0; i < kSoak; ++i) list.push_back({i, i + 1});
    CHECK(test::allocations_of_this_thread() == allocations + 1);
    CHECK(list.items().size() <= 16'384);
    CHECK(list.items().capacity() == 16'384);
    CHECK(list.total() == kSoak);
    CHECK(list.items().front().first == 0);
    CHECK(list.items().back().past == kSoak);
    // All of it on a screen: in stretches of no more than a pixel or so.
    CHECK(list.items().front().past <= kSoak / 600);
}

TEST_CASE("a list that keeps the newer of two holds the last of each stretch") {
    ThinningList<std::string, 128, KeepNewer<std::string>> list;
    for (int i = 0; i < 1000; ++i) list.push_back(std::to_string(i));
    CHECK(list.items().size() <= 128);
    bool last = true;
    list.visit(0, 1000, [&](const std::string& item, std::int64_t first, std::int64_t length) {
        last = last && item == std::to_string(first + length - 1);
    });
    CHECK(last);
}

TEST_CASE("a list is restored from its items and levels, and what does not belong together is refused") {
    const Spans list = spans(70'000);
    const std::vector<std::int64_t> levels(list.levels().begin(), list.levels().end());
    const auto restored = Spans::restore(levels, list.items());
    REQUIRE(restored.has_value());
    CHECK(restored->total() == 70'000);
    CHECK(restored->levels() == list.levels());
    Spans grown = *restored;
    Spans wanted = list;
    for (std::int64_t i = 70'000; i < 200'000; ++i) {
        grown.push_back({i, i + 1});
        wanted.push_back({i, i + 1});
    }
    CHECK(grown.levels() == wanted.levels());
    CHECK(Spans::restore({}, {})->total() == 0);

    CHECK_FALSE(Spans::restore({}, list.items()).has_value());
    CHECK_FALSE(Spans::restore(levels, {}).has_value());
    CHECK_FALSE(Spans::restore(std::vector<std::int64_t>(33, 0), {}).has_value());
    const std::vector<std::int64_t> negative{2, -1};
    CHECK_FALSE(Spans::restore(negative, std::vector<Span>(1)).has_value());
    const std::vector<std::int64_t> many{2000};
    CHECK_FALSE(Spans::restore(many, std::vector<Span>(2000)).has_value());
}

TEST_CASE("a copy of a list is read by another thread while the original grows") {
    Spans original = spans(9000);
    std::int64_t past = 0;
    std::thread reader([copy = original, &past] {
        for (const Span& span : copy.items()) past = span.past;
    });
    for (std::int64_t i = 9000; i < 18'000; ++i) original.push_back({i, i + 1});
    reader.join();
    CHECK(past == 9000);
    CHECK(original.total() == 18'000);
}
