#include "engine/core/mailbox.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

#include <string>
#include <thread>

using namespace convscope;
using namespace std::chrono_literals;

namespace {

struct Message {
    char kind;
    int value;
    bool operator==(const Message&) const = default;
};
bool same_kind(const Message& pending, const Message& message) { return pending.kind == message.kind; }

}  // namespace

TEST_CASE("messages are drained in the order they were posted, replacing what was in the list") {
    Mailbox<std::string> mailbox;
    std::vector<std::string> out{"old"};
    mailbox.post("a");
    mailbox.post("b");
    CHECK(mailbox.drain(out));
    CHECK(out == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(mailbox.drain(out));
    CHECK(out.empty());
}

TEST_CASE("a message replaces the newest one of its kind, but never jumps over another") {
    Mailbox<Message> mailbox;
    for (const Message& message : {Message{'s', 1}, Message{'s', 2}, Message{'r', 0}, Message{'s', 3}, Message{'s', 4}})
        mailbox.post_coalesced(message, same_kind);
    std::vector<Message> out;
    mailbox.drain(out);
    CHECK(out == std::vector<Message>{{'s', 2}, {'r', 0}, {'s', 4}});
    mailbox.post_coalesced({'s', 5}, same_kind);
    mailbox.drain(out);
    CHECK(out == std::vector<Message>{{'s', 5}});
}

TEST_CASE("waiting ends at once when a message is there already, and at the deadline when none comes") {
    ManualClock clock;
    Mailbox<int> mailbox;
    CHECK_FALSE(mailbox.wait_until(clock, clock.now()));
    std::thread turner([&clock] { clock.advance(1h); });
    CHECK_FALSE(mailbox.wait_until(clock, TimePoint(1h)));
    turner.join();
    mailbox.post(1);
    mailbox.wait();
    CHECK(mailbox.wait_until(clock, TimePoint::max()));
    CHECK_FALSE(mailbox.wait_until(clock, clock.now(), [](int message) { return message > 1; }));
}

TEST_CASE("a sleep by a clock that moves to what is waited for is over at once, and that much later") {
    ManualClock clock(ManualClock::Moves::ToWhatIsWaitedFor);
    Mailbox<int> mailbox;
    CHECK_FALSE(mailbox.wait_until(clock, clock.now() + 1h));
    CHECK(clock.now() == TimePoint(1h));
}

TEST_CASE("a mailbox whose messages are fetched regularly allocates nothing") {
    Mailbox<Message> mailbox;
    std::vector<Message> out;
    const auto round = [&] {
        for (int i = 0; i < 10; ++i) mailbox.post({'m', i});
        mailbox.drain(out);
    };
    round();
    round();  // two lists are exchanged; both have grown now
    const std::int64_t before = test::allocations_of_this_thread();
    for (int i = 0; i < 100; ++i) round();
    CHECK(test::allocations_of_this_thread() == before);
}
