#include "viz/view/errands.h"

#include "engine/core/machine_memory.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <exception>

namespace convscope {

Errands::Errands(Where where, std::function<void()> on_done, int niceness)
    : where_(where), on_done_(std::move(on_done)), niceness_(niceness) {}

Errands::~Errands() {
    if (!thread_.joinable()) return;
    waiting_.post({});
    thread_.join();
}

Error Errands::caught(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        return {ErrorCode::Failed, "Something unexpected happened: " + sentence_of(error)};
    } catch (...) {
        return {ErrorCode::Failed, "Something unexpected happened, which has no name"};
    }
    return {ErrorCode::Failed, {}};
}

void Errands::post(Errand errand) {
    if (where_ == Where::AtOnce) {
        done_.post(errand());
        return;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    waiting_.post(std::move(errand));
}

void Errands::work() {
    // On Linux a thread has a niceness of its own.
    if (niceness_ > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness_);
    std::vector<Errand> taken;
    for (;;) {
        waiting_.wait();
        waiting_.drain(taken);
        for (const Errand& errand : taken) {
            if (!errand) return;
            done_.post(errand());
            if (on_done_) on_done_();
        }
    }
}

bool Errands::collect() {
    const bool any = done_.drain(collected_);
    for (const Answer& answer : collected_) answer();
    collected_.clear();
    return any;
}

}  // namespace convscope
