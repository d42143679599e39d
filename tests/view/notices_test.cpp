#include "viz/app/notices.h"

#include "tests/support/catch.h"

using namespace convscope;
using Severity = event::Notice::Severity;

TEST_CASE("a notice is shown for its time and then fades") {
    Notices notices;
    CHECK(notices.current(0.0) == nullptr);
    notices.add({Severity::Info, "saved"}, 10.0);
    REQUIRE(notices.current(10.0));
    CHECK(notices.current(10.0)->text == "saved");
    CHECK(notices.current(10.0 + Notices::seconds_shown(Severity::Info)) == nullptr);
}

TEST_CASE("an error is not pushed away by something less important") {
    Notices notices;
    notices.add({Severity::Error, "the disk is full"}, 0.0);
    notices.add({Severity::Info, "saved"}, 1.0);
    CHECK(notices.current(1.0)->text == "the disk is full");
    notices.add({Severity::Error, "the disk is gone"}, 2.0);
    CHECK(notices.current(2.0)->text == "the disk is gone");
    const double later = 2.0 + Notices::seconds_shown(Severity::Error);
    notices.add({Severity::Info, "saved again"}, later);
    CHECK(notices.current(later)->text == "saved again");
}

TEST_CASE("only the newest notices are kept") {
    Notices notices;
    for (int i = 0; i < 100; ++i) notices.add({Severity::Info, std::to_string(i)}, i);
    CHECK(notices.recent().size() == Notices::kKept);
    CHECK(notices.recent().front().text == "99");
}

TEST_CASE("an error goes when its cause has gone: the next notice of the same takes its place, no other one does") {
    Notices notices;
    notices.add({Severity::Error, "last.pt: the disk is full", {}, "last.pt"}, 0.0);
    notices.add({Severity::Info, "other.pt: saved", {}, "other.pt"}, 1.0);
    notices.add({Severity::Info, "faster"}, 1.0);
    CHECK(notices.current(1.0)->text == "last.pt: the disk is full");
    notices.add({Severity::Info, "last.pt: saved again", {}, "last.pt"}, 2.0);
    CHECK(notices.current(2.0)->text == "last.pt: saved again");
}

TEST_CASE("a notice about a run goes with it, and one about none stays") {
    Notices notices;
    notices.add({Severity::Error, "its loss is not a number", RunId{1}}, 0.0);
    notices.keep_to(RunId{1});
    CHECK(notices.current(1.0)->text == "its loss is not a number");
    notices.keep_to(RunId{2});
    CHECK(notices.current(1.0) == nullptr);
    notices.add({Severity::Error, "the disk is full"}, 2.0);
    notices.keep_to(RunId{3});
    CHECK(notices.current(2.0)->text == "the disk is full");
}
