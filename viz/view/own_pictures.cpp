#include "viz/view/own_pictures.h"

#include "engine/api/dataset.h"
#include "engine/api/run_folder.h"
#include "engine/core/whole_file.h"
#include "viz/view/picture_sheet.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

void show(TensorCapture& capture, const Shape& shape, std::int64_t pictures) {
    capture.key = {TensorKind::Input, kInputLayer};
    capture.content_id = next_picture_content();
    capture.shape = {pictures * shape[0], shape[1], shape[2]};
    capture.values.clear();
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The recipe's, for a picture of which it is known that its strokes are light: nothing is to be guessed of a dot.
PictureConvention for_light_ink(PictureConvention convention, bool as_drawn) {
    if (as_drawn) convention.centre = CentreKind::No;
    if (convention.invert != InvertKind::ToDark)
        convention.invert = InvertKind::No;
    else if (convention.centre != CentreKind::Yes)
        convention.invert = InvertKind::Yes;
    return convention;
}

}  // namespace

std::filesystem::path path_of(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '"' || text.front() == '\'')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '"' || text.back() == '\'' || text.back() == '\n'))
        text.remove_suffix(1);
    constexpr std::string_view kScheme = "file://";
    if (!text.starts_with(kScheme)) return text;
    text.remove_prefix(kScheme.size());
    std::string path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool coded =
            text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0;
        path += coded ? static_cast<char>(16 * digit_of(text[i + 1]) + digit_of(text[i + 2])) : text[i];
        if (coded) i += 2;
    }
    return path;
}

void OwnPictures::set_up(PictureTools tools, Errands::Where where, std::function<void()> on_done) {
    tools_ = std::move(tools);
    errands_ = std::make_unique<Errands>(where, std::move(on_done));
}

// ---- The pad -------------------------------------------------------------------------------------------------------

void OwnPictures::begin_stroke(PadPoint at) {
    if (!usable()) return;
    pad_.begin_stroke(pen_, at);
    use_pad();
}

void OwnPictures::go_on(PadPoint to) {
    if (!usable()) return;
    pad_.go_on(to);
    prepare();
}

void OwnPictures::undo() {
    pad_.undo();
    use_pad();
}

void OwnPictures::clear() {
    pad_.clear();
    use_pad();
}

void OwnPictures::show_as_drawn(bool as_drawn) {
    stale_ = stale_ || as_drawn != as_drawn_;
    as_drawn_ = as_drawn;
    prepare();
}

void OwnPictures::use_pad() {
    if (!usable()) return;
    const bool led = std::exchange(pad_leads_, true);
    if (!led) {
        other_ = lane_.link.requested().probe.id;
        const bool ready = prepared_.pixels && !preparing_ && !stale_ && asked_for_ == pad_.revision();
        if (ready) post(own_picture(prepared_.pixels));
    }
    prepare();
}

// One at a time: what is drawn meanwhile is prepared when that is done.
void OwnPictures::prepare() {
    if (!usable() || preparing_ || !info_) return;
    if (!stale_ && asked_for_ == pad_.revision()) return;
    stale_ = false;
    asked_for_ = pad_.revision();
    if (pad_.empty()) {
        const bool dark_ink = recipe_.pictures.invert == InvertKind::ToDark;  // on light paper
        const auto count = static_cast<std::size_t>(shape_.element_count());
        return take_prepared(PreparedPicture{
            std::make_shared<const std::vector<std::uint8_t>>(count, dark_ink ? std::uint8_t{255} : std::uint8_t{0}),
            "", true});
    }
    preparing_ = true;
    auto recipe = std::make_shared<Recipe>(recipe_);
    recipe->pictures = for_light_ink(recipe_.pictures, as_drawn_);
    const bool stays = recipe->pictures.centre == CentreKind::No;  // where it stands on the pad
    auto drawn = std::make_shared<const DrawnPicture>(pad_.picture(stays ? 0 : DrawingPad::kMargin));
    errands_->send<PreparedPicture>([work = tools_.prepare, drawn, recipe] { return work(*drawn, *recipe); },
                                    [this](Result<PreparedPicture> prepared) {
                                        preparing_ = false;
                                        take_prepared(std::move(prepared));
                                        prepare();
                                    });
}

void OwnPictures::take_prepared(Result<PreparedPicture> prepared) {
    problem_ = prepared.ok() ? std::string() : prepared.error().message;
    if (!prepared.ok() || std::ssize(*prepared.value().pixels) != shape_.element_count()) {
        prepared_ = {};
        return;
    }
    prepared_ = std::move(prepared).value();
    show(prepared_capture_, shape_, 1);
    prepared_capture_.values.assign(prepared_.pixels->begin(), prepared_.pixels->end());
    if (pad_leads_) post(own_picture(prepared_.pixels));
}

// ---- The session ---------------------------------------------------------------------------------------------------

void OwnPictures::advance() {
    if (!usable()) return;
    errands_->collect();
    if (const Snapshot* live = lane_.live(); live && live->run_info && live->run_info != info_) adopt(live->run_info);
    const CommandId asked = lane_.link.requested().probe.id;
    if (asked != posted_ && asked != other_) {  // somebody has chosen another picture
        pad_leads_ = false;
        other_ = asked;
        waiting_.reset();
    }
    prepare();
    if (waiting_ && !lane_.link.pending(posted_)) {
        posted_ = lane_.link.post(command::SetProbe{*waiting_});
        waiting_.reset();
    }
}

void OwnPictures::post(OwnPicture picture) {
    if (!lane_.link.pending(posted_)) {
        waiting_.reset();
        posted_ = lane_.link.post(command::SetProbe{std::move(picture)});
    } else {
        waiting_ = std::move(picture);
    }
}

void OwnPictures::adopt(const std::shared_ptr<const RunInfo>& info) {
    const Recipe& recipe = info->recipe;
    if (!info_ || info->network.input_shape != shape_ || recipe.pictures != recipe_.pictures) {
        shape_ = info->network.input_shape;
        stale_ = true;
        show_kept();
    }
    recipe_ = recipe;
    info_ = info;
    std::filesystem::path folder = std::filesystem::path(info->checkpoint).parent_path();
    if (folder == folder_) return;
    folder_ = std::move(folder);
    unreadable_ = false;
    read_tray();
}

void OwnPictures::tell(Severity severity, std::string text) { lane_.link.notify(severity, std::move(text)); }

// ---- Files and the tray --------------------------------------------------------------------------------------------

void OwnPictures::use_file(const std::filesystem::path& file) {
    if (errands_ == nullptr || !tools_.read) return;
    if (!info_) return tell(Severity::Info, "There is no network yet that could look at a picture");
    ++reading_;
    const std::string name = file.filename().string();
    errands_->send<PreparedPicture>(
        [read = tools_.read, file, recipe = std::make_shared<const Recipe>(recipe_)] { return read(file, *recipe); },
        [this, name, shape = shape_](Result<PreparedPicture> picture) {
            --reading_;
            if (!picture.ok()) return tell(Severity::Warning, picture.error().message);
            if (picture.value().blank)
                tell(Severity::Warning, name + ": nothing is drawn on it, so that the answer means nothing");
            const OwnPicture own = own_picture(picture.value().pixels);
            take({std::filesystem::path(name).stem().string(), shape, own});
            pad_leads_ = false;
            post(own);
        });
}

void OwnPictures::keep_probe() {
    std::optional<KeptProbe> probe = present_probe();
    if (!probe) return tell(Severity::Info, "A picture of the minibatch goes by: choose one of the data, or draw one");
    if (tray_.find(probe->picture.id) != nullptr) return tell(Severity::Info, "This picture is kept already");
    if (tray_.probes().size() >= ProbeTray::kMost)
        return tell(Severity::Warning, "The tray is full: let go of a picture first, by a right click on it");
    take(std::move(*probe));
}

std::optional<KeptProbe> OwnPictures::present_probe() const {
    const Snapshot* live = lane_.live();
    if (!live || !info_) return std::nullopt;
    const ProbeSource& source = live->seen.probe.source;
    if (const auto* own = std::get_if<OwnPicture>(&source); own != nullptr && own->pixels)
        return KeptProbe{"Drawing " + std::to_string(tray_.probes().size() + 1), shape_, *own};
    const auto* held = std::get_if<HeldPicture>(&source);
    if (held == nullptr || !info_->dataset) return std::nullopt;
    const std::span<const std::uint8_t> pixels = info_->dataset->image(held->split, held->index);
    return KeptProbe{(held->split == Split::Train ? "Train " : "Test ") + std::to_string(held->index), shape_,
                     own_picture(std::make_shared<const std::vector<std::uint8_t>>(pixels.begin(), pixels.end()))};
}

void OwnPictures::use_kept(std::uint64_t picture) {
    const KeptProbe* probe = tray_.find(picture);
    if (probe == nullptr || !fits(*probe)) return;
    pad_leads_ = false;
    post(probe->picture);
}

void OwnPictures::rename_kept(std::uint64_t picture, const std::string& name) {
    tray_.rename(picture, name);
    save_tray();
}

void OwnPictures::remove_kept(std::uint64_t picture) {
    tray_.remove(picture);
    show_kept();
    save_tray();
}

void OwnPictures::take(KeptProbe probe) {
    if (!tray_.add(std::move(probe))) return;
    show_kept();
    save_tray();
}

void OwnPictures::show_kept() {
    const auto count = std::count_if(kept().begin(), kept().end(), [this](const auto& probe) { return fits(probe); });
    if (shape_.rank() != 3) return;
    show(kept_capture_, shape_, count);
    for (const KeptProbe& probe : kept())
        if (fits(probe))
            kept_capture_.values.insert(kept_capture_.values.end(), probe.picture.pixels->begin(),
                                        probe.picture.pixels->end());
}

// What was kept with the run joins what is here; a folder is read once, so that what is let go of does not come back.
void OwnPictures::read_tray() {
    if (folder_.empty()) return;
    if (read_.contains(folder_)) return save_tray();
    const std::filesystem::path folder = folder_;
    errands_->send<std::vector<KeptProbe>>(
        [folder]() -> Result<std::vector<KeptProbe>> {
            const std::filesystem::path file = folder / kProbes;
            const Result<std::string> text = read_whole_file(file, kMostProbesBytes);
            if (text.ok()) return probes_from_text(text.value(), file.string());
            if (text.error().code == ErrorCode::NotFound) return std::vector<KeptProbe>();
            return text.error();
        },
        [this, folder](Result<std::vector<KeptProbe>> probes) {
            if (!probes.ok()) {
                tell(Severity::Warning, probes.error().message);
                unreadable_ = unreadable_ || folder == folder_;
                return;
            }
            read_.insert(folder);
            const std::size_t there = probes.value().size();
            for (KeptProbe& probe : probes.value()) tray_.add(std::move(probe));
            show_kept();
            if (tray_.probes().size() != there) save_tray();
        });
}

void OwnPictures::save_tray() {
    if (!saves_tray() || !read_.contains(folder_)) return;
    errands_->send<bool>(
        [file = folder_ / kProbes, text = probes_as_text(kept())]() -> Result<bool> {
            const Result<void> written = write_whole_file(file, text);
            return written.ok() ? Result<bool>(true) : Result<bool>(written.error());
        },
        [this](const Result<bool>& written) {
            if (!written.ok()) tell(Severity::Warning, written.error().message);
        });
}

}  // namespace convscope
