// Where test pictures lie by what a layer makes of them: which layout is wanted, how it is worked out beside the
// window, and how what is shown moves from one to the next. Pure but for a thread; UI thread.
#pragma once

#include "engine/api/activation_sample.h"
#include "engine/layout/layout_work.h"
#include "viz/view/errands.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct LayQuestion {
    LayoutMethod method = LayoutMethod::PrincipalComponents;
    int dimensions = 2;
    bool operator==(const LayQuestion&) const = default;
};

struct LayPoint {
    float x = 0.0F;
    float y = 0.0F;
    float z = 0.0F;  // 0 in two dimensions
    bool operator==(const LayPoint&) const = default;
};

// A sample's points as far as they have come.
struct Lay {
    std::shared_ptr<const ActivationSample> sample;
    LayQuestion question;
    std::string problem;           // a sentence; not empty: there are no points
    std::vector<LayPoint> points;  // one a picture; turned so that each is near where it was before
    double progress = 0.0;         // 1: whole
    std::optional<double> variance_share;
};

class LayOfData {
public:
    explicit LayOfData(Errands::Where where);

    // At the head of a frame, at that time: the newest sample (null: there is none yet) of what is looked at. A layout
    // that is quick enough is begun with each; another where one was asked for.
    void advance(const std::shared_ptr<const ActivationSample>& newest, const LayQuestion& asked, double seconds);

    // Of the newest sample, once more.
    void begin_anew() { wanted_ = true; }
    // What has come of it so far stays.
    void cancel();
    bool working() const { return job_ != nullptr; }
    double progress() const { return job_ ? job_->progress : 0.0; }

    // The one that is shown, as it is or as far as it has come; null: there is none.
    const Lay* lay() const { return lay_ ? &*lay_ : nullptr; }
    // Where its points are at this moment.
    std::span<const LayPoint> points() const { return shown_; }
    // They are on their way, or more of them is being worked out.
    bool moving() const { return moving_ || working(); }

private:
    struct Job {
        Job(std::shared_ptr<const ActivationSample> of, const LayQuestion& asked, std::vector<LayPoint> onto);
        Lay advance();  // a slice; on the thread

        std::shared_ptr<const ActivationSample> sample;
        LayQuestion question;
        std::vector<LayPoint> before;  // as the points lay, to be turned onto; the thread's, as is the work
        LayoutWork work;
        double progress = 0.0;
    };

    void begin(const std::shared_ptr<const ActivationSample>& sample, const LayQuestion& asked);
    void send_slice();
    void show(Lay lay);
    void move(double seconds);

    std::shared_ptr<Job> job_;
    std::optional<Lay> lay_;
    std::vector<LayPoint> shown_;
    bool moving_ = false;
    bool wanted_ = true;  // one is to be begun as soon as there is a sample of what is looked at
    LayQuestion asked_;
    SampleQuestion looked_at_;
    double seconds_ = 0.0;  // of the last frame
    Errands errands_;       // first to end
};

}  // namespace convscope
