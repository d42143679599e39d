#include "engine/core/mailbox.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

#include <atomic>
#include <cstdint>
#include <thread>

using namespace convscope;

namespace {

struct Message {
    std::size_t sender;
    std::uint64_t number;
};

}  // namespace

TEST_CASE("a mailbox delivers everything, each sender's messages in order") {
    constexpr std::size_t kSenders = 3;
    constexpr std::uint64_t kMessages = 50'000;
    Mailbox<Message> mailbox;
    std::vector<std::thread> senders;
    for (std::size_t s = 0; s < kSenders; ++s)
        senders.emplace_back([&mailbox, s] {
            for (std::uint64_t i = 1; i <= kMessages; ++i) mailbox.post({s, i});
        });

    std::vector<std::uint64_t> received(kSenders, 0);
    std::uint64_t total = 0, wrong = 0;
    std::vector<Message> messages;
    while (total < kSenders * kMessages) {
        mailbox.wait();
        mailbox.drain(messages);
        for (const Message& message : messages) {
            wrong += message.number == ++received[message.sender] ? 0 : 1;
            ++total;
        }
    }
    for (std::thread& sender : senders) sender.join();
    CHECK(wrong == 0);
}

TEST_CASE("coalescing loses intermediate values only: the last one always arrives, and none comes back") {
    constexpr std::uint64_t kMessages = 200'000;
    Mailbox<Message> mailbox;
    std::thread sender([&] {
        for (std::uint64_t i = 1; i <= kMessages; ++i)
            mailbox.post_coalesced({0, i}, [](const Message&, const Message&) { return true; });
    });
    std::uint64_t last = 0, wrong = 0;
    std::vector<Message> messages;
    while (last < kMessages) {
        mailbox.wait();
        mailbox.drain(messages);
        for (const Message& message : messages) {
            wrong += message.number > last ? 0 : 1;
            last = message.number;
        }
    }
    sender.join();
    CHECK(wrong == 0);
    CHECK(last == kMessages);
}

TEST_CASE("who sleeps by a manual clock misses neither a turn of it nor a message") {
    constexpr int kRounds = 20'000;
    ManualClock clock;
    Mailbox<int> mailbox;
    std::atomic<int> round{0};
    std::thread sleeper([&] {
        std::vector<int> messages;
        for (int i = 1; i <= kRounds; ++i) {
            round = i;
            // Each turn comes once and no other follows: a missed one would be slept through for ever.
            if (mailbox.wait_until(clock, TimePoint(std::chrono::seconds(i)))) mailbox.drain(messages);
        }
        round = kRounds + 1;
    });
    for (int i = 1; i <= kRounds; ++i) {
        while (round < i) std::this_thread::yield();
        if (i % 3 == 0)
            mailbox.post(i);
        else
            clock.advance(TimePoint(std::chrono::seconds(i)) - clock.now());
    }
    sleeper.join();
    CHECK(round == kRounds + 1);
}
