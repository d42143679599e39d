#include "engine/core/log.h"

#include "tests/support/catch.h"

#include <string>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

std::vector<std::pair<log::Level, std::string>> written;

// Collects what is logged while it lives.
struct Collected {
    Collected() {
        written.clear();
        log::set_sink([](log::Level level, std::string_view text) { written.emplace_back(level, text); });
    }
    ~Collected() {
        log::set_sink(nullptr);
        log::set_minimum_level(log::Level::Warning);
    }
};

}  // namespace

TEST_CASE("lines below the minimum level are not written") {
    const Collected collected;
    log::set_minimum_level(log::Level::Warning);
    log::write(log::Level::Info, "quiet");
    log::write(log::Level::Warning, "loud");
    CHECK(written == std::vector<std::pair<log::Level, std::string>>{{log::Level::Warning, "loud"}});
    log::set_minimum_level(log::Level::Debug);
    log::write(log::Level::Debug, "now too");
    CHECK(written.size() == 2);
}

TEST_CASE("a once-per-site line is written once per place, not once per text") {
    const Collected collected;
    for (int i = 0; i < 5; ++i) CONVSCOPE_LOG_ONCE(log::Level::Error, "here");
    CHECK(written.size() == 1);
    for (int i = 0; i < 5; ++i) CONVSCOPE_LOG_ONCE(log::Level::Error, "here");
    CHECK(written.size() == 2);
}
