#include "engine/core/mailbox.h"

#include "tests/support/catch.h"

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
        if (!mailbox.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(60))) break;
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
