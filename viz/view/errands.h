// Work that takes longer than a frame, on a thread of its own, one piece after the other; what comes of it is handed
// over on the thread that sent it.
#pragma once

#include "engine/core/mailbox.h"
#include "engine/core/result.h"

#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace convscope {

class Errands {
public:
    enum class Where : std::uint8_t {
        Thread,
        AtOnce,  // within send(), for whoever has no time to wait in: tests, pictures without a window
    };
    // `on_done` is called on that thread after each piece: there is something to collect.
    // `niceness`: of the thread, above 0 for work that leaves others the processor.
    explicit Errands(Where where, std::function<void()> on_done = {}, int niceness = 0);
    // Behind the last piece of work that was sent; what came of it is nobody's any more.
    ~Errands();
    Errands(const Errands&) = delete;
    Errands& operator=(const Errands&) = delete;

    // What `work` throws comes as an error. What it uses must live as long as it.
    template <typename T>
    void send(std::function<Result<T>()> work, std::function<void(Result<T>)> done) {
        post([work = std::move(work), done = std::move(done)]() -> Answer {
            auto outcome = std::make_shared<Result<T>>(Error{});
            if (const Error thrown = caught([&] { *outcome = work(); }); !thrown.message.empty()) *outcome = thrown;
            return [outcome, done] { done(std::move(*outcome)); };
        });
    }
    // Hands over what is done, in its order. True when there was anything.
    bool collect();

private:
    using Answer = std::function<void()>;
    using Errand = std::function<Answer()>;

    static Error caught(const std::function<void()>& work);
    void post(Errand errand);
    void work();

    const Where where_;
    const std::function<void()> on_done_;
    const int niceness_;
    Mailbox<Errand> waiting_;  // an empty one ends the thread
    Mailbox<Answer> done_;
    std::vector<Answer> collected_;  // reused
    std::thread thread_;             // begun with the first piece of work
};

}  // namespace convscope
