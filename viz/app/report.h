// What the window shows, as JSON lines for tests and automation (--report FILE). One line whenever the state shown
// changes, written after the frame was presented:
//   {"frame":12,"iteration":340,"furthest":340,"travelling_to":-1,"lanes":1,"lane":"","epoch":3,"state":"running","workspace":"overview","theme":"dark","layer":"conv1",
//    "channel":3,"row":-1,"column":-1,"probe_index":7,"own_probe":false,"answer":3,"speed":0.0,"help":false,"lane_list":false,"panels_hidden":false,"notice":"",
//    "font_scale":1.0,"full_screen":false,"held":0,"undo":"","phase":"","fully_captured":true,"time":5123.25,"frame_milliseconds_median":0.8,
//    "frame_milliseconds_p99":1.9,"drawing_milliseconds_median":0.9,"frames_per_second":60.0,
//    "anchors":{"control.run":[12.0,60.0,180.0,84.0]}}
// `anchors` (view/anchors.h: left, top, right, bottom in the window's pixels) is there only when it is other than in
// the last line that had it, which is a reason for a line by itself. `time` is CLOCK_MONOTONIC in seconds; the frame
// times (frame_meter.h) are measured over the last 120 frames and do not by themselves cause a line. UI thread.
#pragma once

#include "engine/core/result.h"
#include "viz/view/anchors.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace convscope {

struct ReportState {
    std::int64_t iteration = 0;
    std::int64_t furthest = 0;        // the last one that the run is known to
    std::int64_t travelling_to = -1;  // the one that is on its way; -1: none
    std::int64_t lanes = 1;           // of its line
    std::string lane;                 // the present one's name; empty: none
    std::int64_t twin = -1;           // where the run beside it is; -1: there is none
    std::string twin_difference;      // in words; empty: none
    std::string twin_view;            // "beside": what is looked at while there is one
    std::int64_t epoch = 0;
    std::string state;
    std::string workspace;
    std::string theme;
    std::string layer;
    std::int64_t channel = -1;  // selected, as are row and column; -1: none
    std::int64_t row = -1;
    std::int64_t column = -1;
    std::int64_t probe_index = 0;  // of the picture of the data that was chosen last
    bool own_probe = false;        // the probe is a picture of the user's own
    std::int64_t answer = -1;      // the likeliest class of the probe; -1: not known
    double speed = 0.0;
    bool help = false;
    bool lane_list = false;      // is open
    bool panels_hidden = false;  // over the scene
    std::string notice;
    float font_scale = 1.0F;
    bool full_screen = false;
    std::int64_t held = 0;        // channels that are held and parts that are frozen, by hand
    std::string undo;             // what is taken back next; empty: nothing
    std::string phase;            // at which the iteration is held and shown: "Backward"; empty: at none
    bool fully_captured = false;  // everything the frame looks at was in its snapshot

    bool operator==(const ReportState&) const = default;
};

struct ReportTimes {
    double frame_milliseconds_median = 0.0;
    double frame_milliseconds_p99 = 0.0;
    double drawing_milliseconds_median = 0.0;
    double frames_per_second = 0.0;
};

class Report {
public:
    // Makes the file anew.
    static Result<Report> open(const std::filesystem::path& file);

    // Appends a line and flushes it, if `state` or `anchors` differ from those of the last line. Io when the line could
    // not be written.
    Result<void> write(std::int64_t frame, const ReportState& state, const ReportTimes& times, const Anchors& anchors);

private:
    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Closer> file_;
    std::string name_;
    ReportState last_;
    Anchors last_anchors_;
    bool any_ = false;
};

}  // namespace convscope
