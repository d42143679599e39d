// Pictures of somebody's own: the one that is drawn on the pad, those that are read from files, and the tray of those
// that are kept. Makes them the session's probe, brought to the form that the recipe's network takes. UI thread,
// between frames; nothing here waits: pictures are prepared and files are read by `Errands`.
#pragma once

#include "engine/api/picture_tools.h"
#include "engine/api/tensor_capture.h"
#include "viz/view/drawing_pad.h"
#include "viz/view/errands.h"
#include "viz/view/lane.h"
#include "viz/view/probe_tray.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace convscope {

// What was pasted as a file's place: quoted, or a file:// address as file managers have it.
std::filesystem::path path_of(std::string_view text);

class OwnPictures {
public:
    explicit OwnPictures(Lane& lane) : lane_(lane) {}

    // Before the first frame; without it there is no pad. `on_done` as for Errands.
    void set_up(PictureTools tools, Errands::Where where, std::function<void()> on_done = {});
    bool usable() const { return errands_ != nullptr && tools_.prepare; }

    // The pad. What is drawn becomes the probe while it is drawn: of several strokes that come while one is on its way
    // only the newest follows.
    void begin_stroke(PadPoint at);
    void go_on(PadPoint to);
    void undo();
    void clear();
    void hold(const PadPen& pen) { pen_ = pen; }
    // As it stands on the pad, only smaller, instead of cut out and centred as the recipe's convention may have it.
    void show_as_drawn(bool as_drawn);
    void use_pad();  // it becomes the probe again
    // A picture's file, which also goes into the tray.
    void use_file(const std::filesystem::path& file);

    // The tray. Keeps the picture that is the probe at present, whatever it is.
    void keep_probe();
    void use_kept(std::uint64_t picture);
    void rename_kept(std::uint64_t picture, const std::string& name);
    void remove_kept(std::uint64_t picture);

    // At the head of a turn: what came of the work, what may be posted now, and whether it is another run.
    void advance();

    const DrawingPad& pad() const { return pad_; }
    const PadPen& pen() const { return pen_; }
    bool as_drawn() const { return as_drawn_; }
    // The pad's picture as the network takes it; of the present strokes, or of those a moment ago. No pixels: of none.
    const PreparedPicture& prepared() const { return prepared_; }
    // The same in pixels from 0 to 255, for drawing.
    const TensorCapture& prepared_capture() const { return prepared_capture_; }
    // Why there is no picture: a sentence; empty: there is no such reason.
    const std::string& problem() const { return problem_; }
    bool reading() const { return reading_ > 0; }  // a file
    // Whether what is drawn is what the session looks at, or is about to.
    bool pad_is_probe() const { return pad_leads_; }

    std::span<const KeptProbe> kept() const { return tray_.probes(); }
    // Those among them that fit the network's input, one after the other, in pixels from 0 to 255.
    const TensorCapture& kept_capture() const { return kept_capture_; }
    bool fits(const KeptProbe& probe) const { return probe.shape == shape_; }
    bool saves_tray() const { return !folder_.empty() && !unreadable_; }

private:
    void adopt(const std::shared_ptr<const RunInfo>& info);
    void prepare();
    void take_prepared(Result<PreparedPicture> prepared);
    void post(OwnPicture picture);
    void tell(event::Notice::Severity severity, std::string text);
    void take(KeptProbe probe);
    void read_tray();
    void save_tray();
    void show_kept();
    std::optional<KeptProbe> present_probe() const;

    Lane& lane_;
    PictureTools tools_;
    std::shared_ptr<const RunInfo> info_;
    Recipe recipe_;  // its
    Shape shape_;    // of its input

    DrawingPad pad_;
    PadPen pen_;
    bool as_drawn_ = false;
    bool pad_leads_ = false;       // what is drawn is to be the probe
    std::uint64_t asked_for_ = 0;  // the pad's revision that was prepared last, or is being prepared,
    bool preparing_ = false;
    bool stale_ = false;  // or has to be prepared anew whatever it is
    PreparedPicture prepared_;
    TensorCapture prepared_capture_;
    std::string problem_;
    int reading_ = 0;

    std::optional<OwnPicture> waiting_;  // to be posted
    CommandId posted_;                   // last,
    CommandId other_;                    // and by somebody else before the pad took the lead

    ProbeTray tray_;
    TensorCapture kept_capture_;
    std::filesystem::path folder_;  // of the present run; empty: it has none
    bool unreadable_ = false;       // its tray
    std::set<std::filesystem::path> read_;

    std::unique_ptr<Errands> errands_;  // first to end
};

}  // namespace convscope
