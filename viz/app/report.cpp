#include "viz/app/report.h"

#include "engine/core/clock.h"
#include "engine/core/plain_file.h"

#include <fcntl.h>
#include <stdio.h>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>

namespace convscope {

Result<Report> Report::open(const std::filesystem::path& file) {
    Report report;
    report.name_ = file.string();
    Result<Descriptor> plain = open_plain_file(file, O_WRONLY | O_CREAT | O_TRUNC);
    if (!plain) return Error{plain.error().code, "--report " + plain.error().message};
    report.file_.reset(::fdopen(plain.value().get(), "w"));
    if (!report.file_)
        return Error{ErrorCode::Io, "--report " + report.name_ + ": cannot write (" + std::strerror(errno) + ")"};
    plain.value().release();
    return report;
}

Result<void> Report::write(std::int64_t frame, const ReportState& state, const ReportTimes& times,
                           const Anchors& anchors) {
    const bool moved = !any_ || anchors != last_anchors_;
    if (state == last_ && !moved) return {};
    last_ = state;
    any_ = true;
    nlohmann::ordered_json line{
        {"frame", frame},
        {"iteration", state.iteration},
        {"furthest", state.furthest},
        {"travelling_to", state.travelling_to},
        {"lanes", state.lanes},
        {"twin", state.twin},
        {"twin_difference", state.twin_difference},
        {"twin_view", state.twin_view},
        {"lane", state.lane},
        {"epoch", state.epoch},
        {"state", state.state},
        {"workspace", state.workspace},
        {"theme", state.theme},
        {"layer", state.layer},
        {"channel", state.channel},
        {"row", state.row},
        {"column", state.column},
        {"probe_index", state.probe_index},
        {"own_probe", state.own_probe},
        {"answer", state.answer},
        {"held", state.held},
        {"undo", state.undo},
        {"phase", state.phase},
        {"speed", state.speed},
        {"help", state.help},
        {"lane_list", state.lane_list},
        {"panels_hidden", state.panels_hidden},
        {"notice", state.notice},
        {"font_scale", state.font_scale},
        {"full_screen", state.full_screen},
        {"fully_captured", state.fully_captured},
        {"time", std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count()},
        {"frame_milliseconds_median", times.frame_milliseconds_median},
        {"frame_milliseconds_p99", times.frame_milliseconds_p99},
        {"drawing_milliseconds_median", times.drawing_milliseconds_median},
        {"frames_per_second", times.frames_per_second},
    };
    if (moved) {
        last_anchors_ = anchors;
        nlohmann::ordered_json& places = line["anchors"];
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            const AnchorRect& rect = anchors.rect(i);
            places[std::string(anchors.name(i))] = {rect.left, rect.top, rect.right, rect.bottom};
        }
    }
    // A notice may quote a file name that is no UTF-8; that must not throw.
    const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
    if (!written || std::fflush(file_.get()) != 0)
        return Error{ErrorCode::Io, "--report " + name_ + ": cannot write (" + std::strerror(errno) + ")"};
    return {};
}

}  // namespace convscope
