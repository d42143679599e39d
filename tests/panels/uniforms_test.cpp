// What a frame asks of OpenGL, on the device that draws nothing and counts.
#include "tests/support/catch.h"
#include "tests/support/null_backend.h"
#include "tests/support/null_gl.h"
#include "tests/support/scripted_session.h"
#include "viz/app/offscreen_frames.h"
#include "viz/app/shell.h"
#include "viz/app/workspaces.h"

using namespace convscope;

TEST_CASE("in steady state no uniform's place is looked up by name, in any workspace") {
    test::load_null_gl();
    FilmClock clock(60.0);
    test::ScriptedSession session({}, clock);
    auto film = OffscreenFrames::create(session, clock, {1280, 800}, test::make_null_backend).value();
    Shell shell;
    const Notices notices;
    session.begin();
    const auto lookups = [&](int frames) {
        const std::int64_t before = test::null_gl_counters().uniform_lookups;
        for (int i = 0; i < frames; ++i, clock.next()) {
            film->frame([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
            session.advance(1);
        }
        return test::null_gl_counters().uniform_lookups - before;
    };
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        film->frames().settings.workspace = workspace;
        film->frames().lane.selection.select_layer(LayerId{3});
        lookups(10);
        CHECK(lookups(20) == 0);
    }
    CHECK(test::null_gl_counters().uniform_lookups > 20);  // they are counted
    CHECK(test::null_gl_counters().draw_calls > 0);
}
