// However a program ends, its session ends in order first. Each program here is a child process.
#include "engine/host/session_keeper.h"
#include "tests/data/temp_folder.h"
#include "tests/session/session_under_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace convscope {
namespace {

namespace fs = std::filesystem;

// A session that trains on, and writes the iteration that it is saved at into a file; begun when it has trained a bit.
std::unique_ptr<Session> session_that_saves_to(const fs::path& path) {
    auto script = std::make_shared<PlainScript>();
    auto trained = std::make_shared<Gate>();
    script->on_train = [trained](std::int64_t iteration) {
        if (iteration == 5) trained->open();
    };
    script->on_save = [path, iterations = &script->iterations] { std::ofstream(path) << *iterations; };
    SessionOptions options;
    options.recipe = plain_recipe();
    options.files = plain_files(script);
    options.save_to = [](const Recipe&) { return "last.pt"; };
    auto session = std::make_unique<TrainingSession>([script] { return std::make_unique<PlainTrainer>(script); },
                                                     std::move(options));
    trained->wait();
    return session;
}

// The wait status of a process that does this and nothing else.
int status_of(const std::function<void()>& program) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // or Catch would report it as this test's own
        program();
        std::_Exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

}  // namespace

TEST_CASE("A session that is kept is saved however its program ends") {
    const TempFolder folder;
    const fs::path saved = folder.path() / "saved";
    SECTION("on the way of an exception that is caught in the end") {
        const int status = status_of([&] {
            try {
                const SessionKeeper keeper(session_that_saves_to(saved));
                throw std::runtime_error("unexpected");
            } catch (const std::exception&) {
                std::_Exit(fs::exists(saved) ? 1 : 2);
            }
        });
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
    }
    SECTION("by a library that calls exit()") {
        const int status = status_of([&] {
            const SessionKeeper keeper(session_that_saves_to(saved));
            std::exit(3);
        });
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 3);
    }
    SECTION("by an exception where none may be") {
        const int status = status_of([&] {
            const SessionKeeper keeper(session_that_saves_to(saved));
            std::terminate();
        });
        CHECK(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == SIGABRT);
    }
    REQUIRE(fs::exists(saved));
    std::int64_t iterations = 0;
    std::ifstream(saved) >> iterations;
    CHECK(iterations >= 5);
}

TEST_CASE("A thread that ends the program is not waited for by its own session") {
    const TempFolder folder;
    const fs::path saved = folder.path() / "saved";
    const int status = status_of([&] {
        const SessionKeeper keeper(session_that_saves_to(saved));
        std::thread([] { std::exit(4); }).join();
    });
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 4);
    CHECK_FALSE(fs::exists(saved));
}

TEST_CASE("A session that was ended is not ended again") {
    const TempFolder folder;
    const fs::path saved = folder.path() / "saved";
    SessionKeeper keeper(session_that_saves_to(saved));
    keeper.end();
    REQUIRE(fs::exists(saved));
    fs::remove(saved);
    keeper.end();
    CHECK_FALSE(fs::exists(saved));
}

}  // namespace convscope
