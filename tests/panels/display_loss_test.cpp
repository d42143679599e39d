// The display that goes away: each case in a process of its own, which it ends.
#include "viz/app/display_loss.h"

#include "tests/support/catch.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <string_view>
#include <thread>

using namespace convscope;

namespace {

constexpr int kLost = 7;
constexpr int kOther = 8;

// As a driver does, to which no reply came.
void access_badly() {
    void* nowhere = mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<volatile char*>(nowhere) = 1;
}

// How a process ends in which that is done.
template <typename Act>
int end_of(Act act) {
    const pid_t process = fork();
    if (process == 0) {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        for (int bad : {SIGSEGV, SIGBUS}) signal(bad, SIG_DFL);  // not the test program's own, which tell of it
        on_display_loss([](const char* sentence) {
            _exit(std::string_view(sentence).find("display has gone away") != std::string_view::npos ? kLost : kOther);
        });
        act();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(process, &status, 0) == process);
    return status;
}

bool lost(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == kLost; }
bool faulted(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV; }

}  // namespace

TEST_CASE("A driver's bad memory access is the display's loss while a window is opened, and at no other time") {
    CHECK(lost(end_of([] {
        const WindowOpening opening;
        access_badly();
    })));
    CHECK(faulted(end_of([] {
        { const WindowOpening opening; }
        access_badly();
    })));
}

TEST_CASE("A bad memory access of another thread than the one that opens a window ends the process as ever") {
    CHECK(faulted(end_of([] {
        const WindowOpening opening;
        std::thread(access_badly).join();
    })));
}
